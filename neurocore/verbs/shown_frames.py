"""Images for a classifier: those a user gave, checked against the network, and the network that is shown them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError, RunError
from neurocore.formats.image_stacks import ImageStack, check_images, check_label_array, read_images, read_labels
from neurocore.network import Classify, FileArray, Network

__all__ = ["Frames", "frames_for", "showing"]

Given = str | Path | npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """F frames to show.

    input  : name of the input that is driven by images
    pixels : uint8[F, height, width] or uint8[F, height, width, colours], as large as the network's own images
    labels : int64[F], each a class of the network; None where not known
    first  : number of the first one among those that were given
    names  : of the files, where each image has one
    told   : what the user should know
    """

    input: str
    pixels: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64] | None
    first: int
    names: tuple[str, ...]
    told: tuple[str, ...]

    def __len__(self) -> int:
        """F."""
        return len(self.pixels)


def frames_for(
    network: Network | None, images: Given, labels: Given | None, *, first: int, count: int | None, pad: int
) -> Frames:
    """Read images and labels, and check that the network can see them.

    first, count : which of the images
    pad          : dark pixels to add at each side
    Raises NeurocoreError (one of its kinds) naming the file.
    """
    if network is None or network.run.classify is None:
        raise RunError(
            "images are shown to a network with run.classify", fix="it says which population votes, and when"
        )
    name, own = _image_input(network)
    place = str(images) if isinstance(images, (str, Path)) else None
    stack = _given(images, colours=3 if own.ndim == 4 else 1)
    known, told = stack.labels, stack.told
    if labels is not None:
        known, told = _labels(labels), ()
    if known is not None and len(known) != len(stack.images):
        raise ConfigError(
            f"{len(known):,} labels for {len(stack.images):,} images", file=place, fix="give one label for each image"
        )
    stop = len(stack.images) if count is None else first + count
    if not 0 <= first < stop <= len(stack.images):
        raise RunError(
            f"images {first:,} to {stop - 1:,} are asked for, there are images 0 to {len(stack.images) - 1:,}",
            fix="change --first or --count",
        )
    part = slice(first, stop)
    return Frames(
        input=name,
        pixels=_fitting(stack.images[part], own.shape[1:], pad, place),
        labels=None if known is None else _checked(known[part], network.run.classify, first),
        first=first,
        names=stack.names[part],
        told=told,
    )


def showing(
    network: Network, name: str, pixels: npt.NDArray[np.uint8], ticks: int, labels: npt.NDArray[np.int64]
) -> Network:
    """The network with other images at an input, to be run for some ticks."""
    stimulus, classify = network.run.stimulus[name], network.run.classify
    assert stimulus.images is not None
    assert classify is not None
    coded = stimulus.images.model_copy(
        update={"values": pixels, "first": 0, "count": None, "ticks_each": classify.ticks_each}
    )
    changed = {
        "ticks": ticks,
        "stimulus": network.run.stimulus | {name: stimulus.model_copy(update={"images": coded})},
        "classify": classify.model_copy(update={"labels": labels}),
    }
    return network.model_copy(update={"run": network.run.model_copy(update=changed)})


def _image_input(network: Network) -> tuple[str, npt.NDArray[Any]]:
    """The one input that images drive, and the network's own images."""
    found = {name: stimulus.images for name, stimulus in network.run.stimulus.items() if stimulus.images is not None}
    if len(found) != 1:
        raise ConfigError(
            f"{len(found)} inputs are driven by images",
            path="run.stimulus",
            fix="one is needed: its key 'images' says how pixels become spikes",
        )
    name, coded = next(iter(found.items()))
    assert coded is not None
    classify = network.run.classify
    assert classify is not None
    if coded.ticks_each != classify.ticks_each:
        raise ConfigError(
            f"{classify.ticks_each} ticks a frame; an image takes {coded.ticks_each} (run.stimulus.{name}.images)",
            path="run.classify.ticks_each",
            fix="make both equal",
        )
    if isinstance(coded.values, FileArray):
        raise ConfigError(
            f"the file '{coded.values.file}' has not been read",
            path=f"run.stimulus.{name}.images.values",
            fix="read the network with neurocore.read",
        )
    return name, np.asarray(coded.values)


def _given(images: Given, *, colours: int) -> ImageStack:
    if isinstance(images, (str, Path)):
        return read_images(Path(images), colours=colours)
    return ImageStack(images=check_images(np.asarray(images)), labels=None)


def _labels(labels: Given) -> npt.NDArray[np.int64]:
    if isinstance(labels, (str, Path)):
        return read_labels(Path(labels))
    return check_label_array(np.asarray(labels))


def _checked(labels: npt.NDArray[np.int64], classify: Classify, first: int) -> npt.NDArray[np.int64]:
    wrong = (labels < 0) | (labels >= classify.classes)
    if wrong.any():
        number = int(np.argmax(wrong))
        raise RunError(
            f"image {first + number:,} has the label {int(labels[number])}; there are {classify.classes} classes",
            fix=f"allowed: 0 to {classify.classes - 1}",
        )
    return labels


def _fitting(
    images: npt.NDArray[np.uint8], wanted: tuple[int, ...], pad: int, place: str | None
) -> npt.NDArray[np.uint8]:
    """The images with their margins. Raises ConfigError where they are not as large as the network's own then."""
    if not 0 <= pad <= 1024:
        raise RunError(f"{pad} pixels at each side", fix="allowed: 0 to 1024")
    sides = [(pad, pad), (pad, pad)] + [(0, 0)] * (images.ndim - 3)
    shape = tuple(size + sum(side) for size, side in zip(images.shape[1:], sides, strict=True))
    if shape == wanted:
        return np.pad(images, [(0, 0), *sides]) if pad else images
    found = f"images of {_shape(images.shape[1:])}" + (f" with {pad} more pixels at each side" if pad else "")
    fix = f"give images of {_shape(wanted)}"
    lacks = {(want - size) / 2 for want, size in zip(wanted[:2], images.shape[1:3], strict=True)}
    same = images.shape[3:] == wanted[2:]
    if same and len(lacks) == 1 and (lack := lacks.pop()) > 0 and lack == int(lack):
        fix = f"--pad {int(lack)} (pad={int(lack)} in Python) adds so many dark pixels at each side"
    raise ConfigError(f"{found} for a network that sees {_shape(wanted)}", file=place, fix=fix)


def _shape(shape: tuple[int, ...]) -> str:
    colours = f" in {shape[2]} colours" if len(shape) == 3 else ""
    return f"{shape[0]} x {shape[1]} pixels{colours}"
