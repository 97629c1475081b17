"""Many numbers or labels in few words: ``0..3, 7`` and ``hidden[0..63]``."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from neurocore.graph import Group

__all__ = ["cut_list", "ranges", "span", "span_text"]


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """First and last of each run of consecutive numbers; numbers ascend, repeats count once."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number - found[-1][1] in (0, 1):
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def span_text(first: int, last: int) -> str:
    """``7`` or ``0..63``."""
    return str(first) if first == last else f"{first}..{last}"


def span(group: Group, first: int, last: int) -> str:
    """A range of members for people: ``hidden[0..63]``, ``patches[2, 0..9]``, ``patches[0, 4]..[2, 9]``."""
    if first == last:
        return group.label(first)
    low, high = (np.unravel_index(number - group.start, group.shape) for number in (first, last))
    start, stop = ([int(i) for i in index] for index in (low, high))
    if start[:-1] == stop[:-1]:
        return f"{group.name}[{', '.join(map(str, [*start[:-1], span_text(start[-1], stop[-1])]))}]"
    return f"{group.label(first)}..[{', '.join(map(str, stop))}]"


def cut_list(parts: list[str], most: int, more: Callable[[int], str] = lambda left: f"... {left:,} more") -> str:
    """Join with commas as many parts as fit into ``most`` characters (at least one), then how many are left out."""
    taken, length = 0, 0
    while taken < len(parts) and (not taken or length + len(parts[taken]) + 2 <= most):
        length += len(parts[taken]) + 2
        taken += 1
    left = len(parts) - taken
    return ", ".join([*parts[:taken], *([more(left)] if left else [])])
