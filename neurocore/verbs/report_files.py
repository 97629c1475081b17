"""Writing a run's report: summary, estimate, pictures, spikes as a table, and the page that holds it all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from neurocore.estimate.coefficients import Coefficients
from neurocore.estimate.estimate import Estimate
from neurocore.estimate.estimate import estimate as reckon
from neurocore.formats.file_writing import write_atomically
from neurocore.formats.spikes_csv import MOST_SPIKES, write_spikes_csv
from neurocore.image import ChipImage
from neurocore.noc.traffic import traffic
from neurocore.recording import Recording
from neurocore.report.classifier import ClassifierResult
from neurocore.report.document import Figure
from neurocore.report.estimate_lines import estimate_lines
from neurocore.report.example_frames import ShownFrames
from neurocore.report.frame_energy import FramePoint
from neurocore.report.html import FIGURE_BYTES, html
from neurocore.report.page import RunView, run_page
from neurocore.report.pictures import Picture, Power, pictures
from neurocore.report.population_rates import PopulationRate, population_rates
from neurocore.report.rendering import embedded, render, write_rendered
from neurocore.report.summary import Summary
from neurocore.verbs.run_folder import write_json
from neurocore.verbs.three_columns import GraphColumns

__all__ = [
    "PAGE_NAME",
    "EstimateOptions",
    "Reported",
    "estimated",
    "run_view",
    "summary_text",
    "write_report",
    "write_summary",
]

PAGE_NAME = "report.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateOptions:
    """How to estimate, as in ``neurocore estimate``."""

    voltage: float | None = None
    coefficients: str | Path | Coefficients | None = None
    static: Literal["whole", "used"] = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A run and what there is to say of it.

    estimate : None where a run has no cores or no ticks
    graph    : of a graph in NIR: float graph, integer network and chip side by side
    stream   : how a stream of images went, of which the recording holds the first frames; None for another run
    shown    : the first images that a classifier saw, where it sees images
    """

    image: ChipImage
    recording: Recording
    summary: Summary
    classifier: ClassifierResult | None
    estimate: Estimate | None
    graph: GraphColumns | None = None
    stream: dict[str, Any] | None = None
    shown: ShownFrames | None = None

    def as_dict(self) -> dict[str, Any]:
        """What summary.json holds: the summary's entries, ``traffic``, ``estimate``.

        Of a stream of images also ``stream``, of a graph in NIR ``graph``.
        """
        summary = self.summary.as_dict()
        summary |= {"stream": self.stream} if self.stream is not None else {}
        summary |= {"graph": self.graph.as_dict()} if self.graph is not None else {}
        if self.estimate is None:
            return summary | {"traffic": None, "estimate": None}
        facts = self.estimate.as_dict()
        return summary | {"traffic": facts.pop("traffic"), "estimate": facts}

    def text(self) -> str:
        """What summary.txt holds."""
        text = summary_text(self.summary, self.estimate)
        return text if self.graph is None else f"{text}\n\n{self.graph.text()}"


def estimated(
    image: ChipImage, recording: Recording, ticks_per_frame: int | None, options: EstimateOptions
) -> Estimate | None:
    """The estimate of a run, or None where it has no cores or no ticks. Raises as ``neurocore.estimate`` does."""
    if not image.cores or not recording.ticks:
        return None
    return reckon(
        image,
        recording,
        traffic(image, recording),
        coefficients=options.coefficients,
        voltage=options.voltage,
        static=options.static,
        ticks_per_frame=ticks_per_frame,
    )


def summary_text(summary: Summary, estimate: Estimate | None) -> str:
    """The summary, and a few lines of the estimate."""
    return "\n".join([summary.text(), *(estimate_lines(estimate.as_dict()) if estimate else [])])


def write_summary(folder: Path, run: Reported) -> None:
    """Write summary.txt and summary.json."""
    with write_atomically(folder / "summary.txt", "w") as file:
        file.write(run.text() + "\n")
    write_json(folder / "summary.json", run.as_dict())


def write_report(folder: Path, facts: Mapping[str, Any], run: Reported) -> None:
    """Write the summary, figures/*.png and .svg, spikes.csv (where it is not too long) and report.html.

    facts : run.json
    """
    write_summary(folder, run)
    remarks = _write_spikes(folder, run)
    figures = folder / "figures"
    figures.mkdir(exist_ok=True)
    for old in [*figures.glob("*.png"), *figures.glob("*.svg")]:
        old.unlink()
    view = run_view(folder, facts, run, most_bytes=FIGURE_BYTES, files=figures, remarks=remarks)
    with write_atomically(folder / PAGE_NAME, "w") as file:
        file.write(html(run_page(view)))


def run_view(
    folder: Path,
    facts: Mapping[str, Any],
    run: Reported,
    *,
    most_bytes: int,
    files: Path | None = None,
    remarks: tuple[str, ...] = (),
) -> RunView:
    """What a page says of a run, its pictures drawn.

    most_bytes : of all pictures in the page
    files      : folder to write the pictures to as well
    """
    rates = population_rates(run.image, run.recording)
    drawn = [(picture, render(picture.figure)) for picture in _pictures(run, rates)]
    if files is not None:
        for picture, both in drawn:
            write_rendered(both, files, picture.name)
    contents = embedded([(picture.figure, both) for picture, both in drawn], most_bytes)
    figures = {
        picture.name: Figure(title=picture.title, alt=picture.alt, media=media, content=content, width=both.width)
        for (picture, both), (media, content) in zip(drawn, contents, strict=True)
    }
    config = folder / "config.yaml"
    estimate = run.estimate.as_dict() if run.estimate else None
    return RunView(
        facts=facts,
        config=config.read_text(encoding="utf-8", errors="replace") if config.is_file() else "",
        image=run.image,
        summary=run.summary,
        classifier=run.classifier,
        rates=rates,
        traffic=estimate.pop("traffic") if estimate else None,
        estimate=estimate,
        graph=run.graph.as_dict() if run.graph is not None else None,
        figures=figures,
        files=_files(folder),
        remarks=remarks,
    )


def _pictures(run: Reported, rates: list[PopulationRate]) -> Iterator[Picture]:
    power = None
    if run.estimate is not None:
        energy = run.estimate.energy
        idle = {term.name: term for term in energy.terms if term.name in ("static", "neuron_updates")}
        model_time_s = run.recording.ticks * run.image.spec.tick_s
        power = Power(
            parts_w={term.label: term.power_w for term in energy.terms},
            total_low_w=energy.power_low_w,
            total_high_w=energy.power_high_w,
            core_w=run.estimate.core_energy_j / model_time_s,
            idle_w=sum(term.power_w for term in idle.values()) / idle["static"].count_per_tick,
        )
    return pictures(
        run.image,
        run.recording,
        classifier=run.classifier,
        traffic=run.estimate.traffic if run.estimate else None,
        power=power,
        rates=rates,
        shown=run.shown,
        frame_points=_frame_points(run),
    )


def _frame_points(run: Reported) -> list[FramePoint]:
    """Energy per frame and accuracy at the nominal and the fastest tick, where both are known."""
    if run.estimate is None or run.classifier is None:
        return []
    throughput, found = run.estimate.throughput, []
    for tick, point in (("nominal", throughput.nominal), ("fastest", throughput.fastest)):
        whole, used = point.energy_per_frame_j_whole_chip, point.energy_per_frame_j_used_cores
        if whole is not None and used is not None:
            name = f"{run.image.name}, {tick} tick"
            found.append(FramePoint(name=name, accuracy=run.classifier.accuracy, whole_chip_j=whole, used_cores_j=used))
    return found


def _files(folder: Path) -> tuple[str, ...]:
    """Everything beside the page, the pictures last."""
    names = [path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    drawn = [f"figures/{path.name}" for path in (folder / "figures").glob("*.*") if not path.name.startswith(".")]
    return (*sorted(name for name in names if name != PAGE_NAME), *sorted(drawn))


def _write_spikes(folder: Path, run: Reported) -> tuple[str, ...]:
    """Write spikes.csv, or say why not."""
    path, count = folder / "spikes.csv", len(run.recording.spikes)
    if count <= MOST_SPIKES:
        write_spikes_csv(run.recording, path, run.image)
        return ()
    path.unlink(missing_ok=True)
    return (
        f"spikes.csv is left out, as {count:,} spikes are more than {MOST_SPIKES:,}; "
        f"`neurocore convert RUN -o spikes.csv` writes all of them from spikes.npz.",
    )
