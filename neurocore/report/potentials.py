"""Probed membrane potentials: a few neurons, one above the other, with threshold and spikes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurocore.image import ChipImage
from neurocore.recording import Recording
from neurocore.report.palette import INK, WARM, new_figure, series, tidy
from neurocore.report.rows import Rows, rows_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["MOST_NEURONS", "choose", "draw_potentials"]

MOST_NEURONS = 8
_MOST_SAMPLES = 2000
"""Longer traces than this are cut: on a picture 1200 pixels wide they would be a solid block."""


def draw_potentials(image: ChipImage, recording: Recording) -> Figure:
    """At most eight traces, the populations taking turns; says so where more were recorded.

    V is as recorded: at the end of a tick, after the reset.
    """
    rows = rows_of(image)
    chosen = choose(rows, recording)
    samples = min(len(recording.probe_tick), _MOST_SAMPLES)
    tick = recording.probe_tick[:samples]
    figure = new_figure(10, 2.2 + 1.15 * len(chosen))
    panels = figure.subplots(len(chosen), 1, sharex=True, squeeze=False)[:, 0]
    for number, (axes, probed) in enumerate(zip(panels, chosen, strict=True)):
        core, neuron = int(recording.probe.core[probed]), int(recording.probe.neuron[probed])
        _trace(axes, image, core, neuron, tick, recording.potential[:samples, probed], series(number))
        fired = recording.spike_tick[(recording.spike_core == core) & (recording.spike_neuron == neuron)]
        fired = fired[(fired >= tick[0]) & (fired <= tick[-1])]
        if len(fired):
            above = np.full(len(fired), 1.04)
            (marks,) = axes.plot(fired, above, "v", color=INK, markersize=5, transform=axes.get_xaxis_transform())
            marks.set_clip_on(False)
            marks.set_in_layout(False)
        label = _label(rows, core, neuron)
        axes.text(1.01, 0.5, label, transform=axes.transAxes, va="center", fontsize=9, color=INK, parse_math=False)
    panels[-1].set_xlabel(f"tick ({image.spec.tick_s * 1e3:g} ms each)")
    figure.supylabel("membrane potential V (potential units), at the end of the tick", fontsize=10)
    figure.suptitle(_title(image, recording, len(chosen), samples), fontsize=11, color=INK, parse_math=False)
    return figure


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
    if threshold <= 4 * max(high, -low):
        axes.axhline(threshold, color=WARM, linewidth=1, linestyle="--")
        if noise:
            axes.axhspan(threshold, threshold + noise, color=WARM, alpha=0.12, linewidth=0)
        high = max(high, threshold)
        place = threshold
    else:  # A threshold far above the trace would flatten it: say the number at the top instead.
        place = high
    text = f"threshold {threshold:,}" + (f" + 0..{noise:,}" if noise else "")
    room = 0.12 * (high - low)
    axes.set_ylim(low - room, high + room)
    axes.annotate(
        text,
        (1, place),
        xycoords=("axes fraction", "data"),
        xytext=(-3, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=7.5,
        color=WARM,
    )
    axes.margins(x=0.01)
    axes.locator_params(axis="y", nbins=3, integer=True)
    tidy(axes)


def _label(rows: Rows, core: int, neuron: int) -> str:
    row = int(rows.row[core, neuron])
    for band in rows.bands:
        if band.start <= row < band.stop:
            return band.label(row)
    return f"core {core}, neuron {neuron}"


def _title(image: ChipImage, recording: Recording, drawn: int, samples: int) -> str:
    probed = recording.potential.shape[1]
    parts = ["dashed: threshold", "triangle: spike"]
    if drawn < probed:
        parts.insert(0, f"{drawn} of {probed:,} recorded neurons")
    if samples < len(recording.probe_tick):
        parts.insert(0, f"first {samples:,} of {len(recording.probe_tick):,} samples")
    return f"{image.name}: membrane potentials\n{', '.join(parts)}"
