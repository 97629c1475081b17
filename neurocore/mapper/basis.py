"""Weights as sums of a few basis values: which basis needs the fewest axons, and how each weight is made of it.

A neuron has one weight per axon type. A source whose synapses have more values than there are types can still be
connected: it gets several axons, and each neuron sets the bits whose weights add up to its own (1, 2, 4 and -8 make
every 4-bit number).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import numpy.typing as npt

__all__ = ["best_basis", "combinations_of"]

MAX_COPIES = 32
"""Axons of one source and type, at the most."""

Combinations = npt.NDArray[np.int8]


def combinations_of(basis: tuple[int, ...], values: npt.NDArray[np.int64]) -> Combinations | None:
    """How many of each basis value add up to each value, with as few terms as possible.

    basis  : nonzero integers
    values : int64[U]
    Returns int8[U, len(basis)], or None where a value needs more than MAX_COPIES terms.
    """
    room = int(np.abs(values).max(initial=0)) + max(abs(item) for item in basis)
    terms = np.full(2 * room + 1, -1, np.int16)
    last = np.full(2 * room + 1, -1, np.int8)
    terms[room] = 0
    front = np.array([room])
    wanted = values + room
    for count in range(1, MAX_COPIES + 1):
        found: list[npt.NDArray[np.int64]] = []
        for place, item in enumerate(basis):
            reached: npt.NDArray[np.int64] = front + item
            reached = reached[(reached >= 0) & (reached <= 2 * room)]
            reached = reached[terms[reached] < 0]
            terms[reached], last[reached] = count, place
            found.append(reached)
        front = np.concatenate(found)
        if (terms[wanted] >= 0).all():
            break
        if not len(front):
            return None
    if (terms[wanted] < 0).any():
        return None
    combinations = np.zeros((len(values), len(basis)), np.int8)
    at = wanted.copy()
    values_of = np.array(basis)
    while (at != room).any():
        open_ = np.flatnonzero(at != room)
        final = last[at[open_]]
        combinations[open_, final] += 1
        at[open_] -= values_of[final]
    return combinations


def best_basis(
    values: npt.NDArray[np.int64], slots: int, limit: int, cost: Callable[[Combinations], int]
) -> tuple[tuple[int, ...], Combinations, int] | None:
    """Search a basis of at most ``slots`` values within -limit..limit that makes every value at the least cost.

    values : int64[U] distinct, nonzero
    cost   : axons needed, given the combinations [U, slots] (bases with fewer values are padded with zeros)
    Returns (basis, combinations int8[U, slots], cost), or None where nothing works. Deterministic: good regular bases
    first, then steps downhill from the best.
    """
    best: tuple[tuple[int, ...], Combinations, int] | None = None
    tried: set[tuple[int, ...]] = set()

    def attempt(candidate: tuple[int, ...]) -> bool:
        nonlocal best
        basis = tuple(
            sorted({item for item in candidate if item and abs(item) <= limit}, key=lambda b: (abs(b), b < 0))
        )
        if not basis or basis in tried:
            return False
        tried.add(basis)
        found = combinations_of(basis, values)
        if found is None:
            return False
        padded = np.zeros((len(values), slots), np.int8)
        padded[:, : len(basis)] = found
        total = cost(padded)
        if best is None or total < best[2]:
            best = (basis, padded, total)
            return True
        return False

    for candidate in _regular(values, slots, limit):
        attempt(candidate)
    better = best is not None
    while better and best is not None and len(tried) < 400:
        better = any(attempt(candidate) for candidate in list(_neighbours(best[0], values, slots)))
    return best


def _regular(values: npt.NDArray[np.int64], slots: int, limit: int) -> Iterator[tuple[int, ...]]:
    """Bases worth a try: powers for each sign, balanced ones, and two's complement."""
    top = int(min(np.abs(values).max(), limit))
    radices = sorted(
        {2, 3, 4, 5, 6, 8, 10, 16, *(max(2, round(top ** (1 / digits))) for digits in range(1, slots + 1))}
    )
    signs = [int(values.max() > 0), int(values.min() < 0)]
    if sum(signs) == 1:
        sign = 1 if signs[0] else -1
        for radix in radices:
            yield tuple(sign * radix**digit for digit in range(slots))
        for radix in radices:
            yield (*(sign * radix**digit for digit in range(slots - 1)), sign * top)
        return
    for up in range(1, slots):
        for radix, other in product(radices, radices):
            yield (*(radix**digit for digit in range(up)), *(-(other**digit) for digit in range(slots - up)))
    for radix in radices:
        powers = [radix**digit for digit in range(slots - 1)]
        yield (*powers, -min(limit, radix ** (slots - 1)))
        yield (*powers, -min(limit, top))
        yield (*powers, -min(limit, sum(powers)))


def _neighbours(basis: tuple[int, ...], values: npt.NDArray[np.int64], slots: int) -> Iterator[tuple[int, ...]]:
    """The basis with one value moved a little, replaced by a wanted value, or added."""
    some = values[:: max(1, len(values) // 16)].tolist()
    if len(basis) < slots:
        for value in some:
            yield (*basis, value)
    for place, item in enumerate(basis):
        rest = basis[:place] + basis[place + 1 :]
        yield rest
        for other in (item - 1, item + 1, item - 2, item + 2, -item, *some):
            yield (*rest, other)
