"""Maps of the chip: which part of the array is drawn, on axes with square cores, with ticks and borders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.report.palette import GRID, INK, QUIET, WARM, framed_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable

__all__ = ["Crop", "amount_bar", "core_ticks", "crop_of", "grid_lines", "map_axes"]

_MAP, _LEFT, _PAGE = 5.0, 0.7, 6.8
"""Inches: the map across at most (it may be a little higher), the margin at its left, the picture across at least."""
_LEAST = 1.7
"""Inches: a key of the colours needs this height."""
_WIDEST_CORE = 1.05
"""Inches: a chip with one core in use needs no large picture."""
_LINED_CELLS = 40
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

    @property
    def most(self) -> int:
        """Columns or rows, whichever are more."""
        return max(self.width, self.height)

    @property
    def thin(self) -> bool:
        """So much longer than wide that squares would leave no room for the key of the colours."""
        return self.most > 3 * min(self.width, self.height)

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom, top of a picture of the cores, y downward."""
        return self.x0 - 0.5, self.x1 - 0.5, self.y1 - 0.5, self.y0 - 0.5


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


def map_axes(
    crop: Crop, *, right: float = 1.1, above: float = 0.8, least_high: float = 0.0, squares: bool = True
) -> Axes:
    """Axes of a figure of their own in which each core is a square; a thin map is widened unless ``squares``.

    right, above : inches kept free beside and above; least_high : inches that what hangs on the right needs
    """
    core = min(_WIDEST_CORE, _MAP / crop.width, (_MAP + 1) / crop.height)
    wide, high = core * crop.width, core * crop.height
    if not squares and crop.thin:
        wide, high = max(wide, _LEAST), max(high, _LEAST)
    spare = max(0.0, least_high - high)
    # A title needs some width whatever the map's: what is missing goes to the right.
    free = max(right, _PAGE - _LEFT - wide)
    return framed_axes(wide, high, left=_LEFT, right=free, above=above, below=0.6 + spare)


def core_ticks(ax: Axes, crop: Crop) -> None:
    """Ticks at cores, at most 17 on a side, and the names of the axes."""
    for first, stop, set_ticks in ((crop.x0, crop.x1, ax.set_xticks), (crop.y0, crop.y1, ax.set_yticks)):
        step = next(s for s in (1, 2, 4, 8, 16, 32, 64, 128, 256, 2**20) if (stop - first) / s <= 17)
        set_ticks(range(-(-first // step) * step, stop, step))
    ax.tick_params(colors=QUIET, labelcolor=INK, labelsize=9)
    ax.set_xlabel("core x")
    ax.set_ylabel("core y")


def grid_lines(ax: Axes, crop: Crop, spec: ChipSpec, *, cells: bool = True) -> None:
    """Thin lines between cores where they can be told apart (and ``cells``), strong ones between chips."""
    if cells and crop.most <= _LINED_CELLS:
        thin = 0.8 if crop.most <= 24 else 0.4
        _both(ax, crop, list(range(crop.x0, crop.x1 + 1)), list(range(crop.y0, crop.y1 + 1)), GRID, thin)
    chips_x = [x for x in range(0, spec.extent[0] + 1, spec.grid[0]) if crop.x0 < x < crop.x1]
    chips_y = [y for y in range(0, spec.extent[1] + 1, spec.grid[1]) if crop.y0 < y < crop.y1]
    _both(ax, crop, chips_x, chips_y, WARM, 1.6)


def _both(ax: Axes, crop: Crop, columns: list[int], rows: list[int], colour: str, width: float) -> None:
    left, right, bottom, top = crop.extent
    ax.vlines(np.asarray(columns) - 0.5, top, bottom, color=colour, linewidth=width)
    ax.hlines(np.asarray(rows) - 0.5, left, right, color=colour, linewidth=width)


def amount_bar(ax: Axes, shown: ScalarMappable, label: str) -> None:
    """The key of the colours, a bar at the right of the map, at most 4 inches high."""
    high = ax.get_position().height * ax.figure.figure.get_figheight()
    wide = ax.get_position().width * ax.figure.figure.get_figwidth()
    share = min(1.0, 4.0 / high)
    place = ax.inset_axes((1 + 0.12 / wide, 1 - share, 0.17 / wide, share))
    bar = ax.figure.figure.colorbar(shown, cax=place)
    bar.set_label(label, fontsize=9)
    bar.outline.set_color(QUIET)
    place.locator_params(nbins=5)
    place.tick_params(colors=QUIET, labelcolor=INK, labelsize=9)
