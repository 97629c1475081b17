"""One file of CIFAR-10 (binary or MATLAB version) or SVHN (cropped digits): images and labels together.

Sources: A. Krizhevsky, "Learning multiple layers of features from tiny images" (2009), and CIFAR-10's page: a record
is a label and 1,024 bytes each of red, green and blue, row by row; in MATLAB's version ``data`` holds these bytes and
``labels`` the labels; Y. Netzer et al., "Reading digits in natural images" (2011): X[row, column, colour, image],
label 10 is digit 0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError
from neurocore.formats.mat_file import read_mat
from neurocore.units import human_bytes

__all__ = ["read_cifar10_file", "read_labelled", "read_svhn_file"]

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]

MAX_BYTES: Final = 2**30
"""Of one file of records; CIFAR-10's have 31 MB."""
_SIDE: Final = 32
_PIXELS: Final = 3 * _SIDE**2
_RECORD: Final = 1 + _PIXELS


def read_labelled(path: Path) -> tuple[Images, Labels]:
    """A file by its name: ``.bin`` is CIFAR-10's, ``.mat`` SVHN's (X, y) or CIFAR-10's (data, labels).

    Returns uint8[images, 32, 32, 3] and int64[images]. Raises ConfigError naming the file.
    """
    if path.suffix.lower() == ".mat":
        try:
            return read_svhn_file(path)
        except ConfigError as error:
            if "it holds no array" not in error.problem:
                raise
    return read_cifar10_file(path)


def read_cifar10_file(path: Path) -> tuple[Images, Labels]:
    """data_batch_1.bin and the like, or data_batch_1.mat; labels 0..9. Raises ConfigError naming the file."""
    pixels, labels = _from_mat(path) if path.suffix.lower() == ".mat" else _from_records(path)
    if labels.max() > 9:
        at = int(np.argmax(labels > 9))
        raise _error(path, f"record {at} (from 0) has the label {labels[at]}, not 0 to 9")
    return np.ascontiguousarray(np.moveaxis(pixels.reshape(-1, 3, _SIDE, _SIDE), 1, 3)), labels.astype(np.int64)


def _from_records(path: Path) -> tuple[Images, npt.NDArray[Any]]:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise _error(path, f"it has {human_bytes(size)}; at most {human_bytes(MAX_BYTES)} are read", "check the file")
    if not size or size % _RECORD:
        raise _error(path, f"its {size:,} bytes are no whole number of records of {_RECORD:,} bytes")
    try:
        records = np.fromfile(path, np.uint8).reshape(-1, _RECORD)
    except OSError as error:
        raise _error(path, f"it cannot be read: {error.strerror}", "check its rights") from error
    return records[:, 1:], records[:, 0]


def _from_mat(path: Path) -> tuple[Images, npt.NDArray[Any]]:
    found = read_mat(path, ("data", "labels"))
    pixels, labels = found["data"], found["labels"].reshape(-1)
    if pixels.dtype != np.uint8 or pixels.ndim != 2 or pixels.shape[1] != _PIXELS or not len(pixels):
        raise _error(path, f"data is {pixels.dtype}{list(pixels.shape)}, not uint8[images, {_PIXELS}]")
    if len(labels) != len(pixels):
        raise _error(path, f"there are {len(pixels):,} images and {len(labels):,} labels")
    wrong = ~np.isin(labels, np.arange(10))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise _error(path, f"record {at} (from 0) has the label {labels[at]}, not 0 to 9")
    return pixels, labels


def read_svhn_file(path: Path) -> tuple[Images, Labels]:
    """train_32x32.mat, test_32x32.mat or extra_32x32.mat; label 10 becomes 0. Raises ConfigError naming the file."""
    found = read_mat(path, ("X", "y"))
    images, labels = found["X"], found["y"].reshape(-1)
    if images.ndim == 3:
        images = images[..., None]  # MATLAB drops the last axis where there is one image
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[:3] != (_SIDE, _SIDE, 3):
        raise _error(path, f"X is {images.dtype}{list(images.shape)}, not uint8[32, 32, 3, images]")
    if len(labels) != images.shape[3]:
        raise _error(path, f"there are {images.shape[3]:,} images and {len(labels):,} labels")
    wrong = ~np.isin(labels, np.arange(1, 11))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise _error(path, f"label {at} (from 0) is {labels[at]}, not 1 to 10")
    return np.ascontiguousarray(np.moveaxis(images, 3, 0)), labels.astype(np.int64) % 10


def _error(path: Path, problem: str, fix: str = "download or copy the file again") -> ConfigError:
    return ConfigError(problem, file=str(path), fix=fix)
