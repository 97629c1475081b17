"""A run with checkpoints on disk, before it is done: what is to be run, and from where it can go on.

In RUN/unfinished/: ``plan.json``, ``input.npz`` (external spikes, probed neurons), of a graph in NIR ``graph.npz`` (the
spikes to compare with), segments of the recording, and the last checkpoints. The image and the configuration are in
RUN/ already.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ImageError, RunError
from neurocore.formats.checkpoint_file import Checkpoint, load_checkpoint
from neurocore.formats.file_writing import write_atomically, write_npz
from neurocore.formats.files import open_npz
from neurocore.formats.image_file import load_image, save_image
from neurocore.formats.meta import pack_meta, read_meta, take
from neurocore.formats.segment_file import Segment, load_segment, merge_segments, segment_files
from neurocore.image import ChipImage
from neurocore.recording import Probe
from neurocore.spikes import AxonEvents
from neurocore.verbs.graph_spikes import GRAPH_FILE, GraphSpikes, save_graph_spikes
from neurocore.verbs.plan_check import check_plan
from neurocore.verbs.run_folder import PLAN_FILE, UNFINISHED, new_folder, read_json
from neurocore.verbs.sources import IMAGE_NAME

__all__ = ["Unfinished", "begin", "checkpoint_files", "how_to_go_on", "open_unfinished", "place_to_go_on"]

_INPUT: Final = "input.npz"
_FORMAT: Final = "neurocore-events"
_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A run that is under way. ``plan`` says ``planned`` (ticks), ``seed``, ``threads`` and what run.json will hold.

    run : its name, drawn when it began; files of other runs are refused
    """

    folder: Path
    run: str
    image: ChipImage
    events: AxonEvents
    probe: Probe
    plan: dict[str, Any]

    @property
    def place(self) -> Path:
        """Where segments and checkpoints are."""
        return self.folder / UNFINISHED

    @property
    def image_digest(self) -> str:
        """Of the image that runs."""
        return str(self.plan["image_digest"])

    def segment(self, paths: list[Path]) -> Segment:
        """Read what the ranks wrote of the same ticks. Raises ImageError where it is damaged or not of this run."""
        width, cores, probe_core = 64 * self.image.spec.neuron_words, self.image.cores, self.probe.core
        parts = [load_segment(path, run=self.run, width=width, cores=cores, probe_core=probe_core) for path in paths]
        return parts[0] if parts[0].cores == cores else merge_segments(parts, cores, probe_core, str(paths[0]))


def checkpoint_files(place: Path) -> list[Path]:
    """The checkpoints in a folder by their tick."""
    return sorted(place.glob("checkpoint-*.npz"))


def how_to_go_on(folder: Path) -> str:
    """What `neurocore resume` will do for a run that ends early now, as far as this process sees its folder."""
    place, command = folder / UNFINISHED, f"`neurocore resume {folder}`"
    if checkpoint_files(place):
        return f"{command} goes on"
    if (place / PLAN_FILE).is_file():
        return f"{command} runs it from its beginning: it came to no checkpoint yet"
    return f"{command} goes on from the last checkpoint, if there is one"


def begin(
    folder: Path,
    image: ChipImage,
    events: AxonEvents,
    probe: Probe,
    plan: dict[str, Any],
    config: bytes | None,
    graph: GraphSpikes | None = None,
) -> Unfinished:
    """Write down what is to be run; the folder takes its name when all of it is there, so that a kill leaves no half.

    graph : of a graph in NIR, what the chip's spikes are compared with in the end
    A run that is in the folder goes. Raises NeurocoreError where something cannot be written.
    """
    run = secrets.token_hex(16)
    arrays: dict[str, npt.NDArray[Any]] = {
        "event_tick": events.tick,
        "event_core": events.core,
        "event_axon": events.axon,
    }
    arrays |= {"probe_core": probe.core, "probe_neuron": probe.neuron}
    meta = {"format": _FORMAT, "version": _VERSION, "run": run}
    span = {"start": probe.start, "stop": probe.stop, "interval": probe.interval, "last": probe.last}
    plan = plan | {"run": run, "probe": span}
    with new_folder(folder, force=True) as aside:
        place = aside / UNFINISHED
        place.mkdir()
        if config is not None:
            (aside / "config.yaml").write_bytes(config)
        save_image(image, aside / IMAGE_NAME, compress=True)
        write_npz(place / _INPUT, {"meta": pack_meta(meta), **arrays}, sync=True)
        if graph is not None:
            save_graph_spikes(graph, place / GRAPH_FILE, run)
        with write_atomically(place / PLAN_FILE, "w", sync=True) as file:
            json.dump({"sha256": _digest(plan), "plan": plan}, file, indent=1)
            file.write("\n")
    return Unfinished(folder=folder, run=run, image=image, events=events, probe=probe, plan=plan)


def open_unfinished(folder: Path, *, unpack: bool = False) -> Unfinished:
    """Read what is to be run. Raises ImageError naming the file that is damaged or belongs elsewhere.

    unpack : do not hold the image's large arrays: see load_image
    """
    path = folder / UNFINISHED / PLAN_FILE
    told = read_json(path)
    plan = told.get("plan")
    if not isinstance(plan, dict) or told.get("sha256") != _digest(plan):
        raise ImageError("this plan is damaged or was changed by hand", file=str(path), fix="start the run again")
    check_plan(plan, path)
    image = load_image(folder / IMAGE_NAME, unpack=unpack)
    if image.digest() != plan["image_digest"]:
        raise ImageError("this is not the image of the run", file=str(folder / IMAGE_NAME), fix="start the run again")
    with open_npz(folder / UNFINISHED / _INPUT) as npz:
        if take(npz, read_meta(npz, _FORMAT, _VERSION), "run", str) != plan["run"]:
            raise npz.problem("meta.run", "these are the spikes of another run", "start the run again")
        spikes = npz.expect("event_tick", np.int64, (None,)).shape
        probed = npz.expect("probe_core", np.int32, (None,)).shape
        for name, shape in (("event_core", spikes), ("event_axon", spikes), ("probe_neuron", probed)):
            npz.expect(name, np.int32, shape)
        tick, core, axon = (npz.read(f"event_{name}") for name in ("tick", "core", "axon"))
        probe = Probe(core=npz.read("probe_core"), neuron=npz.read("probe_neuron"), **plan["probe"])
    events = AxonEvents(tick=tick, core=core, axon=axon)
    return Unfinished(folder=folder, run=plan["run"], image=image, events=events, probe=probe, plan=plan)


def place_to_go_on(unfinished: Unfinished) -> tuple[Checkpoint | None, list[str]]:
    """The newest checkpoint that is sound and before which the whole recording is, or None for the beginning.

    Files that cannot be used are removed. Returns the checkpoint, and a remark for each damaged file.
    """
    remarks: list[str] = []
    ends, stop = {0}, 0
    for paths in segment_files(unfinished.place):
        try:
            segment = unfinished.segment(paths)
        except ImageError as error:
            remarks.append(f"refused: {error.where()}: {error.problem}")
            break
        if segment.first_tick != stop:
            gap = f"the ticks from {stop} to {segment.first_tick - 1} before it are missing"
            remarks.append(f"refused: {paths[0]}: {gap}")
            break
        stop += segment.ticks
        ends.add(stop)
    found = None
    for path in reversed(checkpoint_files(unfinished.place)):
        try:
            checkpoint = load_checkpoint(
                path, unfinished.image, image_digest=unfinished.image_digest, run=unfinished.run
            )
            if checkpoint.state.seed != unfinished.plan["seed"]:
                raise ImageError("it has another seed than the run", file=str(path))
        except ImageError as error:
            remarks.append(f"refused: {error.where()}: {error.problem}")
            continue
        if checkpoint.state.tick in ends:
            found = checkpoint
            break
    _clear(unfinished.place, found.state.tick if found else 0)
    return found, remarks


def _clear(place: Path, tick: int) -> None:
    """Remove what was written after a tick, and what was being written when the run ended."""
    try:
        for path in [*place.glob("segment-*.npz"), *place.glob("checkpoint-*.npz")]:
            number = path.stem.split("-")[1]
            keep = number.isdigit() and (int(number) < tick or (int(number) == tick and path.name.startswith("c")))
            if not keep:
                path.unlink()
        for path in [*place.parent.rglob(".*.tmp")]:
            path.unlink()
    except OSError as error:
        raise RunError(f"cannot write to {place}: {error.strerror}", fix="check that you may write here") from None


def _digest(plan: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()
