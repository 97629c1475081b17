"""Colours that readers with any colour vision can tell apart, and the one style of all pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

__all__ = [
    *("AREAS", "EMPTY", "GRID", "INK", "QUIET", "SERIES", "WARM"),
    *("area", "framed_axes", "new_figure", "sequential", "series", "tidy", "title"),
]

SERIES: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Line colours. Source: Okabe & Ito, "Color universal design" (2002), without the yellow that vanishes on white."""

AREAS: Final = (
    *("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9"),
    *("#D55E00", "#882255", "#999933", "#332288", "#F0E442"),
)
"""Fill colours. Source: Okabe & Ito as above; Tol, "Colour schemes" (2021), muted: wine, olive, indigo."""

INK: Final = "#1b1b1b"
QUIET: Final = "#6b6b6b"
GRID: Final = "#d9d9d9"
EMPTY: Final = "#ffffff"
WARM: Final = "#D55E00"

_RAMP: Final = ("#dcebf6", "#a3cce6", "#4c9bcb", "#12609c", "#052b52")
"""Light to dark of one hue: the order survives any colour vision and a grey printer."""


def series(number: int) -> str:
    """The colour of the k-th line; repeats after seven."""
    return SERIES[number % len(SERIES)]


def area(number: int) -> str:
    """The fill colour of the k-th kind; lighter from the eleventh on, repeats after twenty."""
    colour = AREAS[number % len(AREAS)]
    if number // len(AREAS) % 2 == 0:
        return colour
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{part + (255 - part) * 11 // 20:02X}" for part in parts)


def sequential() -> Colormap:
    """The colour map for amounts, light for little; cells without a value are EMPTY."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("neurocore", _RAMP).with_extremes(bad=EMPTY)


def framed_axes(
    wide: float, high: float, *, left: float = 0.8, right: float = 0.3, above: float = 0.65, below: float = 0.6
) -> Axes:
    """Axes in a figure of their own, with margins that are given rather than found. All sizes in inches.

    A layout engine measures every word, several times; that would be half of a picture's time. It also cuts what hangs
    on axes of a fixed aspect.
    """
    width, height = wide + left + right, high + above + below
    figure = new_figure(width, height)
    figure.set_layout_engine("none")
    return figure.add_axes((left / width, below / height, wide / width, high / height))


def new_figure(width: float, height: float) -> Figure:
    """A figure of its own (no pyplot, no global state). width, height : inches; 120 pixels an inch."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=120, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def tidy(axes: Axes) -> None:
    """Quiet spines and ticks, so that the data is what one sees."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(QUIET)
    axes.tick_params(colors=QUIET, labelcolor=INK, labelsize=9)


def title(axes: Axes, text: str, *, pad: float = 6) -> None:
    """A title above the left end of the axes. pad : points between them.

    Its height is given, as matplotlib would look for a free one, above everything that hangs on the axes. Letters are
    taken as they are: a name may hold a $.
    """
    axes.set_title(text, loc="left", y=1.0, pad=pad, fontsize=10.5, color=INK, parse_math=False)
