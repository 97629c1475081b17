"""Running a network or image: emulate, score, write the run folder."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neurocore.emulator.backends import run as emulate
from neurocore.emulator.checks import check_seed, check_threads
from neurocore.emulator.stimulus_size import expected_events
from neurocore.emulator.threads import default_threads
from neurocore.errors import RunError
from neurocore.formats.nir.options import NirOptions
from neurocore.image import ChipImage
from neurocore.learning import refuse_learning
from neurocore.network import Network
from neurocore.recording import Probe, Recording
from neurocore.report.classifier import check_classify
from neurocore.spikes import AxonEvents
from neurocore.verbs.checkpointing import read_schedule, record
from neurocore.verbs.frames_file import frames_shown
from neurocore.verbs.graph_spikes import run_spikes
from neurocore.verbs.input_file import input_events
from neurocore.verbs.needs import check_needs, needs_of
from neurocore.verbs.probes import find_probe
from neurocore.verbs.progress import tick_progress
from neurocore.verbs.run_folder import (
    check_free,
)
from neurocore.verbs.run_lock import locked
from neurocore.verbs.run_part import Schedule
from neurocore.verbs.run_result import RunResult, result_of
from neurocore.verbs.run_writing import SPIKES_NAME, conclude, write_new_run
from neurocore.verbs.sources import Source, compile_source, located, open_for_run
from neurocore.verbs.stimulate import network_events
from neurocore.verbs.three_columns import run_columns
from neurocore.verbs.unfinished import begin

__all__ = ["run"]

ON_RANKS = "seconds=60"
"""When a run on several ranks is saved that has a folder, where not said: one of many machines may fail."""


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
    emulation, recorder : what runs the image, called as neurocore.emulator.backends.run and checkpointing.record are;
              on ``ranks`` processes. With several and an ``out`` the recording always goes there as it comes
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
        result = result_of(folder, image, recording, plan, wanted, remarks, plan["report"], frames_shown(network))
        if plan["report"] and compiled is not None and not recording.start_tick:
            graph = run_spikes(driving, compiled, recording.ticks, plan["seed"])
            result = replace(result, graph=run_columns(graph, recording, image))
        if folder is not None:
            write_new_run(folder, force, result, plan, opened.config)
        return result


def _schedule(checkpoint: str | None, folder: Path | None, backend: str) -> Schedule | None:
    """When to save; None for a run that does not. Raises RunError where nothing can be saved."""
    if checkpoint is None:
        return None
    if folder is None:
        raise RunError("checkpoints need a run folder", fix="give --out, and leave --no-files out")
    if backend != "numba":
        raise RunError(f"the backend '{backend}' makes no checkpoints", fix="leave --backend or --checkpoint out")
    return read_schedule(checkpoint)


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


def _classify_facts(network: Network | None) -> dict[str, Any] | None:
    """The classify section as JSON-able data, labels included, so that a report can be made again from the folder."""
    if network is None or network.run.classify is None:
        return None
    facts = network.run.classify.model_dump()
    return facts | {"labels": np.asarray(facts["labels"]).ravel().tolist()}
