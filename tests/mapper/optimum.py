"""The fewest cores that a small network can do with, by branch and bound: the measure for packings."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from neurocore.mapper.packing import Task

__all__ = ["fewest_cores"]


@dataclass
class _Search:
    """Neurons are assigned in order to a used core or the next empty one; branches that cannot win end early."""

    task: Task
    best: int
    nodes: int
    reads: list[frozenset[int]]
    core: dict[int, int] = field(default_factory=dict)

    def load(self, cores: int) -> list[int]:
        """Slots taken of each core so far: at least, for neurons to come can only add copies."""
        carried = [set().union(*(self.reads[n] for n, c in self.core.items() if c == k)) for k in range(cores)]
        driven = self.task.outputs.copy()
        for axons in carried:
            for axon in axons:
                if self.task.axon_source[axon] < len(driven):
                    driven[self.task.axon_source[axon]] += 1
        slots = np.minimum(np.maximum(driven, 1), self.task.most)
        return [sum(int(slots[n]) for n, c in self.core.items() if c == k) for k in range(cores)]

    def fits(self, cores: int) -> bool:
        """Whether all cores keep their limits."""
        for k in range(cores):
            members = [n for n, c in self.core.items() if c == k]
            if len(set().union(*(self.reads[n] for n in members))) > self.task.axons:
                return False
        return max(self.load(cores), default=0) <= self.task.neurons

    def go(self, place: int, cores: int) -> None:
        self.nodes -= 1
        if cores >= self.best or self.nodes < 0:
            return
        if place == len(self.task.order):
            self.best = cores
            return
        neuron = int(self.task.order[place])
        for core in range(min(cores + 1, self.best - 1)):
            self.core[neuron] = core
            if self.fits(max(cores, core + 1)):
                self.go(place + 1, max(cores, core + 1))
            del self.core[neuron]


def fewest_cores(task: Task, known: int, nodes: int = 20_000) -> tuple[int, bool]:
    """The optimum, or the best found within so many nodes. known : cores of some packing. Returns (cores, proven)."""
    reads = [frozenset(task.reads[task.start[n] : task.start[n + 1]].tolist()) for n in range(len(task.start) - 1)]
    search = _Search(task=task, best=known, nodes=nodes, reads=reads)
    search.go(0, 0)
    return search.best, search.nodes >= 0
