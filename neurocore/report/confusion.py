"""The confusion matrix of a classified run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurocore.image import ChipImage
from neurocore.report.chip_page import amount_bar
from neurocore.report.classifier import ClassifierResult
from neurocore.report.palette import INK, QUIET, framed_axes, sequential, title
from neurocore.report.words import counted, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_confusion"]

_COUNTED = 20
"""Up to so many classes the counts are written into the cells."""


def draw_confusion(image: ChipImage, result: ClassifierResult, *, ax: Axes | None = None) -> Figure:
    """Right class down, predicted class across; colour = share of the right class's frames, numbers = frames.

    ax : where to draw; a figure of its own where left out
    """
    counts = result.confusion
    classes = len(counts)
    of_class = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, of_class, out=np.zeros(counts.shape), where=of_class > 0)
    axes = ax or framed_axes(5.2, 5.2, right=1.1, above=0.7)
    shown = axes.imshow(np.ma.masked_equal(share, 0), cmap=sequential(), vmin=0, vmax=1)
    amount_bar(axes, shown, "share of the right class's frames")
    step = max(1, -(-classes // 25))
    axes.set_xticks(range(0, classes, step))
    axes.set_yticks(range(0, classes, step))
    axes.set_xlabel("predicted class (most spikes)")
    axes.set_ylabel("right class (label)")
    axes.tick_params(length=0, labelcolor=INK)
    axes.spines[:].set_color(QUIET)
    if classes <= _COUNTED:
        size = 11 if classes <= 6 else 8.5 if classes <= 12 else 6
        for row, column in np.argwhere(counts > 0):
            colour = "white" if share[row, column] > 0.5 else INK
            text = f"{counts[row, column]:,}"
            axes.text(column, row, text, ha="center", va="center", fontsize=size, color=colour)
    silent = f"; {result.silent_frames:,} silent, read as class 0" if result.silent_frames else ""
    each = f"{counted(result.ticks_each, 'tick')} a frame{silent}"
    right = f"{result.correct:,} of {result.frames:,} frames right, {each}"
    title(axes, f"{short(image.name)}: accuracy {result.accuracy:.2%}\n{right}")
    return axes.figure.figure
