"""Random connectivity: pairs by chance, or a fixed number of different sources for each target."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["bernoulli_pairs", "distinct_sources", "grouped_pairs"]

Whole = npt.NDArray[np.int64]
Index = npt.NDArray[np.int32]

ROWS = 4096
"""Sources whose targets are listed at a time."""


def bernoulli_pairs(rng: np.random.Generator, n: int, m: int, probability: float) -> tuple[Whole, Whole]:
    """Every (source, target) pair of n x m with the given probability, independently.

    The gaps between chosen pairs are geometric, so the work is in the pairs that are chosen.
    Returns source, target : int64[S], in order of source, then target.
    """
    pairs = n * m
    if probability <= 0:
        chosen = np.zeros(0, np.int64)
    elif probability >= 1:
        chosen = np.arange(pairs, dtype=np.int64)
    else:
        parts, last = [], -1
        while last < pairs:
            expected = (pairs - last) * probability
            gaps = rng.geometric(probability, int(expected + 4 * np.sqrt(expected) + 16))
            places = last + np.cumsum(np.minimum(gaps, pairs + 1), dtype=np.int64)
            parts.append(places)
            last = int(places[-1])
        chosen = np.concatenate(parts)
        chosen = chosen[chosen < pairs]
    source, target = np.divmod(chosen, m)
    return source, target


def distinct_sources(rng: np.random.Generator, n: int, m: int, count: int) -> tuple[Whole, Whole]:
    """For each of m targets ``count`` different sources out of n, every subset equally likely.

    Returns source, target : int64[m * count], in order of target, then source.
    """
    rows = max(1, min(m, 2**24 // n if count > n // 8 else 2**24 // count))
    parts = []
    for first in range(0, m, rows):
        here = min(rows, m - first)
        if count > n // 8:
            picked = np.argsort(rng.random((here, n)), axis=1)[:, :count]
        else:
            picked = _without_repeats(rng, n, here, count)
        parts.append(np.sort(picked, axis=1))
    source = np.concatenate(parts).ravel().astype(np.int64)
    return source, np.repeat(np.arange(m, dtype=np.int64), count)


def _without_repeats(rng: np.random.Generator, n: int, rows: int, count: int) -> Whole:
    """Draw, then draw the repeats again until there are none; few rows need more than one round."""
    picked = np.sort(rng.integers(0, n, (rows, count)), axis=1)
    while True:
        repeated = np.zeros(picked.shape, bool)
        repeated[:, 1:] = picked[:, 1:] == picked[:, :-1]
        if not repeated.any():
            return picked
        picked[repeated] = rng.integers(0, n, int(repeated.sum()))
        picked.sort(axis=1)


def grouped_pairs(
    rng: np.random.Generator, order: Whole, m: int, groups: int, probability: float
) -> tuple[Index, Index]:
    """Sources dealt out to groups of targets, each pair within a group with the given probability.

    order : int64[n]  a permutation; group g has the sources order[g*n/groups : (g+1)*n/groups] and as many of m targets
    Returns source, target : int32[S], in order of source, then target. The pairs are drawn as bits first, so that
    little more memory is used than the pairs take.
    """
    n, deal, width = len(order), len(order) // groups, m // groups
    group_of = np.empty(n, np.int64)
    group_of[order] = np.arange(n) // max(1, deal)
    if probability >= 1:
        each = np.full(n, width)
        bits = None
    else:
        bits = np.empty((n, -(-width // 8)), np.uint8)
        for first in range(0, n, max(1, min(ROWS, 2**24 // width))):
            rows = order[first : first + max(1, min(ROWS, 2**24 // width))]
            bits[rows] = np.packbits(rng.random((len(rows), width), dtype=np.float32) < probability, axis=1)
        each = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    source = np.repeat(np.arange(n, dtype=np.int32), each)
    target = np.empty(len(source), np.int32)
    place = 0
    for first in range(0, n, ROWS):
        groups_here = group_of[first : first + ROWS]
        if bits is None:
            found = (groups_here[:, None] * width + np.arange(width)[None, :]).ravel()
        else:
            row, column = np.nonzero(np.unpackbits(bits[first : first + ROWS], axis=1, count=width))
            found = groups_here[row] * width + column
        target[place : place + len(found)] = found
        place += len(found)
    return source, target
