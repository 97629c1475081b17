"""The confusion matrix of a classified run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurocore.image import ChipImage
from neurocore.report.class_matrix import draw_class_matrix, write_cells
from neurocore.report.classifier import ClassifierResult
from neurocore.report.palette import title
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
    axes = draw_class_matrix(
        np.ma.masked_equal(share, 0),
        most=1,
        unit="share of the right class's frames",
        across="predicted class (most spikes)",
        ax=ax,
    )
    if classes <= _COUNTED:
        texts = {(row, column): f"{counts[row, column]:,}" for row, column in np.argwhere(counts > 0).tolist()}
        write_cells(axes, texts, share > 0.5, 11 if classes <= 6 else 8.5 if classes <= 12 else 6)
    silent = f"; {result.silent_frames:,} silent, read as class 0" if result.silent_frames else ""
    each = f"{counted(result.ticks_each, 'tick')} a frame{silent}"
    right = f"{result.correct:,} of {result.frames:,} frames right, {each}"
    title(axes, f"{short(image.name)}: accuracy {result.accuracy:.2%}\n{right}")
    return axes.figure.figure
