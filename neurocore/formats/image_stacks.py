"""Images to show to a classifier, with labels where there are: .npz, IDX, CIFAR-10, SVHN, a folder of .png files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError, ImageError
from neurocore.formats.array_files import load_array
from neurocore.formats.files import open_npz
from neurocore.formats.idx import is_idx, read_idx
from neurocore.formats.labelled_images import read_labelled
from neurocore.formats.png_images import read_png

__all__ = ["ImageStack", "check_images", "check_label_array", "read_images", "read_labels"]

_IMAGES: Final = ("images", "test_images")
_LABELS: Final = ("labels", "test_labels")
_MOST_BYTES: Final = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageStack:
    """N images and, where known, what they show.

    images : uint8[N, height, width] or uint8[N, height, width, colours]
    labels : int64[N] or None
    names  : of the files, where each image has one
    told   : what the reader found by itself and the user should know
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64] | None
    names: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def read_images(path: Path, *, colours: int = 1) -> ImageStack:
    """Read images.

    path    : .npz with ``images`` (or ``test_images``) and perhaps ``labels`` (or ``test_labels``); an IDX file, with
              the file of its labels beside it or not; a file of CIFAR-10 (.bin, .mat) or SVHN (.mat); or a folder of
              .png files, in subfolders named by their class (0, 1 ...) where that is known
    colours : 1 (grey) or 3: what the network sees, for .png files
    Raises ConfigError naming the file.
    """
    if path.is_dir():
        return _from_folder(path, colours)
    if not path.is_file():
        raise ConfigError(
            "no such file or folder", file=str(path), fix="an .npz, an IDX file or a folder of .png files"
        )
    if path.suffix.lower() in (".bin", ".mat"):
        shown, labels = read_labelled(path)
        return ImageStack(images=shown, labels=labels)
    if is_idx(path):
        return _from_idx(path)
    if path.suffix.lower() == ".npz":
        return _from_npz(path)
    raise ConfigError(
        f"images are not read from '{path.suffix or path.name}' files",
        file=str(path),
        fix="allowed: .npz, an IDX file (.idx, -idx3-ubyte, also .gz), CIFAR-10 (.bin, .mat), SVHN (.mat), a folder of "
        ".png files",
    )


def read_labels(path: Path) -> npt.NDArray[np.int64]:
    """Labels, int64[N]: what an IDX file, .npz (``labels``), .npy or .csv holds. Raises ConfigError naming the file."""
    if is_idx(path) and path.is_file():
        found: npt.NDArray[Any] = read_idx(path)
    else:
        name = _present(path, _LABELS) if path.suffix.lower() == ".npz" and path.is_file() else None
        found = _located(path, name)
    return check_label_array(found, str(path))


def check_label_array(labels: npt.NDArray[Any], file: str | None = None) -> npt.NDArray[np.int64]:
    """Labels as int64[N]. Raises ConfigError where they are not whole numbers, one per image."""
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        found = f"labels are {labels.dtype.name}{list(labels.shape)}"
        raise ConfigError(found, file=file, fix="one whole number per image is needed")
    return labels.astype(np.int64)


def check_images(images: npt.NDArray[Any], file: str | None = None) -> npt.NDArray[np.uint8]:
    """Images as they are. Raises ConfigError where they are not uint8[N, height, width(, colours)], at least one."""
    if images.dtype == np.uint8 and images.ndim in (3, 4) and images.size:
        return images
    fix = "8-bit images [image, height, width] or [image, height, width, colours] are needed, at least one"
    if images.dtype.kind == "f" and images.size and float(images.min()) >= 0 and float(images.max()) <= 1:
        fix = "these look like grey levels from 0 to 1: save numpy.rint(images * 255).astype(numpy.uint8)"
    elif images.dtype.kind in "iu" and images.size and int(images.min()) >= 0 and int(images.max()) <= 255:
        fix = f"{fix}; images.astype(numpy.uint8) loses nothing here"
    raise ConfigError(f"the images are {images.dtype.name}{list(images.shape)}", file=file, fix=fix)


def _from_npz(path: Path) -> ImageStack:
    name = _present(path, _IMAGES)
    if name is None:
        held = ", ".join(_names(path)) or "nothing"
        raise ConfigError(
            f"no array named {' or '.join(_IMAGES)}", file=str(path), fix=f"save one; the file holds {held}"
        )
    labels = _present(path, _LABELS)
    images = check_images(_located(path, name), str(path))
    return ImageStack(images=images, labels=None if labels is None else read_labels(path))


def _from_idx(path: Path) -> ImageStack:
    """An IDX file; where its name holds "images-idx3", the file of the same name with "labels-idx1" has the labels."""
    images, partner = check_images(read_idx(path), str(path)), path.name.replace("images", "labels")
    partner = partner.replace("idx3", "idx1")
    beside = path.with_name(partner)
    if partner == path.name or not beside.is_file():
        return ImageStack(images=images, labels=None)
    return ImageStack(images=images, labels=read_labels(beside), told=(f"labels are those of {beside}",))


def _names(path: Path) -> list[str]:
    try:
        with open_npz(path) as file:
            return list(file.headers)
    except ImageError as error:
        raise ConfigError(error.problem, file=str(path), fix="save it again with numpy.savez") from error


def _present(path: Path, names: tuple[str, ...]) -> str | None:
    held = _names(path)
    return next((name for name in names if name in held), None)


def _located(path: Path, name: str | None) -> npt.NDArray[Any]:
    try:
        return load_array(path, name)
    except ConfigError as error:
        error.file = str(path)
        raise


def _from_folder(folder: Path, colours: int) -> ImageStack:
    """PNG files in the order of their names; those in subfolders have the subfolder's number as label."""
    found = (file for file in folder.rglob("*") if file.suffix.lower() == ".png")
    files = sorted(found, key=lambda file: file.relative_to(folder).parts)
    if not files:
        raise ConfigError("no .png files in this folder", file=str(folder), fix="name a folder that holds some")
    images: list[npt.NDArray[np.uint8]] = []
    for file in files:
        images.append(read_png(file, colours=colours))
        if images[-1].shape != images[0].shape:
            problem = f"this image is {_size(images[-1])}, the first one {_size(images[0])}"
            raise ConfigError(problem, file=str(file), fix="make all images equally large")
        if images[0].size * len(files) > _MOST_BYTES:
            problem = f"{len(files):,} images of {_size(images[0])} do not fit in {_MOST_BYTES:,} bytes"
            raise ConfigError(problem, file=str(folder), fix="show fewer at once")
    return ImageStack(
        images=np.stack(images),
        labels=_classes(folder, files),
        names=tuple(file.relative_to(folder).as_posix() for file in files),
    )


def _classes(folder: Path, files: list[Path]) -> npt.NDArray[np.int64] | None:
    """Labels from the names of subfolders; None where no file is in one."""
    classes = [file.parent.name if file.parent != folder else "" for file in files]
    if not any(classes):
        return None
    if not all(classes):
        file = files[classes.index("")]
        raise ConfigError(
            "some images are in subfolders, this one is not", file=str(file), fix="sort it into its class"
        )
    wrong = [name for name in classes if not (name.isascii() and name.isdigit() and len(name) < 6)]
    if wrong:
        fix = "name subfolders 0, 1, 2 ... by class, or put all images in one folder"
        raise ConfigError(f"the subfolder '{wrong[0]}' is no class", file=str(folder), fix=fix)
    return np.array([int(name) for name in classes], np.int64)


def _size(image: npt.NDArray[np.uint8]) -> str:
    return f"{image.shape[0]} x {image.shape[1]}"
