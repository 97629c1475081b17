"""The fewest cores that a small network can do with, by branch and bound: the measure for packings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.mapper.packing import Task

__all__ = ["Optimum", "cores_needed", "fewest_cores"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """What a search found.

    cores  : the fewest found, or ``known`` where there is nothing better
    proven : False where the search ran out of nodes; then fewer may do
    core   : int64[L]  core of each neuron, -1 for those not packed; None where nothing better than ``known`` was found
    nodes  : assignments of a neuron to a core that were looked at
    """

    cores: int
    proven: bool
    core: npt.NDArray[np.int64] | None
    nodes: int


class _Spent(Exception):
    """The search may look at no more nodes."""


class _Search:
    """Neurons go in turn to a core in use or to the next empty one; which empty core it is makes no difference.

    Sets of axons are bits of integers. ``slots`` of a neuron are its copies as far as they are known: one for each axon
    that cores already carry of it, and at least one. They can only grow, so a core that is too full stays too full.
    """

    def __init__(self, task: Task, known: int, nodes: int) -> None:
        count = len(task.start) - 1
        self.task = task
        self.limit, self.spent = nodes, 0
        self.best = known
        self.found: dict[int, int] | None = None
        self.reads = [_bits(task.reads[task.start[n] : task.start[n + 1]].tolist()) for n in range(count)]
        self.source = [int(source) if source < count else -1 for source in task.axon_source]
        self.most = np.maximum(task.most, 1).tolist()
        # Neurons with many axons first: they leave the least choice. Ties in the order of packing.
        self.order = sorted(task.order.tolist(), key=lambda n: -self.reads[n].bit_count())
        self.to_come = [0]
        for neuron in reversed(self.order):
            self.to_come.append(self.to_come[-1] | self.reads[neuron])
        self.to_come.reverse()
        self.driven: list[int] = task.outputs.tolist()
        self.core: dict[int, int] = {}
        self.carried: list[int] = []
        self.load: list[int] = []

    def go(self, place: int) -> None:
        """Assign the neurons from ``place`` on in every way that may take fewer than ``best`` cores."""
        if self.least(place) >= self.best:
            return
        if place == len(self.order):
            self.best, self.found = len(self.carried), dict(self.core)
            return
        neuron = self.order[place]
        used = len(self.carried)
        for core in range(min(used + 1, self.best - 1)):
            self.spent += 1
            if self.spent > self.limit:
                raise _Spent
            if core == used:
                self.carried.append(0)
                self.load.append(0)
            new = self.reads[neuron] & ~self.carried[core]
            self.put(neuron, core, new)
            if self.carried[core].bit_count() <= self.task.axons and max(self.load) <= self.task.neurons:
                self.go(place + 1)
            self.take_back(neuron, core, new)
            if core == used:
                self.carried.pop()
                self.load.pop()

    def put(self, neuron: int, core: int, new: int) -> None:
        """Assign, with the axons that the core did not carry yet; the slots of their sources grow."""
        self.core[neuron] = core
        self.load[core] += self.slots(neuron)
        self.carried[core] |= new
        for axon in _members(new):
            self.drive(self.source[axon], 1)

    def take_back(self, neuron: int, core: int, new: int) -> None:
        """Undo put."""
        for axon in _members(new):
            self.drive(self.source[axon], -1)
        self.carried[core] &= ~new
        self.load[core] -= self.slots(neuron)
        del self.core[neuron]

    def drive(self, source: int, more: int) -> None:
        """One axon more (or less) for a neuron to drive; nothing for an input pin."""
        if source < 0:
            return
        before = self.slots(source)
        self.driven[source] += more
        if source in self.core:
            self.load[self.core[source]] += self.slots(source) - before

    def slots(self, neuron: int) -> int:
        """Copies, as far as they are known."""
        return min(max(self.driven[neuron], 1), self.most[neuron])

    def least(self, place: int) -> int:
        """Cores that no way to go on can do without: axons that no core carries yet are needed once at least."""
        anywhere = 0
        for axons in self.carried:
            anywhere |= axons
        missing = self.to_come[place] & ~anywhere
        axons = sum(axons.bit_count() for axons in self.carried) + missing.bit_count()
        more: dict[int, int] = {}
        for axon in _members(missing):
            more[self.source[axon]] = more.get(self.source[axon], 0) + 1
        slots = sum(min(max(self.driven[neuron] + more.get(neuron, 0), 1), self.most[neuron]) for neuron in self.order)
        return max(len(self.carried), -(-axons // self.task.axons), -(-slots // self.task.neurons))


def fewest_cores(task: Task, known: int, nodes: int = 200_000) -> Optimum:
    """The fewest cores for a task in which every core keeps its axons and the copies of its neurons.

    task  : as the packings get it; neurons of one zone only, blocks are of no account
    known : cores of some packing; only fewer are looked for
    nodes : of the search at most
    """
    search = _Search(task, known, nodes)
    proven = True
    try:
        search.go(0)
    except _Spent:
        proven = False
    core = None
    if search.found is not None:
        core = np.full(len(task.start) - 1, -1, np.int64)
        core[list(search.found)] = list(search.found.values())
    return Optimum(cores=search.best, proven=proven, core=core, nodes=search.spent)


def cores_needed(task: Task, core: npt.NDArray[np.int64]) -> int | None:
    """Cores of an assignment, counted plainly; None where it breaks a core's limits.

    core : int64[L]  core of each neuron of the task
    """
    reads = {n: task.reads[task.start[n] : task.start[n + 1]].tolist() for n in task.order.tolist()}
    pairs = {(int(core[n]), axon) for n, axons in reads.items() for axon in axons}
    driven = task.outputs.copy()
    for _, axon in pairs:
        if task.axon_source[axon] < len(driven):
            driven[task.axon_source[axon]] += 1
    slots = np.minimum(np.maximum(driven, 1), task.most)
    for used in set(core[task.order].tolist()):
        if sum(place == used for place, _ in pairs) > task.axons:
            return None
        if sum(int(slots[n]) for n in task.order if core[n] == used) > task.neurons:
            return None
    return len(set(core[task.order].tolist()))


def _bits(members: list[int]) -> int:
    return sum(1 << member for member in members)


def _members(bits: int) -> list[int]:
    return [place for place in range(bits.bit_length()) if bits >> place & 1]
