"""Where the populations are: the cores on the chip's grid, coloured by the populations whose neurons they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.image import ChipImage
from neurocore.report.chip_page import Crop, core_ticks, crop_of, map_axes
from neurocore.report.palette import INK, QUIET, area, title
from neurocore.report.words import counted, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["BROKEN", "RELAYS", "UNUSED", "Residents", "draw_placement", "residents", "stripes"]

RELAYS: Final = "#7f7f7f"
UNUSED: Final = "#f1f1f1"
BROKEN: Final = "#c9c9c9"

_MOST_NAMED = 12
"""Populations in the legend; where there are more, the last line counts the others."""
_SHARPEST = 48
"""Columns of colour in a core at most: the smallest share that a stripe can show is one in so many."""
_FINEST = 1536
"""Columns of colour in the picture at most, as far as each core still has one."""

_LEGEND = 2.55
"""Inches that the legend needs at the right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Residents:
    """Who the used neurons of each core are. K kinds: the populations and relays; or one kind, unknown.

    names   : K names, for people
    colours : K colours, "#rrggbb"
    counts  : int64[C, K]  neurons, copies with the population they copy
    named   : how many of the kinds are populations, the first ones
    """

    names: tuple[str, ...]
    colours: tuple[str, ...]
    counts: npt.NDArray[np.int64]
    named: int


def residents(image: ChipImage) -> Residents:
    """Count the neurons of each population on each core. Without a logical map all neurons are of one kind."""
    used = image.neuron_used.sum(axis=1, dtype=np.int64)
    there = image.logical
    if not there.populations:
        return Residents(names=("population unknown",), colours=(area(0),), counts=used[:, None], named=0)
    last = [group.stop for group in there.populations]
    kind = np.searchsorted(last, there.instance_logical, side="right")
    counts = np.zeros((image.cores, len(last) + 1), np.int64)
    np.add.at(counts, (there.instance_core, kind), 1)
    counts[:, -1] = used - counts.sum(axis=1)
    return Residents(
        names=(*(group.name for group in there.populations), "relays"),
        colours=(*(area(k) for k in range(len(last))), RELAYS),
        counts=counts,
        named=len(last),
    )


def stripes(counts: npt.NDArray[np.int64], columns: int) -> npt.NDArray[np.int64]:
    """Share out the columns of each core's square among the kinds on it, by largest remainder.

    counts : int64[C, K]; every core has a neuron
    Returns int64[C, columns], kinds in ascending order. With one column it is the kind with most neurons.
    """
    total = counts.sum(axis=1, keepdims=True)
    share = counts * columns // total
    remainder = counts * columns % total
    left = columns - share.sum(axis=1)
    rank = np.argsort(np.argsort(-remainder, axis=1, kind="stable"), axis=1, kind="stable")
    share += rank < left[:, None]
    kinds = np.tile(np.arange(counts.shape[1]), len(counts))
    return np.repeat(kinds, share.reshape(-1)).reshape(len(counts), columns)


def draw_placement(image: ChipImage, *, ax: Axes | None = None) -> Figure:
    """Each core a square at its place, striped by its neurons' populations; unused cores are faint.

    ax : where to draw; a figure of its own where left out
    (0, 0) is at the top left, x to the right, y down.
    """
    crop = crop_of(image.core_xy, image.spec)
    who = residents(image)
    if ax is None:
        ax = map_axes(crop, right=_LEGEND, least_high=0.21 * (min(who.named, _MOST_NAMED) + 6))
    ax.imshow(
        _colours(image, who, crop),
        extent=crop.extent,
        aspect="equal",
        interpolation="nearest" if crop.most < 500 else "antialiased",
    )
    broken = [(x, y) for x, y in image.spec.broken_cores if crop.x0 <= x < crop.x1 and crop.y0 <= y < crop.y1]
    _lines(ax, crop, image.spec)
    core_ticks(ax, crop)
    ax.spines[:].set_visible(False)
    title(ax, _title(image, who))
    _legend(ax, image, who, crop, broken)
    if broken:
        _crosses(ax, crop, broken)
    return ax.figure.figure


def _colours(image: ChipImage, who: Residents, crop: Crop) -> npt.NDArray[np.float64]:
    """The picture, float64[rows, columns, 3]: a row for each core, and as many columns as stripes need."""
    from matplotlib.colors import to_rgb

    columns = int(np.clip(_FINEST // crop.most, 1, _SHARPEST))
    palette = np.array([to_rgb(colour) for colour in who.colours])
    picture = np.tile(np.array(to_rgb(UNUSED)), (crop.height, crop.width, columns, 1))
    here = who.counts.sum(axis=1) > 0
    x, y = (image.core_xy[here] - (crop.x0, crop.y0)).T
    picture[y, x] = palette[stripes(who.counts[here], columns)]
    return picture.reshape(crop.height, crop.width * columns, 3)


def _lines(ax: Axes, crop: Crop, spec: ChipSpec) -> None:
    """White lines between cores, dark ones around each chip."""
    if crop.most <= 128:
        thin = float(np.clip(24 / crop.most, 0.3, 2))
        ax.vlines(np.arange(crop.x0, crop.x1 + 1) - 0.5, crop.y0 - 0.5, crop.y1 - 0.5, color="white", linewidth=thin)
        ax.hlines(np.arange(crop.y0, crop.y1 + 1) - 0.5, crop.x0 - 0.5, crop.x1 - 0.5, color="white", linewidth=thin)
    edges_x = [x for x in range(0, spec.extent[0] + 1, spec.grid[0]) if crop.x0 <= x <= crop.x1]
    edges_y = [y for y in range(0, spec.extent[1] + 1, spec.grid[1]) if crop.y0 <= y <= crop.y1]
    upright = ax.vlines(np.asarray(edges_x) - 0.5, crop.y0 - 0.5, crop.y1 - 0.5)
    level = ax.hlines(np.asarray(edges_y) - 0.5, crop.x0 - 0.5, crop.x1 - 0.5)
    for lines in (upright, level):
        lines.set(color=INK, linewidth=1.5, clip_on=False)


def _crosses(ax: Axes, crop: Crop, broken: list[tuple[int, int]]) -> None:
    """A cross on each broken core, a third of a core wide on a usual page."""
    size = float(np.clip(160 / crop.most, 1.5, 14))
    x, y = np.array(broken).T
    ax.plot(x, y, "x", color=QUIET, markersize=size, markeredgewidth=max(0.6, size / 10), linestyle="none")


def _title(image: ChipImage, who: Residents) -> str:
    head = f"{short(image.name)}: {image.cores:,} of {counted(image.spec.cores, 'core')} used"
    if not who.named:
        return head
    mixed = int(((who.counts > 0).sum(axis=1) > 1).sum())
    return f"{head}\nstripes: shares of a core's neurons" if mixed else f"{head}\neach core holds neurons of one kind"


def _legend(ax: Axes, image: ChipImage, who: Residents, crop: Crop, broken: list[tuple[int, int]]) -> None:
    """Beside the axes: the populations with their neurons, then what is grey; only what is there."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    totals = who.counts.sum(axis=0).tolist()
    most = who.named if who.named <= _MOST_NAMED else _MOST_NAMED - 1
    entries: list[tuple[Patch | Line2D, str]] = []
    for kind, (name, colour, total) in enumerate(zip(who.names, who.colours, totals, strict=True)):
        if kind < most or (kind >= who.named and total):
            entries.append((Patch(facecolor=colour), f"{short(name, 20)} ({total:,})"))
        elif kind == who.named - 1:
            others = sum(totals[most : who.named])
            again = "\ncolours repeat" if len(set(who.colours[: who.named])) < who.named else ""
            entries.append((Patch(facecolor="none"), f"and {who.named - most} more ({others:,}){again}"))
    if image.cores + len(broken) < crop.width * crop.height:
        entries.append((Patch(facecolor=UNUSED, edgecolor=BROKEN, linewidth=0.6), "unused cores"))
    if broken:
        entries.append((Line2D([], [], color=QUIET, marker="x", linestyle="none"), "broken cores"))
    legend = ax.legend(
        [handle for handle, _ in entries],
        ["-"] * len(entries),  # a name that begins with _ would be left out, so names are set afterwards
        title="neurons",
        loc="upper left",
        bbox_to_anchor=(1, 1),
        borderaxespad=0.5,
        frameon=False,
        fontsize=9,
        alignment="left",
        handlelength=1.1,
        handleheight=1.1,
    )
    for text, (_, label) in zip(legend.get_texts(), entries, strict=True):
        text.set_parse_math(False)
        text.set_text(label)
