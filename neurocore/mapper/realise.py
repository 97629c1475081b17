"""Second pass: integer weights become axon types, four weights per neuron, and crossbar bits. Exact, or refused."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.graph import NeuronGraph, find_group
from neurocore.mapper.basis import Combinations, best_basis
from neurocore.mapper.classes import by_rank, proposals
from neurocore.mapper.incoming import Incoming, incoming
from neurocore.mapper.lean import pieces, run_starts
from neurocore.mapper.limits import types_exceeded
from neurocore.mapper.notes import Note
from neurocore.mapper.recipes import Agreement, Recipes
from neurocore.mapper.wiring import Wiring, wire

__all__ = ["realise"]

SAMPLE = 4096
"""(Source, delay) pairs that a candidate basis is priced on; all of them where there are fewer."""

UNIT_LIMIT = 16
"""A neuron's weights are divided by their greatest common divisor up to this size."""

MOST_VALUES = 1024
"""Distinct weights of a population that sums are sought for."""

Whole = npt.NDArray[np.int64]


def realise(graph: NeuronGraph, spec: ChipSpec) -> tuple[Wiring, Note]:
    """Choose axon types and weights so that each neuron adds exactly its weights.

    For each population the cheapest of several ways is taken: one type per class of synapses (see classes.py), or sums
    of basis values (see basis.py). Raises CapacityError where no way is left.
    """
    weight = np.zeros((graph.neuron_count, spec.axon_types), np.int16)
    stochastic = np.zeros(graph.neuron_count, np.uint8)
    recipes = Recipes(spec, len(graph.source))
    pair_start = run_starts(graph.source, graph.delay)
    agreement = Agreement(len(pair_start), spec.axon_types)
    for group in graph.populations:
        synapses = incoming(graph, group, pair_start)
        if len(synapses):
            _population(graph, spec, synapses, recipes, weight, stochastic)
            if len(graph.populations) > 1:
                agreement.settle(synapses, pair_start, recipes, weight, stochastic)
    wiring = wire(graph, recipes.of, np.array(recipes.table, np.int64), pair_start, weight, stochastic)
    axons, pairs = len(wiring.axon_source), len(pair_start)
    text = f"{axons:,} axons for {pairs:,} (source, delay) pairs"
    return wiring, Note(stage="realise", text=text, facts={"axons": axons, "source_delay_pairs": pairs})


def _population(
    graph: NeuronGraph,
    spec: ChipSpec,
    synapses: Incoming,
    recipes: Recipes,
    weight: npt.NDArray[np.int16],
    stochastic: npt.NDArray[np.uint8],
) -> None:
    """Realise one population: its recipes and its rows of ``weight`` and ``stochastic`` are filled in."""
    best: npt.NDArray[np.uint8] | None = None
    price: int | None = None
    if np.abs(synapses.values).max() <= spec.weight_limit:
        for label in proposals(graph, synapses, spec.axon_types):
            cost = synapses.axons(label)
            if price is None or cost < price:
                best, price = label, cost
            if cost == len(synapses.pair_start):
                break  # it cannot be less, and a later way might be long in the making
    if price is None or price > len(synapses.pair_start):
        if _by_sums(spec, synapses, recipes, weight, stochastic, price):
            return
        if best is None:
            group = find_group(graph.populations, synapses.first)
            raise types_exceeded(graph, spec, group, np.arange(len(graph.source))[synapses.rows])
    assert best is not None
    recipes.write(synapses.rows, best)
    _weigh(synapses, best, weight, stochastic)


def _weigh(
    synapses: Incoming,
    label: npt.NDArray[np.uint8],
    weight: npt.NDArray[np.int16],
    stochastic: npt.NDArray[np.uint8],
) -> None:
    """Each synapse's weight for the type that its label names."""
    for piece in pieces(len(synapses)):
        target, kind, code = synapses.target[piece] + synapses.first, label[piece], synapses.code[piece]
        weight[target, kind] = synapses.values[code]
        if synapses.stochastic.any():
            for one in np.unique(kind).tolist():
                drawn = target[(kind == one) & synapses.stochastic[code]]
                stochastic[drawn] |= np.uint8(1 << one)


def _by_sums(
    spec: ChipSpec,
    synapses: Incoming,
    recipes: Recipes,
    weight: npt.NDArray[np.int16],
    stochastic: npt.NDArray[np.uint8],
    price: int | None,
) -> bool:
    """Sums of basis values for the deterministic synapses; each stochastic value keeps a type of its own.

    price : axons that the best way so far needs; False is returned where sums need as many, or do not work
    """
    chosen = synapses.stochastic[synapses.code] if synapses.stochastic.any() else np.zeros(len(synapses), bool)
    drawn, plain = synapses.part(chosen), synapses.part(~chosen) if chosen.any() else synapses
    label = by_rank(drawn, 2 + (drawn.values < 0), spec.axon_types)
    if label is None or np.abs(drawn.values[drawn.code]).max(initial=0) > spec.weight_limit:
        return False
    slots = spec.axon_types - (int(label.max()) + 1 if len(label) else 0)
    if slots < 1 or not len(plain):
        return False
    unit = _units(plain)
    scaled = plain.with_values(plain.values[plain.code] // unit[plain.target])
    if len(scaled.values) > MOST_VALUES:
        return False
    found = best_basis(
        scaled.values, slots, max(1, spec.weight_limit // int(unit.max(initial=1))), _Price(scaled, slots)
    )
    if found is None:
        return False
    basis, combinations, _ = found
    if price is not None and _axons(scaled, combinations) + drawn.axons(label) >= price:
        return False
    padded = np.zeros((len(scaled.values), spec.axon_types), np.int8)
    padded[:, :slots] = combinations
    recipes.write(plain.rows, recipes.numbers(padded)[scaled.code])
    reached = np.unique(plain.target)
    weight[reached + plain.first, : len(basis)] = unit[reached][:, None] * np.array(basis)[None, :]
    if len(drawn):
        kinds = (label + slots).astype(np.uint8)  # the last types are the stochastic ones
        recipes.write(drawn.rows, kinds)
        _weigh(drawn, kinds, weight, stochastic)
    return True


def _units(synapses: Incoming) -> Whole:
    """The greatest common divisor of each neuron's weights; 1 for all where that would leave the basis no room.

    Returns int64[N].
    """
    unit: Whole = np.zeros(synapses.size, np.int64)
    for low, met in synapses.tables():
        part = unit[low : low + len(met)]
        for place, value in enumerate(np.abs(synapses.values).tolist()):
            if place % 16 == 0 and (part == 1).all():
                break
            np.gcd(part, value, out=part, where=met[:, place])
    return np.maximum(unit, 1) if unit.max() <= UNIT_LIMIT else np.ones(synapses.size, np.int64)


def _axons(synapses: Incoming, combinations: Combinations) -> int:
    """Axons that a basis takes: of each type, for each (source, delay), as many as its neediest synapse."""
    total = 0
    for counts in combinations.T:
        total += int(np.maximum.reduceat(counts[synapses.code], synapses.pair_start).sum(dtype=np.int64))
    return total


class _Price:
    """What a basis costs, estimated on some (source, delay) pairs; those with the same weights are priced once."""

    def __init__(self, synapses: Incoming, slots: int) -> None:
        pairs = len(synapses.pair_start)
        chosen = np.unique(np.linspace(0, pairs - 1, min(pairs, SAMPLE)).astype(np.int64))
        stop = np.append(synapses.pair_start, len(synapses))
        met = np.zeros((len(chosen), len(synapses.values)), bool)
        for row, pair in enumerate(chosen.tolist()):
            met[row, synapses.code[stop[pair] : stop[pair + 1]]] = True
        sets, self.times = np.unique(met, axis=0, return_counts=True)
        members, self.value = np.nonzero(sets)
        self.start = np.searchsorted(members, np.arange(len(sets)))

    def __call__(self, combinations: Combinations) -> int:
        needed = np.maximum.reduceat(combinations[self.value], self.start, axis=0).sum(axis=1, dtype=np.int64)
        return int((needed * self.times).sum())
