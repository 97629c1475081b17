"""Ways to sort a population's synapses into axon types so that each neuron sees one weight per type."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from neurocore.graph import NeuronGraph
from neurocore.mapper.colouring import by_colouring
from neurocore.mapper.incoming import Incoming
from neurocore.mapper.lean import constant, pieces

__all__ = ["by_rank", "proposals"]

Labels = npt.NDArray[np.uint8]


def proposals(graph: NeuronGraph, synapses: Incoming, types: int) -> Iterator[Labels]:
    """Labels below ``types``, uint8[S], under each of which every neuron has one weight; stochastic ones never share.

    By the rank of a weight among its neuron's weights of that sign (positive ranks and negative ones in turn, so that
    populations agree on types), by rank among all of its neuron's weights, by the group a synapse comes from, and by
    group and sign, and by source alone (see colouring.py). Ways that need more types are left out.
    """
    drawn = synapses.stochastic.astype(np.int64)
    negative = (synapses.values < 0).astype(np.int64)
    for kind in (drawn * 2 + negative, drawn * 2):
        label = by_rank(synapses, kind, types)
        if label is not None:
            yield label
    for kind in (drawn, negative * 2 + drawn):
        label = _by_group(graph, synapses, kind, types)
        if label is not None:
            yield label
    label = by_colouring(synapses, types)
    if label is not None:
        yield label


def by_rank(synapses: Incoming, kind: npt.NDArray[np.int64], types: int) -> Labels | None:
    """The rank of a weight, small ones first, among its neuron's weights of that kind; a label for each (kind, rank).

    kind : int64[V]  0 and 1 deterministic, 2 and 3 stochastic
    """
    tables = synapses.tables()
    most = np.zeros(4, np.int64)
    for _, met in tables:
        for k in range(4):
            most[k] = max(most[k], met[:, kind == k].sum(axis=1).max(initial=0))
    if most.sum() > types:
        return None
    # Deterministic classes first, low ranks first, positive before negative; stochastic ones behind them.
    ranks = [(k // 2, rank, k % 2) for k in range(4) for rank in range(int(most[k]))]
    number = {one: place for place, one in enumerate(sorted(ranks))}
    if len(number) < 2:
        return constant(0, len(synapses), np.uint8)
    label = np.empty(len(synapses), np.uint8)
    for low, met in tables:
        labels = np.zeros(met.shape, np.uint8)
        for k in range(4):
            mine = np.flatnonzero(kind == k)
            rank = np.cumsum(met[:, mine], axis=1, dtype=np.int64) - 1
            table = np.array([number[(k // 2, r, k % 2)] for r in range(int(most[k]))], np.uint8)
            if len(table):
                labels[:, mine] = table[np.maximum(rank, 0)]
        for piece in pieces(len(synapses)):
            target = synapses.target[piece]
            here = (target >= low) & (target < low + len(met))
            label[piece][here] = labels[target[here] - low, synapses.code[piece][here]]
    return label


def _by_group(graph: NeuronGraph, synapses: Incoming, kind: npt.NDArray[np.int64], types: int) -> Labels | None:
    """A label for each (population or input that the synapse comes from, kind); None where a neuron has two weights."""
    sizes = [group.size for group in (*graph.populations, *graph.inputs)]
    bounds = np.cumsum(sizes).astype(np.int32)
    key = np.empty(len(synapses), np.int32)
    source = graph.source[synapses.rows]
    for piece in pieces(len(synapses)):
        group = np.searchsorted(bounds, source[piece], side="right")
        key[piece] = group * 4 + kind[synapses.code[piece]]
    met = np.zeros(4 * len(sizes), bool)
    met[key] = True
    classes = int(met.sum())
    if classes > types:
        return None
    label = (np.cumsum(met) - 1).astype(np.uint8)[key]
    first = np.full((synapses.size, max(1, classes)), -1, np.int32)
    first[synapses.target, label] = synapses.code
    return label if (first[synapses.target, label] == synapses.code).all() else None
