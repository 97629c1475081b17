"""Where the energy goes: mean power by part, as bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from neurocore.report.palette import INK, QUIET, area, framed_axes, tidy, title
from neurocore.report.words import short
from neurocore.units import human_si

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_energy"]


def draw_energy(
    name: str, power_w: Mapping[str, float], *, bars_w: tuple[float, float] | None = None, ax: Axes | None = None
) -> Figure:
    """A bar for each part of the estimated power, in the order given; parts that are 0 are named below the bars.

    power_w : mean power by the part's name
    bars_w  : low and high end of the sum's error bars, for the title
    ax      : where to draw; a figure of its own where left out
    """
    some = {part: power for part, power in power_w.items() if power > 0}
    total = sum(some.values())
    if ax is None:
        ax = framed_axes(4.6, 0.35 + 0.34 * max(1, len(some)), left=1.9, right=1.4, above=0.7, below=0.75)
    places = np.arange(len(some))
    scale, unit = next(((f, u) for f, u in ((1, "W"), (1e-3, "mW"), (1e-6, "uW")) if total >= f), (1e-9, "nW"))
    ax.barh(places, [power / scale for power in some.values()], height=0.66, color=area(0))
    for place, power in enumerate(some.values()):
        share = f"{power / total:.1%}" if power >= 0.001 * total else "< 0.1%"
        ax.text(power / scale, place, f"  {human_si(power, 'W')} ({share})", va="center", fontsize=9, color=INK)
    ax.set_yticks(places, [short(part, 24) for part in some], parse_math=False)
    ax.set_ylim(len(some) - 0.4, -0.6)
    ax.set_xlim(0, total / scale or 1)
    ax.locator_params(axis="x", nbins=6)
    zero = [part for part in power_w if part not in some]
    said = f"\n0: {', '.join(zero)}" if zero else ""
    ax.set_xlabel(f"estimated mean power ({unit}){said}", fontsize=9)
    sure = f" ({human_si(bars_w[0], 'W')} to {human_si(bars_w[1], 'W')})" if bars_w else ""
    title(ax, f"{short(name)}: estimated power\n{human_si(total, 'W')}{sure}, by what it is spent on")
    tidy(ax)
    ax.xaxis.label.set_color(QUIET)
    return ax.figure.figure
