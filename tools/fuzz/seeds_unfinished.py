"""A run under way, for the fuzzers to damage: a checkpoint, a segment, the plan and the input of a run folder."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import numpy as np

from neurocore.arch import RING_SLOTS
from neurocore.formats.checkpoint_file import Checkpoint, save_checkpoint
from neurocore.formats.image_file import load_image
from neurocore.formats.segment_file import Segment, save_segment
from neurocore.recording import COUNTERS, Probe
from neurocore.snapshot import Snapshot
from neurocore.spikes import AxonEvents
from neurocore.verbs.unfinished import begin
from tools.fuzz.seeds import chip_files

__all__ = ["RUN", "stopped_run", "unfinished_files"]

RUN: Final = "ab" * 16
"""The name of the run that both belong to."""


def unfinished_files() -> dict[str, bytes]:
    """checkpoint.npz, of the image of ``chip_files``, and segment.npz, of one core 64 neurons wide."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "image.npz").write_bytes(chip_files()["image.npz"])
        image = load_image(folder / "image.npz")
        state = Snapshot(
            potential=np.ones((image.cores, image.spec.neurons), np.int32),
            ring=np.zeros((RING_SLOTS, image.cores, image.spec.axon_words), np.uint64),
            tick=5,
            seed=7,
            image_digest=image.digest(),
        )
        counters = np.zeros((image.cores, len(COUNTERS)), np.int64)
        checkpoint = Checkpoint(state=state, run=RUN, counters=counters, wall_s=0.5, phase_s={"update": 0.25})
        save_checkpoint(checkpoint, folder / "checkpoint.npz")
        by_tick = np.zeros((3, len(COUNTERS)), np.int64)
        by_tick[:, COUNTERS.index("spikes")] = [2, 0, 1]
        segment = Segment(
            first_tick=0,
            first_core=0,
            cores=1,
            width=64,
            spikes=np.array([1, 9, 4], np.uint32),
            tick_counters=by_tick,
            probe_tick=np.array([0, 2]),
            potential=np.ones((2, 2), np.int32),
        )
        save_segment(segment, folder, RUN)
        (found,) = folder.glob("segment-*.npz")
        return {"checkpoint.npz": (folder / "checkpoint.npz").read_bytes(), "segment.npz": found.read_bytes()}


def stopped_run() -> dict[str, bytes]:
    """The folder of a run that has just begun: image.npz, unfinished/plan.json and unfinished/input.npz."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "image.npz").write_bytes(chip_files()["image.npz"])
        image = load_image(folder / "image.npz")
        events = AxonEvents.sorted([0, 3], [0, 0], [1, 2])
        probe = Probe(core=np.zeros(2, np.int32), neuron=np.arange(2, dtype=np.int32), stop=5, last=3)
        plan = {
            "planned": 9,
            "seed": 7,
            "threads": 1,
            "ranks": 1,
            "checkpoint": "every=3",
            "name": "a",
            "source": "a.yaml",
        }
        plan |= {"changes": {}, "backend": "numba", "notes": ["partition: 1 core"], "mapping": {"cores": 1}}
        plan |= {"classify": {"population": "p", "classes": 2, "labels": [1, 0, 1], "latency": 0}, "report": False}
        begin(folder / "run", image, events, probe, plan | {"image_digest": image.digest()}, None)
        files = [path for path in sorted((folder / "run").rglob("*")) if path.is_file()]
        return {str(path.relative_to(folder / "run")): path.read_bytes() for path in files}
