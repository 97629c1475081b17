"""What a run is given must fit its image: seeds, threads, events, probes."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import RunError, SpikeFileError
from neurocore.image import ChipImage
from neurocore.recording import Probe
from neurocore.spikes import AxonEvents

__all__ = ["THREADS_LIMIT", "check_events", "check_probe", "check_seed", "check_threads"]

Places = npt.NDArray[np.int32]

THREADS_LIMIT: Final = 256
"""Kernels number a thread's boxes for packets in a byte (scratch.py)."""

PROBE_BYTES_LIMIT: Final = 4 * 2**30
"""Probed potentials are kept in memory; more than this is taken for a mistake."""


def check_seed(seed: int) -> None:
    """Raises RunError for a seed out of range."""
    if not 0 <= seed < 2**64:
        raise RunError(f"seed {seed} is out of range", fix="allowed: 0..2^64-1")


def check_threads(threads: int | None) -> None:
    """Raises RunError for no threads at all, or more than a byte can tell apart."""
    if threads is not None and not 1 <= threads <= THREADS_LIMIT:
        raise RunError(f"{threads} threads cannot run anything", fix=f"allowed: 1 to {THREADS_LIMIT}")


def _first_outside(image: ChipImage, core: Places, place: Places, places: int) -> int | None:
    """Which is the first of some (core, place) that the image does not have. place : an axon or neuron of ``places``"""
    wrong = (core < 0) | (core >= image.cores) | (place < 0) | (place >= places)
    return int(np.argmax(wrong)) if wrong.any() else None


def check_events(image: ChipImage, events: AxonEvents) -> None:
    """Every event must name a core and an axon that exist. Raises SpikeFileError naming the first that does not."""
    first = _first_outside(image, events.core, events.axon, image.spec.axons)
    if first is not None:
        raise SpikeFileError(
            f"input spike at tick {events.tick[first]} goes to core {events.core[first]}, axon {events.axon[first]}",
            fix=f"'{image.name}' has cores 0..{image.cores - 1} with axons 0..{image.spec.axons - 1}",
        )


def check_probe(image: ChipImage, probe: Probe, ticks: int) -> None:
    """The potentials to keep must exist and fit in memory. Raises RunError."""
    if not len(probe.core):
        return
    first = _first_outside(image, probe.core, probe.neuron, image.spec.neurons)
    if first is not None:
        raise RunError(
            f"a probe looks at core {probe.core[first]}, neuron {probe.neuron[first]}",
            fix=f"'{image.name}' has cores 0..{image.cores - 1} with neurons 0..{image.spec.neurons - 1}",
        )
    kept = probe.samples(ticks)
    size = kept * len(probe.core) * 4
    if size > PROBE_BYTES_LIMIT:
        raise RunError(
            f"the probes would keep {len(probe.core):,} potentials at {kept:,} ticks, {size / 2**30:.1f} GiB",
            fix=f"allowed: {PROBE_BYTES_LIMIT / 2**30:.0f} GiB; probe fewer neurons, fewer ticks or a longer interval",
        )
