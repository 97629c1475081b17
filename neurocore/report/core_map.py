"""Where the work happens: the cores on the chip's grid, coloured by an amount."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurocore.image import ChipImage
from neurocore.recording import COUNTERS, Recording
from neurocore.report.chip_page import amount_bar, core_ticks, crop_of, grid_lines, map_axes
from neurocore.report.palette import INK, QUIET, sequential, title
from neurocore.report.words import counted, number, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["core_grid", "draw_core_map", "per_tick"]

_TEXT_CELLS = 6
"""Up to so many columns and rows, each core says its amount and how full it is."""

Floats = npt.NDArray[np.float64]


def per_tick(recording: Recording, counter: str) -> Floats:
    """A counter of each core (see neurocore.recording.COUNTERS) per tick, float64[C]."""
    return recording.counters[:, COUNTERS.index(counter)] / max(1, recording.ticks)


def core_grid(image: ChipImage, amount: Floats) -> np.ma.MaskedArray:
    """An amount of each core at its place in the drawn part of the array: float64[rows, columns], unused cores masked.

    amount : float64[C]
    """
    crop = crop_of(image.core_xy, image.spec)
    cells = np.full((crop.height, crop.width), np.nan)
    cells[image.core_xy[:, 1] - crop.y0, image.core_xy[:, 0] - crop.x0] = amount
    return np.ma.masked_invalid(cells)


def draw_core_map(image: ChipImage, amount: Floats, what: str, *, ax: Axes | None = None) -> Figure:
    """Colour = an amount of each core; unused cores are white. (0, 0) is at the top left, x to the right, y down.

    amount : float64[C]
    what   : its name with its unit, such as "spikes per tick"
    ax     : where to draw; a figure of its own where left out
    """
    crop = crop_of(image.core_xy, image.spec)
    if ax is None:
        ax = map_axes(crop, squares=False)
    top = float(amount.max(initial=0))
    shown = ax.imshow(
        core_grid(image, amount),
        cmap=sequential(),
        vmin=0,
        vmax=top or 1,
        extent=crop.extent,
        aspect="auto" if crop.thin else "equal",
        interpolation="nearest" if crop.most < 500 else "antialiased",
    )
    if top:
        amount_bar(ax, shown, what)
    grid_lines(ax, crop, image.spec)
    core_ticks(ax, crop)
    if crop.most <= _TEXT_CELLS:
        _write_cores(ax, image, amount, top)
    ax.spines[:].set_color(QUIET)
    title(ax, _title(image, amount, what))
    return ax.figure.figure


def _title(image: ChipImage, amount: Floats, what: str) -> str:
    crop = crop_of(image.core_xy, image.spec)
    key = ["white: unused"] * (image.cores < crop.width * crop.height)
    key += ["orange: chip borders"] * (image.spec.chips != (1, 1))
    used = f"{image.cores:,} of {counted(image.spec.cores, 'core')} used" + (f" ({', '.join(key)})" if key else "")
    name = short(image.name, 28)
    if not amount.any():
        return f"{name}: no {what}\n{used}"
    core = int(amount.argmax())
    x, y = image.core_xy[core].tolist()
    return f"{name}: {what}\n{used}\nmost: {number(float(amount[core]))}, at ({x}, {y})"


def _write_cores(ax: Axes, image: ChipImage, amount: Floats, top: float) -> None:
    spec = image.spec
    neurons = image.neuron_used.sum(axis=1, dtype=np.int64)
    axons = (image.crossbar != 0).any(axis=2).sum(axis=1)
    for core, (x, y) in enumerate(image.core_xy.tolist()):
        full = f"core {core}\n{neurons[core]}/{spec.neurons} neurons\n{axons[core]}/{spec.axons} axons"
        colour = "white" if top and amount[core] > 0.5 * top else INK
        ax.text(x, y, f"{full}\n{number(float(amount[core]))}", ha="center", va="center", fontsize=7.5, color=colour)
