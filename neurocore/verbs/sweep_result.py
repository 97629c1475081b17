"""What a sweep found: a table of figures, one row for each point, and arrays for those who draw themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurocore.errors import RunError, closest
from neurocore.markup import html_table
from neurocore.report.figure_keys import find_key, flat_figures, label_of, short_names
from neurocore.report.sweep_plot import SCALES, draw_sweep
from neurocore.report.words import number
from neurocore.units import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Point", "SweepResult", "known_figures", "scales_of", "several"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One combination of values.

    changes : path or knob -> its value here, of what is swept over
    facts   : the summary's figures, with the estimate's under "estimate"; None where it failed or was not done
    error   : why it failed; None where it did not
    resumed : True where it was found done in the sweep's folder
    """

    changes: dict[str, Any]
    facts: dict[str, Any] | None
    error: str | None
    resumed: bool

    def figures(self) -> dict[str, Any]:
        """Every figure by its dotted key; empty where there are none."""
        return dict(flat_figures(self.facts)) if self.facts is not None else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """A finished or interrupted sweep.

    axes        : path or knob -> the values swept over; the last one varies fastest in ``points``
    fixed       : path or knob -> its one value
    show        : dotted keys of the figures in the table
    pictures    : files drawn
    folder      : where it was written, or None
    interrupted : True when Ctrl-C ended it early
    """

    name: str
    axes: dict[str, tuple[Any, ...]]
    fixed: dict[str, Any]
    points: tuple[Point, ...]
    show: tuple[str, ...]
    pictures: tuple[Path, ...]
    folder: Path | None
    interrupted: bool

    @property
    def failed(self) -> int:
        """How many points failed."""
        return sum(point.error is not None for point in self.points)

    @property
    def done(self) -> int:
        """How many points have figures."""
        return sum(point.facts is not None for point in self.points)

    def values(self, figure: str) -> npt.NDArray[np.float64]:
        """A figure over the sweep, an axis for each parameter; NaN where a point has none.

        figure : a dotted key such as "sops_nominal", or the end of one. Raises RunError for one that is unknown or no
        number.
        """
        key = find_key(figure, known_figures(self.points))
        found = np.array([_as_number(key, point.figures().get(key)) for point in self.points])
        return found.reshape([len(values) for values in self.axes.values()])

    def draw(self, figure: str | None = None, axes: Mapping[str, str] | None = None) -> Figure:
        """A picture of a figure over the one or two parameters, as a matplotlib Figure.

        figure : a dotted key, or the end of one; the first of ``show`` if left out
        axes   : parameter, or "figure" -> "even", "linear" or "log"
        Raises RunError for an unknown figure, name or scale, and for more parameters.
        """
        if figure is None and not self.show:
            raise RunError("nothing is shown that could be drawn", fix="name a figure")
        key = find_key(figure or self.show[0], known_figures(self.points))
        names, along = short_names(list(self.axes)), several(self.axes)
        drawn = {names[path]: self.axes[path] for path in along}
        one = self.fixed | {path: values[0] for path, values in self.axes.items() if path not in along}
        fixed = ", ".join(f"{path} = {value}" for path, value in one.items())
        heading = f"{self.name}: {label_of(key)}\n{key}{'; ' if fixed else ''}{fixed}"
        heights = self.values(key).reshape([len(values) for values in drawn.values()])
        return draw_sweep(drawn, heights, label_of(key), heading, scales_of(axes or {}, self.axes))

    def head(self) -> list[str]:
        """Names of the table's columns."""
        names = short_names([*self.axes, *self.show])
        return [*(names[key] for key in (*self.axes, *self.show)), *(["error"] if self.failed else [])]

    def rows(self) -> list[list[Any]]:
        """The table: for each point its values, its figures (None where there are none) and its error, if any."""
        rows = []
        for point in self.points:
            figures = point.figures()
            row = [*point.changes.values(), *(figures.get(key) for key in self.show)]
            rows.append([*row, *([(point.error or "").partition("\n")[0]] if self.failed else [])])
        return rows

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "name": self.name,
            "axes": {key: list(values) for key, values in self.axes.items()},
            "fixed": self.fixed,
            "show": list(self.show),
            "points": [
                {
                    "set": point.changes,
                    "figures": {key: point.figures().get(key) for key in self.show}
                    if point.facts is not None
                    else None,
                    "error": point.error,
                }
                for point in self.points
            ],
            "done": self.done,
            "failed": self.failed,
            "interrupted": self.interrupted,
            "pictures": [str(path) for path in self.pictures],
        }

    def text(self) -> str:
        """The table for a terminal; numbers to the right."""
        swept = " x ".join(f"{len(values)} {key}" for key, values in self.axes.items())
        rows = [self.head(), *([_shown(cell) for cell in row] for row in self.rows())]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        last = len(widths) - 1 if self.failed else len(widths)
        lines = [f"{self.name}: {counted(len(self.points), 'point')}, {swept}"]
        for row in rows:
            cells = (cell if column == last else cell.rjust(widths[column]) for column, cell in enumerate(row))
            lines.append("  " + "  ".join(cells).rstrip())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """For notebooks: the table."""
        swept = f"Sweep of {self.name}: {counted(len(self.points), 'point')}"
        return html_table(swept, [[_shown(cell) for cell in row] for row in self.rows()], self.head())


def several(axes: Mapping[str, Sequence[Any]]) -> list[str]:
    """The parameters that pictures are over: those with more than one value, or the first."""
    return [path for path, values in axes.items() if len(values) > 1] or list(axes)[:1]


def scales_of(axes: Mapping[str, str], swept: Iterable[str]) -> dict[str, str]:
    """Scales by the short names that pictures use. Raises RunError for an unknown name or scale."""
    names = short_names(list(swept))
    words = {**names, **{name: name for name in names.values()}, "figure": "figure"}
    for name, scale in axes.items():
        if name not in words:
            raise RunError(f"no axis is named '{name}'", fix=closest(name, words))
        if scale not in SCALES:
            raise RunError(f"no scale is named '{scale}'", fix=closest(scale, SCALES))
    return {words[name]: scale for name, scale in axes.items()}


def known_figures(points: Sequence[Point]) -> Iterator[str]:
    """Every key that any point has, in order."""
    yield from dict.fromkeys(key for point in points for key in point.figures())


def _as_number(key: str, value: Any) -> float:
    if value is None:
        return float("nan")
    if isinstance(value, str):
        raise RunError(f"figure '{key}' is a text: '{value[:40]}'", fix="name one that is a number")
    return float(value)


def _shown(cell: Any) -> str:
    match cell:
        case None:
            return "-"
        case bool():
            return str(cell).lower()
        case float():
            return number(cell)
        case int():
            return f"{cell:,}"
    return str(cell)
