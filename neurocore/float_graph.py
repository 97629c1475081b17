"""A spiking graph in floats, step by step: what a NIR file means before anything is rounded or mapped."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["CONSTANT", "MOST_PARTS", "FloatGraph", "Link", "Stage"]

MOST_PARTS = 16
"""Finest grid, in parts of a step, on which delays that were rounded are measured."""

CONSTANT = ""
"""Source of links that carry biases: one member whose value is 1 in every step."""

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Input pins, or neurons that share a description. N members.

    name       : of the population that it becomes
    node       : name in the file
    kind       : "input", "if", "lif" or "threshold" (no memory: fires where its input exceeds the threshold)
    shape      : dimensions, row-major
    parameters : float64[N] each; r scales the input; v_threshold; v_reset (if, lif); v_leak and decay = dt / tau (lif)
    """

    name: str
    node: str
    kind: str
    shape: tuple[int, ...]
    parameters: dict[str, Floats]

    @property
    def size(self) -> int:
        """N, the number of members."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Connections from one stage (or CONSTANT) to another. S entries.

    row    : int64[S]    member of the target
    column : int64[S]    member of the source
    weight : float64[S]  before the target's r
    steps  : int64[S]    a spike of the source in step t counts in step t + steps; 0 is the same step
    time   : float64[S]  the delay in steps before it was rounded
    """

    source: str
    target: str
    row: Whole
    column: Whole
    weight: Floats
    steps: Whole
    time: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatGraph:
    """Stages in an order in which sources come before targets, links of 0 steps considered.

    fires    : "above": where V > v_threshold, as NIR says; "at": where V >= v_threshold
    reset    : "value": to v_reset, as NIR says; "subtract": V -= v_threshold
    outputs  : names of the stages whose spikes are the result
    shift    : stage -> ticks by which the chip is later: step t of a stage is the chip's tick t + shift
    """

    name: str
    stages: tuple[Stage, ...]
    links: tuple[Link, ...]
    outputs: tuple[str, ...]
    shift: dict[str, int]
    fires: str = "above"
    reset: str = "value"

    @property
    def parts(self) -> int:
        """Into how many parts a step must be cut for all delays to end on one; MOST_PARTS where so many do not do."""
        times = np.unique(np.concatenate([np.zeros(0), *(link.time for link in self.links)]))
        for parts in range(1, MOST_PARTS):
            if (np.abs(times * parts - np.rint(times * parts)) < 1e-4).all():
                return parts
        return MOST_PARTS

    def links_to(self, target: str) -> list[Link]:
        """All links that end in a stage."""
        return [link for link in self.links if link.target == target]
