"""A checkpoint and a segment of a run under way, for the fuzzers to damage."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import numpy as np

from neurocore.arch import RING_SLOTS
from neurocore.formats.checkpoint_file import Checkpoint, save_checkpoint
from neurocore.formats.image_file import load_image
from neurocore.formats.segment_file import Segment, save_segment
from neurocore.recording import COUNTERS
from neurocore.snapshot import Snapshot
from tools.fuzz.seeds import chip_files

__all__ = ["RUN", "unfinished_files"]

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
