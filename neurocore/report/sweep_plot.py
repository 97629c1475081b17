"""A sweep drawn: a line over one parameter, a map of coloured cells over two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import RunError
from neurocore.report.palette import GRID, INK, QUIET, new_figure, sequential, series, tidy, title
from neurocore.report.words import number, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["SCALES", "draw_line", "draw_map", "draw_sweep"]

SCALES: Final = ("even", "linear", "log")
"""How an axis is laid out: values at equal distances whatever they are, in proportion, or by their logarithm."""

_TEXT_CELLS = 12
"""Up to so many columns and rows, cells say their value."""

Values = Sequence[Any]
Heights = npt.NDArray[np.float64]


def draw_sweep(
    axes: Mapping[str, Values],
    heights: Heights,
    label: str,
    heading: str,
    scales: Mapping[str, str] | None = None,
    *,
    ax: Axes | None = None,
) -> Figure:
    """A picture of one figure over one or two parameters.

    axes    : name of a parameter -> its values, one or two of them
    heights : float64, an axis for each parameter; NaN where there is no value
    label   : name of the figure; heading : a line or two above the picture
    scales  : name of a parameter, or "figure" -> one of SCALES
    ax      : where to draw; a figure of its own where left out
    Raises RunError for more parameters, or for a scale that the values do not allow.
    """
    scales = scales or {}
    if len(axes) not in (1, 2):
        raise RunError(f"{len(axes)} parameters cannot be drawn", fix="a picture shows one or two")
    ax = ax or new_figure(8, 5 if len(axes) == 1 else 5.6).add_subplot()
    (draw_line if len(axes) == 1 else draw_map)(ax, axes, heights, label, scales)
    title(ax, "\n".join(short(line, 90) for line in heading.splitlines()))
    return ax.figure.figure


def draw_line(ax: Axes, axes: Mapping[str, Values], heights: Heights, label: str, scales: Mapping[str, str]) -> None:
    """The figure over one parameter: points joined where the parameter is a number."""
    ((name, values),) = axes.items()
    scale = scales.get(name, "linear" if _are_numbers(values) else "even")
    places, order = _places(name, values, scale)
    drawn = heights[order]
    joined = "-" if _are_numbers(values) else ""
    ax.plot(places, drawn, f"o{joined}", color=series(0), markersize=5)
    _name_axis(ax, "x", name, [values[k] for k in order], places, scale)
    ax.set_ylabel(label, color=INK)
    if scales.get("figure") == "log":
        _check_positive(label, drawn)
        ax.set_yscale("log")
    ax.grid(color=GRID, linewidth=0.6)
    ax.set_axisbelow(True)
    tidy(ax)


def draw_map(ax: Axes, axes: Mapping[str, Values], heights: Heights, label: str, scales: Mapping[str, str]) -> None:
    """The figure, as colours and numbers, over two parameters: the first from left to right, the second upwards.

    Cells without a value are crossed out.
    """
    from matplotlib.colors import LogNorm, Normalize

    (x_name, x_values), (y_name, y_values) = axes.items()
    x_scale, y_scale = scales.get(x_name, "even"), scales.get(y_name, "even")
    x, x_order = _places(x_name, x_values, x_scale)
    y, y_order = _places(y_name, y_values, y_scale)
    cells = heights[np.ix_(x_order, y_order)].T
    finite = cells[np.isfinite(cells)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    logarithmic = scales.get("figure") == "log"
    if logarithmic:
        _check_positive(label, finite)
    high = high if high > low else low + (abs(low) or 1.0)
    norm = LogNorm(low, high) if logarithmic and len(finite) else Normalize(low, high)
    edges = (_edges(x, x_scale), _edges(y, y_scale))
    mesh = ax.pcolormesh(*edges, np.ma.masked_invalid(cells), cmap=sequential(), norm=norm, edgecolors="white", lw=0.8)
    bar = ax.figure.colorbar(mesh, ax=ax, pad=0.02)
    bar.set_label(label, color=INK)
    bar.outline.set_visible(False)
    bar.ax.tick_params(colors=QUIET, labelcolor=INK, labelsize=9)
    _name_axis(ax, "x", x_name, [x_values[k] for k in x_order], x, x_scale)
    _name_axis(ax, "y", y_name, [y_values[k] for k in y_order], y, y_scale)
    if max(cells.shape) <= _TEXT_CELLS:
        size = 10 if max(cells.shape) <= 8 else 7
        for row, column in np.ndindex(*cells.shape):
            value = cells[row, column]
            dark = np.isfinite(value) and norm(value) > 0.5
            text = number(float(value)) if np.isfinite(value) else "x"
            colour = "white" if dark else INK if np.isfinite(value) else QUIET
            ax.text(float(x[column]), float(y[row]), text, ha="center", va="center", fontsize=size, color=colour)
    tidy(ax)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)


def _are_numbers(values: Values) -> bool:
    return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)


def _places(name: str, values: Values, scale: str) -> tuple[Heights, npt.NDArray[np.intp]]:
    """Where the values lie on their axis, ascending, and their order. Raises RunError."""
    if scale == "even":
        return np.arange(len(values), dtype=np.float64), np.arange(len(values))
    if not _are_numbers(values):
        raise RunError(f"the values of {name} are not numbers", fix=f"leave {name}={scale} out of --axes")
    places = np.asarray(values, np.float64)
    if scale == "log":
        _check_positive(name, places)
    order = np.argsort(places, kind="stable")
    return places[order], order


def _check_positive(name: str, values: Heights) -> None:
    """Raises RunError for a value that has no logarithm."""
    if (values <= 0).any():
        raise RunError(f"{name} has the value {values.min():g}: no logarithm", fix="an axis without =log")


def _edges(places: Heights, scale: str) -> Heights:
    """Borders between cells: halfway, by the logarithm on a log axis; outer cells reach as far out as in."""
    if len(places) == 1:
        spread = 2.0 if scale == "log" else 0.5
        return places * [1 / spread, spread] if scale == "log" else places + [-spread, spread]
    along = np.log(places) if scale == "log" else places
    between = (along[1:] + along[:-1]) / 2
    edges = np.concatenate([[2 * along[0] - between[0]], between, [2 * along[-1] - between[-1]]])
    return np.exp(edges) if scale == "log" else edges


def _name_axis(ax: Axes, which: str, name: str, values: Values, places: Heights, scale: str) -> None:
    """Name, scale and ticks of a parameter's axis: its values, where they are few or evenly spread."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    if scale == "log":
        (ax.set_xscale if which == "x" else ax.set_yscale)("log")
    if len(values) <= _TEXT_CELLS or scale == "even":
        step = -(-len(values) // _TEXT_CELLS)
        axis.set_ticks(places[::step], [_shown(value) for value in values[::step]])
        axis.set_minor_locator(_no_ticks())
    axis.set_label_text(name, color=INK)


def _no_ticks() -> Any:
    from matplotlib.ticker import NullLocator

    return NullLocator()


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else short(str(value), 16)
