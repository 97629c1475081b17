"""Where spikes travel: the mesh's links, coloured by the packets over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.report.chip_page import Crop, amount_bar, core_ticks, crop_of, grid_lines, map_axes
from neurocore.report.palette import QUIET, sequential, title
from neurocore.report.words import number, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

__all__ = ["core_loads", "draw_link_map", "link_segments"]

_LINKED_CELLS = 20
"""Up to so many columns and rows each link is a line; beyond, each core has the colour of its busiest link."""
_ASIDE = 0.11
"""Cores: how far the two directions of a link lie from its middle."""

Floats = npt.NDArray[np.float64]
Loads = Mapping[str, Floats]
"""Packets per tick of each link, by direction, as Traffic.mean_loads gives them; north is down on the map."""


def link_segments(loads: Loads, crop: Crop) -> tuple[Floats, Floats]:
    """The links between drawn cores as lines: float64[L, 2, 2] (x, y of both ends), and their packets per tick, [L].

    Traffic drives on the right: each direction keeps to its side of the link's middle.
    """
    lines, packets = [], []
    for direction, aside in (("east", _ASIDE), ("west", -_ASIDE), ("north", -_ASIDE), ("south", _ASIDE)):
        amount, along_x = loads[direction], direction in ("east", "west")
        y, x = np.nonzero(amount >= 0)
        inside = (x >= crop.x0) & (x + along_x < crop.x1) & (y >= crop.y0) & (y + (not along_x) < crop.y1)
        x, y = x[inside], y[inside]
        ends = [(x + part, y + aside) if along_x else (x + aside, y + part) for part in (0.14, 0.86)]
        lines.append(np.stack([np.stack(end, axis=1) for end in ends], axis=1))
        packets.append(amount[y, x])
    return np.concatenate(lines), np.concatenate(packets)


def core_loads(loads: Loads, extent: tuple[int, int]) -> Floats:
    """The busiest of the links that leave each core, float64[Y, X] packets per tick. extent : cores, x then y."""
    most = np.zeros((extent[1], extent[0]))
    leaving = {"east": most[:, :-1], "west": most[:, 1:], "north": most[:-1], "south": most[1:]}
    for direction, cores in leaving.items():
        np.maximum(cores, loads[direction], out=cores)
    return most


def draw_link_map(
    name: str, core_xy: npt.NDArray[np.int32], spec: ChipSpec, loads: Loads, *, ax: Axes | None = None
) -> Figure:
    """Each link a line, coloured by its mean packets per tick; on large maps each core, by its busiest outgoing link.

    core_xy : int32[C, 2], used cores: they and their surroundings are drawn
    loads   : packets per tick; a packet never leaves the box around its two ends, so all of them are seen
    ax      : where to draw; a figure of its own where left out
    """
    crop = crop_of(core_xy, spec)
    if ax is None:
        ax = map_axes(crop, squares=False)
    top = max(float(amount.max(initial=0)) for amount in loads.values())
    lined = crop.most <= _LINKED_CELLS
    shown = _lines(ax, loads, crop, core_xy, top) if lined else _cells(ax, loads, crop, spec, top)
    if top:
        amount_bar(ax, shown, "packets per tick, mean")
    grid_lines(ax, crop, spec, cells=not lined)
    core_ticks(ax, crop)
    ax.spines[:].set_color(QUIET)
    if not top:
        said = "no spike left its core"
    elif lined:
        said = f"each link by its packets; busiest: {number(top)} per tick; grey: used cores"
    else:
        said = f"each core by the busiest link that leaves it; most: {number(top)} per tick"
    title(ax, f"{short(name)}: traffic\n{said}")
    return ax.figure.figure


def _lines(ax: Axes, loads: Loads, crop: Crop, core_xy: npt.NDArray[np.int32], top: float) -> ScalarMappable:
    from matplotlib.collections import LineCollection

    segments, packets = link_segments(loads, crop)
    order = np.argsort(packets, kind="stable")
    used = packets[order] > 0
    size = min(7.0, 70 / crop.most)
    ax.add_collection(LineCollection(list(segments[order][~used]), colors="#ededed", linewidths=0.35 * size))
    shown = LineCollection(list(segments[order][used]), cmap=sequential(), linewidths=size)
    shown.set_array(packets[order][used])
    shown.set_clim(0, top or 1)
    ax.add_collection(shown)
    x, y = core_xy.T
    ax.plot(x, y, "s", color="#8a8a8a", markersize=1.1 * size, linestyle="none")
    left, right, bottom, upper = crop.extent
    ax.set(xlim=(left, right), ylim=(bottom, upper), aspect="auto" if crop.thin else "equal")
    return shown


def _cells(ax: Axes, loads: Loads, crop: Crop, spec: ChipSpec, top: float) -> ScalarMappable:
    most = core_loads(loads, spec.extent)[crop.y0 : crop.y1, crop.x0 : crop.x1]
    return ax.imshow(
        np.ma.masked_equal(most, 0),
        cmap=sequential(),
        vmin=0,
        vmax=top or 1,
        extent=crop.extent,
        aspect="auto" if crop.thin else "equal",
        interpolation="nearest" if crop.most < 500 else "antialiased",
    )
