"""Where the work happens: the cores on the chip's grid, coloured by synaptic operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.image import ChipImage
from neurocore.recording import COUNTERS, Recording
from neurocore.report.palette import GRID, INK, QUIET, WARM, new_figure, sequential
from neurocore.report.words import number, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Crop", "core_ticks", "crop_of", "draw_core_map"]

_TEXT_CELLS = 6
"""Up to so many columns and rows, each core says how full it is."""
_LINED_CELLS = 64
"""Up to so many columns and rows, lines part the cells."""


@dataclass(frozen=True, slots=True)
class Crop:
    """The part of the array that is drawn: columns x0..x1 - 1, rows y0..y1 - 1."""

    x0: int
    x1: int
    y0: int
    y1: int

    @property
    def width(self) -> int:
        """Columns."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Rows."""
        return self.y1 - self.y0


def crop_of(core_xy: npt.NDArray[np.int32], spec: ChipSpec) -> Crop:
    """The used cores and one more on each side, where the array goes on; everything when nothing is used.

    A small or thin piece is widened to four cores and to a third of its length, as far as the array goes.
    """
    width, height = spec.extent
    if not len(core_xy):
        return Crop(0, width, 0, height)
    (x0, y0), (x1, y1) = core_xy.min(axis=0).tolist(), core_xy.max(axis=0).tolist()
    x0, x1, y0, y1 = max(0, x0 - 1), min(width, x1 + 2), max(0, y0 - 1), min(height, y1 + 2)
    least = max(4, -(-max(x1 - x0, y1 - y0) // 3))
    return Crop(*_widen(x0, x1, least, width), *_widen(y0, y1, least, height))


def _widen(first: int, stop: int, least: int, end: int) -> tuple[int, int]:
    """Grow first..stop to ``least`` on both sides, without leaving 0..end."""
    missing = max(0, min(least, end) - (stop - first))
    first = max(0, min(first - missing // 2, end - max(least, stop - first)))
    return first, min(end, max(stop, first + least))


def draw_core_map(image: ChipImage, recording: Recording) -> Figure:
    """Colour = synaptic operations per tick (spikes per tick where there are none); unused cores are white.

    (0, 0) is at the top left, x to the right, y down.
    """
    crop = crop_of(image.core_xy, image.spec)
    amount, what = _amounts(recording)
    cells = np.full((crop.height, crop.width), np.nan)
    cells[image.core_xy[:, 1] - crop.y0, image.core_xy[:, 0] - crop.x0] = amount
    few = max(crop.width, crop.height) <= _TEXT_CELLS
    figure = new_figure(10, float(np.clip(1.6 + 7.6 * crop.height / crop.width, 4.2, 7.5 if few else 10)))
    thin = max(crop.width, crop.height) > 3 * min(crop.width, crop.height)
    axes = figure.add_subplot()
    top = float(amount.max(initial=0))
    extent = (crop.x0 - 0.5, crop.x1 - 0.5, crop.y1 - 0.5, crop.y0 - 0.5)
    shown = axes.imshow(
        np.ma.masked_invalid(cells),
        cmap=sequential(),
        vmin=0,
        vmax=top or 1,
        extent=extent,
        aspect="auto" if thin else "equal",
        interpolation="nearest" if max(crop.width, crop.height) < 500 else "antialiased",
    )
    bar = figure.colorbar(shown, ax=axes, label=f"{what} per tick", fraction=0.046, pad=0.02)
    bar.outline.set_color(QUIET)
    _grid(axes, crop, image.spec)
    if few:
        _write_use(axes, image, amount, top)
    axes.set_xlabel("core x")
    axes.set_ylabel("core y")
    axes.spines[:].set_color(QUIET)
    said = ["white: unused"] * (image.cores < crop.width * crop.height)
    said += ["orange: chip borders"] * (image.spec.chips != (1, 1))
    key = f" ({'; '.join(said)})" if said else ""
    busiest = f"\nbusiest: core {int(amount.argmax())}, {number(top)} {what} per tick" if top else f"\nno {what}"
    axes.set_title(
        f"{short(image.name)}: {image.cores:,} of {image.spec.cores:,} cores used{key}{busiest}",
        fontsize=12,
        color=INK,
        parse_math=False,
    )
    return figure


def _amounts(recording: Recording) -> tuple[npt.NDArray[np.float64], str]:
    """Per core and tick, float64[C], and what it is."""
    for counter, words in (("synaptic_operations", "synaptic operations"), ("spikes", "spikes")):
        amount = (recording.counters[:, COUNTERS.index(counter)] / max(1, recording.ticks)).astype(np.float64)
        if amount.any():
            return amount, words
    return np.zeros(len(recording.counters)), "synaptic operations"


def core_ticks(axes: Axes, crop: Crop) -> None:
    """Ticks at cores, at most 17 on a side."""
    for first, stop, set_ticks in ((crop.x0, crop.x1, axes.set_xticks), (crop.y0, crop.y1, axes.set_yticks)):
        step = next(s for s in (1, 2, 4, 8, 16, 32, 64, 128, 256, 2**20) if (stop - first) / s <= 17)
        set_ticks(range(-(-first // step) * step, stop, step))
    axes.tick_params(colors=QUIET, labelcolor=INK, labelsize=9)


def _grid(axes: Axes, crop: Crop, spec: ChipSpec) -> None:
    """Ticks at cores, thin lines between cores where they can be told apart, strong ones between chips."""
    core_ticks(axes, crop)
    if max(crop.width, crop.height) <= _LINED_CELLS:
        thin = 0.8 if max(crop.width, crop.height) <= 24 else 0.4
        axes.vlines(np.arange(crop.x0, crop.x1 + 1) - 0.5, crop.y0 - 0.5, crop.y1 - 0.5, color=GRID, linewidth=thin)
        axes.hlines(np.arange(crop.y0, crop.y1 + 1) - 0.5, crop.x0 - 0.5, crop.x1 - 0.5, color=GRID, linewidth=thin)
    borders_x = [x for x in range(0, spec.extent[0] + 1, spec.grid[0]) if crop.x0 < x < crop.x1]
    borders_y = [y for y in range(0, spec.extent[1] + 1, spec.grid[1]) if crop.y0 < y < crop.y1]
    axes.vlines(np.asarray(borders_x) - 0.5, crop.y0 - 0.5, crop.y1 - 0.5, color=WARM, linewidth=1.6)
    axes.hlines(np.asarray(borders_y) - 0.5, crop.x0 - 0.5, crop.x1 - 0.5, color=WARM, linewidth=1.6)


def _write_use(axes: Axes, image: ChipImage, amount: npt.NDArray[np.float64], top: float) -> None:
    spec = image.spec
    neurons = image.neuron_used.sum(axis=1, dtype=np.int64)
    axons = (image.crossbar != 0).any(axis=2).sum(axis=1)
    for core, (x, y) in enumerate(image.core_xy.tolist()):
        text = f"core {core}\n{neurons[core]}/{spec.neurons} neurons\n{axons[core]}/{spec.axons} axons"
        colour = "white" if top and amount[core] > 0.5 * top else INK
        axes.text(x, y, text, ha="center", va="center", fontsize=8, color=colour)
