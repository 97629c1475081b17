"""How the spikes of a classifier's voters spread over the classes, for the frames of each class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurocore.image import ChipImage
from neurocore.report.class_matrix import draw_class_matrix, write_cells
from neurocore.report.classifier import ClassifierResult
from neurocore.report.palette import title
from neurocore.report.words import number, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_class_votes", "margin_of", "mean_votes"]

_WRITTEN = 12
"""Up to so many classes the numbers are written into the cells."""


def mean_votes(result: ClassifierResult) -> npt.NDArray[np.float64]:
    """float64[K, K]: mean votes for each class (column) over the frames of each right class (row), or nan."""
    classes = result.votes.shape[1]
    total = np.zeros((classes, classes))
    np.add.at(total, result.labels, result.votes)
    frames = np.bincount(result.labels, minlength=classes)[:, None]
    return np.divide(total, frames, out=np.full(total.shape, np.nan), where=frames > 0)


def draw_class_votes(image: ChipImage, result: ClassifierResult, *, ax: Axes | None = None) -> Figure:
    """Right class down, class that was voted for across; colour and number = mean votes a frame.

    ax : where to draw; a figure of its own where left out
    """
    mean = mean_votes(result)
    classes = len(mean)
    most = float(np.nanmax(mean)) if result.frames else 0.0
    axes = draw_class_matrix(
        np.ma.masked_invalid(mean), most=most or 1, unit="mean votes (spikes) a frame", across="class voted for", ax=ax
    )
    if classes <= _WRITTEN:
        texts = {(row, column): number(mean[row, column]) for row, column in np.argwhere(~np.isnan(mean)).tolist()}
        write_cells(axes, texts, mean > 0.5 * most, 11 if classes <= 6 else 8.5)
    right, other = margin_of(result)
    said = f"right class {number(right)} votes a frame, the strongest other {number(other)}"
    title(axes, f"{short(image.name)}: votes by class\n{said}")
    return axes.figure.figure


def margin_of(result: ClassifierResult) -> tuple[float, float]:
    """Mean votes for the right class, and for the strongest other one, over all frames."""
    frame = np.arange(result.frames)
    others = result.votes.copy()
    others[frame, result.labels] = -1
    return float(result.votes[frame, result.labels].mean()), float(others.max(axis=1).mean())
