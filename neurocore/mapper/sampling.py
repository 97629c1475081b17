"""Random connectivity: pairs by chance, or a fixed number of different sources for each target."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["bernoulli_pairs", "distinct_sources"]

Whole = npt.NDArray[np.int64]


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
