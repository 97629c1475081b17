"""Images and labels to train and test on, from the files of the plan's kind, checked and padded."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError
from neurocore.formats.array_files import load_array
from neurocore.training.event_frames import read_events
from neurocore.training.plan import Data, Events
from neurocore.training.standard_files import read_cifar10, read_idx_folder, read_svhn

__all__ = ["Dataset", "read_dataset"]

Parts = tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Images uint8[images, height, width] or [images, height, width, colours], labels int64[images]."""

    train_images: npt.NDArray[np.uint8]
    train_labels: npt.NDArray[np.int64]
    test_images: npt.NDArray[np.uint8]
    test_labels: npt.NDArray[np.int64]


def read_dataset(data: Data, path: Path) -> Dataset:
    """Read what ``data`` describes from a file or folder, and pad it.

    Raises ConfigError: naming the file where one of the data's files is damaged, else with the plan's key as its path;
    SpikeFileError for a damaged recording.
    """
    try:
        match data.kind:
            case "npz":
                names = list(Dataset.__dataclass_fields__)
                parts: Parts = tuple(load_array(path, name) for name in names)  # type: ignore[assignment]
            case "idx":
                parts = read_idx_folder(_folder(path))
            case "cifar10":
                parts = read_cifar10(_folder(path))
            case "svhn":
                parts = read_svhn(_folder(path))
            case "events":
                parts = read_events(data.events or Events(), _folder(path))
    except ConfigError as error:
        if error.file is None and not error.path:
            error.path = "data.path"
        raise
    train_images, train_labels = _checked(parts[0], parts[1], "train")
    test_images, test_labels = _checked(parts[2], parts[3], "test")
    if train_images.shape[1:] != test_images.shape[1:]:
        sizes = f"{list(train_images.shape[1:])} and {list(test_images.shape[1:])}"
        raise ConfigError(f"images to train and to test are {sizes}", path="data.path", fix="they must be equal")
    return Dataset(
        train_images=_padded(train_images, data.pad),
        train_labels=train_labels,
        test_images=_padded(test_images, data.pad),
        test_labels=test_labels,
    )


def _folder(path: Path) -> Path:
    if not os.path.isdir(path):
        problem = f"'{path.name}' is a file, not a folder" if os.path.isfile(path) else f"there is no folder '{path}'"
        fix = "unpack it and name the folder" if os.path.isfile(path) else "paths are relative to the plan"
        raise ConfigError(problem, path="data.path", fix=fix)
    return path


def _checked(
    images: npt.NDArray[Any], labels: npt.NDArray[Any], part: str
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Both, if they are 8-bit images and as many whole labels. Raises ConfigError."""
    fix = "8-bit images [images, height, width] or [images, height, width, colours], labels [images] from 0"

    def error(problem: str) -> ConfigError:
        return ConfigError(problem, path="data.path", fix=fix)

    if images.dtype != np.uint8 or images.ndim not in (3, 4) or not images.size:
        raise error(f"{part}_images is {images.dtype}{list(images.shape)}")
    if labels.dtype.kind not in "iu" or labels.ndim != 1:
        raise error(f"{part}_labels is {labels.dtype}{list(labels.shape)}")
    if len(images) != len(labels):
        raise error(f"there are {len(images):,} {part}_images and {len(labels):,} {part}_labels")
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest > 2**31:
        raise error(f"{part}_labels has the label {lowest if lowest < 0 else highest}")
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    return images, labels.astype(np.int64)


def _padded(images: npt.NDArray[np.uint8], pad: int) -> npt.NDArray[np.uint8]:
    margins = [(0, 0), (pad, pad), (pad, pad)] + [(0, 0)] * (images.ndim - 3)
    return np.pad(images, margins) if pad else images
