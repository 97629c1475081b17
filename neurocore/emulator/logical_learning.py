"""Learning in the network as described, without any chip: blocks of (source, target) pairs whose synapses change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from neurocore.graph import NeuronGraph
from neurocore.learning import FORGOTTEN, POST_CLEAR, POST_SET, PRE_CLEAR, PRE_SET, LearningBlock
from neurocore.rng import KIND_LEARN_POST, KIND_LEARN_PRE, learning_rhos

__all__ = ["LogicalLearning", "without_learning"]

Whole = npt.NDArray[np.int64]


def without_learning(graph: NeuronGraph) -> NeuronGraph:
    """The graph with only the synapses that stay as they are."""
    if not graph.learning:
        return graph
    stay = np.ones(len(graph.source), bool)
    for block in graph.learning:
        own = (graph.source >= block.first_source) & (graph.source < block.first_source + block.sources)
        own &= (graph.target >= block.first_target) & (graph.target < block.first_target + block.targets)
        stay &= ~(own & (graph.delay == block.delay))
    columns = ("source", "target", "weight", "delay", "stochastic")
    return replace(graph, **{name: getattr(graph, name)[stay] for name in columns})


class LogicalLearning:
    """The learning blocks of a graph, a tick at a time: arrivals, then spikes.

    bits : bool[sources, targets] of each block, as they are now
    """

    def __init__(self, graph: NeuronGraph, seed: int) -> None:
        self.bits = [block.bits.copy() for block in graph.learning]
        self._graph, self._seed = graph, seed
        self._due: list[dict[int, Whole]] = [{} for _ in graph.learning]
        self._active = [np.zeros(0, np.int64) for _ in graph.learning]
        self._axons = [np.full(block.sources, FORGOTTEN) for block in graph.learning]
        self._neurons = [np.full(block.targets, FORGOTTEN) for block in graph.learning]

    def arrive(self, v: Whole, tick: int) -> None:
        """Step 2 of a tick: add the weights of synapses whose spikes are due. v : int64[L], changed"""
        for k, block in enumerate(self._graph.learning):
            self._active[k] = self._due[k].pop(tick, np.zeros(0, np.int64))
            targets = slice(block.first_target, block.first_target + block.targets)
            v[targets] += block.weight * self.bits[k][self._active[k]].sum(axis=0, dtype=np.int64)

    def learn(self, sources: Whole, fired: npt.NDArray[np.bool_], tick: int) -> None:
        """The end of a tick. sources : int64[n], neurons and pins that spike now; fired : bool[L], the neurons"""
        for k, block in enumerate(self._graph.learning):
            self._axons[k] = np.minimum(self._axons[k] + 1, FORGOTTEN)
            self._neurons[k] = np.minimum(self._neurons[k] + 1, FORGOTTEN)
            every = np.arange(block.targets)
            self._case(k, self._active[k], every, PRE_SET, PRE_CLEAR, self._neurons[k][None, :], tick, KIND_LEARN_PRE)
            self._axons[k][self._active[k]] = 0
            who = np.flatnonzero(fired[block.first_target : block.first_target + block.targets])
            every = np.arange(block.sources)
            self._case(k, every, who, POST_SET, POST_CLEAR, self._axons[k][:, None], tick, KIND_LEARN_POST)
            self._neurons[k][who] = 0
            mine = (sources >= block.first_source) & (sources < block.first_source + block.sources)
            if mine.any():
                self._due[k][tick + block.delay] = np.unique(sources[mine]) - block.first_source

    def _case(
        self, k: int, sources: Whole, targets: Whole, to_set: int, to_clear: int, ago: Whole, tick: int, kind: int
    ) -> None:
        """All synapses between some sources and targets may change."""
        block: LearningBlock = self._graph.learning[k]
        if not len(sources) or not len(targets):
            return
        there = self.bits[k][np.ix_(sources, targets)]
        odds = np.where(there, block.table[to_clear][ago], block.table[to_set][ago])
        row, column = np.nonzero(odds)
        source = (sources[row] + block.first_source).astype(np.int32)
        keys = self._graph.axon_key(source, np.full(len(source), block.delay, np.uint8))
        neuron = (targets[column] + block.first_target).astype(np.uint32)
        changes = learning_rhos(self._seed, tick, kind, neuron, keys) < odds[row, column]
        self.bits[k][sources[row[changes]], targets[column[changes]]] ^= True
