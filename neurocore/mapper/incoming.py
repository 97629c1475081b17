"""The synapses into one population, with their distinct weights numbered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.graph import Group, NeuronGraph
from neurocore.mapper.lean import constant, is_constant, pieces

__all__ = ["Incoming", "incoming"]

MOST_CELLS = 2**28
"""Cells of a (neuron, weight) table; populations that need more are worked on in parts."""

Rows = slice | npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """Synapses into a population, in the order of the graph. N neurons, S synapses, V distinct weights, P pairs.

    rows       : which synapses of the graph
    first, size : number of the population's first neuron, and N
    target     : int32[S]  counted from the first neuron
    code       : integers[S]  which of ``values`` the synapse has
    values     : int64[V]  weights: deterministic ones first, then by |weight|, positive before negative
    stochastic : bool[V]
    pair_start : int64[P]  where a new (source, delay) begins
    """

    rows: Rows
    first: int
    size: int
    target: npt.NDArray[np.int32]
    code: npt.NDArray[np.integer]
    values: npt.NDArray[np.int64]
    stochastic: npt.NDArray[np.bool_]
    pair_start: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.target)

    def axons(self, label: npt.NDArray[np.uint8]) -> int:
        """How many axons one type for each label takes: distinct (source, delay, label). label : uint8[S], below 8."""
        if not len(label) or is_constant(label):
            return len(self.pair_start)
        met = np.bitwise_or.reduceat(np.left_shift(np.uint8(1), label), self.pair_start)
        return int(np.bitwise_count(met).sum(dtype=np.int64))

    def part(self, chosen: npt.NDArray[np.bool_]) -> Incoming:
        """Some of the synapses; ``values`` stays whole."""
        every = np.arange(len(self), dtype=np.int32)[chosen]
        rows = every if isinstance(self.rows, slice) else self.rows[every]
        pair = np.searchsorted(self.pair_start, every, side="right")
        return Incoming(
            rows=rows,
            first=self.first,
            size=self.size,
            target=self.target[every],
            code=self.code[every],
            values=self.values,
            stochastic=self.stochastic,
            pair_start=np.flatnonzero(np.diff(pair, prepend=-1)),
        )

    def with_values(self, weight: npt.NDArray[np.int64]) -> Incoming:
        """The same synapses with other, deterministic weights. weight : int64[S]"""
        values, stochastic, code = _coded(weight, constant(False, len(weight), bool))
        return Incoming(
            rows=self.rows,
            first=self.first,
            size=self.size,
            target=self.target,
            code=code,
            values=values,
            stochastic=stochastic,
            pair_start=self.pair_start,
        )

    def tables(self) -> list[tuple[int, npt.NDArray[np.bool_]]]:
        """Which weights each neuron has: bool[n, V] for the neurons from a first one on, in parts that fit."""
        step = max(1, MOST_CELLS // max(1, len(self.values)))
        return [(low, self._table(low, min(low + step, self.size))) for low in range(0, self.size, step)]

    def _table(self, low: int, high: int) -> npt.NDArray[np.bool_]:
        met = np.zeros((high - low, len(self.values)), bool)
        if len(self.values) == 1 and high - low == self.size:
            met[self.target, 0] = True
            return met
        for piece in pieces(len(self)):
            target, code = self.target[piece], self.code[piece]
            if high - low < self.size:
                here = (target >= low) & (target < high)
                target, code = target[here] - low, code[here]
            met[target, code] = True
        return met


def incoming(graph: NeuronGraph, group: Group, pair_start: npt.NDArray[np.int64]) -> Incoming:
    """The synapses into a population. pair_start : int64[...]  where a new (source, delay) begins among them all."""
    rows = _rows(graph, group)
    target = graph.target[rows]
    weight = graph.weight[: len(target)] if is_constant(graph.weight) else graph.weight[rows]
    drawn = graph.stochastic[: len(target)] if is_constant(graph.stochastic) else graph.stochastic[rows]
    values, stochastic, code = _coded(weight, drawn)
    if not isinstance(rows, slice):
        pair = np.searchsorted(pair_start, rows, side="right")
        pair_start = np.flatnonzero(np.diff(pair, prepend=-1))
    return Incoming(
        rows=rows,
        first=group.start,
        size=group.size,
        target=target - np.int32(group.start) if group.start else target,
        code=code,
        values=values,
        stochastic=stochastic,
        pair_start=pair_start,
    )


def _rows(graph: NeuronGraph, group: Group) -> Rows:
    if group.start == 0 and group.stop == graph.neuron_count:
        return slice(0, len(graph.target))
    found = [np.zeros(0, np.int32)]
    for piece in pieces(len(graph.target)):
        target = graph.target[piece]
        here = np.flatnonzero((target >= group.start) & (target < group.stop))
        found.append((here + piece.start).astype(np.int32))
    return np.concatenate(found)


def _coded(
    weight: npt.NDArray[np.integer], drawn: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], npt.NDArray[np.integer]]:
    """Distinct (weight, stochastic) in order, and which of them each synapse has."""
    size = len(weight)
    if size and is_constant(weight) and is_constant(drawn):
        return np.array([weight[0]], np.int64), np.array([drawn[0]]), constant(0, size, np.int16)
    least, most = int(weight.min(initial=0)), int(weight.max(initial=0))
    span = most - least + 1
    met = np.zeros(2 * span, bool)
    for piece in pieces(size):
        met[weight[piece].astype(np.int64) - least + span * drawn[piece]] = True
    present = np.flatnonzero(met)
    values, stochastic = present % span + least, present >= span
    order = np.lexsort((values < 0, np.abs(values), stochastic))
    number = np.zeros(2 * span, np.int16 if len(order) < 2**15 else np.int32)
    number[present[order]] = np.arange(len(order))
    code = np.empty(size, number.dtype)
    for piece in pieces(size):
        code[piece] = number[weight[piece].astype(np.int64) - least + span * drawn[piece]]
    return values[order], stochastic[order], code
