"""All pictures of a run, written into one folder."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from neurocore.image import ChipImage
from neurocore.recording import Recording
from neurocore.report.classifier import ClassifierResult
from neurocore.report.confusion import draw_confusion
from neurocore.report.core_map import draw_core_map
from neurocore.report.placement import draw_placement
from neurocore.report.potentials import draw_potentials
from neurocore.report.raster import draw_raster

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["write_figure", "write_figures"]


def write_figures(
    folder: Path, image: ChipImage, recording: Recording, *, classifier: ClassifierResult | None = None
) -> list[Path]:
    """Write raster.png, core_map.png and placement.png; confusion.png where classified, potentials.png where kept.

    folder : exists; files of these names are replaced
    Returns the paths written, in the order drawn.
    """
    written = []
    for name, figure in _pictures(image, recording, classifier):
        path = folder / f"{name}.png"
        write_figure(figure, path)
        written.append(path)
    return written


def write_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG: to a temporary name beside it, then moved, so that no half picture is ever seen."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with warnings.catch_warnings():
            # A name in a script that the font does not have is drawn as boxes; that is no reason to stop a run.
            warnings.filterwarnings("ignore", message=r"Glyph .* missing from", category=UserWarning)
            figure.savefig(aside, format="png", metadata={"Software": "neurocore"})
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _pictures(
    image: ChipImage, recording: Recording, classifier: ClassifierResult | None
) -> Iterator[tuple[str, Figure]]:
    """One at a time, so that only one is in memory."""
    yield "raster", draw_raster(image, recording)
    yield "core_map", draw_core_map(image, recording)
    yield "placement", draw_placement(image)
    if classifier is not None:
        yield "confusion", draw_confusion(image, classifier)
    if recording.potential.size:
        yield "potentials", draw_potentials(image, recording)
