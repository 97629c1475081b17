"""Totals and peaks of link loads, gathered a piece of ticks at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.traffic import DIRECTIONS, Link, LinkLoads

__all__ = ["Peaks"]

Counts = npt.NDArray[np.int64]


class Peaks:
    """Loads of an array of ``width`` times ``height`` places (cores, or chips), over all ticks added so far."""

    def __init__(self, width: int, height: int) -> None:
        shapes = {"east": (height, width - 1), "north": (height - 1, width)}
        shapes |= {"west": shapes["east"], "south": shapes["north"]}
        self._total = {direction: np.zeros(shapes[direction], np.int64) for direction in DIRECTIONS}
        self._peak = {direction: np.zeros(shapes[direction], np.int64) for direction in DIRECTIONS}
        self._busiest: tuple[int, int, str, int, int] | None = None

    @property
    def total(self) -> LinkLoads:
        """Packets over each link."""
        return LinkLoads(**self._total)

    @property
    def peak(self) -> LinkLoads:
        """Packets over each link in its own peak tick."""
        return LinkLoads(**self._peak)

    def add(self, first_tick: int, loads: dict[str, Counts]) -> None:
        """Some more ticks, in order. loads : by direction, int64[K, ...] with the links' shapes"""
        most = max((int(links.max(initial=0)) for links in loads.values()), default=0)
        if most > (self._busiest[0] if self._busiest else 0):
            places = []
            for number, (direction, links) in enumerate(loads.items()):
                if links.size and links.max() == most:
                    tick, row, column = (int(i) for i in np.unravel_index(links.argmax(), links.shape))
                    places.append((tick, number, direction, row, column))
            tick, _, direction, row, column = min(places)
            self._busiest = (most, first_tick + tick, direction, row, column)
        for direction, links in loads.items():
            self._total[direction] += links.sum(axis=0)
            np.maximum(self._peak[direction], links.max(axis=0, initial=0), out=self._peak[direction])

    def busiest(self, corner: tuple[int, int] = (0, 0)) -> Link | None:
        """The link with most packets in one tick; of several the earliest, then in the order of DIRECTIONS, y, x.

        corner : x and y of the first place
        """
        if self._busiest is None:
            return None
        packets, tick, direction, row, column = self._busiest
        return Link(
            direction=direction,
            x=corner[0] + column + (direction == "west"),
            y=corner[1] + row + (direction == "south"),
            packets=packets,
            tick=tick,
            total=int(self._total[direction][row, column]),
        )
