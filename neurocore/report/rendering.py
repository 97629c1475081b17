"""From figures to files: PNG and SVG, the same bytes for the same picture, and small ones to put into a page."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Rendered", "embedded", "render", "write_figure", "write_rendered"]

_SMALL_SVG = 60_000
"""Bytes: larger drawings (a dot for each of thousands of spikes) go into the page as pixels."""
_RESOLUTIONS = (96, 72, 54, 40, 30)
"""Pixels an inch to try instead of the usual 120, until a picture is small enough for the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A picture's files. width : inches across."""

    png: bytes
    svg: bytes
    width: float


def render(figure: Figure) -> Rendered:
    """Draw a figure twice: 120 pixels an inch as PNG, and as SVG with its letters as outlines."""
    return Rendered(png=_png(figure), svg=_svg(figure), width=float(figure.get_figwidth()))


def embedded(drawn: Sequence[tuple[Figure, Rendered]], most_bytes: int) -> list[tuple[str, bytes]]:
    """What goes into a page, media type and content of each picture: together at most ``most_bytes``.

    A picture is an SVG while that is small, else a PNG. What is too large is drawn again more coarsely; pictures that
    need less than their share leave it to the others.
    """
    chosen = [
        ("image/svg+xml", both.svg) if len(both.svg) <= _SMALL_SVG else ("image/png", both.png) for _, both in drawn
    ]
    left = most_bytes
    for waiting, number in enumerate(sorted(range(len(drawn)), key=lambda number: len(chosen[number][1]))):
        share = left // (len(drawn) - waiting)
        chosen[number] = _within(*drawn[number], chosen[number], share)
        left -= len(chosen[number][1])
    return chosen


def _within(figure: Figure, both: Rendered, chosen: tuple[str, bytes], most_bytes: int) -> tuple[str, bytes]:
    if len(chosen[1]) <= most_bytes:
        return chosen
    png = both.png
    for resolution in _RESOLUTIONS:
        if len(png) <= most_bytes:
            break
        png = _png(figure, resolution)
    return "image/png", png


def write_rendered(drawn: Rendered, folder: Path, name: str) -> list[Path]:
    """Write NAME.png and NAME.svg."""
    paths = [folder / f"{name}.png", folder / f"{name}.svg"]
    for path, content in zip(paths, (drawn.png, drawn.svg), strict=True):
        _replace(path, content)
    return paths


def write_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG: to a temporary name beside it, then moved, so that no half picture is ever seen."""
    _replace(path, _png(figure))


def _replace(path: Path, content: bytes) -> None:
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        aside.write_bytes(content)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _png(figure: Figure, resolution: int | None = None) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    usual = figure.dpi
    file = io.BytesIO()
    # print_png draws once; Figure.savefig draws everything twice.
    figure.set_dpi(resolution or usual)
    try:
        _print(lambda: FigureCanvasAgg(figure).print_png(file, metadata={"Software": "neurocore"}))
    finally:
        figure.set_dpi(usual)
    return file.getvalue()


def _svg(figure: Figure) -> bytes:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    usual = figure.dpi
    file = io.BytesIO()
    # The salt makes the names of clip paths the same each time; without a date the file is too.
    with matplotlib.rc_context({"svg.hashsalt": "neurocore", "svg.fonttype": "path"}):
        try:
            _print(lambda: FigureCanvasSVG(figure).print_svg(file, metadata={"Date": None, "Creator": "neurocore"}))
        finally:
            figure.set_dpi(usual)
    return file.getvalue()


def _print(draw: Callable[[], object]) -> None:
    with _boxes_for_unknown_letters():
        draw()


@contextmanager
def _boxes_for_unknown_letters() -> Iterator[None]:
    """A name in a script that the font does not have is drawn as boxes; that is no reason to stop a run."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from", category=UserWarning)
        yield
