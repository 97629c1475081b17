"""Images and labels to train and test on, from the standard files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError
from neurocore.formats.array_files import load_array
from neurocore.training.plan import Data

__all__ = ["Dataset", "read_dataset"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Images uint8[images, height, width] or [images, height, width, colours], labels int64[images]."""

    train_images: npt.NDArray[np.uint8]
    train_labels: npt.NDArray[np.int64]
    test_images: npt.NDArray[np.uint8]
    test_labels: npt.NDArray[np.int64]


def read_dataset(data: Data, path: Path) -> Dataset:
    """Read what ``data`` describes from a file or folder, and pad it. Raises ConfigError."""
    parts = [_checked(load_array(path, name), name) for name in Dataset.__dataclass_fields__]
    return Dataset(
        train_images=_padded(parts[0], data.pad),
        train_labels=parts[1].astype(np.int64),
        test_images=_padded(parts[2], data.pad),
        test_labels=parts[3].astype(np.int64),
    )


def _checked(array: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    if name.endswith("images") and (array.dtype != np.uint8 or array.ndim not in (3, 4)):
        raise ConfigError(
            f"{name} is {array.dtype}{list(array.shape)}", fix="8-bit images [images, height, width] are needed"
        )
    return array


def _padded(images: npt.NDArray[np.uint8], pad: int) -> npt.NDArray[np.uint8]:
    margins = [(0, 0), (pad, pad), (pad, pad)] + [(0, 0)] * (images.ndim - 3)
    return np.pad(images, margins) if pad else images
