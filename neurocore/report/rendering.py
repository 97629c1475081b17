"""From figures to files: PNG and SVG, the same bytes for the same picture, and small ones to put into a page."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Rendered", "embeddable", "render", "write_figure", "write_rendered"]

_SMALL_SVG = 60_000
"""Bytes: larger drawings (a dot for each of thousands of spikes) go into the page as pixels."""
_RESOLUTIONS = (120, 96, 72, 54, 40)
"""Pixels an inch to try, from the best, until a picture is small enough for the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A picture's files. width : inches across."""

    png: bytes
    svg: bytes
    width: float


def render(figure: Figure) -> Rendered:
    """Draw a figure twice: 120 pixels an inch as PNG, and as SVG with its letters as outlines."""
    return Rendered(png=_png(figure), svg=_svg(figure), width=float(figure.get_figwidth()))


def embeddable(figure: Figure, drawn: Rendered, most_bytes: int) -> tuple[str, bytes]:
    """What goes into a page: media type and content. The SVG while it is small, else a PNG of at most ``most_bytes``.

    A picture too large at 120 pixels an inch is drawn again more coarsely.
    """
    if len(drawn.svg) <= min(_SMALL_SVG, most_bytes):
        return "image/svg+xml", drawn.svg
    png = drawn.png
    for resolution in _RESOLUTIONS[1:]:
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
