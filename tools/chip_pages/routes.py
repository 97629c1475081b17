"""Packets: configs/chip/routes.yaml, their ways over the mesh and when they count; and an array of four chips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurocore.noc.mesh import path
from neurocore.noc.traffic import traffic
from neurocore.report.link_map import draw_link_map
from neurocore.report.palette import GRID, INK, QUIET, SERIES, new_figure, tidy, title
from neurocore.report.placement import draw_placement
from neurocore.verbs.run_result import RunResult
from neurocore.verbs.running import run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Packet", "draw_array", "draw_routes", "packets"]

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
CONFIG, ARRAY = CONFIGS / "chip" / "routes.yaml", CONFIGS / "multi_chip.yaml"
_COLOURS = (SERIES[3], SERIES[0], SERIES[1], SERIES[2])
TARGETS = ("near", "far", "corner", "above")
"""Target k listens to sender[k]."""
_ASIDE = (0.0, -0.09, 0.09, 0.0)
"""Cores: ways that share links are drawn beside each other."""
_COLUMNS, _ROWS = 10, 8
"""The part of the chip that is drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One spike under way. way : cores (x, y) that it visits; sent, counted : ticks; target : who gets it."""

    target: str
    way: list[tuple[int, int]]
    delay: int
    sent: int
    counted: int


def packets(done: RunResult) -> list[Packet]:
    """The four packets: sent when the sender fired, counted when the target, which needs one spike only, fired."""
    image = done.image
    xy = [(int(x), int(y)) for x, y in image.core_xy]
    found = []
    for name in TARGETS:
        number = len(found)
        source = image.logical.populations[0]
        assert source.name == "sender"
        where = int(np.flatnonzero(image.logical.instance_logical == source.start + number)[0])
        core, neuron = image.logical.instance_core[where], image.logical.instance_neuron[where]
        found.append(
            Packet(
                target=name,
                way=path(xy[core], xy[image.target_core[core, neuron]]),
                delay=int(image.delay[core, neuron]),
                sent=int(done.spikes_of("sender").spike_trains()[number][0]),
                counted=int(done.spikes_of(name).spike_trains()[0][0]),
            )
        )
    return found


def draw_routes() -> Figure:
    """Left: the ways, x first, then y. Right: from the tick of the spike to the tick in which it is integrated."""
    found = packets(run(CONFIG))
    figure = new_figure(11.5, 4.9)
    left, right = figure.subplots(1, 2, width_ratios=(5, 5))
    _map(left, found)
    _times(right, found)
    return figure


def _map(axes: Axes, found: list[Packet]) -> None:
    for x in range(_COLUMNS):
        for y in range(_ROWS):
            axes.plot(x, y, "s", color=GRID, markersize=15, zorder=0)
    for aside, packet, colour in zip(_ASIDE, found, _COLOURS, strict=True):
        x, y = np.array(packet.way, float).T + aside
        axes.plot(x, y, color=colour, linewidth=2.4, zorder=2)
        axes.plot(x[1:-1], y[1:-1], "o", color=colour, markersize=4.5, zorder=3)
        axes.plot(*packet.way[-1], "s", color=colour, markersize=15, zorder=3)
        beside = 0.5 if x[-1] < _COLUMNS - 2 else -0.1
        axes.text(
            x[-1] + beside,
            y[-1] - (0 if beside > 0 else 0.62),
            f"{packet.target}: {len(packet.way) - 1} hop" + "s" * (len(packet.way) > 2),
            va="center",
            ha="left" if beside > 0 else "center",
            color=colour,
            fontsize=9.5,
            zorder=4,
        )
    x, y = found[0].way[0]
    axes.plot(x, y, "s", color=INK, markersize=15, zorder=4)
    axes.text(x - 0.05, y + 0.68, "sender", color=INK, ha="center", va="center", fontsize=9.5, zorder=4)
    axes.set_xlim(-0.6, _COLUMNS - 0.1)
    axes.set_ylim(_ROWS - 0.4, -0.6)
    axes.set_aspect("equal")
    axes.set_xticks(range(_COLUMNS))
    axes.set_yticks(range(_ROWS))
    axes.set_xlabel("core x", fontsize=9)
    axes.set_ylabel("core y", fontsize=9)
    tidy(axes)
    title(axes, "The ways over the mesh: x first, then y; a dot is a core on the way")


def _times(axes: Axes, found: list[Packet]) -> None:
    for row, (packet, colour) in enumerate(zip(found, _COLOURS, strict=True)):
        axes.plot([packet.sent, packet.counted], [row, row], color=colour, linewidth=2.4)
        axes.plot(packet.sent, row, "o", color=INK, markersize=7)
        axes.plot(packet.counted, row, ">", color=colour, markersize=9)
        said = f"{packet.target}: delay {packet.delay}, integrated in tick {packet.counted}"
        axes.text(packet.sent, row - 0.27, said, fontsize=9.5, color=colour, va="center")
    axes.axvline(found[0].sent, color=QUIET, linewidth=0.8, linestyle=":")
    axes.text(found[0].sent + 0.25, len(found) - 0.45, f"all fire in tick {found[0].sent}", fontsize=9, color=QUIET)
    axes.set_ylim(len(found) - 0.2, -0.7)
    axes.set_xlim(0, 18)
    axes.set_xticks(range(0, 19, 2))
    axes.set_yticks([])
    axes.set_xlabel("tick", fontsize=9)
    tidy(axes)
    axes.spines["left"].set_visible(False)
    title(axes, "When they count: after the delay, near or far")


def draw_array() -> Figure:
    """Four small chips: who sits where, and the traffic on the links."""
    done = run(ARRAY)
    figure = new_figure(12.5, 5.6)
    figure.set_layout_engine("none")
    left, right = figure.add_axes((0.05, 0.1, 0.36, 0.78)), figure.add_axes((0.56, 0.1, 0.36, 0.78))
    draw_placement(done.image, ax=left)
    loads = traffic(done.image, done.recording).mean_loads()
    draw_link_map(done.image.name, done.image.core_xy, done.image.spec, loads, ax=right)
    return figure
