"""Sparse linear maps as lists of entries: products and sums, exact wherever float64 is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError

__all__ = ["MAX_ENTRIES", "MAX_OVER", "Terms", "add", "apply", "identity", "whole"]

MAX_ENTRIES: Final = 2**25
"""More entries than this in one product are refused before anything is allocated."""

MAX_OVER: Final = 2**20
"""Largest divisor that average pools may come to."""

Whole = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Terms:
    """signal[row](t) = sum of weight / over * source[column](t - steps), over the entries.

    steps : float64; not whole where delays are to be rounded
    over  : what average pools divide by, kept apart: a ninth is no float
    """

    row: Whole
    column: Whole
    weight: Floats
    steps: Floats
    over: Whole


def identity(size: int) -> Terms:
    """A signal that is its source."""
    every = np.arange(size, dtype=np.int64)
    return Terms(every, every, np.ones(size), np.zeros(size), 0 * every + 1)


def apply(row: Whole, column: Whole, weight: Floats, over: int, terms: Terms) -> Terms:
    """The signal after a linear map with entries (row, column, weight / over).

    Raises ConfigError where that is too large.
    """
    if int(terms.over.max(initial=1)) * over > MAX_OVER:
        raise ConfigError(f"with the pools before it, it averages over more than {MAX_OVER:,} values")
    order = np.argsort(terms.row, kind="stable")
    first = np.searchsorted(terms.row[order], column)
    count = np.searchsorted(terms.row[order], column, side="right") - first
    total = int(count.sum())
    if total > MAX_ENTRIES:
        raise ConfigError(f"{total:,} connections, more than the {MAX_ENTRIES:,} allowed", fix="a smaller network")
    mine = np.repeat(np.arange(len(row)), count)
    theirs = order[np.arange(total) - np.repeat(np.cumsum(count) - count, count) + first[mine]]
    return _merged(
        Terms(
            row[mine],
            terms.column[theirs],
            weight[mine] * terms.weight[theirs],
            terms.steps[theirs],
            terms.over[theirs] * over,
        )
    )


def add(parts: list[Terms]) -> Terms:
    """The sum of signals."""
    if len(parts) == 1:
        return parts[0]
    columns = zip(*((part.row, part.column, part.weight, part.steps, part.over) for part in parts), strict=True)
    return _merged(Terms(*(np.concatenate(column) for column in columns)))


def whole(size: int, parts: list[Terms]) -> tuple[Whole, list[Terms]]:
    """A factor for each row, int64[size], and the signals times it: the smallest that leaves no divisor.

    Raises ConfigError beyond MAX_OVER.
    """
    factor = np.ones(size, np.int64)
    for terms in parts:
        for over in np.unique(terms.over).tolist():
            rows = terms.row[terms.over == over]
            factor[rows] = np.lcm(factor[rows], over)
            if factor.max(initial=1) > MAX_OVER:
                raise ConfigError("the averages that it gets have no common divisor that is small enough")
    return factor, [
        _merged(replace(terms, weight=terms.weight * (factor[terms.row] // terms.over), over=0 * terms.over + 1))
        for terms in parts
    ]


def _merged(terms: Terms) -> Terms:
    """One entry for each (row, column, steps, over); those of weight 0 are dropped."""
    if len(terms.row) == 0:
        return terms
    order = np.lexsort((terms.column, terms.row, terms.steps, terms.over))
    row, column, steps, over = (key[order] for key in (terms.row, terms.column, terms.steps, terms.over))
    fresh = np.ones(len(order), bool)
    fresh[1:] = (np.diff(row) != 0) | (np.diff(column) != 0) | (np.diff(steps) != 0) | (np.diff(over) != 0)
    first = np.flatnonzero(fresh)
    weight = np.add.reduceat(terms.weight[order], first)
    kept = weight != 0
    first = first[kept]
    return Terms(row[first], column[first], weight[kept], steps[first], over[first])
