"""Writing a run folder: of a run without checkpoints whole or not at all, of one with them what comes last."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from neurocore.errors import ImageError
from neurocore.formats.image_file import save_image
from neurocore.formats.recording_file import save_recording
from neurocore.image import ChipImage
from neurocore.network import Classify
from neurocore.recording import Recording
from neurocore.verbs.frames_file import write_frames
from neurocore.verbs.graph_spikes import GRAPH_FILE, GraphSpikes, load_graph_spikes
from neurocore.verbs.machine import machine_facts
from neurocore.verbs.report_files import write_report, write_summary
from neurocore.verbs.run_folder import (
    PLAN_FILE,
    RUN_FILE,
    UNFINISHED,
    new_folder,
    versions,
    write_json,
)
from neurocore.verbs.run_part import saying_how_to_go_on
from neurocore.verbs.run_result import RunResult, result_of
from neurocore.verbs.sources import IMAGE_NAME
from neurocore.verbs.three_columns import run_columns

__all__ = ["LEARNED_NAME", "MOST_REPORTED", "SPIKES_NAME", "conclude", "write_new_run"]

SPIKES_NAME = "spikes.npz"
LEARNED_NAME = "learned.npz"
"""The image after a run in which it learned, with learning off."""
MOST_REPORTED = 2**24
"""Spikes of a run with checkpoints that are still taken into memory for its report."""


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
        result = result_of(folder, image, recording, plan, wanted, remarks + told, report)
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
