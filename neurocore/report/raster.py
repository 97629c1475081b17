"""The spike raster: populations as bands, ticks to the right, mean rates below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurocore.graph import Group
from neurocore.image import ChipImage
from neurocore.recording import Recording
from neurocore.report.palette import GRID, INK, QUIET, framed_axes, sequential, series, tidy, title
from neurocore.report.rate_histogram import LINES, RowSpikes, draw_rate_histogram, tick_axis
from neurocore.report.rows import Rows, rows_of, spike_rows
from neurocore.report.words import counted, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

__all__ = ["MOST_DOTS", "band_edges", "density", "draw_raster"]

MOST_DOTS = 50_000
"""More spikes than this are drawn as a density: dots would cover each other and lie about how many there are."""
_COLUMNS = 900
_ROWS = 480
_MOST_BANDS = 40
"""More populations (or cores) than this are one band: their names would not fit."""
_INDEXED = 12
"""Up to so many populations the first and last index are written at the left."""
_WIDE, _HIGH, _RATES, _GAP, _LEFT, _RIGHT = 5.4, 3.9, 1.25, 0.15, 1.05, 1.95
"""Inches: the raster, the rates below, between them, at the left and at the right, where populations are named."""

Floats = npt.NDArray[np.float64]


def draw_raster(
    image: ChipImage, recording: Recording, *, ax: Axes | None = None, spikes: RowSpikes | None = None
) -> Figure:
    """Every spike as a dot, or their density where there are more than MOST_DOTS; below, the mean rate per neuron.

    ax     : where to draw the raster alone; a figure of its own, with the rates, where left out
    spikes : of the recording by row, where they are known already
    A band's height grows with the root of its population's size, so that ten neurons beside a thousand can be seen.
    """
    rows = rows_of(image)
    spikes = spikes or spike_rows(rows, recording)
    if ax is not None:
        _raster(ax, image, recording, rows, spikes)
        tick_axis(ax, image)
        return ax.figure.figure
    ax = framed_axes(_WIDE, _HIGH, left=_LEFT, right=_RIGHT, above=0.65, below=0.55 + _RATES + _GAP)
    figure = ax.figure.figure
    _raster(ax, image, recording, rows, spikes)
    wide, high = figure.get_size_inches()
    below = figure.add_axes((_LEFT / wide, 0.55 / high, _WIDE / wide, _RATES / high), sharex=ax)
    ax.tick_params(labelbottom=False)
    draw_rate_histogram(image, recording, ax=below, titled=False, spikes=spikes)
    return figure


def _raster(
    ax: Axes,
    image: ChipImage,
    recording: Recording,
    rows: Rows,
    spikes: RowSpikes,
) -> None:
    tick, row = spikes
    bands = _shown_bands(rows)
    edges = band_edges(bands)
    dots = len(tick) <= MOST_DOTS
    if dots:
        _dots(ax, bands, edges, tick, row)
    else:
        end = recording.start_tick + max(1, recording.ticks)
        _key(ax, _density(ax, bands, edges, tick, row, recording.start_tick, end, image.spec.tick_s))
    _bands(ax, bands, edges)
    ax.set_xlim(recording.start_tick - 0.5, recording.start_tick + max(1, recording.ticks) - 0.5)
    how = "a dot is a spike" if dots else "too many for dots: colour is their density"
    counts = f"{counted(len(tick), 'spike')} of {counted(rows.count, 'neuron')} in {counted(recording.ticks, 'tick')}"
    title(ax, f"{short(image.name)}: {counts}\n{how}")


def _shown_bands(rows: Rows) -> tuple[Group, ...]:
    if len(rows.bands) <= _MOST_BANDS:
        return rows.bands
    return (Group(name=f"{len(rows.bands):,} {rows.kind}", start=0, shape=(rows.count,)),)


def band_edges(bands: tuple[Group, ...]) -> Floats:
    """float64[bands + 1]: where each band begins and ends, 0 at the top, 1 at the bottom; heights as root of sizes."""
    heights = np.sqrt([max(1, band.size) for band in bands])
    return np.concatenate([[0.0], np.cumsum(heights / heights.sum())]) if len(bands) else np.array([0.0, 1.0])


def _heights(
    bands: tuple[Group, ...], edges: Floats, row: npt.NDArray[np.int32]
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Height on the picture (0..1) and band number of each row."""
    starts = np.array([band.start for band in bands], np.int64)
    sizes = np.array([band.size for band in bands], np.int64)
    band = np.searchsorted(starts, row, side="right") - 1
    inside = (row - starts[band] + 0.5) / sizes[band]
    return edges[band] + inside * (edges[band + 1] - edges[band]), band


def _dots(
    axes: Axes, bands: tuple[Group, ...], edges: Floats, tick: npt.NDArray[np.int64], row: npt.NDArray[np.int32]
) -> None:
    if not len(tick):
        axes.text(0.5, 0.5, "no spikes", transform=axes.transAxes, ha="center", va="center", color=QUIET, fontsize=14)
        return
    height, band = _heights(bands, edges, row)
    size = float(np.clip(24_000 / len(tick), 1.2, 30))
    colours = np.array([series(number) for number in range(len(bands))])
    axes.scatter(tick, height, s=size, c=colours[band], marker="o", linewidths=0, rasterized=True)


def density(
    band: Group, begin: int, end: int, tick: npt.NDArray[np.int64], row: npt.NDArray[np.int32], most_rows: int
) -> Floats:
    """Spikes per neuron and tick of one band in a grid of whole neurons by whole ticks.

    Returns float64[rows, columns], at most ``most_rows`` by 900; every spike of the band is counted once.
    """
    row_edges = np.unique(np.linspace(band.start, band.stop, min(band.size, most_rows) + 1).astype(np.int64))
    tick_edges = np.unique(np.linspace(begin, end, min(end - begin, _COLUMNS) + 1).astype(np.int64))
    chosen = (row >= band.start) & (row < band.stop)
    r = np.searchsorted(row_edges, row[chosen], side="right") - 1
    c = np.searchsorted(tick_edges, tick[chosen], side="right") - 1
    columns = len(tick_edges) - 1
    counts = np.bincount(r * columns + c, minlength=(len(row_edges) - 1) * columns).reshape(-1, columns)
    return counts / (np.diff(row_edges)[:, None] * np.diff(tick_edges)[None, :])


def _density(
    axes: Axes,
    bands: tuple[Group, ...],
    edges: Floats,
    tick: npt.NDArray[np.int64],
    row: npt.NDArray[np.int32],
    begin: int,
    end: int,
    tick_s: float,
) -> AxesImage:
    grids = []
    for number, band in enumerate(bands):
        height = int(max(1, round((edges[number + 1] - edges[number]) * _ROWS)))
        grids.append(density(band, begin, end, tick, row, height) / tick_s)
    some = np.concatenate([grid[grid > 0] for grid in grids])
    brightest = float(np.quantile(some, 0.995))  # single neurons may be far brighter than what one wants to see
    colours = sequential()
    for number, grid in enumerate(grids):
        extent = (begin - 0.5, end - 0.5, edges[number + 1], edges[number])
        shown = axes.imshow(
            np.ma.masked_equal(grid, 0),
            cmap=colours,
            vmin=0,
            vmax=brightest,
            extent=extent,
            aspect="auto",
            interpolation="nearest",
        )
    return shown


def _key(ax: Axes, shown: AxesImage) -> None:
    """What the colours of a density mean, above the names of the bands."""
    wide = ax.get_position().width * ax.figure.figure.get_figwidth()
    high = ax.get_position().height * ax.figure.figure.get_figheight()
    place = ax.inset_axes((1 + 0.1 / wide, 1 + 0.12 / high, 1.35 / wide, 0.1 / high))
    bar = ax.figure.figure.colorbar(shown, cax=place, orientation="horizontal", extend="max", ticklocation="top")
    bar.set_label("Hz per neuron", fontsize=8)
    bar.outline.set_color(QUIET)
    place.locator_params(nbins=3)
    place.tick_params(colors=QUIET, labelcolor=INK, labelsize=8)


def _bands(axes: Axes, bands: tuple[Group, ...], edges: Floats) -> None:
    """Names at the right, first and last index at the left, each where there is room for it."""
    axes.set_ylim(1, 0)
    ticks, labels, last = [], [], -1.0
    named, placed = 0, -1.0
    for number, band in enumerate(bands):
        low, high = edges[number], edges[number + 1]
        if number:
            axes.axhline(low, color=GRID, linewidth=0.8, zorder=0)
        middle = (low + high) / 2
        if middle - placed >= 0.035:
            text = f"{short(band.name, 18)} ({band.size:,})"
            axes.annotate(
                text,
                (1, middle),
                xycoords=("axes fraction", "data"),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
                color=series(number) if 1 < len(bands) <= LINES else INK,
                parse_math=False,
            )
            named, placed = named + 1, middle
        half = 0.5 * (high - low) / band.size
        if len(bands) > _INDEXED:
            continue
        for place, index in ((low + half, 0), (high - half, band.size - 1)):
            if place - last >= 0.035:
                ticks.append(place)
                labels.append(f"{index:,}")
                last = place
    axes.set_yticks(ticks, labels)
    left_out = len(bands) - named
    what = "neuron (index in its population)" if ticks else "neuron"
    axes.set_ylabel(what + (f"; {counted(left_out, 'band')} not named" if left_out else ""))
    tidy(axes)
