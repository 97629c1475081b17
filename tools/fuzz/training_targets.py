"""What is fuzzed of the trainer: plans, and the files of data sets that only it reads."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

from neurocore.formats.mat_file import read_mat
from neurocore.training.plan_yaml import read_plan
from tools.fuzz.readings import read_as_events
from tools.fuzz.target import Target

__all__ = ["training_targets"]

PLANS = (
    b"""neurocore_training: 1
name: bars
seed: 3
members: 2
views: [[0, 0], [1, -1]]
classes: 3
data: {path: bars.npz, pad: 1}
input: {size: [8, 8], thresholds: [100, 180]}
layers:
  - {channels: 8, kernel: 4, stride: 2, shared: false}
  - {channels: 12, kernel: 3, groups: 2}
training: {epochs: 3, sparsity: 0.5, validation: 60, patience: 2, augment: {shift: 1.5, shear: 0.1}}
""",
    b"""neurocore_training: 1
name: waves
ticks: 4
classes: 2
data: {path: waves, kind: events, events: {camera: [16, 8], down: 2, frames: 2, crop: [0, 0, 16, 8], start_ms: 1.5}}
input: {size: [4, 8], colours: 4}
layers:
  - {channels: 6, kernel: 2, padding: 1, threshold: 3}
  - {channels: 4, kernel: 5, groups: 2, stride: 5}
""",
)


def training_targets() -> list[Target]:
    """Every target of the trainer's."""
    return [
        Target(name="training plan", file="plan.yaml", kind="yaml", seeds=PLANS, read=read_plan, share=8),
        Target(name="mat", file="a.mat", kind="binary", seeds=(_mat(False), _mat(True)), read=_read_as_mat, share=36),
        Target(
            name="40-bit events",
            file="camera.bin",
            kind="binary",
            seeds=(bytes([0, 2, 128, 0, 9, 3, 1, 0, 3, 255, 0, 240, 0, 0, 0, 1, 0, 128, 0, 0]),),
            read=read_as_events,
            share=36,
        ),
    ]


def _read_as_mat(path: Path) -> object:
    return read_mat(path, ("X", "y"))


def _mat(packed: bool) -> bytes:
    """X uint8[2, 2, 3, 2], and y of two doubles."""
    body = b""
    for name, matlab_class, kind, array in (
        (b"X", 9, 2, np.arange(24, dtype="u1").reshape(2, 2, 3, 2)),
        (b"y", 6, 9, np.array([[1.0], [10.0]])),
    ):
        shape = struct.pack(f"<{array.ndim}i", *array.shape)
        inner = struct.pack("<IIII", 6, 8, matlab_class, 0) + struct.pack("<II", 5, len(shape)) + shape
        inner += struct.pack("<I", 1 << 16 | 1) + name.ljust(4, b"\0") + struct.pack("<II", kind, array.nbytes)
        one = inner + array.tobytes(order="F")
        one = struct.pack("<II", 14, len(one)) + one
        squeezed = zlib.compress(one)
        body += struct.pack("<II", 15, len(squeezed)) + squeezed if packed else one
    return b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x0100) + b"IM" + body
