"""Where the energy goes: mean power by part, as bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from neurocore.report.palette import INK, QUIET, area, framed_axes, tidy, title
from neurocore.report.words import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_energy", "watts"]


def watts(power_w: float) -> str:
    """Power for people, three digits: ``54.8 mW``, ``12.3 uW``."""
    for factor, unit in ((1, "W"), (1e-3, "mW"), (1e-6, "uW"), (1e-9, "nW")):
        if power_w >= factor:
            return f"{power_w / factor:.3g} {unit}"
    return f"{power_w / 1e-12:.3g} pW" if power_w else "0 W"


def draw_energy(name: str, power_w: Mapping[str, float], *, band: float = 0.0, ax: Axes | None = None) -> Figure:
    """A bar for each part of the estimated power, in the order given; parts that are 0 are named below the bars.

    power_w : mean power by the part's name
    band    : relative uncertainty of the total, for the title; 0 says nothing
    ax      : where to draw; a figure of its own where left out
    """
    some = {part: power for part, power in power_w.items() if power > 0}
    total = sum(some.values())
    if ax is None:
        ax = framed_axes(4.6, 0.35 + 0.34 * max(1, len(some)), left=1.9, right=1.4, above=0.7, below=0.75)
    places = np.arange(len(some))
    scale, unit = next(((f, u) for f, u in ((1, "W"), (1e-3, "mW"), (1e-6, "uW")) if total >= f), (1e-9, "nW"))
    ax.barh(places, [power / scale for power in some.values()], height=0.66, color=area(0))
    for place, power in zip(places, some.values(), strict=True):
        share = f"{power / total:.1%}" if power >= 0.001 * total else "< 0.1%"
        ax.text(power / scale, place, f"  {watts(power)} ({share})", va="center", fontsize=9, color=INK)
    ax.set_yticks(places, [short(part, 24) for part in some], parse_math=False)
    ax.set_ylim(len(some) - 0.4, -0.6)
    ax.set_xlim(0, total / scale or 1)
    ax.locator_params(axis="x", nbins=6)
    zero = [part for part in power_w if part not in some]
    said = f"\n0: {', '.join(zero)}" if zero else ""
    ax.set_xlabel(f"estimated mean power ({unit}){said}", fontsize=9)
    sure = f" (+-{band:.0%})" if band else ""
    title(ax, f"{short(name)}: estimated power {watts(total)}{sure}\nby what it is spent on")
    tidy(ax)
    ax.xaxis.label.set_color(QUIET)
    return ax.figure.figure
