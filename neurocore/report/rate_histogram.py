"""The mean rate of each population over time, in bins of whole ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurocore.image import ChipImage
from neurocore.recording import Recording
from neurocore.report.palette import framed_axes, series, tidy, title
from neurocore.report.rows import Rows, rows_of, spike_rows
from neurocore.report.words import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["LINES", "RowSpikes", "draw_rate_histogram", "rates_over_time", "tick_axis", "tick_bins"]

LINES = 6
"""Up to so many populations have a line each; more share one."""
_BINS = 50

RowSpikes = tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]
"""Tick and row of each spike, as spike_rows gives them."""


def tick_bins(begin: int, ticks: int) -> npt.NDArray[np.int64]:
    """int64[B + 1]: the edges of at most 50 bins of equally many whole ticks; the last one may be shorter."""
    step = -(-max(1, ticks) // _BINS)
    return np.append(np.arange(begin, begin + max(1, ticks), step), begin + max(1, ticks))


def rates_over_time(
    rows: Rows, spikes: RowSpikes, edges: npt.NDArray[np.int64], tick_s: float
) -> dict[str, npt.NDArray[np.float64]]:
    """Mean rate per neuron in each bin, float64[B] in Hz: of each population, or of all neurons where they are many."""
    tick, row = spikes
    width_s = np.diff(edges) * tick_s
    if len(rows.bands) > LINES:
        return {f"all {rows.count:,} neurons": np.histogram(tick, edges)[0] / width_s / max(1, rows.count)}
    rates = {}
    for band in rows.bands:
        chosen = (row >= band.start) & (row < band.stop)
        rates[band.name] = np.histogram(tick[chosen], edges)[0] / width_s / band.size
    return rates


def draw_rate_histogram(
    image: ChipImage,
    recording: Recording,
    *,
    ax: Axes | None = None,
    titled: bool = True,
    spikes: RowSpikes | None = None,
) -> Figure:
    """A stepped line for each population; one filled histogram where there are more than six.

    ax     : where to draw; a figure of its own where left out
    titled : with a title and the populations' names; without, below a raster that has them
    spikes : of the recording by row, where they are known already
    """
    if ax is None:
        ax = framed_axes(6.4, 2.4)
    rows = rows_of(image)
    edges = tick_bins(recording.start_tick, recording.ticks)
    rates = rates_over_time(rows, spikes or spike_rows(rows, recording), edges, image.spec.tick_s)
    alone = len(rates) == 1
    for number, (name, rate) in enumerate(rates.items()):
        ax.stairs(
            rate,
            edges - 0.5,
            baseline=0 if alone else None,
            fill=alone,
            color=series(number),
            alpha=0.8 if alone else 1,
            linewidth=1.3,
            label=f" {short(name, 24)}",  # a label that begins with _ would be left out
        )
    step = int(edges[1] - edges[0])
    ax.set_ylabel("mean rate (Hz)" if step == 1 else f"mean rate in\n{step:,}-tick bins (Hz)", fontsize=9)
    ax.set_ylim(bottom=0)
    ax.set_xlim(edges[0] - 0.5, edges[-1] - 0.5)
    tick_axis(ax, image)
    tidy(ax)
    if titled:
        title(ax, f"{short(image.name)}: mean rate per neuron")
        legend = ax.legend(frameon=False, fontsize=9, ncols=3)
        for text in legend.get_texts():
            text.set_parse_math(False)
    return ax.figure.figure


def tick_axis(ax: Axes, image: ChipImage, *, labelled: bool = True) -> None:
    """Mark whole ticks on the axis to the right; with their numbers and a name, unless another axis below has them."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.tick_params(labelbottom=labelled)
    if labelled:
        ax.set_xlabel(f"tick ({image.spec.tick_s * 1e3:g} ms each)", fontsize=9)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:,.0f}"))
