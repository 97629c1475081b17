"""How fast each population fires: mean rates as bars, and how its neurons spread around them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neurocore.image import ChipImage
from neurocore.recording import Recording
from neurocore.report.palette import INK, QUIET, framed_axes, series, tidy, title
from neurocore.report.rows import rows_of, spike_rows
from neurocore.report.words import number, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["MOST_BARS", "PopulationRate", "draw_population_rates", "population_rates"]

MOST_BARS = 24
"""Populations drawn; where there are more, those that fire fastest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationRate:
    """A population's firing, rates in Hz of model time. Copies are not counted.

    mean_hz         : over its neurons
    low_hz, high_hz : one neuron in twenty is slower, one in twenty faster
    most_hz         : its fastest neuron
    silent          : neurons without a spike
    """

    name: str
    neurons: int
    spikes: int
    mean_hz: float
    low_hz: float
    high_hz: float
    most_hz: float
    silent: int


def population_rates(image: ChipImage, recording: Recording) -> list[PopulationRate]:
    """One for each population, in the order of the description; for each core of an image without populations."""
    rows = rows_of(image)
    counts = np.bincount(spike_rows(rows, recording)[1], minlength=rows.count)
    model_time_s = max(1, recording.ticks) * image.spec.tick_s
    found = []
    for band in rows.bands:
        own = np.sort(counts[band.start : band.stop])
        low, high = own[int(0.05 * (band.size - 1))], own[math.ceil(0.95 * (band.size - 1))]
        found.append(
            PopulationRate(
                name=band.name,
                neurons=band.size,
                spikes=int(own.sum()),
                mean_hz=float(own.mean() / model_time_s),
                low_hz=float(low / model_time_s),
                high_hz=float(high / model_time_s),
                most_hz=float(own[-1] / model_time_s),
                silent=int((own == 0).sum()),
            )
        )
    return found


def draw_population_rates(name: str, rates: list[PopulationRate], *, ax: Axes | None = None) -> Figure:
    """A bar for each population's mean, a line from its slowest to its fastest neurons (5 % and 95 %).

    name : of the network, for the title
    ax   : where to draw; a figure of its own where left out
    """
    drawn = sorted(rates, key=lambda rate: -rate.mean_hz)[:MOST_BARS] if len(rates) > MOST_BARS else rates
    if ax is None:
        ax = framed_axes(4.6, 0.35 + 0.3 * max(1, len(drawn)), left=1.9, right=1.0, above=0.7, below=0.55)
    places = np.arange(len(drawn))
    ax.barh(places, [rate.mean_hz for rate in drawn], height=0.62, color=series(0), alpha=0.75)
    ax.hlines(places, [rate.low_hz for rate in drawn], [rate.high_hz for rate in drawn], color=INK, linewidth=1.4)
    most = max((max(rate.high_hz, rate.mean_hz) for rate in drawn), default=0.0)
    for place, rate in enumerate(drawn):
        ax.text(
            max(rate.high_hz, rate.mean_hz) + 0.015 * (most or 1),
            place,
            f" {number(rate.mean_hz)}",
            va="center",
            fontsize=9,
            color=QUIET if not rate.spikes else INK,
        )
    ax.set_yticks(places, [short(rate.name, 20) for rate in drawn], parse_math=False)
    ax.set_ylim(len(drawn) - 0.4, -0.6)
    ax.set_xlim(0, 1.02 * most or 1)
    ax.locator_params(axis="x", nbins=6)
    ax.set_xlabel("spikes per neuron and second of model time (Hz)", fontsize=9)
    which = f" of the {len(drawn)} fastest of {len(rates):,}" if len(drawn) < len(rates) else ""
    said = "bar and number: mean; line: 5 % to 95 % of the neurons"
    title(ax, f"{short(name)}: rates{which}\n{said}")
    tidy(ax)
    return ax.figure.figure
