"""Refining a packing: neurons move between cores while that saves axons, then small cores are emptied into others.

Moving a neuron changes only the axons that it reads, so a move's gain is exact and cheap: of the axons it takes along,
those that its new core has already are saved, those that its old core keeps for others are not (moves and gains after
Fiduccia and Mattheyses 1982, downhill only). An axon fewer is a copy of its neuron fewer, and a spike fewer to send.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.mapper.overlap import readers_of
from neurocore.mapper.packing import Packed, Task
from neurocore.mapper.repair import counted, without_gaps

__all__ = ["refine"]

COMPILE_FROM = 100_000
"""Readers to look at in one pass; where there are fewer, plain Python is quicker than loading a compiler."""

MOST_VISITS = 400_000_000
"""Readers looked at, about a second's worth."""

PASSES = 4

MOST_FAILURES = 64
"""Cores that could not be emptied, before the larger ones are not even tried."""

Whole = npt.NDArray[np.int64]


def refine(task: Task, packed: Packed) -> Packed:
    """Better or equal: no core more, and no (core, axon) pair more unless it takes fewer cores. Keeps every limit."""
    core = packed.core.astype(np.int64)
    if not len(task.reads) or core.max(initial=-1) < 1:
        return packed
    slots = np.where(core >= 0, np.minimum(np.maximum(packed.driven, 1), task.most), 0)
    cores = int(core.max()) + 1
    load = np.bincount(core[task.order], weights=slots[task.order], minlength=cores).astype(np.int64)
    used = np.bincount(packed.pair_core, minlength=cores).astype(np.int64)
    moves = _Moves(task, core, packed.driven.copy(), load, used)
    for _ in range(PASSES):
        if not moves.make(task.order, leave=False):
            break
    failures = 0
    for small in np.argsort(load, kind="stable").tolist():
        if moves.visits > MOST_VISITS or failures == MOST_FAILURES:
            break
        members = np.flatnonzero(core == small)
        moved = moves.make(members, leave=True)
        if moved < len(members):
            moves.make(members[core[members] != small][::-1], leave=True, goal=small)
            failures += 1
    found = counted(task, without_gaps(core))
    before, after = (int(packed.core.max()), len(packed.pair_axon)), (int(found.core.max()), len(found.pair_axon))
    return replace(found, reserved=np.maximum(found.driven, 1)) if after < before else packed


class _Moves:
    """A packing that changes: core, driven, load (slots taken of each core) and used (axons of each core), in place."""

    def __init__(self, task: Task, core: Whole, driven: Whole, load: Whole, used: Whole) -> None:
        reader_start, readers = readers_of(task)
        work = int((np.diff(reader_start) ** 2).sum())
        self.move = _compiled() if work >= COMPILE_FROM else _move
        self.fixed = (task.start, task.reads, reader_start, readers, task.axon_source, task.most, task.zone)
        self.limits = (task.axons, task.neurons)
        self.state = (core, driven, load, used)
        zone_of = np.full(len(load), -1, np.int64)
        zone_of[core[task.order]] = task.zone[task.order]
        self.scratch = (zone_of, np.zeros(len(load), np.int64), np.full(len(load), -1), np.zeros(len(load), np.int64))
        self.visits = 0

    def make(self, who: Whole, *, leave: bool, goal: int = -1) -> int:
        """Move neurons where that saves axons or, with ``leave``, wherever they fit; with ``goal``, there.

        Returns how many moved.
        """
        left = MOST_VISITS - self.visits
        who = np.ascontiguousarray(who)  # a kernel for slices as well would take seconds more to compile
        moved, visits = self.move(who, leave, goal, *self.fixed, *self.limits, *self.state, *self.scratch, left)
        self.visits += visits
        return int(moved)


@cache
def _compiled() -> Callable[..., Any]:
    import numba

    compiled: Callable[..., Any] = numba.njit(cache=True)(_move)
    return compiled


def _move(  # type: ignore[no-untyped-def]
    who,
    leave,
    goal,
    start,
    reads,
    reader_start,
    readers,
    axon_source,
    most,
    zone,
    axons,
    neurons,
    core,
    driven,
    load,
    used,
    zone_of,
    shared,
    seen,
    near,
    budget,
):
    """See _Moves.make. Returns (moves made, readers looked at).

    shared, seen, near : int64[C] scratch: axons of the neuron at hand that a core has without it (0 between neurons),
                         the last axon counted there (-1 between neurons), and the cores where there are any
    """
    cores = len(load)
    made = 0
    visits = 0
    for neuron in who:
        if visits > budget and goal < 0:
            break
        old = core[neuron]
        fan_in = start[neuron + 1] - start[neuron]
        known = 0
        for at in range(start[neuron], start[neuron + 1]):
            axon = reads[at]
            for place in range(reader_start[axon], reader_start[axon + 1]):
                here = core[readers[place]]
                visits += 1
                if here < 0 or readers[place] == neuron or seen[here] == axon:
                    continue
                seen[here] = axon
                if shared[here] == 0:
                    near[known] = here
                    known += 1
                shared[here] += 1
        slots = min(max(driven[neuron], 1), most[neuron])
        new = goal
        if goal < 0:
            best = -1 if leave else shared[old]
            for number in range(cores if fan_in == 0 and leave else known):
                there = number if fan_in == 0 else near[number]
                if there == old or zone_of[there] != zone[neuron] or shared[there] <= best:
                    continue
                # An emptied core is not filled again.
                if load[there] == 0 or load[there] + slots > neurons or used[there] + fan_in - shared[there] > axons:
                    continue
                best, new = shared[there], there
        for number in range(known):
            shared[near[number]] = 0
            seen[near[number]] = -1
        if new < 0:
            continue
        # Move, and back again where a source would need more copies than its core has room for.
        back = False
        for turn in range(2):
            if turn == 1 and not back:
                break
            left, entered = (old, new) if turn == 0 else (new, old)
            slots = min(max(driven[neuron], 1), most[neuron])
            load[left] -= slots
            load[entered] += slots
            core[neuron] = entered
            for at in range(start[neuron], start[neuron + 1]):
                axon = reads[at]
                kept = False
                known_there = False
                for place in range(reader_start[axon], reader_start[axon + 1]):
                    if readers[place] == neuron:
                        continue
                    here = core[readers[place]]
                    visits += 1
                    if here == left:
                        kept = True
                    elif here == entered:
                        known_there = True
                source = axon_source[axon]
                inside = source < len(core)
                change = 0
                if not kept:
                    used[left] -= 1
                    change -= 1
                if not known_there:
                    used[entered] += 1
                    change += 1
                if inside and change != 0:
                    before = min(max(driven[source], 1), most[source])
                    driven[source] += change
                    after = min(max(driven[source], 1), most[source])
                    if core[source] >= 0:
                        load[core[source]] += after - before
                        if load[core[source]] > neurons or driven[source] > most[source] >= driven[source] - change:
                            back = True
            if load[entered] > neurons or used[entered] > axons:
                back = True
            if goal >= 0:
                break
        if goal >= 0 or not back:
            made += 1
    return made, visits
