"""The standard files of MNIST and Fashion-MNIST (IDX), CIFAR-10 (binary or MATLAB version) and SVHN (cropped digits).

Sources: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", and those of formats/labelled_images.py.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError, closest
from neurocore.formats.idx import read_idx
from neurocore.formats.labelled_images import read_cifar10_file, read_svhn_file

__all__ = ["read_cifar10", "read_idx_folder", "read_svhn"]

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
Parts = tuple[Images, Labels, Images, Labels]


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
    """data_batch_1 to data_batch_5 and test_batch, .bin or .mat. Raises ConfigError, for pickles too."""
    names = [f"data_batch_{number}" for number in range(1, 6)]
    batches = [read_cifar10_file(_batch(folder, name)) for name in names]
    images, labels = (np.concatenate(part) for part in zip(*batches, strict=True))
    return (images, labels, *read_cifar10_file(_batch(folder, "test_batch")))


def _batch(folder: Path, name: str) -> Path:
    """A batch's file, where its archive puts it. Raises ConfigError, with the reason where only the pickle is there."""
    places = {".bin": "cifar-10-batches-bin", ".mat": "cifar-10-batches-mat"}
    for end, inner in places.items():
        for place in (folder / inner, folder):
            if os.path.isfile(place / f"{name}{end}"):
                return place / f"{name}{end}"
    pickle = next((place for place in (folder / name, folder / "cifar-10-batches-py" / name) if place.is_file()), None)
    if pickle is not None:
        raise _error(
            pickle,
            "this is the version for Python, made of pickles; neurocore reads none, as a pickle can run any program",
            "get the binary version, cifar-10-binary.tar.gz, or MATLAB's, cifar-10-matlab.tar.gz, from the same page",
        )
    inside = next((folder / inner for inner in places.values() if (folder / inner).is_dir()), folder)
    return _first(inside, [f"{name}.bin"])


def read_svhn(folder: Path) -> Parts:
    """train_32x32.mat and test_32x32.mat; label 10 becomes 0. Raises ConfigError."""
    parts: list[Any] = []
    for name in ("train_32x32.mat", "test_32x32.mat"):
        parts += read_svhn_file(_first(folder, [name]))
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
