"""What a run folder's run.json says of how its run was made, scored and compared, checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from neurocore.errors import ImageError
from neurocore.formats.yaml_paths import shown
from neurocore.network import Classify, FileArray
from neurocore.verbs.three_columns import GraphColumns

__all__ = ["graph_columns", "run_description", "stream_description"]

_GRAPH: Final = TypeAdapter(GraphColumns)


def run_description(facts: dict[str, Any], file: Path) -> tuple[int, tuple[str, ...], Classify | None]:
    """Threads, notes and classification of a run.json. Raises ImageError naming the file and the entry."""
    threads, notes, wanted = facts.get("threads", 1), facts.get("notes", []), facts.get("classify")
    if type(threads) is not int or threads < 1:
        raise ImageError(f"found {shown(threads)}", file=str(file), path="threads", fix="a whole number from 1 on")
    if not isinstance(notes, list) or not all(isinstance(note, str) for note in notes):
        raise ImageError(f"found {shown(notes)}", file=str(file), path="notes", fix="a list of texts")
    if wanted is None:
        return threads, tuple(notes), None
    try:
        classifier = Classify.model_validate(wanted)
    except ValidationError as errors:
        first = errors.errors()[0]
        path = ".".join(["classify", *(str(step) for step in first["loc"])])
        raise ImageError(f"found {shown(first['input'])}: {first['msg']}", file=str(file), path=path) from None
    if isinstance(classifier.labels, FileArray):
        raise ImageError("a file is named", file=str(file), path="classify.labels", fix="a list of the labels")
    return threads, tuple(notes), classifier


def graph_columns(facts: dict[str, Any], file: Path) -> GraphColumns | None:
    """The three columns of a run.json, or None. Raises ImageError naming the file and the entry."""
    graph = facts.get("graph")
    if graph is None:
        return None
    try:
        return _GRAPH.validate_python(graph)
    except ValidationError as errors:
        first = errors.errors()[0]
        path = ".".join(["graph", *(str(step) for step in first["loc"])])
        raise ImageError(f"found {shown(first['input'])}: {first['msg']}", file=str(file), path=path) from None


def stream_description(facts: dict[str, Any], file: Path) -> dict[str, Any] | None:
    """What a run.json says of a stream of images, None for another run. Raises ImageError naming file and entry."""
    stream = facts.get("stream")
    if stream is None:
        return None
    numbers = ("frames", "first_frame", "planned_frames", "ticks_per_frame", "latency_ticks", "measured_frames")
    for name in numbers if isinstance(stream, dict) else ("",):
        found = stream.get(name) if name else stream
        if type(found) is not int or found < 0 or (name == "ticks_per_frame" and not found):
            place = f"stream.{name}" if name else "stream"
            raise ImageError(f"found {shown(found)}", file=str(file), path=place, fix="run again")
    emulator = stream.get("emulator")
    speed = emulator.get("frames_per_s") if isinstance(emulator, dict) else None
    if not isinstance(speed, float) or not 0 < speed < float("inf"):
        raise ImageError(f"found {shown(emulator)}", file=str(file), path="stream.emulator", fix="run again")
    assert isinstance(stream, dict)
    return stream
