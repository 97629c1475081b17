"""More valid small files: blocks, images that learn, IDX arrays."""

from __future__ import annotations

import gzip
import struct
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from neurocore.formats.image_file import load_image, save_image
from neurocore.learning import ImageLearning
from tools.fuzz.seeds import chip_files

__all__ = ["BLOCKS", "BLOCK_USER", "idx_file", "learning_image", "small_chip_user"]

BLOCK_USER: Final = b"""neurocore: 1
name: a
inputs: {i: {shape: 3}}
blocks: {b: {use: b.yaml, with: {n: 2, how: late}}}
projections: [{from: i, to: b.in}]
outputs: [b.out]
"""
"""A network whose block is the file beside it."""
BLOCKS: Final = (
    b"""block: b
does: It remembers.
latency: ${1 + n}
parameters:
  n: {default: 1, min: 1, max: "${4 * 2}", about: lines}
  how: {type: text, default: early, choices: [early, late], about: when}
let: {width: "${n + 1 if n > 1 else 3}", rows: "${[[i, i, 2, d] for i in range(width) for d in range(1, 3)]}"}
ports:
  in: {in: {about: spikes, shape: $width, to: [{population: p, wiring: {pattern: list, synapses: $rows}}]}}
  out: {out: {from: p, about: spikes}}
populations:
  p: {shape: $width, neuron: {threshold: "${max(n, 2)}", leak: -1, floor: 0}}
  q: {shape: $width, when: "${how == 'late'}"}
projections: [{from: p, to: q, weight: "${-n}", pattern: one_to_one, when: "${how == 'late'}"}]
""",
    b"""block: b
does: Two in one.
parameters: {n: {default: 1, about: none}, how: {type: text, example: a, about: none}}
ports: {in: {in: first.in}, out: {out: {from: second.out}}}
blocks:
  first: {use: hold, with: {size: 3, ticks: $n}}
  second: {use: onset, with: {size: 3}}
projections: [{from: first.out, to: second.in, delay: 2}]
""",
)


def small_chip_user() -> bytes:
    """A network whose chip is the file beside it: little else to read."""
    return b"neurocore: 1\nname: c\nchip: chip.yaml\npopulations: {p: {shape: 4}}\n"


def learning_image() -> bytes:
    """The image of ``chip_files``, on which something learns."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "image.npz"
        path.write_bytes(chip_files()["image.npz"])
        image = load_image(path)
        tables = np.zeros((2, 4, 256), np.uint16)
        tables[:, 0, :5], tables[1, 1, 9:] = 100, 7
        axons = np.ones((image.cores, image.spec.axons), np.uint32)
        neurons = np.full((image.cores, image.spec.neurons), 2, np.uint32)
        neurons[:, ::2] = 1
        save_image(replace(image, learning=ImageLearning(tables=tables, axons=axons, neurons=neurons)), path)
        return path.read_bytes()


def idx_file(*, packed: bool) -> bytes:
    """Two images of 3 x 2 pixels, plain or gzipped."""
    data = struct.pack(">4B3I", 0, 0, 8, 3, 2, 3, 2) + bytes(range(12))
    return gzip.compress(data, mtime=0) if packed else data
