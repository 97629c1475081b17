"""Energy per frame against accuracy: a classifier beside those that were published for the chip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurocore.report.palette import GRID, INK, QUIET, SERIES, WARM, framed_axes, tidy, title
from neurocore.report.published_frames import PUBLISHED, PublishedFrames
from neurocore.report.words import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FramePoint", "draw_frame_energy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FramePoint:
    """A classifier at one tick.

    accuracy     : 0..1
    whole_chip_j, used_cores_j : energy per frame with all cores powered, and with the cores in use only
    """

    name: str
    accuracy: float
    whole_chip_j: float
    used_cores_j: float


def draw_frame_energy(
    points: Sequence[FramePoint],
    *,
    published: Iterable[PublishedFrames] = PUBLISHED,
    ax: Axes | None = None,
) -> Figure:
    """Energy per frame (logarithmic) across, accuracy up. A line joins a network's used cores and whole chip.

    published : with the name of their data, as these differ. ax : where to draw; a figure of its own where left out
    """
    axes = ax or framed_axes(6.4, 4.2, left=0.8, right=0.6, above=0.95, below=0.65)
    others = list(published)
    marks = [(other.energy_per_frame_j, other.accuracy) for other in others]
    marks += [(joule, point.accuracy) for point in points for joule in (point.used_cores_j, point.whole_chip_j)]
    for one in others:
        right = not any(_hides(mark, one) for mark in marks)
        axes.plot([one.energy_per_frame_j * 1e6], [one.accuracy * 100], "D", color=WARM, markersize=5, label="_")
        axes.annotate(
            one.dataset,
            (one.energy_per_frame_j * 1e6, one.accuracy * 100),
            xytext=(6 if right else -6, -3),
            textcoords="offset points",
            ha="left" if right else "right",
            fontsize=8,
            color=QUIET,
        )
    for point in points:
        across = [point.used_cores_j * 1e6, point.whole_chip_j * 1e6]
        up = [point.accuracy * 100] * 2
        axes.plot(across, up, "-", color=SERIES[0], linewidth=1, label="_")
        axes.plot(across[:1], up[:1], "o", color=SERIES[0], markersize=6, label="_")
        axes.plot(across[1:], up[1:], "o", color=SERIES[0], markerfacecolor="white", markersize=6, label="_")
    for place, point in enumerate(sorted(points, key=lambda one: -one.accuracy)):
        axes.annotate(
            short(point.name, 24),
            (point.used_cores_j * 1e6, point.accuracy * 100),
            xytext=(0, 8 if place % 2 == 0 else -14),
            textcoords="offset points",
            ha="center",
            fontsize=8.5,
            color=INK,
            parse_math=False,
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("energy per frame (microjoule)")
    axes.set_ylabel("accuracy (%)")
    axes.grid(True, color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    low, high = axes.get_ylim()
    axes.set_ylim(low - 2, min(102.5, high + 2))
    tidy(axes)
    told = (
        "filled: estimate, cores in use; open: estimate, whole chip\ndiamonds: published, of the data named beside them"
    )
    title(axes, f"Energy per frame and accuracy\n{told}")
    return axes.figure.figure


def _hides(mark: tuple[float, float], one: PublishedFrames) -> bool:
    """Whether another mark (energy, accuracy) lies where the name of one would be written, to its right."""
    joule, accuracy = mark
    other = mark != (one.energy_per_frame_j, one.accuracy)
    return other and 1 <= joule / one.energy_per_frame_j < 2 and abs(accuracy - one.accuracy) < 0.02
