"""Running a network or image: emulate, score, write the run folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.emulator.checks import check_seed, check_threads
from neurocore.emulator.engine import run as emulate
from neurocore.emulator.stimulus_size import expected_events
from neurocore.emulator.threads import default_threads
from neurocore.errors import ImageError, RunError
from neurocore.estimate.estimate import Estimate
from neurocore.formats.image_file import load_image, save_image
from neurocore.formats.nir.options import NirOptions
from neurocore.formats.recording_file import load_recording, save_recording
from neurocore.image import ChipImage
from neurocore.learning import refuse_learning
from neurocore.network import Classify, Network
from neurocore.recording import Probe, Recording
from neurocore.report.classifier import ClassifierResult, check_classify, classify
from neurocore.report.example_frames import ShownFrames
from neurocore.report.summary import Summary, summarize
from neurocore.spikes import AxonEvents
from neurocore.synapses import synapses_of
from neurocore.trains import PopulationSpikes, spikes_of
from neurocore.verbs.checkpointing import read_schedule, record
from neurocore.verbs.frames_file import frames_shown, read_frames, write_frames
from neurocore.verbs.graph_spikes import GRAPH_FILE, GraphSpikes, load_graph_spikes, run_spikes
from neurocore.verbs.input_file import input_events
from neurocore.verbs.machine import machine_facts
from neurocore.verbs.needs import check_needs, needs_of
from neurocore.verbs.predictions_file import read_score
from neurocore.verbs.probes import find_probe
from neurocore.verbs.progress import tick_progress
from neurocore.verbs.report_files import EstimateOptions, Reported, estimated, write_report, write_summary
from neurocore.verbs.run_facts import graph_columns, run_description, stream_description
from neurocore.verbs.run_folder import (
    PLAN_FILE,
    RUN_FILE,
    UNFINISHED,
    check_free,
    finished,
    new_folder,
    read_json,
    versions,
    write_json,
)
from neurocore.verbs.run_lock import locked
from neurocore.verbs.run_part import Schedule, saying_how_to_go_on
from neurocore.verbs.sources import IMAGE_NAME, Source, compile_source, located, open_for_run, open_source
from neurocore.verbs.stimulate import network_events
from neurocore.verbs.three_columns import GraphColumns, run_columns
from neurocore.verbs.unfinished import begin

__all__ = ["LEARNED_NAME", "MOST_REPORTED", "SPIKES_NAME", "RunResult", "conclude", "load_run", "run", "write_new_run"]

SPIKES_NAME = "spikes.npz"
LEARNED_NAME = "learned.npz"
"""The image after a run in which it learned, with learning off."""
ON_RANKS = "seconds=60"
"""When a run on several ranks is saved that has a folder, where not said: one of many machines may fail."""
MOST_REPORTED = 2**24
"""Spikes of a run with checkpoints that are still taken into memory for its report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A finished run.

    folder      : where it was written, or None
    interrupted : True when Ctrl-C ended it early; the recording then covers the ticks that were done
    estimate    : what it would cost on silicon, where a report was asked for
    graph       : of a graph in NIR: float graph, integer network and chip side by side, where a report was asked for
    stream      : of a run that showed images: how all of them went; the recording is of the first ones
    shown       : the first images that a classifier saw, where it sees images
    """

    folder: Path | None
    image: ChipImage
    recording: Recording
    summary: Summary
    classifier: ClassifierResult | None
    interrupted: bool
    remarks: tuple[str, ...] = ()
    estimate: Estimate | None = None
    graph: GraphColumns | None = None
    stream: dict[str, Any] | None = None
    shown: ShownFrames | None = None

    @property
    def ticks_per_frame(self) -> int | None:
        """Ticks from one frame to the next, where the run has frames."""
        if self.stream is not None:
            return int(self.stream["ticks_per_frame"])
        return None if self.classifier is None else self.classifier.ticks_each

    @property
    def reported(self) -> Reported:
        """The run as its report sees it."""
        return Reported(
            image=self.image,
            recording=self.recording,
            summary=self.summary,
            classifier=self.classifier,
            estimate=self.estimate,
            graph=self.graph,
            stream=self.stream,
            shown=self.shown,
        )

    @property
    def learned(self) -> ChipImage | None:
        """The image after the run, with learning off; None where nothing learns."""
        return None if self.recording.learned is None else self.image.after_learning(self.recording.learned)

    def spikes_of(self, population: str) -> PopulationSpikes:
        """The spikes of one population: trains, counts, a dense raster. Raises RunError for an unknown name."""
        return spikes_of(self.image, self.recording, population)

    def synapses_of(self, source: str, target: str) -> npt.NDArray[np.bool_]:
        """bool[sources, targets]: the synapses between two populations after the run, learned ones included.

        Raises RunError for an unknown name.
        """
        return synapses_of(self.learned or self.image, source, target)

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
    nir: NirOptions | None = None,
    report: bool | None = None,
    checkpoint: str | None = None,
    emulation: Callable[..., Recording] = emulate,
    recorder: Callable[..., Recording] = record,
    ranks: int = 1,
) -> RunResult:
    """Run a network or image and, with ``out``, write the run folder.

    source  : a YAML file, Network, image file, ChipImage, IBM or RANC model, or run folder
    ticks   : how many; a network's own ``run.ticks`` or as many as RANC's packets last if left out, needed for images
    seed    : of stimuli, random connectivity and stochastic neurons; the network's own, or 0
    input   : spikes addressed to axons (a file or AxonEvents), instead of the network's stimulus or the model's
              packets; or a file of spikes or camera events for one input, as ``[INPUT=]FILE[,KEY=VALUE...]``, of
              docs/events.md
    out     : run folder; nothing is written without it
    force   : replace a run that is there
    report  : estimate what the run would cost and, with ``out``, write spikes.csv, the pictures and report.html;
              done where there is an ``out`` if not said
    checkpoint : "every=N" (ticks) or "seconds=S": the recording goes to ``out`` as it comes, in bounded memory, and a
              killed run can be gone on with (:func:`neurocore.resume`); ON_RANKS with several and an ``out``
    emulation, recorder : what runs the image, called as neurocore.emulator.engine.run and checkpointing.record are; on
              ``ranks`` processes. With several and an ``out`` the recording always goes there as it comes
    Raises NeurocoreError (one of its kinds) for bad input.
    """
    folder = Path(out) if out is not None else None
    if checkpoint is None and ranks > 1 and folder is not None and backend == "numba":
        checkpoint = ON_RANKS
    schedule = _schedule(checkpoint, folder, backend)
    with nullcontext() if folder is None else locked(folder):
        if folder is not None:
            check_free(folder, force)
        opened = open_for_run(source, ticks=ticks, seed=seed, overrides=overrides, nir=nir)
        compiled = compile_source(opened, quiet=quiet) if opened.network is not None else None
        image = compiled.image if compiled else opened.image
        assert image is not None
        network = opened.network
        planned = network.run.ticks if network else ticks if ticks is not None else opened.ticks
        if planned is None:
            raise RunError("an image does not say how long to run", fix="give --ticks N")
        if planned < 1:
            raise RunError(f"{planned} ticks cannot be run", fix="give --ticks 1 or more")
        wanted = network.run.classify if network else None
        with located(opened):
            probe = find_probe(image, network.run.probes) if network else Probe.none()
            if wanted:
                check_classify(image, wanted, planned)
            driven = expected_events(image, network, planned) if network and input is None else 0
        if ranks > 1:
            refuse_learning(image.learning, "several ranks")
        check_needs(needs_of(image, probe, planned, driven), folder)
        events, told, driving = _events(input, opened, image, planned)
        remarks = opened.remarks + told
        check_threads(threads)
        plan: dict[str, Any] = {
            "name": image.name,
            "source": opened.path.name if opened.path else None,
            "changes": opened.changes,
            "planned": planned,
            "seed": network.seed if network else seed or 0,
            "backend": backend,
            "image_digest": image.digest() if folder is not None else "",
            "threads": threads or default_threads(image),
            "ranks": ranks,
            "notes": [str(note) for note in compiled.notes] if compiled else [],
            "mapping": compiled.report.as_dict() if compiled else None,
            "classify": _classify_facts(network),
            "report": report if report is not None else folder is not None,
            "checkpoint": checkpoint,
        }
        if schedule is not None:
            assert folder is not None
            check_seed(plan["seed"])
            graph = run_spikes(driving, compiled, planned, plan["seed"]) if plan["report"] and compiled else None
            unfinished = begin(folder, image, events, probe, plan, opened.config, graph)
            with tick_progress(planned, quiet) as progress:
                recording = recorder(
                    unfinished, None, schedule, folder / SPIKES_NAME, threads=threads, progress=progress
                )
            return conclude(folder, image, recording, unfinished.plan, remarks=remarks)
        with tick_progress(planned, quiet) as progress:
            recording = emulation(
                image,
                events,
                planned,
                seed=plan["seed"],
                threads=threads,
                backend=backend,
                probe=probe,
                progress=progress,
            )
        result = _result(folder, image, recording, plan, wanted, remarks, plan["report"], frames_shown(network))
        if plan["report"] and compiled is not None and not recording.start_tick:
            graph = run_spikes(driving, compiled, recording.ticks, plan["seed"])
            result = replace(result, graph=run_columns(graph, recording, image))
        if folder is not None:
            write_new_run(folder, force, result, plan, opened.config)
        return result


def conclude(
    folder: Path, image: ChipImage, recording: Recording, plan: dict[str, Any], *, remarks: tuple[str, ...]
) -> RunResult:
    """Write what a run with checkpoints leaves besides its recording; run.json comes last, then the plan goes.

    A report needs all spikes in memory: with more than MOST_REPORTED it is left to ``neurocore report``.
    """
    report = plan["report"] and len(recording.spikes) <= MOST_REPORTED
    if plan["report"] and not report:
        remarks += (f"{len(recording.spikes):,} spikes: `neurocore report {folder}` makes the report, in more memory",)
    wanted = Classify.model_validate(plan["classify"]) if plan["classify"] else None
    with saying_how_to_go_on(folder):
        graph, told = _kept_graph(folder, image, plan) if report else (None, ())
        result = _result(folder, image, recording, plan, wanted, remarks + told, report)
        result = replace(result, graph=run_columns(graph, recording, image))
        if result.learned is not None:
            save_image(result.learned, folder / LEARNED_NAME, compress=True)
        _write(folder, result, plan, report)
        (folder / UNFINISHED / PLAN_FILE).unlink()
        shutil.rmtree(folder / UNFINISHED)
    return result


def _kept_graph(folder: Path, image: ChipImage, plan: dict[str, Any]) -> tuple[GraphSpikes | None, tuple[str, ...]]:
    """What the chip's spikes are compared with; a damaged file takes the comparison, and nothing else, from a run."""
    path = folder / UNFINISHED / GRAPH_FILE
    if not path.is_file():
        return None, ()
    try:
        return load_graph_spikes(path, image, plan["run"]), ()
    except ImageError as error:
        return None, (f"not compared with the graph: {error.where()}: {error.problem}",)


def _schedule(checkpoint: str | None, folder: Path | None, backend: str) -> Schedule | None:
    """When to save; None for a run that does not. Raises RunError where nothing can be saved."""
    if checkpoint is None:
        return None
    if folder is None:
        raise RunError("checkpoints need a run folder", fix="give --out, and leave --no-files out")
    if backend != "numba":
        raise RunError(f"the backend '{backend}' makes no checkpoints", fix="leave --backend or --checkpoint out")
    return read_schedule(checkpoint)


def _result(
    folder: Path | None,
    image: ChipImage,
    recording: Recording,
    plan: dict[str, Any],
    wanted: Classify | None,
    remarks: tuple[str, ...],
    report: bool,
    shown: ShownFrames | None = None,
) -> RunResult:
    """What to say of a recording."""
    scored = _score(image, recording, wanted)
    notes, each = tuple(plan["notes"]), scored.ticks_each if scored else None
    return RunResult(
        folder=folder,
        image=image,
        recording=recording,
        summary=summarize(image, recording, threads=plan["threads"], notes=notes, classifier=scored),
        classifier=scored,
        interrupted=recording.ticks < plan["planned"],
        remarks=remarks,
        estimate=estimated(image, recording, each, EstimateOptions()) if report else None,
        shown=shown,
    )


def _score(image: ChipImage, recording: Recording, wanted: Classify | None) -> ClassifierResult | None:
    """The classification, or None where none is wanted or the run was interrupted before its first frame."""
    if wanted is None or recording.ticks < wanted.latency + wanted.ticks_each:
        return None
    return classify(image, recording, wanted)


def _events(
    given: str | Path | AxonEvents | None, opened: Source, image: ChipImage, ticks: int
) -> tuple[AxonEvents, tuple[str, ...], Source]:
    """What drives the run, what to tell of it, and the source with its network's stimulus as it drives the run.

    Of a source driven by spikes that no network can have as its stimulus, the graph is left out.
    """
    if given is not None:
        events, told, driving = (
            (given, (), None) if isinstance(given, AxonEvents) else input_events(given, opened, image, ticks)
        )
        if driving is None and opened.imported is not None:
            told += ("spikes addressed to axons go past the graph's inputs: the run is not compared with the graph",)
        return events, told, driving or replace(opened, imported=None)
    if opened.network is not None:
        return network_events(opened, image, ticks)[1], (), opened
    if opened.events is not None:
        return opened.events, (), opened
    return AxonEvents.sorted([], [], []), (), opened


def write_new_run(
    folder: Path,
    force: bool,
    result: RunResult,
    plan: dict[str, Any],
    config: bytes | None,
    more: Callable[[Path], None] = lambda aside: None,
) -> None:
    """Write the run folder of a run without checkpoints, whole or not at all.

    plan : what run.json says; config : the network's YAML as it was read; more : writes what else belongs there
    """
    with new_folder(folder, force) as aside:
        save_image(result.image, aside / IMAGE_NAME, compress=True)
        if result.learned is not None:
            save_image(result.learned, aside / LEARNED_NAME, compress=True)
        save_recording(result.recording, aside / SPIKES_NAME, image_digest=plan["image_digest"], compress=True)
        if config is not None:
            (aside / "config.yaml").write_bytes(config)
        more(aside)
        _write(aside, result, plan, plan["report"])


def _write(folder: Path, result: RunResult, plan: dict[str, Any], report: bool) -> None:
    """Write summary, report and run.json."""
    facts = {
        "neurocore_run": 1,
        "name": plan["name"],
        "source": plan["source"],
        "changes": plan["changes"],
        "ticks": result.recording.ticks,
        "seed": result.recording.seed,
        "backend": plan["backend"],
        "interrupted": result.interrupted,
        "image_digest": plan["image_digest"],
        "wall_s": result.recording.wall_s,
        "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "versions": versions(),
        "machine": machine_facts(),
        "threads": plan["threads"],
        "ranks": plan["ranks"],
        "notes": plan["notes"],
        "remarks": list(result.remarks),
        "mapping": plan["mapping"],
        "classify": plan["classify"],
    }
    facts |= {"graph": result.graph.as_dict()} if result.graph is not None else {}
    facts |= {"stream": result.stream} if result.stream is not None else {}
    if result.shown is not None:
        write_frames(folder, result.shown, result.image)
    if report:
        write_report(folder, facts, result.reported)
    else:
        write_summary(folder, result.reported)
    write_json(folder / RUN_FILE, facts)


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
    place = finished(Path(folder))
    facts = read_json(place / RUN_FILE)
    image = open_source(place).image
    assert image is not None
    recording, _ = load_recording(place / SPIKES_NAME)
    if (place / LEARNED_NAME).is_file():
        recording = replace(recording, learned=load_image(place / LEARNED_NAME).crossbar)
    threads, notes, wanted = run_description(facts, place / RUN_FILE)
    graph = graph_columns(facts, place / RUN_FILE)
    streamed = stream_description(facts, place / RUN_FILE)
    scored = read_score(place, wanted) if streamed and wanted else _score(image, recording, wanted)
    speed = streamed["emulator"]["frames_per_s"] if streamed else None
    summary = summarize(image, recording, threads=threads, notes=notes, classifier=scored, frames_per_s=speed)
    return RunResult(
        folder=place,
        image=image,
        recording=recording,
        summary=summary,
        classifier=scored,
        interrupted=bool(facts.get("interrupted", False)),
        graph=graph,
        stream=streamed,
        shown=read_frames(place, image),
    )
