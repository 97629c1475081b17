"""frames.npz in a run folder: the first images that a classifier was shown, for the pictures of its report."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from neurocore.errors import ImageError
from neurocore.formats.file_writing import write_npz
from neurocore.formats.files import open_npz
from neurocore.image import ChipImage
from neurocore.network import Network
from neurocore.report.example_frames import ShownFrames
from neurocore.verbs.cutting import depths

__all__ = ["FRAMES_NAME", "MOST_KEPT", "frames_shown", "read_frames", "write_frames"]

FRAMES_NAME: Final = "frames.npz"
MOST_KEPT: Final = 1000
"""Images that are kept, at most."""


def frames_shown(network: Network | None) -> ShownFrames | None:
    """The first images of a network that classifies images; None for another, and where a population drives itself."""
    if network is None or network.run.classify is None:
        return None
    driven = [(name, one.images) for name, one in network.run.stimulus.items() if one.images is not None]
    if len(driven) != 1:
        return None
    name, images = driven[0]
    assert images is not None
    ways, pixels = depths(network, name), images.values
    if ways is None or not isinstance(pixels, np.ndarray) or images.ticks_each != network.run.classify.ticks_each:
        return None
    count = MOST_KEPT if images.count is None else min(images.count, MOST_KEPT)
    return ShownFrames(pixels=pixels[images.first : images.first + count], depth=ways)


def write_frames(folder: Path, shown: ShownFrames, image: ChipImage) -> None:
    """Write the file: pixels as they are, and the depth of each population of the image, -1 where it has none."""
    depth = [shown.depth.get(group.name, -1) for group in image.logical.populations]
    write_npz(folder / FRAMES_NAME, {"pixels": shown.pixels, "depth": np.array(depth, np.int64)}, compress=True)


def read_frames(folder: Path, image: ChipImage) -> ShownFrames | None:
    """Read it back; None where there is none. Raises ImageError naming file and array."""
    path, populations = folder / FRAMES_NAME, image.logical.populations
    if not path.exists():
        return None
    with open_npz(path) as file:
        file.expect("depth", np.int64, (len(populations),))
        colours = len(file.headers["pixels"].shape) == 4 if "pixels" in file.headers else False
        file.expect("pixels", np.uint8, (None,) * (4 if colours else 3))
        pixels, depth = file.read("pixels"), file.read("depth")
    if not pixels.size:
        raise ImageError(f"shape is {pixels.shape}, not that of images", file=str(path), path="pixels", fix="run again")
    if (np.abs(depth) > 2**20).any():
        raise ImageError("holds numbers that cannot be there", file=str(path), path="depth", fix="run again")
    ways = zip((group.name for group in populations), depth.tolist(), strict=True)
    return ShownFrames(pixels=pixels, depth={name: ticks for name, ticks in ways if ticks >= 0})
