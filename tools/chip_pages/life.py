"""A neuron's life: configs/chip/life.yaml, two neurons that hear the same and are reset differently."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurocore.image import ChipImage
from neurocore.report.palette import GRID, INK, QUIET, SERIES, WARM, new_figure, tidy, title
from tools.chip_pages.steps import Step, mapped, neuron_steps, play

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_life", "life_steps"]

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "chip" / "life.yaml"
TICKS = 45
_NAMES = (
    "reset: absolute. A spike sets V to 0: what was above the threshold is lost",
    "reset: linear. A spike takes 10 from V: what was above the threshold stays",
)
_NOTES = (
    # tick, height, text and where it points, on the first trace
    (2.2, 7.4, "each input adds 4, the leak\ntakes 1 a tick until V is 0", (2, 3)),
    (12.6, -5.6, "four inputs in a row\nreach the threshold", (15, 11.5)),
    (22.6, 6.0, "inhibition takes 6; the floor\nholds at -8; V climbs back", (21, -8)),
    (37.2, 6.6, "three inputs a tick:\na spike in each", (35.4, 11)),
)


def life_steps() -> tuple[ChipImage, list[list[Step]]]:
    """The image, and the ticks of both neurons in parts."""
    image = mapped(CONFIG)
    ticks = play(CONFIG, image, TICKS)
    return image, [neuron_steps(image, ticks, neuron) for neuron in (0, 1)]


def draw_life() -> Figure:
    """V of both neurons over ticks with threshold, floor and spikes; below, what came in."""
    image, both = life_steps()
    figure = new_figure(9.6, 7.4)
    *panels, below = figure.subplots(3, 1, sharex=True, height_ratios=(5, 5, 1.8))
    for neuron, (axes, steps) in enumerate(zip(panels, both, strict=True)):
        _trace(axes, image, neuron, steps)
        title(axes, _NAMES[neuron], pad=10)
    for x, y, text, point in _NOTES:
        arrow = {"arrowstyle": "-", "color": QUIET, "linewidth": 0.8, "shrinkB": 3}
        panels[0].annotate(text, point, (x, y), fontsize=8.5, color=INK, arrowprops=arrow, va="center")
    _inputs(below, both[0])
    return figure


def _trace(axes: Axes, image: ChipImage, neuron: int, steps: list[Step]) -> None:
    """V at the end of each tick as a line; where the neuron fires, a stroke up to the V that the threshold saw."""
    threshold = int(image.neurons.threshold[0, neuron])
    floor = -int(image.neurons.negative_threshold[0, neuron])
    tick = np.arange(len(steps))
    axes.axhline(0, color=GRID, linewidth=0.8, zorder=0)
    axes.axhline(threshold, color=WARM, linestyle="--", linewidth=1.1)
    axes.axhline(floor, color=SERIES[0], linestyle=":", linewidth=1.1)
    axes.plot(tick, [step.end for step in steps], color=INK, linewidth=1.3, drawstyle="steps-mid")
    fired = [k for k, step in enumerate(steps) if step.fired]
    axes.vlines(fired, [steps[k].end for k in fired], [steps[k].peak for k in fired], color=INK, linewidth=1.3)
    axes.plot(fired, [steps[k].peak for k in fired], "v", color=WARM, markersize=7)
    for height, words, colour in ((threshold, f"threshold {threshold}", WARM), (floor, f"floor {floor}", SERIES[0])):
        axes.text(1.005, height, words, transform=axes.get_yaxis_transform(), va="center", fontsize=9, color=colour)
    axes.set_ylim(floor - 1.5, threshold + 4.5)
    axes.set_ylabel("V (potential units)", fontsize=9)
    tidy(axes)


def _inputs(axes: Axes, steps: list[Step]) -> None:
    """Input spikes of each tick: excitation up, inhibition down."""
    more = np.array([sum(weight > 0 for _, weight in step.added) for step in steps])
    less = np.array([sum(weight < 0 for _, weight in step.added) for step in steps])
    tick = np.arange(len(steps))
    axes.bar(tick, more, width=0.6, color=SERIES[2])
    axes.bar(tick, -less, width=0.6, color=SERIES[0])
    axes.axhline(0, color=QUIET, linewidth=0.6)
    axes.text(1.005, 0.72, "+4 each", transform=axes.transAxes, fontsize=9, color=SERIES[2])
    axes.text(1.005, 0.08, "-6 each", transform=axes.transAxes, fontsize=9, color=SERIES[0])
    axes.set_ylabel("inputs", fontsize=9)
    axes.set_xlabel("tick", fontsize=9)
    axes.set_xlim(-0.8, len(steps) - 0.2)
    axes.set_yticks([-1, 0, 3])
    tidy(axes)
