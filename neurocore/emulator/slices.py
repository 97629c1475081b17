"""Some consecutive ticks: what the kernels are told (external events, potentials to keep) and what they leave."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neurocore.recording import Probe
from neurocore.spikes import AxonEvents

__all__ = ["EventSlice", "ProbeSlice", "Results", "event_slice", "probe_slice", "probe_ticks"]


class EventSlice(NamedTuple):
    """External events of T ticks: those of tick i are start[i] .. start[i+1]-1.

    start : int64[T + 1]; core, axon : int32[E]
    """

    start: npt.NDArray[np.int64]
    core: npt.NDArray[np.int32]
    axon: npt.NDArray[np.int32]


class ProbeSlice(NamedTuple):
    """Potentials to keep in T ticks: tick i fills row ``row[i]``, or none where that is -1.

    row : int64[T]; core, neuron : int32[P]
    """

    row: npt.NDArray[np.int64]
    core: npt.NDArray[np.int32]
    neuron: npt.NDArray[np.int32]


class Results(NamedTuple):
    """What T ticks of a chip on K threads leave. C cores; counters as in neurocore.recording.COUNTERS.

    spikes        : uint32[K*R]   room for R spikes of each thread, and SPARE; a spike is core * width + neuron
    spikes_by     : int64[T, K]   spikes of each thread by the end of each tick, overwritten
    counters      : int64[C, 6]   added to, but for merged spikes
    merged        : int64[C]      merged spikes, added to
    tick_counters : int64[K, T, 6]   added to
    phases        : int64[K, 3]      clock counts of the timed ticks, added to
    potential     : int32[Q, P]   overwritten
    """

    spikes: npt.NDArray[np.uint32]
    spikes_by: npt.NDArray[np.int64]
    counters: npt.NDArray[np.int64]
    merged: npt.NDArray[np.int64]
    tick_counters: npt.NDArray[np.int64]
    phases: npt.NDArray[np.int64]
    potential: npt.NDArray[np.int32]


def event_slice(events: AxonEvents, first: int, stop: int) -> EventSlice:
    """The events of ticks first..stop-1."""
    low, high = np.searchsorted(events.tick, [first, stop])
    start = np.searchsorted(events.tick[low:high], np.arange(first, stop + 1)).astype(np.int64)
    return EventSlice(start, events.core[low:high], events.axon[low:high])


def probe_ticks(probe: Probe, first: int, stop: int) -> npt.NDArray[np.int64]:
    """int64[Q]: the ticks in first..stop-1 at which a probe looks."""
    if not len(probe.core):
        return np.zeros(0, np.int64)
    ticks = np.arange(first, stop if probe.stop is None else min(stop, probe.stop), dtype=np.int64)
    return ticks[(ticks >= probe.start) & ((ticks - probe.start) % probe.interval == 0)]


def probe_slice(probe: Probe, kept: npt.NDArray[np.int64], first: int, stop: int) -> ProbeSlice:
    """What to keep in ticks first..stop-1; kept : the ticks at which the probe looks."""
    row = np.full(stop - first, -1, np.int64)
    row[kept - first] = np.arange(len(kept))
    return ProbeSlice(row, probe.core, probe.neuron)
