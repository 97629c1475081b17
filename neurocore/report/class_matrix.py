"""A table of classes by classes, drawn: right class down, another across, colours and numbers in the cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurocore.report.chip_page import amount_bar
from neurocore.report.palette import INK, QUIET, framed_axes, sequential

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_class_matrix", "write_cells"]


def draw_class_matrix(amount: Any, *, most: float, unit: str, across: str, ax: Axes | None) -> Axes:
    """Draw the colours and name the axes.

    amount : masked float[K, K]; what is masked stays blank
    most   : of the colours' scale, which begins at 0; unit : of the colours; across : what the columns are
    ax     : where to draw; a figure of its own where left out
    """
    axes = ax or framed_axes(5.2, 5.2, right=1.1, above=0.7)
    shown = axes.imshow(amount, cmap=sequential(), vmin=0, vmax=most)
    amount_bar(axes, shown, unit)
    classes = len(amount)
    step = max(1, -(-classes // 25))
    axes.set_xticks(range(0, classes, step))
    axes.set_yticks(range(0, classes, step))
    axes.set_xlabel(across)
    axes.set_ylabel("right class (label)")
    axes.tick_params(length=0, labelcolor=INK)
    axes.spines[:].set_color(QUIET)
    return axes


def write_cells(axes: Axes, texts: dict[tuple[int, int], str], dark: npt.NDArray[np.bool_], size: float) -> None:
    """Write numbers into cells, (row, column) -> text, in white where the cell is dark. size : in points"""
    for (row, column), text in texts.items():
        colour = "white" if dark[row, column] else INK
        axes.text(column, row, text, ha="center", va="center", fontsize=size, color=colour)
