"""Arrays of numbers in MATLAB's level 5 MAT-files (save -v6, -v7), as SVHN is given out; read without trusting them.

Source: MathWorks, "MAT-File Format", level 5: a header of 128 bytes, then elements of a type, a length and data; a
matrix is an element of elements (flags, sizes, name, numbers); a compressed element holds another one under zlib.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError
from neurocore.units import human_bytes

__all__ = ["read_mat"]

MAX_BYTES: Final = 2**31
_HEADER: Final = 128
_MATRIX: Final = 14
_COMPRESSED: Final = 15
_NUMBERS: Final = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_HEAD: Final = 4096
"""Bytes in which a matrix's flags, sizes and name lie; a name has 63 characters at most."""
_CLASSES: Final = range(6, 16)
"""Classes of plain numbers; smaller ones are cells, structures, objects, text and sparse matrices."""
_COMPLEX: Final = 0x0800


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matrix:
    """What a matrix says of itself. plain : whether it is an array of real numbers; data : where these begin."""

    name: str
    plain: bool
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    data: int
    nbytes: int


def read_mat(path: Path, names: Collection[str]) -> dict[str, npt.NDArray[Any]]:
    """The arrays of these names, as they are stored: whole numbers that MATLAB packed stay small.

    Raises ConfigError naming the file, where it is damaged, of another version, too large, or lacks one of the names.
    """
    found: dict[str, npt.NDArray[Any]] = {}
    try:
        with open(path, "rb") as file:
            order = _order(file, path)
            for kind, size in _elements(file, order, path):
                made = _array(file, kind, size, order, names, path)
                if made is not None:
                    found[made[0]] = made[1]
    except (OSError, struct.error, zlib.error, UnicodeDecodeError) as error:
        raise _error(path, f"it is damaged: {getattr(error, 'strerror', None) or error}") from error
    missing = [name for name in names if name not in found]
    if missing:
        raise _error(path, f"it holds no array '{missing[0]}', but {', '.join(sorted(found)) or 'none of that kind'}")
    return found


def _order(file: IO[bytes], path: Path) -> str:
    """'<' or '>', the order of bytes, after the header."""
    head = file.read(_HEADER)
    mark = head[126:128]
    if head.startswith((b"MATLAB 7.3", b"\x89HDF")):
        raise _error(path, "this is a MAT-file of version 7.3 (HDF5)", "save it in MATLAB with -v7")
    if len(head) < _HEADER or mark not in (b"IM", b"MI"):
        raise _error(path, f"this is no MAT-file of level 5: it begins with {head[:8].hex(' ') or 'nothing'}")
    return "<" if mark == b"IM" else ">"


def _elements(file: IO[bytes], order: str, path: Path) -> Iterator[tuple[int, int]]:
    """Type and length of each element; the file stands at its data."""
    end = file.seek(0, 2)
    at = _HEADER
    while at < end:
        file.seek(at)
        kind, size = struct.unpack(f"{order}II", file.read(8))
        if kind not in (_MATRIX, _COMPRESSED) or at + 8 + size > end:
            raise _error(
                path, f"the element at byte {at} is of type {kind} and {size:,} bytes; {end - at - 8:,} are left"
            )
        yield kind, size
        at += 8 + size


def _array(
    file: IO[bytes], kind: int, size: int, order: str, names: Collection[str], path: Path
) -> tuple[str, npt.NDArray[Any]] | None:
    """Name and values of the matrix that the element holds; None where it is not wanted."""
    unpack = zlib.decompressobj()
    packed = b""
    if kind == _COMPRESSED:
        packed = file.read(size)
        head = unpack.decompress(packed, _HEAD)
        kind, size = struct.unpack_from(f"{order}II", head)
        head = head[8:]
    else:
        head = file.read(min(size, _HEAD))
    if kind != _MATRIX:
        return None
    matrix = _described(head, order)
    if matrix.name not in names:
        return None
    if not matrix.plain:
        raise _error(path, f"'{matrix.name}' is no array of real numbers")
    if matrix.nbytes > MAX_BYTES:
        raise _error(
            path, f"'{matrix.name}' has {human_bytes(matrix.nbytes)}; at most {human_bytes(MAX_BYTES)} are read"
        )
    asked = math.prod(matrix.shape) * matrix.dtype.itemsize
    if asked != matrix.nbytes or matrix.data + matrix.nbytes > size:
        raise _error(path, f"'{matrix.name}' of shape {list(matrix.shape)} has {matrix.nbytes:,} bytes, not {asked:,}")
    have = head[matrix.data : matrix.data + matrix.nbytes]
    left = matrix.nbytes - len(have)
    if left and packed:
        have += unpack.decompress(unpack.unconsumed_tail, left)
    elif left:
        have += file.read(left)
    if len(have) != matrix.nbytes:
        raise _error(path, f"'{matrix.name}' ends after {len(have):,} of {matrix.nbytes:,} bytes")
    return matrix.name, np.frombuffer(have, matrix.dtype).reshape(matrix.shape, order="F")


def _described(head: bytes, order: str) -> _Matrix:
    """What a matrix's first elements say. Raises struct.error where they are cut off or of other types."""
    parts = []
    at = 0
    for _ in range(3):
        kind, size, data, at = _tag(head, at, order)
        if data + size > len(head):
            raise struct.error("a matrix's sizes or name are cut off")
        parts.append((kind, head[data : data + size]))
    (flags_kind, flags), (sizes_kind, sizes), (_, name) = parts
    if (flags_kind, sizes_kind) != (6, 5) or len(flags) != 8 or not 8 <= len(sizes) <= 128 or len(sizes) % 4:
        raise struct.error("a matrix's flags or sizes are not where they belong")
    word = struct.unpack_from(f"{order}I", flags)[0]
    shape = struct.unpack(f"{order}{len(sizes) // 4}i", sizes)
    if min(shape) < 0:
        raise struct.error(f"a matrix has the shape {list(shape)}")
    plain = (word & 0xFF) in _CLASSES and not word & _COMPLEX
    kind, size, data, _ = _tag(head, at, order) if plain else (2, 0, at, at)
    dtype = np.dtype(order + _NUMBERS[kind]) if kind in _NUMBERS else np.dtype("u1")
    return _Matrix(
        name=name.decode("ascii"), plain=plain and kind in _NUMBERS, shape=shape, dtype=dtype, data=data, nbytes=size
    )


def _tag(head: bytes, at: int, order: str) -> tuple[int, int, int, int]:
    """Type, length, where the data begin, where the next element begins. Up to 4 bytes of data lie in the tag."""
    first = struct.unpack_from(f"{order}I", head, at)[0]
    if first >> 16:
        return first & 0xFFFF, first >> 16, at + 4, at + 8
    size = struct.unpack_from(f"{order}I", head, at + 4)[0]
    return first, size, at + 8, at + 8 + (size + 7) // 8 * 8


def _error(path: Path, problem: str, fix: str = "download or copy the file again") -> ConfigError:
    return ConfigError(problem, file=str(path), fix=fix)
