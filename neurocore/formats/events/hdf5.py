"""HDF5 files, read without trusting them: no links to elsewhere, no filters of others, sizes known before reading."""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import MissingExtraError, NeurocoreError, SpikeFileError
from neurocore.units import human_bytes

__all__ = ["SIGNATURE", "attribute", "children", "dataset", "h5py_module", "open_hdf5", "rows"]

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
MAX_BYTES: Final = 4 * 2**30
MAX_CHUNK: Final = 32 * 2**20
"""A chunk is unpacked whole, however few of its elements are asked for."""
_PIECE_BYTES: Final = 2**22
_MOST_CHILDREN: Final = 100_000
_SHRINK: Final = 1032
"""Deflate cannot shrink data by more than this factor; the other filters that are read shrink it by less."""
_FILTERS: Final = {"gzip", "lzf", "szip", "fletcher32", "shuffle", "scaleoffset"}


def h5py_module() -> Any:
    """The package h5py. Raises MissingExtraError where it is not installed."""
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError("h5py", "events") from error
    return h5py


@contextmanager
def open_hdf5(path: Path) -> Iterator[Any]:
    """An open HDF5 file; whatever goes wrong inside is told as damage to it. Raises SpikeFileError."""
    h5py = h5py_module()
    try:
        _check_heaps(path)
        with h5py.File(path, "r") as file:
            yield file
    except NeurocoreError:
        raise
    except MemoryError as error:
        raise _damaged(path, "it asks for more memory than there is") from error
    except Exception as error:  # h5py raises nearly every kind for a damaged file
        raise _damaged(path, str(error).split("\n")[0][:160] or type(error).__name__) from error


def _check_heaps(path: Path) -> None:
    """Refuse a heap of texts in which the HDF5 library (2.0 and before) would walk in circles: an object of no bytes.

    A heap is "GCOL", version 1, 3 zeros, its size; then objects of number, uses, 4 zeros, size and data, padded to 8
    bytes. Object 0 is free space, its size includes the 16 bytes before. Source: HDF5 file format 3.0, III.E.
    """
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at, steps = data.find(b"GCOL\1"), 0
        while at >= 0:
            end = min(len(data), at + int.from_bytes(data[at + 8 : at + 16], "little"))
            place = at + 16
            while place + 16 <= end:
                number, size = data[place : place + 2], int.from_bytes(data[place + 8 : place + 16], "little")
                steps += 1
                if steps > _MOST_CHILDREN:
                    raise ValueError(f"its heaps hold more than {_MOST_CHILDREN:,} texts")
                if number == b"\0\0" and size == 0:
                    raise ValueError(f"a heap of texts has an object of no bytes, at byte {place}")
                place += size if number == b"\0\0" else 16 + -(-size // 8) * 8
            at = data.find(b"GCOL\1", at + 1)


def _damaged(path: Path, problem: str) -> SpikeFileError:
    fix = "copy the file again, or write it anew"
    return SpikeFileError(f"the HDF5 file is cut off or damaged: {problem}", file=str(path), fix=fix)


def children(group: Any) -> dict[str, Any]:
    """The groups and datasets in a group, by name; only those that lie in the file itself."""
    h5py = h5py_module()
    if len(group) > _MOST_CHILDREN:
        raise _refused(group, f"it has {len(group):,} members", "write fewer populations into a file")
    found = {}
    for name in group:
        if type(group.get(name, getlink=True)) is not h5py.HardLink:
            raise _refused(
                group, f"'{name}' is a link to elsewhere, which is not followed", "copy what it leads to into the file"
            )
        found[name] = group[name]
    return found


def attribute(node: Any, name: str, usual: Any = None) -> Any:
    """An attribute as a Python value; texts as str. ``usual`` where it is not there."""
    if name not in node.attrs:
        return usual
    kind = node.attrs.get_id(name)
    if math.prod(kind.shape) > 64 or kind.dtype.itemsize > 4096:
        raise _refused(node, f"its attribute '{name}' is too large", "write the file again")
    value = node.attrs[name]
    if isinstance(value, np.ndarray):
        value = value.item() if value.size == 1 else value.tolist()
    value = value.item() if isinstance(value, np.generic) else value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def dataset(group: Any, name: str, kinds: str, axes: int) -> Any:
    """A dataset with numbers of some kinds and this many axes, of a size that can be.

    Raises SpikeFileError naming file and place.
    """
    h5py = h5py_module()
    found = children(group).get(name)
    if not isinstance(found, h5py.Dataset):
        raise _refused(
            group, f"it has no dataset '{name}'", f"datasets and groups there: {', '.join(list(group)[:6]) or 'none'}"
        )
    kind = found.dtype.kind if found.shape is not None else "?"
    if kind not in kinds or len(found.shape) != axes:
        shape = "no" if found.shape is None else list(found.shape)
        raise _refused(found, f"it holds {found.dtype} of shape {shape}", f"numbers in {axes} dimension(s) are needed")
    if found.external or found.is_virtual:
        raise _refused(found, "its data lies in another file, which is not read", "copy the data into the file")
    strange = [name for name in found._filters if name not in _FILTERS]
    if strange:
        raise _refused(found, "its data is compressed in a way that is not read", "write it with gzip")
    chunk = math.prod(found.chunks or (0,)) * found.dtype.itemsize
    most = found.id.get_storage_size() * _SHRINK + 2**16
    if found.nbytes > MAX_BYTES or chunk > MAX_CHUNK or found.nbytes > most:
        told = f"it claims {human_bytes(max(found.nbytes, chunk))}"
        stored = human_bytes(found.id.get_storage_size())
        raise _refused(
            found,
            f"{told} unpacked, of {stored} in the file",
            f"at most {human_bytes(MAX_BYTES)}, in chunks of {human_bytes(MAX_CHUNK)}, are read",
        )
    return found


def _refused(node: Any, problem: str, fix: str) -> SpikeFileError:
    return SpikeFileError(problem, file=str(node.file.filename), path=str(node.name), fix=fix)


def rows(found: Any, *before: int) -> Iterator[npt.NDArray[Any]]:
    """A dataset's rows along one axis, some at a time. before : indices along the axes in front of it"""
    axis = len(before)
    width = math.prod(found.shape[axis + 1 :]) * found.dtype.itemsize
    step = max(1, _PIECE_BYTES // max(1, width))
    for first in range(0, found.shape[axis], step):
        yield found[(*before, slice(first, first + step))]
