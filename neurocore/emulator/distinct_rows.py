"""Rows of a table, each kept once: cores mostly share their parameters, and what is shared stays in the cache."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["DistinctRows"]


class DistinctRows:
    """Rows of one width and dtype, numbered in the order in which they first come."""

    def __init__(self, width: int, dtype: npt.DTypeLike) -> None:
        self.width = width
        self._dtype = np.dtype(dtype)
        self._number: dict[bytes, int] = {}
        self._rows: list[npt.NDArray[Any]] = []

    def add(self, rows: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """Where each of the rows [K, width] begins in the flat table; int64[K], a multiple of the width."""
        rows = np.ascontiguousarray(rows, self._dtype)
        if len(rows) > 1 and (rows == rows[0]).all():
            return np.repeat(self.add(rows[:1]), len(rows))
        found = np.empty(len(rows), np.int64)
        for place, row in enumerate(rows):
            key = row.tobytes()
            number = self._number.setdefault(key, len(self._rows))
            if number == len(self._rows):
                self._rows.append(np.frombuffer(key, self._dtype))
            found[place] = number * self.width
        return found

    def table(self) -> npt.NDArray[Any]:
        """All rows, one behind the other, flat."""
        return np.concatenate(self._rows) if self._rows else np.zeros(self.width, self._dtype)
