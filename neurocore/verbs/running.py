"""Running a network or image: emulate, score, write the run folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurocore.emulator.engine import default_threads
from neurocore.emulator.engine import run as emulate
from neurocore.errors import RunError
from neurocore.estimate.estimate import Estimate
from neurocore.formats.image_file import save_image
from neurocore.formats.recording_file import load_recording, save_recording
from neurocore.image import ChipImage
from neurocore.mapper.pipeline import Compiled
from neurocore.network import Classify, Network
from neurocore.recording import Probe, Recording
from neurocore.report.classifier import ClassifierResult, check_classify, classify
from neurocore.report.summary import Summary, summarize
from neurocore.spikes import AxonEvents
from neurocore.trains import PopulationSpikes, spikes_of
from neurocore.verbs.machine import machine_facts
from neurocore.verbs.probes import find_probe
from neurocore.verbs.progress import tick_progress
from neurocore.verbs.report_files import EstimateOptions, Reported, estimated, write_report, write_summary
from neurocore.verbs.run_folder import RUN_FILE, check_free, new_folder, read_json, versions, write_json
from neurocore.verbs.sources import IMAGE_NAME, Source, compile_source, located, open_for_run, open_source
from neurocore.verbs.stimulate import network_events, read_events

__all__ = ["RunResult", "load_run", "run"]

SPIKES_NAME = "spikes.npz"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A finished run.

    folder      : where it was written, or None
    interrupted : True when Ctrl-C ended it early; the recording then covers the ticks that were done
    estimate    : what it would cost on silicon, where a report was asked for
    """

    folder: Path | None
    image: ChipImage
    recording: Recording
    summary: Summary
    classifier: ClassifierResult | None
    interrupted: bool
    remarks: tuple[str, ...] = ()
    estimate: Estimate | None = None

    @property
    def reported(self) -> Reported:
        """The run as its report sees it."""
        return Reported(
            image=self.image,
            recording=self.recording,
            summary=self.summary,
            classifier=self.classifier,
            estimate=self.estimate,
        )

    def spikes_of(self, population: str) -> PopulationSpikes:
        """The spikes of one population: trains, counts, a dense raster. Raises RunError for an unknown name."""
        return spikes_of(self.image, self.recording, population)

    def _repr_html_(self) -> str:
        """For notebooks: the summary."""
        return self.summary._repr_html_()


def run(
    source: str | Path | Network | ChipImage | Source,
    *,
    ticks: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    backend: str = "numba",
    input: str | Path | AxonEvents | None = None,
    out: str | Path | None = None,
    force: bool = False,
    quiet: bool = True,
    overrides: dict[str, Any] | None = None,
    report: bool | None = None,
    emulation: Callable[..., Recording] = emulate,
    ranks: int = 1,
) -> RunResult:
    """Run a network or image and, with ``out``, write the run folder.

    source  : a YAML file, Network, image file, ChipImage, IBM model or run folder
    ticks   : how many; a network's own ``run.ticks`` if left out, needed for images
    seed    : of stimuli, random connectivity and stochastic neurons; the network's own, or 0
    input   : spikes addressed to axons (a file or AxonEvents), instead of the network's stimulus
    out     : run folder; nothing is written without it
    force   : replace a run that is there
    report  : estimate what the run would cost and, with ``out``, write spikes.csv, the pictures and report.html;
              done where there is an ``out`` if not said
    emulation : what runs the image, called as neurocore.emulator.engine.run is; on ``ranks`` processes
    Raises NeurocoreError (one of its kinds) for bad input.
    """
    folder = Path(out) if out is not None else None
    if folder is not None:
        check_free(folder, force)
    opened = open_for_run(source, ticks=ticks, seed=seed, overrides=overrides)
    compiled = compile_source(opened, quiet=quiet) if opened.network is not None else None
    image = compiled.image if compiled else opened.image
    assert image is not None
    network = opened.network
    planned = network.run.ticks if network else ticks
    if planned is None:
        raise RunError("an image does not say how long to run", fix="give --ticks N")
    if planned < 1:
        raise RunError(f"{planned} ticks cannot be run", fix="give --ticks 1 or more")
    events = _events(input, opened, image, planned)
    wanted = network.run.classify if network else None
    with located(opened):
        probe = find_probe(image, network.run.probes) if network else Probe.none()
        if wanted:
            check_classify(image, wanted, planned)
    with tick_progress(planned, quiet) as progress:
        recording = emulation(
            image,
            events,
            planned,
            seed=network.seed if network else seed or 0,
            threads=threads,
            backend=backend,
            probe=probe,
            progress=progress,
        )
    scored = _score(image, recording, wanted)
    wants_report = report if report is not None else folder is not None
    notes = tuple(str(note) for note in compiled.notes) if compiled else ()
    threads = threads or default_threads(image)
    summary = summarize(image, recording, threads=threads, notes=notes, classifier=scored)
    result = RunResult(
        folder=folder,
        image=image,
        recording=recording,
        summary=summary,
        classifier=scored,
        interrupted=recording.ticks < planned,
        remarks=opened.remarks,
        estimate=estimated(image, recording, scored, EstimateOptions()) if wants_report else None,
    )
    if folder is not None:
        _write(result, folder, force, opened, compiled, backend, threads, ranks, wants_report)
    return result


def _score(image: ChipImage, recording: Recording, wanted: Classify | None) -> ClassifierResult | None:
    """The classification, or None where none is wanted or the run was interrupted before its first frame."""
    if wanted is None or recording.ticks < wanted.latency + wanted.ticks_each:
        return None
    return classify(image, recording, wanted)


def _events(given: str | Path | AxonEvents | None, opened: Source, image: ChipImage, ticks: int) -> AxonEvents:
    if isinstance(given, AxonEvents):
        return given
    if given is not None:
        return read_events(given)
    if opened.network is not None:
        return network_events(opened, image, ticks)[1]
    return AxonEvents.sorted([], [], [])


def _write(
    result: RunResult,
    folder: Path,
    force: bool,
    opened: Source,
    compiled: Compiled | None,
    backend: str,
    threads: int,
    ranks: int,
    report: bool,
) -> None:
    """Write the run folder."""
    with new_folder(folder, force) as aside:
        save_image(result.image, aside / IMAGE_NAME, compress=True)
        save_recording(result.recording, aside / SPIKES_NAME, image_digest=result.image.digest(), compress=True)
        if opened.path is not None and opened.network is not None:
            shutil.copyfile(opened.path, aside / "config.yaml")
        facts = {
            "neurocore_run": 1,
            "name": result.image.name,
            "source": opened.path.name if opened.path else None,
            "changes": opened.changes,
            "ticks": result.recording.ticks,
            "seed": result.recording.seed,
            "backend": backend,
            "interrupted": result.interrupted,
            "image_digest": result.image.digest(),
            "wall_s": result.recording.wall_s,
            "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "versions": versions(),
            "machine": machine_facts(),
            "threads": threads,
            "ranks": ranks,
            "notes": [str(note) for note in compiled.notes] if compiled else [],
            "mapping": compiled.report.as_dict() if compiled else None,
            "classify": _classify_facts(opened.network),
        }
        write_json(aside / RUN_FILE, facts)
        if report:
            write_report(aside, facts, result.reported)
        else:
            write_summary(aside, result.reported)


def _classify_facts(network: Network | None) -> dict[str, Any] | None:
    """The classify section as JSON-able data, labels included, so that a report can be made again from the folder."""
    if network is None or network.run.classify is None:
        return None
    facts = network.run.classify.model_dump()
    return facts | {"labels": np.asarray(facts["labels"]).ravel().tolist()}


def load_run(folder: str | Path) -> RunResult:
    """Read a run folder back; the classification is scored again from its recorded labels.

    Raises ImageError or NeurocoreError naming the file that is missing or damaged.
    """
    place = Path(folder)
    facts = read_json(place / RUN_FILE)
    image = open_source(place).image
    assert image is not None
    recording, _ = load_recording(place / SPIKES_NAME)
    wanted = facts.get("classify")
    scored = _score(image, recording, Classify.model_validate(wanted) if wanted else None)
    summary = summarize(
        image, recording, threads=int(facts.get("threads", 1)), notes=tuple(facts.get("notes", ())), classifier=scored
    )
    return RunResult(
        folder=place,
        image=image,
        recording=recording,
        summary=summary,
        classifier=scored,
        interrupted=bool(facts.get("interrupted", False)),
    )
