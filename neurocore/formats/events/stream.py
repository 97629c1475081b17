"""What every reader of spikes and events gives: events in pieces, with what their times and numbers mean."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["PIECE", "EventStream", "Piece"]

PIECE: Final = 2**16
"""Events that a reader holds at once, where it can choose."""

_Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """E events, in the file's order: of numbered neurons (id), or of a camera's pixels (x, y, on).

    time : int64[E] or float64[E]  in the stream's unit
    id   : int64[E]                as the file numbers them
    x, y : int64[E]                column and row of the pixel
    on   : bool[E]                 True where it became brighter
    """

    time: npt.NDArray[Any]
    id: _Whole | None = None
    x: _Whole | None = None
    y: _Whole | None = None
    on: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStream:
    """One train of events in an open file.

    file       : its name, for messages
    format     : what it is, in words
    unit_s     : seconds that one unit of time takes; None where times count ticks already
    first_tick : number of the first tick, where times count ticks
    first_id   : id of the first neuron, as the format numbers them
    camera     : whether its events are a camera's
    pixels     : width and height of the camera, where the file says them
    pieces     : the events; read once, or closed
    """

    file: str
    format: str
    unit_s: float | None
    first_tick: int = 0
    first_id: int = 0
    camera: bool = False
    pixels: tuple[int, int] | None = None
    pieces: Generator[Piece]
