"""Second pass: integer weights become axon types, four weights per neuron, and crossbar bits. Exact, or refused."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.graph import Group, NeuronGraph
from neurocore.mapper.basis import best_basis
from neurocore.mapper.classes import one_weight_per_class, proposals
from neurocore.mapper.limits import types_exceeded
from neurocore.mapper.notes import Note
from neurocore.mapper.wiring import Wiring

__all__ = ["realise"]

SAMPLE = 400_000
"""Synapses that a candidate basis is priced on; all of them where there are fewer."""

UNIT_LIMIT = 16
"""A neuron's weights are divided by their greatest common divisor up to this size."""

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Bits:
    """Crossbar bits wanted: synapse row, axon type, copy number; all int64[E]."""

    row: Whole
    kind: Whole
    copy: Whole


def realise(graph: NeuronGraph, spec: ChipSpec) -> tuple[Wiring, Note]:
    """Choose axon types and weights so that each neuron adds exactly its weights.

    For each population the cheapest of several ways is taken: one type per class of synapses (see classes.py), or sums
    of basis values (see basis.py). Raises CapacityError where no way is left.
    """
    weight = np.zeros((graph.neuron_count, spec.axon_types), np.int64)
    stochastic = np.zeros(graph.neuron_count, np.uint8)
    parts = [_population(graph, spec, group, weight, stochastic) for group in graph.populations]
    row = np.concatenate([part.row for part in parts])
    kind = np.concatenate([part.kind for part in parts])
    copy = np.concatenate([part.copy for part in parts])
    key = ((graph.source[row].astype(np.int64) * 16 + graph.delay[row]) * 8 + kind) * 64 + copy
    axons, number = np.unique(key, return_inverse=True)
    target = graph.target[row]
    order = np.lexsort((number, target))
    start = np.zeros(graph.neuron_count + 1, np.int64)
    np.cumsum(np.bincount(target, minlength=graph.neuron_count), out=start[1:])
    pairs = len(np.unique(graph.source.astype(np.int64) * 16 + graph.delay))
    wiring = Wiring(
        axon_source=(axons // 64 // 8 // 16).astype(np.int32),
        axon_delay=(axons // 64 // 8 % 16).astype(np.uint8),
        axon_type=(axons // 64 % 8).astype(np.uint8),
        start=start,
        reads=number[order].astype(np.int32),
        weight=weight.astype(np.int16),
        stochastic=stochastic,
    )
    text = f"{len(axons):,} axons for {pairs:,} (source, delay) pairs"
    return wiring, Note(stage="realise", text=text, facts={"axons": len(axons), "source_delay_pairs": pairs})


def _population(
    graph: NeuronGraph, spec: ChipSpec, group: Group, weight: Whole, stochastic: npt.NDArray[np.uint8]
) -> _Bits:
    """Realise one population; its rows of ``weight`` and ``stochastic`` are filled in."""
    rows = np.flatnonzero((graph.target >= group.start) & (graph.target < group.stop))
    target, wanted = graph.target[rows], graph.weight[rows].astype(np.int64)
    pair = graph.source[rows].astype(np.int64) * 16 + graph.delay[rows]
    best: Whole | None = None
    price = 0
    for label in proposals(graph, rows):
        classes = int(label.max(initial=-1)) + 1
        if classes > spec.axon_types or np.abs(wanted).max(initial=0) > spec.weight_limit:
            continue
        if one_weight_per_class(target, wanted, label, max(1, classes)):
            cost = len(np.unique(pair * 8 + label))
            if best is None or cost < price:
                best, price = label, cost
    if best is not None and price <= len(np.unique(pair)):
        return _by_class(graph, rows, best, weight, stochastic)
    sums = _by_sums(graph, spec, rows, weight, stochastic, price if best is not None else None)
    if sums is not None:
        return sums
    if best is None:
        raise types_exceeded(graph, spec, group, rows)
    return _by_class(graph, rows, best, weight, stochastic)


def _by_class(graph: NeuronGraph, rows: Whole, label: Whole, weight: Whole, stochastic: npt.NDArray[np.uint8]) -> _Bits:
    """One axon type per class."""
    target = graph.target[rows]
    weight[target, label] = graph.weight[rows]
    drawn = graph.stochastic[rows]
    np.bitwise_or.at(stochastic, target[drawn], (1 << label[drawn]).astype(np.uint8))
    return _Bits(rows, label, np.zeros(len(rows), np.int64))


def _by_sums(
    graph: NeuronGraph,
    spec: ChipSpec,
    rows: Whole,
    weight: Whole,
    stochastic: npt.NDArray[np.uint8],
    price: int | None,
) -> _Bits | None:
    """Sums of basis values for the deterministic synapses; each stochastic value keeps a type of its own.

    price : axons that the best way so far needs; None is returned where sums need as many
    """
    drawn = graph.stochastic[rows]
    label = np.full(len(rows), -1, np.int64)
    if drawn.any():
        label[drawn] = next(proposals(graph, rows[drawn]))
        own = int(label.max()) + 1
        if np.abs(graph.weight[rows[drawn]]).max() > spec.weight_limit:
            return None
    else:
        own = 0
    slots = spec.axon_types - own
    plain = rows[~drawn]
    if slots < 1 or not len(plain):
        return None
    unit = _units(graph, plain)
    scaled = graph.weight[plain] // unit[graph.target[plain]]
    values, which = np.unique(scaled, return_inverse=True)
    if len(values) > 1024:
        return None
    pair = graph.source[plain].astype(np.int64) * 16 + graph.delay[plain]
    pair_start = np.flatnonzero(np.concatenate([[True], pair[1:] != pair[:-1]]))
    priced = which[:SAMPLE] if len(which) > SAMPLE else which
    priced_start = pair_start[pair_start < len(priced)]

    def cost(combinations: npt.NDArray[np.int8]) -> int:
        return int(np.maximum.reduceat(combinations[priced], priced_start, axis=0).sum(dtype=np.int64))

    limit = spec.weight_limit // int(unit.max(initial=1))
    found = best_basis(values, slots, max(1, limit), cost)
    if found is None or (price is not None and found[2] >= price):
        return None
    basis, combinations, _ = found
    weight[np.unique(graph.target[plain])[:, None], np.arange(len(basis))[None, :]] = (
        unit[np.unique(graph.target[plain])][:, None] * np.array(basis)[None, :]
    )
    terms = combinations[which].astype(np.int64)
    many = terms.ravel()
    place = np.repeat(np.arange(many.size), many)
    copy = np.arange(len(place)) - np.repeat(np.cumsum(many) - many, many)
    bits = _Bits(plain[place // slots], place % slots, copy)
    if not own:
        return bits
    kinds = label[drawn] + slots  # the last types are the stochastic ones
    weight[graph.target[rows[drawn]], kinds] = graph.weight[rows[drawn]]
    np.bitwise_or.at(stochastic, graph.target[rows[drawn]], (1 << kinds).astype(np.uint8))
    return _Bits(
        np.concatenate([bits.row, rows[drawn]]),
        np.concatenate([bits.kind, kinds]),
        np.concatenate([bits.copy, np.zeros(len(kinds), np.int64)]),
    )


def _units(graph: NeuronGraph, rows: Whole) -> Whole:
    """The greatest common divisor of each neuron's weights; 1 for all where that would leave the basis no room.

    Returns int64[L].
    """
    unit = np.zeros(graph.neuron_count, np.int64)
    np.gcd.at(unit, graph.target[rows], np.abs(graph.weight[rows].astype(np.int64)))
    return np.maximum(unit, 1) if unit.max() <= UNIT_LIMIT else np.ones(graph.neuron_count, np.int64)
