"""The tick, compiled: every core integrates, updates and delivers, cores shared out to threads, chips to instances.

Within a tick cores do not depend on each other: the smallest delay is one tick, and all that arrives in a tick is there
before its cores start. Events are listed some cores ahead and spikes sent some cores late, so that what they need from
memory is asked for early, and many lines are on their way at once.

Rules and their order: docs/hardware.md. The plain-Python twin is neurocore.emulator.reference.
"""

from __future__ import annotations

import numpy as np

from neurocore.emulator.compiled import inlined, kernel, spliced
from neurocore.emulator.intrinsics import clock
from neurocore.emulator.kernel_ahead import ask_for_rows
from neurocore.emulator.kernel_bits import SPARE, list_bits
from neurocore.emulator.kernel_events import list_busy, list_events
from neurocore.emulator.kernel_few import run_few
from neurocore.emulator.kernel_few_by_chance import run_few_by_chance
from neurocore.emulator.kernel_integrate import integrate
from neurocore.emulator.kernel_meet import meet
from neurocore.emulator.kernel_rest import QUIET, let_rest, narrow_potential, wake_up
from neurocore.emulator.kernel_route import BEHIND, inject, open_boxes, receive, receive_rest, seal, send
from neurocore.emulator.kernel_update import update
from neurocore.emulator.lanes import place
from neurocore.emulator.listed_columns import AHEAD, BOUND, BY_CHANCE, FEW, LISTED, MANY, PLAIN
from neurocore.emulator.scratch import SUMS
from neurocore.emulator.table_columns import MODE_FEW, NEVER

__all__ = ["PHASES", "SUMS", "begin_tick", "end_tick", "run_thread", "tick_of_thread"]

# Columns of the counters, as in neurocore.recording.COUNTERS, then what a thread adds up besides.
_AXON_EVENTS, _SYNAPTIC_OPERATIONS, _UPDATES, _SPIKES, _MERGED, _HOPS = range(6)
_COLUMNS = 6
_PHASE = 8

PHASES = ("integrate", "update", "deliver")
_TIMED_EVERY = 64
"""One tick in so many of a chunk is timed: reading the clock around every core costs a fifth of an idle chip's time."""

_LEAST = 16
"""Spikes that are sent between two cores, at least: fewer calls. Targets are read from memory while cores are summed,
not one behind the other at the end of a tick."""

_SOON = 2
"""Busy cores ahead (fewer than AHEAD) whose potentials are asked for, and rows where they are many: the processor does
not see for itself what comes after the next core's beginning. A full chip at 20 Hz takes 0.7 of the time."""


@inlined
def _send_most(tables, boxes, thread, tick, results, sent, listed, sums):
    """Send spikes from number ``sent`` on, but for the last that are listed. Returns the number of the next to send."""
    upto = listed - BEHIND
    if upto - sent < _LEAST:
        return sent
    own = place(results.spikes, sent)
    sums[_HOPS] += send(tables, boxes, thread, tick, own, upto - sent, listed - sent, place(results.counters, 0))
    return upto


@spliced
def _tick_of_cores(tables, state, boxes, scratch, thread, tick, timed, seed, results, spike_at, sums):
    """One tick of the cores of one thread; most of their spikes are sent. sums : int64[16], added to.

    timed    : whether phases are told apart; cores with few events are then integrated and updated one after the other
    spike_at : where the next spike goes in ``results.spikes``
    Returns where the one after this tick's will go, and from where on spikes are still to be sent.
    """
    counters = results.counters
    low, high = boxes.bounds[thread], boxes.bounds[thread + 1]
    axons, weight_at, listed, fired = scratch.axons, scratch.weight_at, scratch.listed, scratch.fired
    draws, rho, part = scratch.draws, scratch.rho, scratch.sums
    slot, agenda = (tick & 15) * tables.cores, scratch.agenda
    bitmaps, wake = place(state.ring, (slot + low) * tables.axon_words), place(state.wake, low)
    busy = list_busy(bitmaps, tables.axon_words, wake, tick, low, high - low, place(agenda, 0))
    first_axon = place(axons, 0)
    queue = first_axon, place(weight_at, 0), place(listed, 0), timed
    room = tables.axons + SPARE
    for k in range(min(AHEAD, busy)):
        core = np.int64(agenda[k])
        list_events(tables, state, core, k, (slot + core) * tables.axon_words, *queue, core)
    sent = spike_at
    for k in range(busy):
        begin = clock() if timed else 0
        core, turn = np.int64(agenda[k]), k & (AHEAD - 1)
        row = turn * LISTED
        soon, its_turn, many = core, k + _SOON & (AHEAD - 1), 0
        if k + _SOON < busy:
            soon, many = np.int64(agenda[k + _SOON]), listed[its_turn * LISTED + MANY]
        wake_up(tables, state, core, tick)
        if listed[row + FEW]:
            arrived = listed[row + FEW] - 1
            own = place(axons, turn * room), place(weight_at, turn * room)
            goal = place(results.spikes, spike_at)
            own_counters = place(counters, core * _COLUMNS)
            if tables.modes[core] & MODE_FEW:
                operations, count = run_few(tables, state, core, *own, arrived, own_counters, goal)
            else:
                plain, by_chance = listed[row + PLAIN], listed[row + BY_CHANCE]
                events = place(weight_at, turn * room + room - by_chance)
                drawn = place(draws, 0), place(rho, 0)
                operations, count = run_few_by_chance(
                    tables, state, core, *own, plain, events, by_chance, seed, tick, *drawn, own_counters, goal
                )
            spike_at += count
            sums[_AXON_EVENTS] += arrived
            sums[_SYNAPTIC_OPERATIONS] += operations
            sums[_SPIKES] += count
            if arrived <= QUIET:
                let_rest(tables, state, core, tick)
            if k + AHEAD < busy:
                ahead = np.int64(agenda[k + AHEAD])
                list_events(tables, state, ahead, turn, (slot + ahead) * tables.axon_words, *queue, soon)
            for quarter in range(4):
                ask_for_rows(tables, soon, its_turn, first_axon, many, quarter)
            sent = _send_most(tables, boxes, thread, tick, results, sent, spike_at, sums)
            continue
        plain, by_chance, bound = listed[row + PLAIN], listed[row + BY_CHANCE], listed[row + BOUND]
        arrived, operations, summed = plain + by_chance, 0, False
        ask_for_rows(tables, soon, its_turn, first_axon, many, 0)
        if arrived:
            operations, summed = integrate(
                tables,
                state,
                core,
                turn,
                seed,
                tick,
                axons,
                weight_at,
                listed,
                plain,
                by_chance,
                bound,
                scratch.digits,
                draws,
                rho,
                part,
            )
        if arrived:
            counters[core, _AXON_EVENTS] += arrived
            counters[core, _SYNAPTIC_OPERATIONS] += operations
            sums[_AXON_EVENTS] += arrived
            sums[_SYNAPTIC_OPERATIONS] += operations
        ask_for_rows(tables, soon, its_turn, first_axon, many, 1)
        if k + AHEAD < busy:
            ahead = np.int64(agenda[k + AHEAD])
            list_events(tables, state, ahead, turn, (slot + ahead) * tables.axon_words, *queue, soon)
        ask_for_rows(tables, soon, its_turn, first_axon, many, 2)
        middle = clock() if timed else 0
        changed = update(tables, state, core, seed, tick, draws, part, summed, fired)
        ask_for_rows(tables, soon, its_turn, first_axon, many, 3)
        if arrived <= QUIET:
            if arrived or changed:
                let_rest(tables, state, core, tick)
            else:
                state.wake[core] = NEVER
        if changed:
            words = tables.neuron_words
            count = list_bits(place(fired, 0), words, core * words * 64, place(results.spikes, spike_at))
            spike_at += count
            counters[core, _SPIKES] += count
            sums[_SPIKES] += count
        if timed:
            sums[_PHASE] += middle - begin
            sums[_PHASE + 1] += clock() - middle
        else:
            sent = _send_most(tables, boxes, thread, tick, results, sent, spike_at, sums)
    return spike_at, sent


@spliced
def begin_tick(tables, state, boxes, thread, tick, first_tick, i, events, results, sums):
    """Packets and events from outside that arrive at a thread's cores in tick i of the results set their bits.

    first_tick : of this call of the kernels
    """
    begin = clock()
    receive(tables, state.ring, boxes, thread, tick, first_tick, tick - 1, i, results)
    if i % _TIMED_EVERY == 0:
        sums[_PHASE + 2] += clock() - begin
    low, high = boxes.bounds[thread], boxes.bounds[thread + 1]
    sums[_MERGED] += inject(tables, state.ring, low, high, tick, i, events, results.merged)


@spliced
def tick_of_thread(tables, state, boxes, scratch, thread, tick, i, seed, results, sums):
    """Tick i of the results, once it has begun: a thread's cores, then what is left of their packets."""
    timed = i % _TIMED_EVERY == 0
    room = results.spikes.shape[0] // (boxes.bounds.shape[0] - 1)
    first = thread * room + (results.spikes_by[i - 1, thread] if i > 0 else 0)
    last, sent = _tick_of_cores(tables, state, boxes, scratch, thread, tick, timed, seed, results, first, sums)
    begin = clock()
    rest = place(results.spikes, sent)
    sums[_HOPS] += send(tables, boxes, thread, tick, rest, last - sent, last - sent, place(results.counters, 0))
    seal(boxes, thread, tick)
    if timed:
        sums[_PHASE + 2] += clock() - begin
    results.spikes_by[i, thread] = last - thread * room


@inlined
def end_tick(tables, state, bounds, thread, tick, i, sums, probe, results):
    """Keep what a thread counted in tick i of the chunk (``sums`` is cleared), and its cores' probed potentials."""
    for column in range(_COLUMNS):
        results.tick_counters[thread, i, column] += sums[column]
    for phase in range(len(PHASES)):
        results.phases[thread, phase] += sums[_PHASE + phase]
    for column in range(SUMS):
        sums[column] = 0
    row = probe.row[i]
    if row >= 0:
        low, high = bounds[thread], bounds[thread + 1]
        for p in range(probe.core.shape[0]):
            core = np.int64(probe.core[p])
            if low <= core < high:
                at = core * 64 * tables.neuron_words + probe.neuron[p]
                if state.is_narrow[core]:
                    results.potential[row, p] = narrow_potential(tables, state, core, probe.neuron[p], tick + 1)
                else:
                    results.potential[row, p] = state.potential[at]


@kernel
def run_thread(tables, state, boxes, scratch, thread, ticks, first_tick, seed, events, probe, results, met):
    """Run the cores of one thread for T ticks from first_tick on; the other threads must run beside it.

    boxes, scratch : see scratch.py; no packets are in the boxes before and after
    events : EventSlice; probe : ProbeSlice; results : Results (see slices.py), filled in
    met : int64[1], 0 at first: how often a thread came to the end of a tick. After each tick they wait for each other
    """
    threads = boxes.bounds.shape[0] - 1
    sums = scratch.tallies
    open_boxes(boxes, thread)
    for i in range(ticks):
        begin_tick(tables, state, boxes, thread, first_tick + i, first_tick, i, events, results, sums)
        tick_of_thread(tables, state, boxes, scratch, thread, first_tick + i, i, seed, results, sums)
        end_tick(tables, state, boxes.bounds, thread, first_tick + i, i, sums, probe, results)
        if threads > 1:
            meet(met, threads * (i + 1))
    receive_rest(tables, state.ring, boxes, thread, ticks, first_tick, 0, results)
