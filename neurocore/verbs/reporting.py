"""Writing a run's report: the summary as text and JSON, and the pictures."""

from __future__ import annotations

from pathlib import Path

from neurocore.image import ChipImage
from neurocore.recording import Recording
from neurocore.report.classifier import ClassifierResult
from neurocore.report.figures import write_figures
from neurocore.report.summary import Summary
from neurocore.verbs.run_folder import write_json

__all__ = ["write_report"]


def write_report(
    folder: Path, image: ChipImage, recording: Recording, summary: Summary, classifier: ClassifierResult | None
) -> list[Path]:
    """Write summary.txt, summary.json and figures/*.png into a folder. Returns the paths of the pictures."""
    (folder / "summary.txt").write_text(summary.text() + "\n", encoding="utf-8")
    write_json(folder / "summary.json", summary.as_dict())
    figures = folder / "figures"
    figures.mkdir(exist_ok=True)
    return write_figures(figures, image, recording, classifier=classifier)
