"""Reading a run folder back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from neurocore.formats.image_file import load_image
from neurocore.formats.recording_file import load_recording
from neurocore.report.summary import summarize
from neurocore.verbs.frames_file import read_frames
from neurocore.verbs.predictions_file import read_score
from neurocore.verbs.run_facts import graph_columns, run_description, stream_description
from neurocore.verbs.run_folder import (
    RUN_FILE,
    finished,
    read_json,
)
from neurocore.verbs.run_result import RunResult, score
from neurocore.verbs.run_writing import LEARNED_NAME, SPIKES_NAME
from neurocore.verbs.sources import open_source

__all__ = ["load_run"]


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
    scored = read_score(place, wanted) if streamed and wanted else score(image, recording, wanted)
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
