"""Where the mapper put the populations: the cores on the chip's grid, each striped by whose neurons it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurocore.image import ChipImage
from neurocore.report.core_map import Crop, crop_of, draw_grid
from neurocore.report.palette import INK, QUIET, SERIES, new_figure
from neurocore.report.words import short
from neurocore.units import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_placement", "placement_shares", "striped"]

_STRIPES = 12
"""Pixels along a core's side: shares below a twelfth are not seen."""
_LISTED = 14
"""Populations that the legend names."""
_OTHERS = "#8c8c8c"
_BROKEN = "#2b2b2b"


def placement_shares(image: ChipImage) -> npt.NDArray[np.int64]:
    """Neurons of each population in each core, int64[cores, populations + 1]; the last column: relays and others."""
    table = image.logical
    groups = table.populations
    ends = np.array([group.stop for group in groups], np.int64)
    group = np.searchsorted(ends, table.instance_logical, side="right")
    shares = np.zeros((image.cores, len(groups) + 1), np.int64)
    np.add.at(shares, (table.instance_core, group), 1)
    shares[:, -1] = image.neuron_used.sum(axis=1, dtype=np.int64) - shares[:, :-1].sum(axis=1)
    return shares


def colours(populations: int) -> list[str]:
    """One for each population and a grey for what belongs to none; they repeat in lighter tones, then repeat."""
    tones = [_lighter(hue, strength) for strength in (1.0, 0.55) for hue in SERIES[:5]]
    return [*(tones[number % len(tones)] for number in range(populations)), _OTHERS]


def _lighter(hue: str, strength: float) -> str:
    """A hue mixed with white. strength : 0..1, share of the hue"""
    from matplotlib.colors import to_hex, to_rgb

    red, green, blue = (1 - (1 - part) * strength for part in to_rgb(hue))
    return to_hex((red, green, blue))


def striped(shares: npt.NDArray[np.int64], pixels: int = _STRIPES) -> npt.NDArray[np.int64]:
    """Which population each pixel row of a core shows, int64[cores, pixels], in proportion to its neurons."""
    total = np.maximum(shares.sum(axis=1, keepdims=True), 1)
    edges = np.cumsum(shares, axis=1) / total * pixels
    middle = np.arange(pixels) + 0.5
    return (edges[:, None, :] <= middle[None, :, None]).sum(axis=2).clip(0, shares.shape[1] - 1)


def draw_placement(image: ChipImage) -> Figure:
    """The chip with each core in the colours of its populations; copies count as their population.

    (0, 0) is at the top left, x to the right, y down.
    """
    crop = crop_of(image.core_xy, image.spec)
    figure = new_figure(10, float(np.clip(1.4 + 6.4 * crop.height / crop.width, 3.6, 9)))
    axes = figure.add_subplot()
    draw_cells(axes, image, crop)
    chips = len(np.unique(image.core_xy // np.array(image.spec.grid), axis=0))
    where = f" on {counted(chips, 'chip')}" if image.spec.chips != (1, 1) else ""
    axes.set_title(
        f"{short(image.name)}: {counted(image.cores, 'core')}{where}, by population",
        fontsize=12,
        color=INK,
        parse_math=False,
    )
    axes.set_xlabel("core x")
    axes.set_ylabel("core y")
    axes.spines[:].set_color(QUIET)
    return figure


def draw_cells(axes: Axes, image: ChipImage, crop: Crop) -> None:
    """Cells, grid and legend on given axes."""
    from matplotlib.colors import to_rgb

    shares = placement_shares(image)
    tones = np.array([to_rgb(tone) for tone in colours(shares.shape[1] - 1)])
    picture = np.ones((crop.height, _STRIPES, crop.width, 3))
    x, y = image.core_xy[:, 0] - crop.x0, image.core_xy[:, 1] - crop.y0
    picture[y, :, x] = tones[striped(shares)]
    broken = [(bx - crop.x0, by - crop.y0) for bx, by in image.spec.broken_cores]
    inside = [(bx, by) for bx, by in broken if 0 <= bx < crop.width and 0 <= by < crop.height]
    for bx, by in inside:
        picture[by, :, bx] = to_rgb(_BROKEN)
    axes.imshow(
        picture.reshape(crop.height * _STRIPES, crop.width, 3),
        extent=(crop.x0 - 0.5, crop.x1 - 0.5, crop.y1 - 0.5, crop.y0 - 0.5),
        aspect="equal",
        interpolation="nearest",
    )
    draw_grid(axes, crop, image.spec)
    _legend(axes, image, shares, bool(inside))


def _legend(axes: Axes, image: ChipImage, shares: npt.NDArray[np.int64], broken: bool) -> None:
    from matplotlib.patches import Patch

    groups = image.logical.populations
    tones = colours(len(groups))
    patches = [
        Patch(facecolor=tones[number], label=short(group.name, 24)) for number, group in enumerate(groups[:_LISTED])
    ]
    if len(groups) > _LISTED:
        patches.append(Patch(facecolor="none", label=f"and {len(groups) - _LISTED} more"))
    if shares[:, -1].any():
        patches.append(Patch(facecolor=_OTHERS, label="relays" if groups else "neurons"))
    patches.append(Patch(facecolor="white", edgecolor=QUIET, label="unused"))
    if broken:
        patches.append(Patch(facecolor=_BROKEN, label="broken"))
    legend = axes.legend(handles=patches, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=9)
    for text in legend.get_texts():
        text.set_parse_math(False)
