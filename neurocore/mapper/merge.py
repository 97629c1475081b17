"""Putting the synapses of all projections into order and adding those that run in parallel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError
from neurocore.mapper.lean import constant, is_constant, picked, pieces, run_starts

__all__ = ["Synapses", "merge"]


@dataclass(frozen=True, slots=True)
class Synapses:
    """Synapses as columns, of the same meaning and types as in NeuronGraph; in any order."""

    source: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    weight: npt.NDArray[np.int32]
    delay: npt.NDArray[np.uint8]
    stochastic: npt.NDArray[np.bool_]

    def rows(self, chosen: npt.NDArray[Any]) -> Synapses:
        """Some of the rows."""
        columns = (self.source, self.target, self.weight, self.delay, self.stochastic)
        return Synapses(*(picked(column, chosen) for column in columns))


def merge(parts: list[Synapses], neurons: int) -> Synapses:
    """Sort, add parallel deterministic synapses, drop those of weight 0. Parallel stochastic ones cannot be added.

    neurons : number of neurons
    """
    if not parts:
        nothing = np.zeros(0, np.int32)
        return Synapses(nothing, nothing, nothing, nothing.astype(np.uint8), nothing.astype(bool))
    joined = parts[0] if len(parts) == 1 and _in_order(parts[0]) else _sorted(parts, neurons)
    if len(parts) > 1 or joined is not parts[0]:
        joined = _added(joined, parts)
    if is_constant(joined.weight) and len(joined.weight) and joined.weight[0]:
        return joined
    return joined.rows(joined.weight != 0)


def _in_order(part: Synapses) -> bool:
    """Whether rows are sorted and unique as in NeuronGraph already (patterns mostly make them so)."""
    for piece in pieces(max(0, len(part.source) - 1)):
        later = slice(piece.start + 1, piece.stop + 1)
        less, same = part.source[piece] < part.source[later], part.source[piece] == part.source[later]
        for column in (part.delay, part.target, part.stochastic):
            if not is_constant(column):
                less |= same & (column[piece] < column[later])
                same &= column[piece] == column[later]
        if not less.all():
            return False
    return True


def _sorted(parts: list[Synapses], neurons: int) -> Synapses:
    """All rows, sorted. Each is packed into one 64-bit number where it fits, for that sorts fastest."""
    low = min(int(part.weight.min(initial=0)) for part in parts)
    spread = max(int(part.weight.max(initial=0)) for part in parts) - low + 1
    sources = 1 + max(int(part.source.max(initial=0)) for part in parts)
    sizes = [spread, 2, neurons, 256, sources]
    bits = [int(size - 1).bit_length() for size in sizes]
    total = sum(len(part.source) for part in parts)
    if sum(bits) > 64:
        return _sorted_by_columns(parts)
    keys = np.empty(total, np.uint64)
    start = 0
    shifts = np.cumsum([0, *bits]).astype(np.uint64)
    for part in parts:
        for piece in pieces(len(part.source)):
            fields = (part.weight[piece] - low, *(one[piece] for one in (part.stochastic, part.target, part.delay)))
            packed = np.zeros(piece.stop - piece.start, np.uint64)
            for field, shift in zip((*fields, part.source[piece]), shifts[:5], strict=True):
                packed |= field.astype(np.uint64) << shift
            keys[start : start + len(packed)] = packed
            start += len(packed)
    keys.sort()

    def column(place: int, dtype: npt.DTypeLike, plus: int = 0) -> npt.NDArray[Any]:
        if sizes[place] == 1:
            return constant(plus, total, dtype)
        found = np.empty(total, dtype)
        mask = np.uint64((1 << bits[place]) - 1)
        for piece in pieces(total):
            found[piece] = ((keys[piece] >> shifts[place]) & mask).astype(np.int64) + plus
        return found

    return Synapses(
        source=column(4, np.int32),
        target=column(2, np.int32),
        weight=column(0, np.int32, low),
        delay=column(3, np.uint8),
        stochastic=column(1, np.bool_) if any(part.stochastic.any() for part in parts) else constant(0, total, bool),
    )


def _sorted_by_columns(parts: list[Synapses]) -> Synapses:
    """As _sorted, for networks whose numbers take too many bits."""
    names = ("source", "target", "weight", "delay", "stochastic")
    joined = Synapses(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
    return joined.rows(np.lexsort((joined.weight, joined.stochastic, joined.target, joined.delay, joined.source)))


def _added(joined: Synapses, parts: list[Synapses]) -> Synapses:
    """One row for each run of parallel synapses. Raises ConfigError where they are stochastic."""
    first = run_starts(joined.source, joined.delay, joined.target, joined.stochastic)
    if len(first) == len(joined.source):
        return joined
    parallel = joined.rows(np.repeat(first, np.diff(first, append=len(joined.source))) != np.arange(len(joined.source)))
    if parallel.stochastic.any():
        at = int(np.argmax(parallel.stochastic))
        number = max(
            number
            for number, part in enumerate(parts)
            if ((part.source == parallel.source[at]) & (part.target == parallel.target[at]) & part.stochastic).any()
        )
        raise ConfigError(
            "two stochastic synapses join the same two neurons with the same delay",
            path=f"projections[{number}]",
            fix="give them different delays, or one synapse instead of two",
        )
    total = np.add.reduceat(joined.weight.astype(np.int64), first)
    return replace(joined.rows(first), weight=total.astype(np.int32))
