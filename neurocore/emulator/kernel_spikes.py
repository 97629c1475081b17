"""Spikes of several threads to one list in the order (tick, core, neuron), compiled."""

from __future__ import annotations

from neurocore.emulator.compiled import kernel

__all__ = ["join_spikes"]


@kernel
def join_spikes(spikes, spikes_by, start, joined, first_tick, stop):
    """Copy each thread's spikes of some ticks to their place; threads own cores in ascending order.

    spikes, spikes_by : as in Results (slices.py)
    start : int64[T], where the spikes of each tick begin in ``joined``; joined : uint32[S], overwritten
    """
    threads = spikes_by.shape[1]
    room = spikes.shape[0] // threads
    for i in range(first_tick, stop):
        at = start[i]
        for thread in range(threads):
            first = spikes_by[i - 1, thread] if i > 0 else 0
            for k in range(thread * room + first, thread * room + spikes_by[i, thread]):
                joined[at] = spikes[k]
                at += 1
