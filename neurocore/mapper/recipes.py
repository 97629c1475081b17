"""How synapses are made of crossbar bits, and making populations agree on which axon type is which."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.mapper.basis import Combinations
from neurocore.mapper.incoming import Incoming
from neurocore.mapper.lean import constant, is_constant

__all__ = ["Agreement", "Recipes"]

Whole = npt.NDArray[np.int64]

MOST_TRIED = 5
"""Axon types of which all orders are tried; with more, the largest agreements are taken one by one."""


class Recipes:
    """How each synapse is made: which recipe (int16[S]), and how many bits of each axon type a recipe takes."""

    def __init__(self, spec: ChipSpec, synapses: int) -> None:
        self.table = [tuple(int(kind == one) for kind in range(spec.axon_types)) for one in range(spec.axon_types)]
        self.number = {recipe: place for place, recipe in enumerate(self.table)}
        self.of: npt.NDArray[np.int16] = constant(0, synapses, np.int16)

    def write(self, rows: slice | npt.NDArray[np.int32], values: npt.NDArray[np.integer]) -> None:
        """Set the recipes of some synapses."""
        if is_constant(self.of):
            if is_constant(values) and len(values) == len(self.of):
                self.of = constant(values[0] if len(values) else 0, len(self.of), np.int16)
                return
            self.of = np.zeros(len(self.of), np.int16)
        self.of[rows] = values

    def numbers(self, combinations: Combinations) -> npt.NDArray[np.int16]:
        """Recipes for rows of counts, int8[V, G]; new ones are noted."""
        found = []
        for row in combinations.tolist():
            recipe = tuple(row)
            if recipe not in self.number:
                self.number[recipe] = len(self.table)
                self.table.append(recipe)
            found.append(self.number[recipe])
        return np.array(found, np.int16)


class Agreement:
    """Axons that populations can share. P (source, delay) pairs, G axon types.

    Which type is called 0, which 1, is free for every population, but a source's axon serves two populations of a core
    only if both mean the same type: each population in turn takes the order that agrees most with those before it.
    """

    def __init__(self, pairs: int, types: int) -> None:
        self._shape = (pairs, types)
        self._used: npt.NDArray[np.uint8] | None = None

    def settle(
        self,
        synapses: Incoming,
        pair_start: Whole,
        recipes: Recipes,
        weight: npt.NDArray[np.int16],
        stochastic: npt.NDArray[np.uint8],
    ) -> None:
        """Reorder the types of one population, whose recipes and weights are written already."""
        first = synapses.pair_start if isinstance(synapses.rows, slice) else synapses.rows[synapses.pair_start]
        pair = np.searchsorted(pair_start, first, side="right") - 1
        own = recipes.of[synapses.rows]
        table = np.array(recipes.table, np.uint8)
        needed = np.stack([np.maximum.reduceat(column[own], synapses.pair_start) for column in table.T], axis=1)
        if self._used is None:
            self._used = np.zeros(self._shape, np.uint8)
        else:
            order = _best_order(needed, self._used[pair])
            if order != tuple(range(len(order))):
                _reorder(order, synapses, own, table, recipes, weight, stochastic)
                needed[:, list(order)] = needed.copy()
        self._used[pair] = np.maximum(self._used[pair], needed)


def _best_order(needed: npt.NDArray[np.uint8], used: npt.NDArray[np.uint8]) -> tuple[int, ...]:
    """New number of each type, so that most axons are those in use already; the present order where none is better."""
    types = needed.shape[1]
    shared = np.array(
        [[int(np.minimum(needed[:, a], used[:, b]).sum(dtype=np.int64)) for b in range(types)] for a in range(types)]
    )
    if types <= MOST_TRIED:
        return max(permutations(range(types)), key=lambda order: sum(int(shared[a, b]) for a, b in enumerate(order)))
    left = shared.astype(np.float64) + np.eye(types) * 0.5
    order = [0] * types
    for _ in range(types):
        a, b = divmod(int(left.argmax()), types)
        order[a] = b
        left[a, :] = left[:, b] = -1
    return tuple(order)


def _reorder(
    order: tuple[int, ...],
    synapses: Incoming,
    own: npt.NDArray[np.int16],
    table: npt.NDArray[np.uint8],
    recipes: Recipes,
    weight: npt.NDArray[np.int16],
    stochastic: npt.NDArray[np.uint8],
) -> None:
    """Give type a of a population the number order[a]."""
    turned = np.empty_like(table)
    turned[:, list(order)] = table
    present = np.unique(own)
    number = np.zeros(len(table), np.int16)
    number[present] = recipes.numbers(turned[present].astype(np.int8))
    recipes.write(synapses.rows, number[own])
    mine = slice(synapses.first, synapses.first + synapses.size)
    weight[mine, list(order)] = weight[mine].copy()
    bits = np.zeros(synapses.size, np.uint8)
    for a, b in enumerate(order):
        bits |= ((stochastic[mine] >> a) & 1) << b
    stochastic[mine] = bits
