"""The tick, compiled: every core integrates, updates and delivers, cores shared out to threads, chips to instances.

Within a tick cores do not depend on each other: the smallest delay is one tick, and slot t mod 16 is written in tick t
only from outside, before the cores start. A core's packets are made up while the next core is under way, when
the lines that they need have come.

Rules and their order: docs/hardware.md. The plain-Python twin is neurocore.emulator.reference.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from neurocore.emulator.compiled import inlined, kernel, parallel_kernel
from neurocore.emulator.intrinsics import clock
from neurocore.emulator.kernel_dense import integrate_dense, is_dense
from neurocore.emulator.kernel_integrate import integrate, list_events
from neurocore.emulator.kernel_route import deliver, empty_boxes, inject, list_fired
from neurocore.emulator.kernel_update import update

__all__ = ["MERGED", "PHASES", "SUMS", "end_tick", "run_ticks", "run_ticks_alone", "tick_of_thread"]

# Columns of the counters, as in neurocore.recording.COUNTERS, then what a thread adds up besides.
_AXON_EVENTS, _SYNAPTIC_OPERATIONS, _UPDATES, _SPIKES, MERGED, _HOPS = range(6)
_COLUMNS = 6
_MERGED_BEFORE = 6
"""Packets set their bits at the start of the next tick; merged ones belong to the tick in which they were sent."""
_PHASE = 8
SUMS = 16

PHASES = ("integrate", "update", "deliver")
_TIMED_EVERY = 64
"""One tick in so many of a chunk is timed: reading the clock around every core costs a fifth of an idle chip's time."""


@inlined
def _tick_of_cores(tables, state, boxes, scratch, thread, tick, i, seed, results, spike_at, sums):
    """Tick i of the chunk for the cores of one thread. sums : int64[16], added to.

    spike_at : where the next spike goes in ``results.spikes``. Returns where the one after this tick's will go
    """
    counters, spikes = results.counters, results.spikes
    low, high = boxes.bounds[thread], boxes.bounds[thread + 1]
    events, weight_at, fired = scratch.events[thread], scratch.weight_at[thread], scratch.fired[thread]
    active, draws, rho = scratch.active[thread], scratch.draws[thread], scratch.bytes[thread]
    axon_words = tables.axon_words
    slot = (tick & 15) * tables.cores
    timed = i % _TIMED_EVERY == 0
    before, waiting, half = low, 0, 0
    first, plain, by_chance = 0, 0, 0
    if low < high:
        start = (slot + low) * axon_words
        plain, by_chance = list_events(tables, state.ring, low, start, events, weight_at, first, active, half)
    for core in range(low, high):
        begin = clock() if timed else 0
        following = tables.axons - first
        next_plain, next_by_chance = 0, 0
        if core + 1 < high:
            start = (slot + core + 1) * axon_words
            next_plain, next_by_chance = list_events(
                tables, state.ring, core + 1, start, events, weight_at, following, active, axon_words - half
            )
        arrived = plain + by_chance
        if arrived == 0 and state.settled[core]:
            first, half, plain, by_chance = following, axon_words - half, next_plain, next_by_chance
            continue
        if arrived:
            if is_dense(tables, core, plain):
                operations = integrate_dense(tables, state.potential, core, active, half)
            else:
                operations = integrate(
                    tables, state.potential, core, seed, tick, events, weight_at, first, plain, by_chance, draws, rho
                )
            counters[core, _AXON_EVENTS] += arrived
            counters[core, _SYNAPTIC_OPERATIONS] += operations
            sums[_AXON_EVENTS] += arrived
            sums[_SYNAPTIC_OPERATIONS] += operations
        first, half, plain, by_chance = following, axon_words - half, next_plain, next_by_chance
        middle = clock() if timed else 0
        changed = update(tables, state.potential, core, seed, tick, draws, fired, arrived)
        state.settled[core] = np.uint8(arrived == 0 and not changed)
        end = clock() if timed else 0
        if waiting:
            hops = deliver(tables, boxes, thread, tick, spikes, spike_at - waiting, waiting)
            counters[before, _HOPS] += hops
            sums[_HOPS] += hops
        waiting = 0
        if changed:
            waiting = list_fired(tables, core, fired, spikes, spike_at)
            spike_at += waiting
            counters[core, _SPIKES] += waiting
            sums[_SPIKES] += waiting
        before = core
        if timed:
            sums[_PHASE] += middle - begin
            sums[_PHASE + 1] += end - middle
            sums[_PHASE + 2] += clock() - end
    if waiting:
        hops = deliver(tables, boxes, thread, tick, spikes, spike_at - waiting, waiting)
        counters[before, _HOPS] += hops
        sums[_HOPS] += hops
    return spike_at


@inlined
def tick_of_thread(tables, state, boxes, scratch, thread, tick, i, seed, events, results, sums):
    """Tick i of the chunk: the last tick's packets, events from outside, then the cores."""
    begin = clock()
    sums[_MERGED_BEFORE] += empty_boxes(tables, state.ring, boxes, thread, tick - 1, results.merged)
    if i % _TIMED_EVERY == 0:
        sums[_PHASE + 2] += clock() - begin
    low, high = boxes.bounds[thread], boxes.bounds[thread + 1]
    sums[MERGED] += inject(tables, state.ring, low, high, tick, i, events, results.merged)
    room = results.spikes.shape[0] // (boxes.bounds.shape[0] - 1)
    spike_at = thread * room + (results.spikes_by[i - 1, thread] if i > 0 else 0)
    spike_at = _tick_of_cores(tables, state, boxes, scratch, thread, tick, i, seed, results, spike_at, sums)
    results.spikes_by[i, thread] = spike_at - thread * room


@inlined
def end_tick(state, neurons, i, sums, probe, results):
    """Add up what the threads counted in tick i of the chunk (``sums`` is cleared) and keep the probed potentials."""
    for thread in range(sums.shape[0]):
        for column in range(_COLUMNS):
            results.tick_counters[i, column] += sums[thread, column]
        if i > 0:
            results.tick_counters[i - 1, MERGED] += sums[thread, _MERGED_BEFORE]
        for phase in range(len(PHASES)):
            results.phases[phase] += sums[thread, _PHASE + phase]
        for column in range(SUMS):
            sums[thread, column] = 0
    row = probe.row[i]
    if row >= 0:
        for p in range(probe.core.shape[0]):
            results.potential[row, p] = state.potential[np.int64(probe.core[p]) * neurons + probe.neuron[p]]


@parallel_kernel
def run_ticks(tables, state, boxes, scratch, first_tick, seed, events, probe, results):
    """Run T ticks from first_tick on.

    boxes, scratch : see scratch.py; the boxes are empty before and after
    events : EventSlice; probe : ProbeSlice; results : Results (see slices.py), filled in
    """
    threads = boxes.bounds.shape[0] - 1
    ticks = results.tick_counters.shape[0]
    sums = np.zeros((threads, SUMS), np.int64)  # rows are two cache lines apart
    for i in range(ticks):
        tick = np.int64(first_tick + i)
        for thread in prange(threads):
            tick_of_thread(tables, state, boxes, scratch, thread, tick, i, seed, events, results, sums[thread])
        end_tick(state, 64 * tables.neuron_words, i, sums, probe, results)
    if ticks:
        last = np.int64(first_tick + ticks - 1)
        for thread in prange(threads):
            sums[thread, MERGED] = empty_boxes(tables, state.ring, boxes, thread, last, results.merged)
        results.tick_counters[ticks - 1, MERGED] += sums[:, MERGED].sum()


@kernel
def run_ticks_alone(tables, state, boxes, scratch, first_tick, seed, events, probe, results):
    """run_ticks for a single thread: no thread is started, so small chips pay no waiting between ticks."""
    ticks = results.tick_counters.shape[0]
    sums = np.zeros((1, SUMS), np.int64)
    for i in range(ticks):
        tick = np.int64(first_tick + i)
        tick_of_thread(tables, state, boxes, scratch, 0, tick, i, seed, events, results, sums[0])
        end_tick(state, 64 * tables.neuron_words, i, sums, probe, results)
    if ticks:
        last = np.int64(first_tick + ticks - 1)
        merges = empty_boxes(tables, state.ring, boxes, 0, last, results.merged)
        results.tick_counters[ticks - 1, MERGED] += merges
