"""Reporting on a run that is there, or on two beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from neurocore.estimate.coefficients import Coefficients
from neurocore.formats.file_writing import write_atomically
from neurocore.report.comparison import Compared, compare_figures, comparison_text
from neurocore.report.comparison_page import comparison_page
from neurocore.report.html import FIGURE_BYTES, html
from neurocore.verbs.report_files import EstimateOptions, Reported, estimated, run_view, write_report
from neurocore.verbs.run_folder import RUN_FILE, read_json
from neurocore.verbs.run_loading import load_run

__all__ = ["ReportComparison", "compare_reports", "load_reported", "report"]


def load_reported(folder: str | Path, options: EstimateOptions) -> tuple[Reported, dict[str, Any]]:
    """A run folder's run with its estimate, and its run.json. Raises NeurocoreError for what cannot be read."""
    run = load_run(folder)
    estimate = estimated(run.image, run.recording, run.ticks_per_frame, options)
    reported = Reported(
        image=run.image,
        recording=run.recording,
        summary=run.summary,
        classifier=run.classifier,
        estimate=estimate,
        graph=run.graph,
        stream=run.stream,
        shown=run.shown,
    )
    return reported, read_json(Path(folder) / RUN_FILE)


def report(
    folder: str | Path,
    *,
    voltage: float | None = None,
    coefficients: str | Path | Coefficients | None = None,
    static: Literal["whole", "used"] = "whole",
) -> Reported:
    """Make a run's report again: summary.txt, summary.json, spikes.csv, figures/ and report.html, from its recording.

    voltage, coefficients, static : of the estimate, as in ``neurocore.estimate``
    Raises NeurocoreError (one of its kinds) for a folder, file or value that cannot be used.
    """
    options = EstimateOptions(voltage=voltage, coefficients=coefficients, static=static)
    reported, facts = load_reported(folder, options)
    write_report(Path(folder), facts, reported)
    return reported


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportComparison:
    """Two runs beside each other.

    names : of the runs, to tell them apart
    path  : of the page that was written
    """

    names: tuple[str, str]
    path: Path
    figures: list[Compared]
    first: Reported
    second: Reported

    def as_dict(self) -> dict[str, Any]:
        """For JSON: both runs' summary.json and the differences."""
        return {
            "names": list(self.names),
            "page": str(self.path),
            "first": self.first.as_dict(),
            "second": self.second.as_dict(),
            "differences": {figure.key: figure.as_dict() for figure in self.figures},
        }

    def text(self) -> str:
        """For a terminal."""
        return comparison_text(self.names, self.figures)


def compare_reports(
    first: str | Path,
    second: str | Path,
    *,
    out: str | Path | None = None,
    voltage: float | None = None,
    coefficients: str | Path | Coefficients | None = None,
    static: Literal["whole", "used"] = "whole",
) -> ReportComparison:
    """Write a page that shows two runs beside each other; both are estimated alike.

    out : the page; FIRST_SECOND.html beside the second run if left out
    Raises NeurocoreError (one of its kinds) for a folder, file or value that cannot be used.
    """
    options = EstimateOptions(voltage=voltage, coefficients=coefficients, static=static)
    folders = Path(first), Path(second)
    (a, facts_a), (b, facts_b) = (load_reported(folder, options) for folder in folders)
    names = _names(*folders)
    path = (
        Path(out)
        if out is not None
        else folders[1].resolve().parent / f"{folders[0].resolve().name}_{folders[1].resolve().name}.html"
    )
    views = (
        run_view(folders[0], facts_a, a, most_bytes=FIGURE_BYTES // 2),
        run_view(folders[1], facts_b, b, most_bytes=FIGURE_BYTES // 2),
    )
    figures = compare_figures(a.as_dict(), b.as_dict())
    with write_atomically(path, "w") as file:
        file.write(html(comparison_page(names, views, figures)))
    return ReportComparison(names=names, path=path, figures=figures, first=a, second=b)


def _names(first: Path, second: Path) -> tuple[str, str]:
    """The folders' names, with as much of their paths as makes them different."""
    a, b = first.resolve(), second.resolve()
    for depth in range(1, max(len(a.parts), len(b.parts))):
        names = "/".join(a.parts[-depth:]), "/".join(b.parts[-depth:])
        if names[0] != names[1]:
            return names
    return f"{a.name} (first)", f"{b.name} (second)"
