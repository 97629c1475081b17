"""Probed membrane potentials: a few neurons, one above the other, with threshold and spikes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurocore.image import ChipImage
from neurocore.recording import Recording
from neurocore.report.palette import INK, WARM, framed_axes, series, tidy, title
from neurocore.report.rate_histogram import tick_axis
from neurocore.report.rows import Rows, rows_of
from neurocore.report.words import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["MOST_NEURONS", "choose", "draw_potentials"]

MOST_NEURONS = 8
_FAR = 4
"""A threshold more than so many times beyond the trace is not drawn: it would flatten the trace."""
_MOST_SAMPLES = 2000
"""Longer traces than this are cut: on a picture 1200 pixels wide they would be a solid block."""


def draw_potentials(image: ChipImage, recording: Recording, *, ax: Axes | None = None) -> Figure:
    """At most eight traces, the populations taking turns; says so where more were recorded.

    ax : whose room to share among the traces; a figure of its own where left out
    V is as recorded: at the end of a tick, after the reset.
    """
    rows = rows_of(image)
    chosen = choose(rows, recording)
    samples = min(len(recording.probe_tick), _MOST_SAMPLES)
    tick = recording.probe_tick[:samples]
    if ax is None:
        ax = framed_axes(5.5, 0.4 + 0.95 * len(chosen), left=0.85, right=2.05, above=0.75, below=0.55)
    panels = _panels(ax, len(chosen))
    for number, (panel, probed) in enumerate(zip(panels, chosen, strict=True)):
        core, neuron = int(recording.probe.core[probed]), int(recording.probe.neuron[probed])
        _trace(panel, image, core, neuron, tick, recording.potential[:samples, probed], series(number))
        fired = recording.spike_tick[(recording.spike_core == core) & (recording.spike_neuron == neuron)]
        fired = fired[(fired >= tick[0]) & (fired <= tick[-1])]
        if len(fired):
            above = np.full(len(fired), 1.04)
            (marks,) = panel.plot(fired, above, "v", color=INK, markersize=5, transform=panel.get_xaxis_transform())
            marks.set_clip_on(False)
            marks.set_in_layout(False)
        _name(panel, rows, image, core, neuron)
        tick_axis(panel, image, labelled=number == len(panels) - 1)
    room = 0.5 * max(1.0, (float(tick[-1]) - float(tick[0])) / 50)
    for panel in panels:
        panel.set_xlim(float(tick[0]) - room, float(tick[-1]) + room)
    ax.set_ylabel("V (potential units)", labelpad=38)
    title(ax, _title(image, recording, len(chosen), samples), pad=12)
    return ax.figure.figure


def _panels(ax: Axes, count: int) -> list[Axes]:
    """The axes' room in equal parts, from the top."""
    ax.spines[:].set_visible(False)
    ax.set_xticks([])
    ax.set_yticks([])
    each, gap = 1 / count, 0.16 / count
    return [ax.inset_axes((0, 1 - (k + 1) * each + (gap if k < count - 1 else 0), 1, each - gap)) for k in range(count)]


def choose(rows: Rows, recording: Recording) -> list[int]:
    """Columns of the recorded potentials to draw: one of each population in turn, first ones first."""
    row = rows.row[recording.probe.core, recording.probe.neuron]
    starts = np.array([band.start for band in rows.bands])
    band = np.where(row >= 0, np.searchsorted(starts, row, side="right") - 1, len(starts))
    turn = np.zeros(len(band), np.int64)
    for number in np.unique(band):
        turn[band == number] = np.arange(np.count_nonzero(band == number))
    first_turns = np.lexsort((np.arange(len(band)), band, turn))[:MOST_NEURONS]
    return sorted(first_turns.tolist(), key=lambda column: (band[column], column))


def _trace(
    axes: Axes,
    image: ChipImage,
    core: int,
    neuron: int,
    tick: npt.NDArray[np.int64],
    potential: npt.NDArray[np.int32],
    colour: str,
) -> None:
    threshold = int(image.neurons.threshold[core, neuron])
    noise = (1 << int(image.neurons.threshold_noise_bits[core, neuron])) - 1
    style = "." if len(tick) == 1 else "-"
    axes.plot(tick, potential, style, color=colour, linewidth=1.1, drawstyle="steps-post")
    low, high = min(int(potential.min()), 0), max(int(potential.max()), 1)
    if threshold <= _FAR * max(high, -low):
        axes.axhline(threshold, color=WARM, linewidth=1, linestyle="--")
        if noise:
            axes.axhspan(threshold, threshold + noise, color=WARM, alpha=0.12, linewidth=0)
        high = max(high, threshold)
    room = 0.12 * (high - low)
    axes.set_ylim(low - room, high + room)
    axes.locator_params(axis="y", nbins=3, integer=True)
    tidy(axes)


def _name(axes: Axes, rows: Rows, image: ChipImage, core: int, neuron: int) -> None:
    """At the right: which neuron, and its threshold."""
    row = int(rows.row[core, neuron])
    names = [band.label(row) for band in rows.bands if band.start <= row < band.stop]
    threshold = int(image.neurons.threshold[core, neuron])
    noise = (1 << int(image.neurons.threshold_noise_bits[core, neuron])) - 1
    text = f"threshold {threshold:,}" + (f" + 0..{noise:,}" if noise else "")
    for height, words, colour in ((0.62, short((names or [f"core {core}[{neuron}]"])[0], 21), INK), (0.36, text, WARM)):
        axes.text(
            1.01, height, words, transform=axes.transAxes, va="center", fontsize=9, color=colour, parse_math=False
        )


def _title(image: ChipImage, recording: Recording, drawn: int, samples: int) -> str:
    probed = recording.potential.shape[1]
    parts = ["V at the end of each tick", "dashed: threshold", "triangle: spike"]
    if drawn < probed:
        parts.insert(0, f"{drawn} of {probed:,} recorded neurons")
    if samples < len(recording.probe_tick):
        parts.insert(0, f"first {samples:,} of {len(recording.probe_tick):,} samples")
    return f"{short(image.name)}: membrane potentials\n{', '.join(parts)}"
