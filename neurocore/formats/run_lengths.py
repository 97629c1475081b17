"""The run-length lists of IBM's corelet models: ``["0:255", "1x16", "-2x240"]``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["collapse_runs", "expand_runs"]

_LONGEST = 1 << 20


def expand_runs(items: Sequence[Any]) -> npt.NDArray[np.int64]:
    """Expand a list whose items are numbers, repeats ``"7x3"``, ranges ``"a:b"`` or stepped ranges ``"a:step:b"``.

    Ranges include both ends; a step may be negative.

    Raises ValueError, saying which item was found and what is allowed.
    """
    parts: list[npt.NDArray[np.int64]] = []
    left = _LONGEST
    for item in items:
        parts.append(_expand(item))
        left -= len(parts[-1])
        if left < 0:
            raise ValueError(f"the list expands to more than {_LONGEST} values")
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _expand(item: Any) -> npt.NDArray[np.int64]:
    if isinstance(item, int) and not isinstance(item, bool):
        item = str(item)
    shown = str(item)[:64]
    problem = ValueError(f"'{shown}' is not a number, a repeat such as '7x3' or a range such as '0:255' or '0:2:254'")
    if not isinstance(item, str) or not re.fullmatch(r"[-0-9:x ]{1,64}", item):
        raise problem
    try:
        if "x" in item:
            value, count = item.split("x")
            if not 0 <= int(count) <= _LONGEST:
                raise problem
            return np.full(int(count), int(value), np.int64)
        ends = item.split(":")
        if len(ends) == 1:
            return np.array([int(item)], np.int64)
        first, last = int(ends[0]), int(ends[-1])
        step = int(ends[1]) if len(ends) == 3 else 1
        if len(ends) > 3 or step == 0 or abs(last - first) // abs(step) > _LONGEST:
            raise problem
        if max(abs(first), abs(last), abs(step)) >= 2**62:
            raise problem
    except (ValueError, OverflowError):
        raise problem from None
    return np.arange(first, last + (1 if step > 0 else -1), step, dtype=np.int64)


def collapse_runs(values: npt.ArrayLike) -> list[str]:
    """The shortest greedy list for some numbers, of repeats and ranges in steps of 1; the inverse of expand_runs."""
    numbers = [int(value) for value in np.asarray(values).ravel()]
    items: list[str] = []
    at = 0
    while at < len(numbers):
        step = numbers[at + 1] - numbers[at] if at + 1 < len(numbers) else 0
        end = at + 1
        while step in (0, 1) and end < len(numbers) and numbers[end] - numbers[end - 1] == step:
            end += 1
        if end - at == 1:
            items.append(str(numbers[at]))
        else:
            items.append(f"{numbers[at]}x{end - at}" if step == 0 else f"{numbers[at]}:{numbers[end - 1]}")
        at = end
    return items
