"""How far spikes travel: packets by the number of links they cross."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurocore.report.palette import WARM, framed_axes, series, tidy, title
from neurocore.report.words import counted, number, short
from neurocore.units import human

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_hops", "hop_bins"]

_MOST_BARS = 64


def hop_bins(packets: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Join neighbouring numbers of hops where there are many: edges, int64[B + 1], and packets, int64[B], B <= 64.

    packets : int64[H], packets that took 0, 1 ... hops
    """
    used = int(np.nonzero(packets)[0].max(initial=0)) + 1
    step = -(-used // _MOST_BARS)
    edges = np.append(np.arange(0, used, step), -(-used // step) * step)
    padded = np.zeros(edges[-1], np.int64)
    padded[:used] = packets[:used]
    return edges, padded.reshape(-1, step).sum(axis=1)


def draw_hops(name: str, packets: npt.NDArray[np.int64], *, ax: Axes | None = None) -> Figure:
    """Bars: packets by hops, with the mean. Worth drawing where packets took two or more different numbers of hops.

    packets : int64[H], packets that took 0, 1 ... hops
    ax      : where to draw; a figure of its own where left out
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    if ax is None:
        ax = framed_axes(5.8, 2.6, left=0.85, right=0.4, above=0.7, below=0.55)
    edges, bars = hop_bins(packets)
    total = int(bars.sum())
    mean = float((packets * np.arange(len(packets))).sum() / max(1, total))
    step = int(edges[1] - edges[0])
    width = 0.8 if step == 1 else step
    centres = edges[:-1] if step == 1 else edges[:-1] + (step - 1) / 2
    ax.bar(centres, bars, width=width, color=series(0), alpha=0.8, edgecolor="white", linewidth=0.5)
    ax.axvline(mean, color=WARM, linewidth=1.4, linestyle="--")
    ax.annotate(
        f"mean {number(mean)}",
        (mean, 1),
        xycoords=("data", "axes fraction"),
        xytext=(4, -2),
        textcoords="offset points",
        va="top",
        fontsize=9,
        color=WARM,
    )
    ax.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda count, _: human(count)))
    ax.set_xlabel("hops (links crossed)", fontsize=9)
    ax.set_ylabel("packets" + (f" per {step} hops" if step > 1 else ""), fontsize=9)
    title(ax, f"{short(name)}: hops of {counted(total, 'packet')}\n0: to an axon of the same core")
    tidy(ax)
    return ax.figure.figure
