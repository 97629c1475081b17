"""The gallery: all twenty behaviours in one picture, input, potential and spikes of each.

python tools/behaviours_picture.py           write docs/images/behaviours.png
python tools/behaviours_picture.py --page    write the tables of docs/behaviours.md, too (half a minute)
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from neurocore.report.palette import GRID, INK, QUIET, SERIES, WARM, new_figure, tidy, title  # noqa: E402
from neurocore.report.rendering import write_figure  # noqa: E402
from tools.behaviours.running import NAMES, trace  # noqa: E402
from tools.behaviours.table import heading, write_page  # noqa: E402
from tools.behaviours.trace import Trace  # noqa: E402

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PICTURE = ROOT / "docs" / "images" / "behaviours.png"
COLUMNS = 4
SHOWN = {"class_1_excitable": (320, 1320), "class_2_excitable": (320, 1320)}
"""Part of a run to show, ticks; the whole where not given."""


def draw(path: Path = PICTURE, names: Sequence[str] = NAMES) -> None:
    """Run them and draw them. names : a multiple of COLUMNS"""
    rows = -(-len(names) // COLUMNS)
    figure = new_figure(4.1 * COLUMNS, 2.75 * rows + 0.7)
    parts = figure.subfigures(rows, COLUMNS, wspace=0.01, hspace=0.01)
    for number, (name, part) in enumerate(zip(names, parts.ravel(), strict=True)):
        found = trace(name)
        start, stop = SHOWN.get(name, (0, found.ticks))
        above, below = part.subplots(2, 1, sharex=True, height_ratios=(4, 1))
        _potential(above, found)
        _input(below, found)
        title(above, f"{chr(ord('A') + number)}   {heading(name)}")
        below.set_xlim(start, stop)
        if number >= len(names) - COLUMNS:
            below.set_xlabel("time (ticks of 1 ms)", fontsize=9)
    figure.suptitle(
        "Twenty behaviours of Izhikevich (2004) on one, two or three neurons of the chip: potential (black), spikes "
        "(blue),\nbelow it the input spikes of each tick, excitation up (green) and inhibition down (orange)",
        fontsize=12,
        color=INK,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_figure(figure, path)


def _potential(axes: Axes, found: Trace) -> None:
    """The potential at the end of each tick, a bar above it for every spike."""
    low, high = int(found.potential.min()), int(found.potential.max())
    room = max(1, high - low)
    axes.axhline(0, color=GRID, linewidth=0.8, zorder=0)
    axes.plot(np.arange(found.ticks), found.potential, color=INK, linewidth=0.8, drawstyle="steps-mid")
    axes.vlines(found.spikes, high + 0.1 * room, high + 0.45 * room, color=SERIES[0], linewidth=1.1)
    axes.set_ylim(low - 0.08 * room, high + 0.5 * room)
    axes.locator_params(axis="y", nbins=4, integer=True)
    tidy(axes)
    axes.tick_params(labelbottom=False, labelsize=8)


def _input(axes: Axes, found: Trace) -> None:
    """Spikes that reach the cell: excitation up, inhibition down."""
    for signal, side, colour in ((found.excitation, 1, SERIES[2]), (found.inhibition, -1, WARM)):
        ticks = np.flatnonzero(signal)
        axes.vlines(ticks, 0, side * signal[ticks], color=colour, linewidth=1.1)
    axes.axhline(0, color=QUIET, linewidth=0.6)
    most = max(1, int(found.excitation.max()))
    least = -1 if found.inhibition.any() else 0
    axes.set_ylim(least * 1.15, most * 1.15 if found.excitation.any() else 0.15)
    axes.set_yticks([])
    tidy(axes)
    axes.spines["left"].set_visible(False)
    axes.tick_params(labelsize=8)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the gallery."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=PICTURE, help="where the picture goes")
    parser.add_argument("--page", action="store_true", help="write the tables of docs/behaviours.md, too")
    options = parser.parse_args(arguments)
    draw(options.out)
    if options.page:
        write_page()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
