"""The standard files of MNIST and Fashion-MNIST (IDX), CIFAR-10 (binary version) and SVHN (cropped digits).

Sources: Y. LeCun, C. Cortes, C. Burges, "The MNIST database"; A. Krizhevsky, "Learning multiple layers of features from
tiny images" (2009) and the page of CIFAR-10: a record is a label and 1,024 bytes each of red, green and blue, row by
row; Y. Netzer et al., "Reading digits in natural images" (2011): X[row, column, colour, image], label 10 is digit 0.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError, closest
from neurocore.formats.idx import read_idx
from neurocore.formats.mat_file import read_mat
from neurocore.units import human_bytes

__all__ = ["read_cifar10", "read_idx_folder", "read_svhn"]

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
Parts = tuple[Images, Labels, Images, Labels]

MAX_BYTES: Final = 2**30
"""Of one file of records; CIFAR-10's have 31 MB."""
_SIDE: Final = 32
_RECORD: Final = 1 + 3 * _SIDE**2
_PICKLE: Final = b"\x80"


def read_idx_folder(folder: Path) -> Parts:
    """train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images..., t10k-labels..., plain or gzipped.

    Raises ConfigError.
    """
    parts: list[Any] = []
    for part in ("train", "t10k"):
        images, labels = (
            _first(folder, [f"{part}-{what}{dot}idx{axes}-ubyte{end}" for dot in "-." for end in ("", ".gz")])
            for what, axes in (("images", 3), ("labels", 1))
        )
        shown, right = read_idx(images), read_idx(labels)
        if shown.ndim != 3 or right.ndim != 1:
            wrong = images if shown.ndim != 3 else labels
            raise _error(wrong, f"it has {(shown if shown.ndim != 3 else right).ndim} axes", "images have 3, labels 1")
        parts += [shown, right.astype(np.int64)]
    return tuple(parts)


def read_cifar10(folder: Path) -> Parts:
    """data_batch_1.bin to data_batch_5.bin and test_batch.bin. Raises ConfigError, also for the version in pickles."""
    inner = folder / "cifar-10-batches-bin"
    if inner.is_dir():
        folder = inner
    names = [f"data_batch_{number}" for number in range(1, 6)]
    batches = [_records(_binary(folder, name)) for name in names]
    images, labels = (np.concatenate(part) for part in zip(*batches, strict=True))
    return (images, labels, *_records(_binary(folder, "test_batch")))


def _binary(folder: Path, name: str) -> Path:
    """A file of records. Raises ConfigError, with the reason where only the pickle is there."""
    pickle = next((place for place in (folder / name, folder / "cifar-10-batches-py" / name) if place.is_file()), None)
    if pickle is not None and not (folder / f"{name}.bin").is_file():
        raise _error(
            pickle,
            "this is the version for Python, made of pickles; neurocore reads none, as a pickle can run any program",
            "get the binary version, cifar-10-binary.tar.gz, from the same page",
        )
    return _first(folder, [f"{name}.bin"])


def _records(path: Path) -> tuple[Images, Labels]:
    """Images uint8[images, 32, 32, 3] and labels of one file."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise _error(path, f"it has {human_bytes(size)}; at most {human_bytes(MAX_BYTES)} are read", "check the file")
    if not size or size % _RECORD:
        raise _error(path, f"its {size:,} bytes are no whole number of records of {_RECORD:,} bytes")
    try:
        records = np.fromfile(path, np.uint8).reshape(-1, _RECORD)
    except OSError as error:
        raise _error(path, f"it cannot be read: {error.strerror}", "check its rights") from error
    labels = records[:, 0].astype(np.int64)
    if labels.max() > 9:
        at = int(np.argmax(labels > 9))
        raise _error(path, f"record {at} (from 0) has the label {labels[at]}, not 0 to 9")
    return np.ascontiguousarray(np.moveaxis(records[:, 1:].reshape(-1, 3, _SIDE, _SIDE), 1, 3)), labels


def read_svhn(folder: Path) -> Parts:
    """train_32x32.mat and test_32x32.mat; label 10 becomes 0. Raises ConfigError."""
    parts: list[Any] = []
    for name in ("train_32x32.mat", "test_32x32.mat"):
        path = _first(folder, [name])
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
        parts += [np.ascontiguousarray(np.moveaxis(images, 3, 0)), labels.astype(np.int64) % 10]
    return tuple(parts)


def _first(folder: Path, names: list[str]) -> Path:
    """The first of these files that is there. Raises ConfigError."""
    for name in names:
        if os.path.isfile(folder / name):
            return folder / name
    there = [path.name for path in sorted(folder.iterdir()) if path.is_file()][:12]
    fix = closest(names[0], there).replace("allowed here", "files there").replace("nothing is allowed", "no file is")
    raise ConfigError(f"there is no {names[0]} in '{folder}'", path="data.path", fix=fix)


def _error(path: Path, problem: str, fix: str = "download or copy the file again") -> ConfigError:
    return ConfigError(problem, file=str(path), fix=fix)
