"""Ways to sort a population's synapses into axon types so that each neuron sees one weight per type."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from neurocore.graph import NeuronGraph

__all__ = ["one_weight_per_class", "proposals"]

Labels = npt.NDArray[np.int64]


def proposals(graph: NeuronGraph, rows: npt.NDArray[np.int64]) -> Iterator[Labels]:
    """Class labels 0, 1, 2 ... for the synapses ``rows`` of one target population; stochastic ones never share a class.

    By the rank of a weight among its neuron's weights of that sign (even labels for positive ranks and odd ones for
    negative, so that populations agree on types), by rank among all of its neuron's weights, by the group a synapse
    comes from, and by group and sign.
    """
    source, weight = graph.source[rows], graph.weight[rows].astype(np.int64)
    stochastic = graph.stochastic[rows].astype(np.int64)
    bounds = [*(group.start for group in graph.populations), *(graph.neuron_count + g.start for g in graph.inputs)]
    group = np.searchsorted(np.array(bounds), source, side="right")
    negative = (weight < 0).astype(np.int64)
    yield _ranks_of_values(graph.target[rows], weight, stochastic * 2 + negative)
    yield _ranks_of_values(graph.target[rows], weight, stochastic * 2)
    yield _dense(group * 2 + stochastic)
    yield _dense((group * 2 + negative) * 2 + stochastic)


def _dense(labels: Labels) -> Labels:
    """Relabel to 0, 1, 2 ... in order."""
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _ranks_of_values(target: npt.NDArray[np.int32], weight: Labels, kind: Labels) -> Labels:
    """The rank of a weight, small ones first, among the distinct weights of its neuron and kind; a label for each."""
    if not len(target):
        return np.zeros(0, np.int64)
    order = np.lexsort((weight, np.abs(weight), kind, target))
    t, k, w = target[order], kind[order], weight[order]
    new_neuron = np.concatenate([[True], (t[1:] != t[:-1]) | (k[1:] != k[:-1])])
    new_value = np.concatenate([[True], w[1:] != w[:-1]]) | new_neuron
    step = np.cumsum(new_value)
    rank = step - np.maximum.accumulate(np.where(new_neuron, step, 0))
    label = np.empty(len(target), np.int64)
    label[order] = rank * 4 + k
    # Deterministic classes first, positive before negative, low ranks first; stochastic ones behind them.
    rank_of, kind_of = label // 4, label % 4
    ordered = (kind_of // 2) * 2**20 + rank_of * 2 + kind_of % 2
    return _dense(ordered)


def one_weight_per_class(target: npt.NDArray[np.int32], weight: Labels, label: Labels, classes: int) -> bool:
    """Whether every neuron has a single weight in each class."""
    key = target.astype(np.int64) * classes + label
    order = np.argsort(key, kind="stable")
    key, weight = key[order], weight[order]
    return not ((key[1:] == key[:-1]) & (weight[1:] != weight[:-1])).any()
