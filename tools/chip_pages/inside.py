"""A core of configs/hello.yaml in one tick: active axons, the crossbar, neurons; and one neuron's sum, part by part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurocore.image import ChipImage
from neurocore.report.palette import GRID, INK, QUIET, SERIES, WARM, new_figure, tidy, title
from tools.chip_pages.steps import Step, Tick, mapped, neuron_steps, play

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["SHOWN_TICK", "WATCHED", "draw_core", "draw_tick"]

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "hello.yaml"
SHOWN_TICK = 519
"""A tick in which neurons fire and others stay silent, after two in which the watched one stays below its threshold."""
WATCHED = 1
"""The neuron whose sums are drawn, features[1]."""
_TYPES = (SERIES[0], SERIES[2], SERIES[3], SERIES[4])


def draw_core() -> Figure:
    """Axons as rows, neurons as columns, a dot for each synapse; what the tick uses is in strong colour."""
    image = mapped(CONFIG)
    tick = play(CONFIG, image, SHOWN_TICK + 1)[-1]
    axons = np.flatnonzero(image.crossbar[0].any(axis=1))
    neurons = np.flatnonzero(image.neuron_used[0])
    figure = new_figure(8.6, 8.8)
    above, below = figure.subplots(2, 1, height_ratios=(len(axons), 7), sharex=True)
    _crossbar(above, image, tick, axons, neurons)
    _weights(below, image, tick, neurons)
    title(
        above,
        f"The used part of the core of configs/hello.yaml in tick {SHOWN_TICK}: {len(tick.active)} active axons, "
        f"{len(tick.fired)} spikes",
        pad=28,
    )
    return figure


def _crossbar(axes: Axes, image: ChipImage, tick: Tick, axons: np.ndarray, neurons: np.ndarray) -> None:
    bits = np.unpackbits(image.crossbar[0].view(np.uint8), axis=-1, bitorder="little")
    driver = _drivers(image)
    _neuron_names(axes, tick, neurons)
    for row, axon in enumerate(axons):
        colour, active = _TYPES[image.axon_type[0, axon]], axon in tick.active
        axes.axhline(row, color=colour if active else GRID, linewidth=1.6 if active else 0.7, zorder=1)
        columns = np.flatnonzero(bits[axon, neurons])
        axes.scatter(
            columns,
            np.full(len(columns), row),
            s=46 if active else 26,
            color=colour if active else "white",
            edgecolors=colour,
            linewidths=1.1,
            zorder=3,
        )
    axes.set_yticks(
        range(len(axons)),
        [f"{driver[axon]}   axon {axon}, type {image.axon_type[0, axon]}" for axon in axons],
    )
    for label, axon in zip(axes.get_yticklabels(), axons, strict=True):
        active = axon in tick.active
        label.set_color(_TYPES[image.axon_type[0, axon]] if active else QUIET)
        label.set_fontweight("bold" if active else "normal")
    axes.set_ylim(len(axons) - 0.4, -0.6)
    axes.set_xlim(-0.6, len(neurons) - 0.4)


def _neuron_names(axes: Axes, tick: Tick, neurons: np.ndarray) -> None:
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(neurons)), [str(neuron) for neuron in neurons])
    axes.set_xlabel("neuron (filled in orange: fires in this tick)", fontsize=9)
    axes.xaxis.set_label_position("top")
    tidy(axes)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=8.5, labelcolor=INK, top=False, bottom=False)
    axes.tick_params(axis="x", labelbottom=False, labeltop=True)
    for column, neuron in enumerate(neurons):
        axes.axvline(column, color=WARM if neuron in tick.fired else GRID, linewidth=0.7, zorder=0)


def _weights(axes: Axes, image: ChipImage, tick: Tick, neurons: np.ndarray) -> None:
    """Under each neuron: its weight for each axon type, its threshold, V before and after the tick."""
    rows = [(f"weight for type {kind}", image.weight[0, neurons, kind], _TYPES[kind]) for kind in range(3)]
    rows.append(("threshold", image.neurons.threshold[0, neurons], INK))
    rows.append((f"V before tick {SHOWN_TICK}", np.array(tick.before)[neurons], INK))
    rows.append(("V after it", np.array(tick.after)[neurons], INK))
    for row, (_, values, colour) in enumerate(rows):
        for column, (neuron, value) in enumerate(zip(neurons, values, strict=True)):
            fires = neuron in tick.fired and row >= len(rows) - 1
            frame = {"boxstyle": "circle,pad=0.25", "facecolor": WARM, "edgecolor": "none"} if fires else None
            axes.text(
                column,
                row,
                str(value),
                ha="center",
                va="center",
                fontsize=9,
                color="white" if fires else colour,
                bbox=frame,
            )
    axes.set_yticks(range(len(rows)), [name for name, *_ in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=9, labelcolor=INK, labeltop=False, labelbottom=False, top=False)


def _drivers(image: ChipImage) -> dict[int, str]:
    """Who drives each axon: an input pin, or a neuron of this core."""
    logical = image.logical
    found = {int(axon): f"pixels[{pin}]" for pin, axon in zip(logical.pin, logical.pin_axon, strict=True)}
    for neuron in np.flatnonzero(image.target_core[0] == 0):
        found[int(image.target_axon[0, neuron])] = f"neuron {neuron}"
    return found


def draw_tick(count: int = 3) -> Figure:
    """One neuron in a few ticks: V at the start, each synapse's weight, the leak, the threshold, the reset."""
    image = mapped(CONFIG)
    steps = neuron_steps(image, play(CONFIG, image, SHOWN_TICK + 1), WATCHED)[-count:]
    threshold = int(image.neurons.threshold[0, WATCHED])
    figure = new_figure(9.6, 3.9)
    panels = figure.subplots(1, count, sharey=True, width_ratios=[4 + len(step.added) for step in steps])
    for number, (axes, step) in enumerate(zip(panels, steps, strict=True)):
        _waterfall(axes, image, step, threshold)
        said = "fires" if step.fired else "stays below"
        title(axes, f"tick {SHOWN_TICK - count + 1 + number}: {said}")
        if number == 0:
            axes.set_ylabel(f"V of neuron {WATCHED}", fontsize=9)
    top = max(step.start + sum(weight for _, weight in step.added) for step in steps)
    panels[0].set_ylim(0, top + 0.7)  # all of them share it
    axes.text(1.02, threshold, "threshold", transform=axes.get_yaxis_transform(), va="center", fontsize=9, color=WARM)
    return figure


def _waterfall(axes: Axes, image: ChipImage, step: Step, threshold: int) -> None:
    names, level = ["start"], step.start
    axes.bar(0, step.start, color=INK, width=0.75)
    for axon, weight in step.added:
        colour = _TYPES[image.axon_type[0, axon]]
        axes.bar(len(names), weight, bottom=level, color=colour, width=0.75)
        axes.text(
            len(names), max(level, level + weight) + 0.15, f"{weight:+d}", ha="center", fontsize=8.5, color=colour
        )
        level += weight
        names.append(f"axon {axon}")
    axes.bar(len(names), step.leak, bottom=level, color=SERIES[5], width=0.75)
    axes.text(len(names), max(level, step.peak) + 0.15, f"{step.leak:+d}", ha="center", fontsize=8.5, color=QUIET)
    names.append("leak")
    if step.end != step.peak:
        axes.bar(len(names), step.end - step.peak, bottom=step.peak, color=WARM, width=0.75)
        axes.text(
            len(names), max(step.peak, step.end) + 0.15, "reset" if step.fired else "floor", ha="center", fontsize=8.5
        )
        names.append("reset" if step.fired else "floor")
    axes.bar(len(names), step.end, color=INK, width=0.75)
    names.append("end")
    axes.axhline(threshold, color=WARM, linestyle="--", linewidth=1)
    axes.axhline(0, color=QUIET, linewidth=0.7)
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right", rotation_mode="anchor")
    tidy(axes)
    axes.tick_params(axis="x", length=0)
