"""Many runs of one chip, compiled: instances that share every table, one after the other on one thread.

An instance's state is small and stays in the cache from its first tick to its last; threads share out the instances and
never meet.
"""

from __future__ import annotations

import numpy as np

from neurocore.emulator.compiled import kernel
from neurocore.emulator.kernel_route import open_boxes, receive_rest
from neurocore.emulator.kernel_ticks import begin_tick, end_tick, tick_of_thread

__all__ = ["run_instances"]


@kernel
def run_instances(tables, state, boxes, scratch, initial, ticks, seeds, events, probe, results, counters_by, merged_by):
    """Run a chip J times for T ticks, each time from its initial state.

    initial : ChipState, of which the potentials are taken
    seeds   : uint64[J]
    events, probe, results : of J * T ticks, instance by instance; the counters of cores are of the last instance
    counters_by, merged_by : int64[J, C, 6] and int64[J, C], overwritten: those of each instance
    """
    sums, alone = scratch.tallies, np.int64(0)
    for j in range(seeds.shape[0]):
        state.potential[:] = initial.potential
        state.short[:] = initial.short
        state.is_narrow[:] = initial.is_narrow
        state.ring[:] = 0
        state.wake[:] = 0
        results.counters[:] = 0
        results.merged[:] = 0
        open_boxes(boxes, alone)
        for tick in range(ticks):
            i = j * ticks + tick
            begin_tick(tables, state, boxes, alone, np.int64(tick), np.int64(0), i, events, results, sums)
            tick_of_thread(tables, state, boxes, scratch, alone, np.int64(tick), i, seeds[j], results, sums)
            end_tick(tables, state, boxes.bounds, alone, np.int64(tick), i, sums, probe, results)
        receive_rest(tables, state.ring, boxes, alone, np.int64(ticks), np.int64(0), j * ticks, results)
        counters_by[j] = results.counters
        merged_by[j] = results.merged
