"""What a behaviour is judged by: the input, the potential and the spikes of one cell, and ways to read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Clauses = dict[str, bool]
"""What a rule asks, in words -> whether the run shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Ticks start .. stop - 1 in which an input was there."""

    start: int
    stop: int

    @property
    def ticks(self) -> int:
        """How long it lasts."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One run of one cell. T ticks.

    excitation, inhibition : int64[T]  spikes that reach the cell in each tick (1 after they enter: the delay)
    potential              : int64[T]  V at the end of each tick
    spikes                 : int64[]   ticks in which the cell fired, ascending
    """

    excitation: Ints
    inhibition: Ints
    potential: Ints
    spikes: Ints

    @property
    def ticks(self) -> int:
        """Length of the run."""
        return len(self.potential)

    def within(self, start: int, stop: int) -> Ints:
        """The spikes of ticks start .. stop - 1."""
        return self.spikes[(self.spikes >= start) & (self.spikes < stop)]

    def outside(self, spans: Sequence[Span], *, after: int = 1) -> Ints:
        """The spikes in none of the spans, each taken as ``after`` ticks longer than it is."""
        out = np.ones(len(self.spikes), bool)
        for span in spans:
            out &= (self.spikes < span.start) | (self.spikes >= span.stop + after)
        return self.spikes[out]


def spans(signal: Ints, *, gap: int = 1) -> list[Span]:
    """The stretches in which a signal is not 0. gap : zeros in a row, less than this many do not end a stretch."""
    found: list[Span] = []
    for tick in np.flatnonzero(signal).tolist():
        if found and tick - found[-1].stop < gap:
            found[-1] = Span(start=found[-1].start, stop=tick + 1)
        else:
            found.append(Span(start=tick, stop=tick + 1))
    return found


def steps(signal: Ints, ticks: int) -> list[Span]:
    """The stretches of input in every tick that last so many ticks or more."""
    return [span for span in spans(signal) if span.ticks >= ticks]


def next_start(parts: Sequence[Span], number: int, end: int) -> int:
    """Where the part after this one begins, or the end of the run."""
    return parts[number + 1].start if number + 1 < len(parts) else end


def bursts(spikes: Ints) -> list[Ints]:
    """Spikes in groups: a gap of more than twice the shortest interval begins a new one."""
    if len(spikes) < 2:
        return [spikes] if len(spikes) else []
    intervals = np.diff(spikes)
    return list(np.split(spikes, np.flatnonzero(intervals > 2 * intervals.min()) + 1))


def even(intervals: Ints, *, within: int = 1) -> bool:
    """True where there are intervals and the longest is at most so many ticks longer than the shortest."""
    return len(intervals) > 0 and int(np.ptp(intervals)) <= within


def sustained(spikes: Ints, span: Span, *, lead: int = 2) -> bool:
    """True where spikes fill a span: no more than ``lead`` typical intervals are missing at either end."""
    if len(spikes) < 2:
        return False
    most = lead * int(np.diff(spikes).max())
    return int(spikes[0]) - span.start <= most and span.stop - int(spikes[-1]) <= most


def swings(potential: Ints, rest: int) -> tuple[Ints, Ints]:
    """The swings of a potential about rest: the tick of each one's extreme, and its height over rest, with its sign."""
    away = potential - rest
    cuts = np.flatnonzero(np.diff(np.sign(away))) + 1
    extremes = [
        first + int(np.abs(part).argmax())
        for first, part in zip([0, *cuts.tolist()], np.split(away, cuts), strict=True)
        if len(part) and part[0] != 0
    ]
    return np.array(extremes, np.int64), away[extremes].astype(np.int64)


def bursting(trace: Trace, inputs: list[Span], least: int) -> Clauses:
    """Clauses of bursts that follow one another. The last burst of an input may be cut short by its end."""
    each = [bursts(trace.within(span.start, span.stop + 1)) for span in inputs]
    whole = [parts[:-1] for parts in each]
    within = max((int(np.diff(b).max()) for parts in each for b in parts if len(b) > 1), default=0)
    pauses = [int(b[0] - a[-1]) for parts in each for a, b in pairwise(parts)]
    return {
        f"{least} bursts or more": all(len(parts) >= least for parts in whole),
        "3 spikes or more in each": all(len(burst) >= 3 for parts in whole for burst in parts),
        "bursts alike": len({len(burst) for parts in whole for burst in parts}) == 1,
        "long pauses": bool(pauses) and min(pauses) >= 3 * within > 0,
        "to the end": all(
            bool(parts) and a.stop - int(parts[-1][-1]) <= 1.5 * max(pauses, default=0)
            for parts, a in zip(each, inputs, strict=True)
        ),
    }
