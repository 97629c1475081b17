"""The busiest core in its peak tick: synaptic operations per core and tick, derived from spikes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.image import ChipImage
from neurocore.noc.arrivals import active_axons
from neurocore.recording import COUNTERS, Recording

__all__ = ["CorePeak", "core_peak"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorePeak:
    """The core and tick with most synaptic operations; of several the earliest tick, then the lowest core.

    core : index in the image; x, y : place on the whole array
    synaptic_operations : of that core in that tick
    mean                : of that core in a mean tick
    exact               : False where input spikes took part: a recording says how many operations they caused in each
                          tick, and in each core, but not both; each tick's are shared out by the cores' totals
    """

    core: int
    x: int
    y: int
    tick: int
    synaptic_operations: float
    mean: float
    exact: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {name: getattr(self, name) for name in self.__slots__}


def core_peak(image: ChipImage, recording: Recording) -> CorePeak:
    """Find the peak. The recording must hold a tick and the image a core."""
    column = COUNTERS.index("synaptic_operations")
    totals, ticks = recording.counters[:, column], recording.tick_counters[:, column]
    own = np.zeros(image.cores, np.int64)
    best = (-1.0, 0, 0)
    for first, operations in _operations(image, recording):
        own += operations.sum(axis=0)
        best = _better(best, first, operations)
    by_input = totals - own
    if by_input.any():
        share = by_input / by_input.sum()
        best = (-1.0, 0, 0)
        for first, operations in _operations(image, recording):
            rest = ticks[first : first + len(operations)] - operations.sum(axis=1)
            best = _better(best, first, operations + share * rest[:, None])
    most, tick, core = best
    x, y = (int(value) for value in image.core_xy[core])
    return CorePeak(
        core=core,
        x=x,
        y=y,
        tick=recording.start_tick + tick,
        synaptic_operations=most,
        mean=float(totals[core]) / recording.ticks,
        exact=not by_input.any(),
    )


def _better(best: tuple[float, int, int], first: int, load: npt.NDArray[np.generic]) -> tuple[float, int, int]:
    """load : [K, C], of the ticks from number ``first`` on"""
    tick, core = divmod(int(load.argmax()), load.shape[1])
    return (float(load[tick, core]), first + tick, core) if load[tick, core] > best[0] else best


def _operations(image: ChipImage, recording: Recording) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
    """Each core's synaptic operations that the recording's spikes caused, some ticks a piece: first, int64[K, C]."""
    synapses = np.bitwise_count(image.crossbar).sum(axis=2, dtype=np.int64).ravel()
    for first, count, active in active_axons(image, recording):
        # Weights are whole numbers far below 2^53: the float sums are exact.
        places, weights = active // image.spec.axons, synapses[active % len(synapses)]
        sums = np.bincount(places, weights=weights, minlength=count * image.cores)
        yield first, sums.astype(np.int64).reshape(count, image.cores)
