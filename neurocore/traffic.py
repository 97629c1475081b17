"""What a run sent over the mesh: packets on every link, hops, chip borders crossed, spikes in and out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["DIRECTIONS", "Link", "LinkLoads", "Traffic"]

Counts = npt.NDArray[np.int64]

DIRECTIONS: Final = ("east", "west", "north", "south")
"""East is towards larger x, north towards larger y."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLoads:
    """Packets over each link between neighbours, of an array of width X and height Y.

    east, west   : int64[Y, X - 1]  from column x to x + 1, and from x + 1 to x
    north, south : int64[Y - 1, X]  from row y to y + 1, and from y + 1 to y
    """

    east: Counts
    west: Counts
    north: Counts
    south: Counts

    @property
    def total(self) -> int:
        """Packets times hops."""
        return int(self.east.sum() + self.west.sum() + self.north.sum() + self.south.sum())

    @property
    def busiest(self) -> int:
        """Packets over the link that carries most; 0 where there is no link."""
        return max(int(links.max(initial=0)) for links in (self.east, self.west, self.north, self.south))

    def arrays(self) -> dict[str, Counts]:
        """The loads by direction, in the order of DIRECTIONS."""
        return {direction: getattr(self, direction) for direction in DIRECTIONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link, in one direction.

    x, y    : where its packets come from: a core on the whole array (or a chip of the array, for a chip edge)
    packets : in its peak tick
    tick    : the first tick with that many
    total   : packets in the whole run
    """

    direction: str
    x: int
    y: int
    packets: int
    tick: int
    total: int

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """The packets of a run under dimension-order routing. A packet loads its links in the tick in which it is sent.

    start_tick, ticks : the ticks of the recording
    extent            : cores of the whole array, x then y; grid : cores per chip
    total             : packets of the whole run, per link between cores (chip borders included)
    peak              : packets of each link's own peak tick
    busiest           : the link with the largest peak; None where no packet moved
    hops_histogram    : int64[H]  routed spikes by hops, from 0 (within a core) on
    crossings         : packets over each border between chips in the whole run: LinkLoads of the array of chips
    crossings_peak    : packets of each border's own peak tick, by direction
    busiest_edge      : the chip border and direction with the largest peak; None where none was crossed
    routed_spikes     : spikes sent to a core, their own included
    unwired_spikes    : spikes of neurons without a target
    output_spikes     : spikes sent to output pins; which way they leave the chip is not known, so they load no link
    output_peak       : most of them in one tick
    input_spikes      : arrivals at axons that no neuron of the array sent: they came in over a chip edge. Which edge
                        and route is not known, so they load no link and have no hops.
    input_peak        : most of them in one tick, as far as known: input spikes that merged are in no tick's count
    input_exact       : False where the recording does not begin at tick 0: then spikes that were under way when it
                        began count as input
    """

    start_tick: int
    ticks: int
    extent: tuple[int, int]
    grid: tuple[int, int]
    total: LinkLoads
    peak: LinkLoads
    busiest: Link | None
    hops_histogram: Counts
    crossings: LinkLoads
    crossings_peak: LinkLoads
    busiest_edge: Link | None
    routed_spikes: int
    unwired_spikes: int
    output_spikes: int
    output_peak: int
    input_spikes: int
    input_peak: int
    input_exact: bool

    @property
    def hops(self) -> int:
        """Links crossed by all packets: equal to the recording's counter of that name."""
        return self.total.total

    @property
    def mean_hops(self) -> float:
        """Links crossed per routed spike; 0 where none was sent."""
        return self.hops / self.routed_spikes if self.routed_spikes else 0.0

    @property
    def mean_dx(self) -> float:
        """Mean |dx| of a routed spike."""
        return int(self.total.east.sum() + self.total.west.sum()) / self.routed_spikes if self.routed_spikes else 0.0

    @property
    def mean_dy(self) -> float:
        """Mean |dy| of a routed spike."""
        return int(self.total.north.sum() + self.total.south.sum()) / self.routed_spikes if self.routed_spikes else 0.0

    @property
    def chip_crossings(self) -> int:
        """Chip borders crossed by all packets; each is also one of the hops."""
        return self.crossings.total

    def mean_loads(self) -> dict[str, npt.NDArray[np.float64]]:
        """Mean packets per tick of every link, by direction; shapes as in LinkLoads."""
        return {direction: loads / max(1, self.ticks) for direction, loads in self.total.arrays().items()}

    def as_dict(self) -> dict[str, Any]:
        """The figures, without the map of links, as plain JSON data."""
        return {
            "ticks": self.ticks,
            "routed_spikes": self.routed_spikes,
            "unwired_spikes": self.unwired_spikes,
            "output_spikes": self.output_spikes,
            "output_peak_per_tick": self.output_peak,
            "input_spikes": self.input_spikes,
            "input_peak_per_tick": self.input_peak,
            "input_exact": self.input_exact,
            "hops": self.hops,
            "mean_hops": self.mean_hops,
            "mean_dx": self.mean_dx,
            "mean_dy": self.mean_dy,
            "hops_histogram": self.hops_histogram.tolist(),
            "busiest_link": self.busiest.as_dict() if self.busiest else None,
            "chip_crossings": self.chip_crossings,
            "busiest_chip_edge": self.busiest_edge.as_dict() if self.busiest_edge else None,
        }
