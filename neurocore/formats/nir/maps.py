"""Sparse linear maps as lists of entries: products and sums, exact wherever float64 is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError

__all__ = ["MAX_ENTRIES", "Terms", "add", "apply", "identity"]

MAX_ENTRIES: Final = 2**25
"""More entries than this in one product are refused before anything is allocated."""

Whole = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Terms:
    """signal[row](t) = sum of weight * source[column](t - steps), over the entries."""

    row: Whole
    column: Whole
    weight: Floats
    steps: Whole


def identity(size: int) -> Terms:
    """A signal that is its source."""
    every = np.arange(size, dtype=np.int64)
    return Terms(every, every, np.ones(size), np.zeros(size, np.int64))


def apply(row: Whole, column: Whole, weight: Floats, terms: Terms) -> Terms:
    """The signal after a linear map with entries (row, column, weight). Raises ConfigError where that is too large."""
    order = np.argsort(terms.row, kind="stable")
    first = np.searchsorted(terms.row[order], column)
    count = np.searchsorted(terms.row[order], column, side="right") - first
    total = int(count.sum())
    if total > MAX_ENTRIES:
        raise ConfigError(f"{total:,} connections, more than the {MAX_ENTRIES:,} allowed", fix="a smaller network")
    mine = np.repeat(np.arange(len(row)), count)
    theirs = order[np.arange(total) - np.repeat(np.cumsum(count) - count, count) + first[mine]]
    return _merged(row[mine], terms.column[theirs], weight[mine] * terms.weight[theirs], terms.steps[theirs])


def add(parts: list[Terms]) -> Terms:
    """The sum of signals."""
    if len(parts) == 1:
        return parts[0]
    columns = zip(*((part.row, part.column, part.weight, part.steps) for part in parts), strict=True)
    return _merged(*(np.concatenate(column) for column in columns))


def _merged(row: Whole, column: Whole, weight: Floats, steps: Whole) -> Terms:
    """One entry for each (row, column, steps); those of weight 0 are dropped."""
    if len(row) == 0:
        return Terms(row, column, weight, steps)
    order = np.lexsort((column, row, steps))
    row, column, weight, steps = row[order], column[order], weight[order], steps[order]
    fresh = np.ones(len(row), bool)
    fresh[1:] = (np.diff(row) != 0) | (np.diff(column) != 0) | (np.diff(steps) != 0)
    first = np.flatnonzero(fresh)
    weight = np.add.reduceat(weight, first)
    kept = weight != 0
    first = first[kept]
    return Terms(row[first], column[first], weight[kept], steps[first])
