"""When the spikes of a recording arrive, and at which axons: derived from spikes, targets and delays, tick by tick."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from neurocore.arch import RING_SLOTS
from neurocore.image import ChipImage
from neurocore.recording import Recording

__all__ = ["active_axons", "arrivals", "tick_bounds"]

Numbers = npt.NDArray[np.int64]

_PLACES = 2**22
"""Axons times ticks looked at in one go, at 4 bytes each."""
_TICKS = 4096
"""Ticks looked at in one go at most."""


def tick_bounds(recording: Recording) -> Numbers:
    """int64[T + 1]: the spikes of the recording's tick number i are those from bounds[i] on, before bounds[i + 1]."""
    ticks = np.arange(recording.start_tick, recording.start_tick + recording.ticks + 1)
    return np.searchsorted(recording.spike_tick, ticks)


def arrivals(
    image: ChipImage, recording: Recording, *, first: int = 0, beyond: bool = False
) -> Iterator[tuple[Numbers, int]]:
    """For every tick of the recording, what its own spikes brought: (active, arrived).

    active  : int64[E]  axons set by spikes, as core * A + axon, each once, in no order
    arrived : spikes that arrived, merged ones counted
    first   : number of the tick to begin with; what was sent before it is left out
    beyond  : go on for the ticks after the recording in which its last spikes arrive

    External spikes are not in a recording and so not here; nor are spikes sent before it began. Memory: a few times the
    spikes of 16 ticks, and 4 bytes an axon.
    """
    size = image.cores * image.spec.axons
    last_writer = np.zeros(size, np.int32)
    target, delay = _targets(image), image.delay.ravel()
    bounds = tick_bounds(recording)
    ring: list[list[Numbers]] = [[] for _ in range(RING_SLOTS)]
    for tick in range(first, recording.ticks + (RING_SLOTS - 1 if beyond else 0)):
        due = ring[tick % RING_SLOTS]
        # A spike arrives a tick or more after it was sent: what is due now is complete.
        reached = np.concatenate(due) if due else np.zeros(0, np.int64)
        ring[tick % RING_SLOTS] = []
        order = np.arange(len(reached), dtype=np.int32)
        last_writer[reached] = order
        yield reached[last_writer[reached] == order], len(reached)
        if tick >= recording.ticks or bounds[tick] == bounds[tick + 1]:
            continue
        sent = slice(bounds[tick], bounds[tick + 1])
        number = recording.spike_core[sent].astype(np.int64) * image.spec.neurons + recording.spike_neuron[sent]
        axon, wait = target[number], delay[number]
        for d in range(1, RING_SLOTS):
            if (going := axon[(wait == d) & (axon >= 0)]).size:
                ring[(tick + d) % RING_SLOTS].append(going)


def active_axons(image: ChipImage, recording: Recording) -> Iterator[tuple[int, int, Numbers]]:
    """The axons that the recording's own spikes set, some ticks at a time: (first, count, active).

    first, count : numbers of the piece's first tick and of its ticks; many where the image is small, so that a long run
                   of a small network does not cost a loop for each tick
    active       : int64[E]  (tick - first) * C * A + core * A + axon, each once, in no order
    """
    size = max(1, image.cores * image.spec.axons)
    most = int(np.clip(_PLACES // size, 1, max(1, min(recording.ticks, _TICKS))))
    last_writer = np.zeros(most * size, np.int32)
    target, delay = _targets(image), image.delay.ravel()
    bounds = tick_bounds(recording)
    waiting_due = waiting_axon = np.zeros(0, np.int64)
    for first in range(0, recording.ticks, most):
        count = min(most, recording.ticks - first)
        sent = slice(bounds[first], bounds[first + count])
        number = recording.spike_core[sent].astype(np.int64) * image.spec.neurons + recording.spike_neuron[sent]
        goes = target[number] >= 0
        number, tick = number[goes], recording.spike_tick[sent][goes] - recording.start_tick
        due = np.concatenate([waiting_due, tick + delay[number]])
        axon = np.concatenate([waiting_axon, target[number]])
        late = due >= first + count
        waiting_due, waiting_axon = due[late], axon[late]
        reached = (due[~late] - first) * size + axon[~late]
        order = np.arange(len(reached), dtype=np.int32)
        last_writer[reached] = order
        yield first, count, reached[last_writer[reached] == order]


def _targets(image: ChipImage) -> Numbers:
    """int64[C * N]: the axon that each neuron drives, as core * A + axon; -1 where it drives none."""
    core = image.target_core.astype(np.int64)
    return np.where(core >= 0, core * image.spec.axons + image.target_axon, -1).ravel()
