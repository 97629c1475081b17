"""Paths on the mesh: hops, chip crossings and link loads under dimension-order routing (x first, then y).

The emulator counts hops while it runs (Recording.counters); these functions answer for any list of spikes.
Positions are int[..., 2] (x, y) on the whole array of chips, as in ChipImage.core_xy.

Source: Akopyan et al. 2015 (packets go east-west first, then north-south). Time is not modelled: a spike arrives in its
tick whatever the distance.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.traffic import LinkLoads

__all__ = ["LinkLoads", "chip_crossings", "hops", "link_loads", "path"]

Cores = npt.NDArray[np.integer]
Counts = npt.NDArray[np.int64]


def hops(core_xy: Cores, source: Cores, target: Cores) -> Counts:
    """Links from core to core, |dx| + |dy|.

    core_xy        : int[C, 2]
    source, target : int[S]  core indices
    Returns int64[S]; 0 within a core.
    """
    return np.abs(_shift(core_xy, source, target)).sum(axis=-1)


def chip_crossings(core_xy: Cores, source: Cores, target: Cores, grid: tuple[int, int]) -> Counts:
    """Chip borders crossed on the way, int64[S]; each is one of the path's hops. grid : cores per chip, x then y."""
    chips = core_xy.astype(np.int64) // np.array(grid)
    return np.abs(_shift(chips, source, target)).sum(axis=-1)


def path(source: tuple[int, int], target: tuple[int, int]) -> list[tuple[int, int]]:
    """The positions that a packet visits, both ends included: along x first, then along y."""
    (x, y), (to_x, to_y) = source, target
    along_x = [(step, y) for step in range(x, to_x, 1 if to_x > x else -1)]
    along_y = [(to_x, step) for step in range(y, to_y, 1 if to_y > y else -1)]
    return [*along_x, *along_y, (to_x, to_y)]


def link_loads(
    core_xy: Cores, source: Cores, target: Cores, extent: tuple[int, int], packets: npt.ArrayLike = 1
) -> LinkLoads:
    """Packets over every link of the array.

    source, target : int[S]  core indices
    extent         : cores in the array, x then y (ChipSpec.extent)
    packets        : int or int[S]  how many packets take each path

    Works by marking where each straight piece begins and ends and summing along the lines: the time does not grow with
    the lengths of the paths.
    """
    width, height = extent
    amount = np.broadcast_to(np.asarray(packets, np.int64), np.shape(source))
    start, end = core_xy[source].astype(np.int64), core_xy[target].astype(np.int64)
    (x0, y0), (x1, y1) = start.T, end.T
    east, west = _lines(y0, x0, x1, amount, (height, width))
    north, south = _lines(x1, y0, y1, amount, (width, height))
    return LinkLoads(east=east, west=west, north=north.T, south=south.T)


def _shift(positions: Cores, source: Cores, target: Cores) -> Counts:
    return positions[target].astype(np.int64) - positions[source].astype(np.int64)


def _lines(line: Counts, begin: Counts, end: Counts, amount: Counts, shape: tuple[int, int]) -> tuple[Counts, Counts]:
    """Loads of the links along each line, upward and downward: int64[lines, length - 1] each."""
    up, down = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for links, low, high, going in ((up, begin, end, begin < end), (down, end, begin, end < begin)):
        np.add.at(links, (line[going], low[going]), amount[going])
        np.subtract.at(links, (line[going], high[going]), amount[going])
    return np.cumsum(up, axis=1)[:, :-1], np.cumsum(down, axis=1)[:, :-1]
