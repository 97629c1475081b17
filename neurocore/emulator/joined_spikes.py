"""The spikes that a chunk's threads listed, as one list in memory of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.emulator.kernel_spikes import join_spikes
from neurocore.emulator.spike_memory import SpikeMemory

__all__ = ["joined_spikes"]

_FEW: Final = 1 << 16
"""Fewer spikes are joined by one thread: another would take as long to begin."""


def joined_spikes(
    listed: npt.NDArray[np.uint32],
    spikes_by: npt.NDArray[np.int64],
    memory: SpikeMemory,
    on_threads: Callable[[Callable[[int], None]], None],
) -> npt.NDArray[np.uint32]:
    """The spikes of K threads and T ticks by tick, core and neuron.

    listed     : where each thread listed its own, as Results.spikes (slices.py)
    spikes_by  : int64[T, K], as there
    memory     : gives the room for them
    on_threads : calls a function once for each thread, side by side
    """
    ticks, threads = spikes_by.shape
    if not ticks:
        return np.empty(0, np.uint32)
    ends = spikes_by.sum(axis=1)
    spikes = memory.room(int(ends[-1]))
    if threads == 1:
        spikes[:] = listed[: len(spikes)]
        return spikes
    start = np.concatenate([np.zeros(1, np.int64), ends])[:-1]
    if len(spikes) < _FEW:
        join_spikes(listed, spikes_by, start, spikes, np.int64(0), np.int64(ticks))
        return spikes
    shares = np.linspace(0, ticks, threads + 1).astype(np.int64)
    on_threads(lambda thread: join_spikes(listed, spikes_by, start, spikes, shares[thread], shares[thread + 1]))
    return spikes
