"""Working on synapse-sized arrays without synapse-sized temporaries: pieces, constants, packed sort keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["PIECE", "as_dtype", "constant", "distinct", "is_constant", "pieces", "picked", "run_starts"]

PIECE = 1 << 22
"""Synapses that are worked on at a time where temporaries would take several bytes for each."""


def pieces(size: int) -> Iterator[slice]:
    """Slices that cover 0..size-1 in order."""
    for start in range(0, size, PIECE):
        yield slice(start, min(start + PIECE, size))


def constant(value: Any, size: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """``size`` times the same value in the memory of one (read-only)."""
    return np.broadcast_to(np.asarray(value, dtype), (size,))


def is_constant(array: npt.NDArray[Any]) -> bool:
    """Whether an array is one value seen many times."""
    return array.ndim == 1 and (len(array) < 2 or array.strides == (0,))


def as_dtype(array: npt.NDArray[Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """As ``astype`` without a copy where none is needed; a constant stays one."""
    if len(array) and is_constant(array):
        return constant(array[0], len(array), dtype)
    return array.astype(dtype, copy=False)


def distinct(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The different numbers, ascending; ``numbers`` is sorted in place (many times faster than np.unique's hashing)."""
    numbers.sort()
    fresh = np.ones(len(numbers), bool)
    np.not_equal(numbers[1:], numbers[:-1], out=fresh[1:])
    return numbers[fresh]


def picked(array: npt.NDArray[Any], rows: Any) -> npt.NDArray[Any]:
    """``array[rows]``; a constant stays one."""
    if isinstance(rows, slice) or not len(array) or not is_constant(array):
        return array[rows]
    chosen = int(np.count_nonzero(rows)) if rows.dtype == np.bool_ else len(rows)
    return constant(array[0], chosen, array.dtype)


def run_starts(*columns: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Where runs of rows that agree in all columns begin; int64[runs]."""
    size = len(columns[0])
    found = [np.zeros(min(1, size), np.int64)]
    for part in pieces(max(0, size - 1)):
        here, following = part, slice(part.start + 1, part.stop + 1)
        changed = np.zeros(part.stop - part.start, bool)
        for column in columns:
            if not is_constant(column):
                changed |= column[following] != column[here]
        found.append(np.flatnonzero(changed) + part.start + 1)
    return np.concatenate(found)
