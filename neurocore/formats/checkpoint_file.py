"""A checkpoint on disk: one .npz file with a chip's state and what was counted up to it.

Members: ``potential``, ``ring``, ``counters`` and ``meta`` (format, version, tick, seed, image_digest, run, wall_s,
phase_s); of an image that learns also ``crossbar``, ``axon_counters`` and ``neuron_counters``. Every member carries the
archive's CRC-32, which is compared when it is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.arch import RING_SLOTS
from neurocore.bits import pack_words
from neurocore.formats.file_writing import write_npz
from neurocore.formats.files import NpzFile, open_npz
from neurocore.formats.meta import pack_meta, read_meta, take
from neurocore.image import ChipImage
from neurocore.recording import COUNTERS
from neurocore.snapshot import LearningSnapshot, Snapshot

__all__ = ["Checkpoint", "load_checkpoint", "save_checkpoint"]

_FORMAT: Final = "neurocore-checkpoint"
_VERSION: Final = 1
_LEARNING: Final = ("crossbar", "axon_counters", "neuron_counters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Where a run stood between two ticks.

    run      : name of the run that it belongs to, drawn when the run began
    counters : int64[C, K]  totals of all ticks before; columns as in COUNTERS, neuron updates left out
    wall_s   : seconds spent emulating so far; phase_s : of these, by phase
    """

    state: Snapshot
    run: str
    counters: npt.NDArray[np.int64]
    wall_s: float
    phase_s: dict[str, float]


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint: under its name there is the whole of it, or what was there before.

    Raises NeurocoreError where it cannot be written.
    """
    state = checkpoint.state
    meta = {
        "format": _FORMAT,
        "version": _VERSION,
        "tick": state.tick,
        "seed": state.seed,
        "image_digest": state.image_digest,
        "run": checkpoint.run,
        "wall_s": checkpoint.wall_s,
        "phase_s": checkpoint.phase_s,
    }
    arrays: dict[str, npt.NDArray[Any]] = {
        "potential": state.potential,
        "ring": state.ring,
        "counters": checkpoint.counters,
    }
    if state.learning is not None:
        arrays |= {name: getattr(state.learning, name) for name in _LEARNING}
    write_npz(path, {"meta": pack_meta(meta), **arrays}, sync=True)


def load_checkpoint(path: Path, image: ChipImage, *, image_digest: str, run: str) -> Checkpoint:
    """Read a checkpoint of this image and this run. Sizes are compared with the image's before anything is read.

    Raises ImageError naming the file and what is wrong with it.
    """
    spec = image.spec
    with open_npz(path) as npz:
        meta = read_meta(npz, _FORMAT, _VERSION)
        for key, right, what in (("image_digest", image_digest, "image"), ("run", run, "run")):
            found = take(npz, meta, key, str)
            if found != right:
                raise npz.problem(f"meta.{key}", f"it belongs to another {what} ({found[:12]}, not {right[:12]})")
        tick, seed = take(npz, meta, "tick", int), take(npz, meta, "seed", int)
        if tick < 0 or not 0 <= seed < 2**64:
            raise npz.problem("meta", f"tick {tick} or seed {seed} is out of range")
        wall_s, phases = take(npz, meta, "wall_s", float), take(npz, meta, "phase_s", dict)
        if not all(type(seconds) is float for seconds in phases.values()):
            raise npz.problem("meta.phase_s", f"found {phases!r}; seconds by phase are needed")
        npz.expect("potential", np.int32, (image.cores, spec.neurons))
        npz.expect("ring", np.uint64, (RING_SLOTS, image.cores, spec.axon_words))
        npz.expect("counters", np.int64, (image.cores, len(COUNTERS)))
        state = Snapshot(
            potential=npz.read("potential"),
            ring=npz.read("ring"),
            tick=tick,
            seed=seed,
            image_digest=image_digest,
            learning=_learning(npz, image),
        )
        return Checkpoint(state=state, run=run, counters=npz.read("counters"), wall_s=wall_s, phase_s=phases)


def _learning(npz: NpzFile, image: ChipImage) -> LearningSnapshot | None:
    """What an image that learns has learned so far; only bits that learn may differ from the image's."""
    spec, learning = image.spec, image.learning
    if learning is None:
        return None
    npz.expect("crossbar", np.uint64, (image.cores, spec.axons, spec.neuron_words))
    npz.expect("axon_counters", np.uint8, (image.cores, spec.axons))
    npz.expect("neuron_counters", np.uint8, (image.cores, spec.neurons))
    found = LearningSnapshot(**{name: npz.read(name) for name in _LEARNING})
    may_learn = np.where(learning.axons[:, :, None] > 0, pack_words(learning.neurons > 0)[:, None, :], np.uint64(0))
    if ((found.crossbar ^ image.crossbar) & ~may_learn).any():
        raise npz.problem("crossbar", "a synapse that does not learn differs from the image's")
    return found
