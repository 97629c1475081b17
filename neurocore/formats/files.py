"""Files on disk, safely: written whole or not at all, and .npz archives read without trusting them."""

from __future__ import annotations

import io
import math
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ImageError
from neurocore.formats.temporary import map_pieces
from neurocore.units import human_bytes

__all__ = ["DEFAULT_LIMIT", "MAP_FROM", "ArrayHeader", "NpzFile", "open_npz", "read_header"]

DEFAULT_LIMIT: Final = 16 * 2**30
"""Most bytes that the arrays of one .npz file may take unpacked."""

MAP_FROM: Final = 256 * 2**20
"""Bytes from which an array is mapped rather than read. (Read, it may lie in huge pages, which are quicker to run from:
a full chip's crossbars take 32 MiB.)"""

_DEFLATE_MOST: Final = 1032
"""Deflate cannot shrink data by more than this factor (zlib's documentation, "maximum compression factor")."""
_CHUNK: Final = 2**24
_MOST_AXES: Final = 32
"""Axes that an array may have in any numpy."""
_DAMAGE: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, RuntimeError, ValueError),
    *(TypeError, KeyError, OverflowError),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayHeader:
    """What a member of an .npz file says of itself, before any of its data is read."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran_order: bool
    data_start: int

    @property
    def nbytes(self) -> int:
        """Bytes of data that dtype and shape ask for."""
        return math.prod(self.shape) * self.dtype.itemsize


class NpzFile:
    """An open .npz file whose headers have been checked: ``headers`` by member name, and ``read``."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, headers: dict[str, ArrayHeader]) -> None:
        self.path = path
        self.headers = headers
        self._archive = archive

    def problem(self, member: str, text: str, fix: str | None = None) -> ImageError:
        """An error about one member, naming the file."""
        return ImageError(text, file=str(self.path), path=member, fix=fix)

    def expect(self, member: str, dtype: npt.DTypeLike, shape: tuple[int | None, ...], why: str = "") -> ArrayHeader:
        """Check that a member is there with this dtype and shape (None: any length), without reading its data.

        why : ends the sentence that says which shape is needed
        """
        if member not in self.headers:
            raise self.problem(member, "this array is missing")
        header = self.headers[member]
        if header.dtype != np.dtype(dtype):
            raise self.problem(member, f"dtype is {header.dtype.name}; it must be {np.dtype(dtype).name}")
        fits = len(header.shape) == len(shape) and all(
            need is None or need == have for have, need in zip(header.shape, shape, strict=True)
        )
        if not fits:
            need = (
                "(" + ", ".join("any" if n is None else str(n) for n in shape) + ("," if len(shape) == 1 else "") + ")"
            )
            raise self.problem(member, f"shape is {header.shape}; it must be {need}{why}")
        return header

    def read_or_map(self, member: str, *, unpack: bool = False) -> npt.NDArray[Any]:
        """Read one member; a large one that is stored as it is, is mapped instead: no copy of it is made.

        A mapped array may be written to, and the file stays as it is. Its data is not checked against the archive's
        checksum: compare a digest of your own.
        unpack : a large one that is compressed is unpacked to a temporary file, a piece at a time, and that is mapped
        Raises ImageError where the data is cut off or damaged, NeurocoreError where the temporary file has no room.
        """
        header = self.headers[member]
        if header.nbytes >= MAP_FROM and self._can_be_mapped(member):
            return self._map(member)
        if unpack and header.nbytes >= max(1, MAP_FROM) and not header.fortran_order:
            rows = max(1, _CHUNK * header.shape[0] // header.nbytes)
            return map_pieces(self.pieces(member, rows), header.dtype, header.shape)
        return self.read(member)

    def read_rows(self, member: str, first: int, stop: int) -> npt.NDArray[Any]:
        """Elements first..stop-1 along the first axis, without holding the others; large ones are mapped if they can.

        The archive's checksum is not looked at. Raises ImageError where the data is cut off or damaged.
        """
        header = self.headers[member]
        if header.fortran_order or not header.nbytes:
            return self.read(member)[first:stop].copy()
        if self._can_be_mapped(member):
            rows = self._map(member)[first:stop]
            return rows if rows.nbytes >= MAP_FROM else rows.copy()
        row = header.nbytes // header.shape[0]
        found = np.empty((stop - first, *header.shape[1:]), header.dtype)
        target = found.reshape(-1).view(np.uint8)
        try:
            with self._archive.open(f"{member}.npy") as stream:
                skip, done = header.data_start + first * row, 0
                while skip or done < len(target):
                    part = stream.read(min(_CHUNK, skip or len(target) - done))
                    if not part:
                        raise EOFError("it ends before its last element")
                    if skip:
                        skip -= len(part)
                        continue
                    target[done : done + len(part)] = np.frombuffer(part, np.uint8)
                    done += len(part)
        except (*_DAMAGE, OSError) as error:
            raise self.problem(member, f"the data is damaged: {error}") from error
        return found

    def _can_be_mapped(self, member: str) -> bool:
        info, header = self._archive.getinfo(f"{member}.npy"), self.headers[member]
        return info.compress_type == zipfile.ZIP_STORED and not header.fortran_order and header.nbytes > 0

    def _map(self, member: str) -> npt.NDArray[Any]:
        header, info = self.headers[member], self._archive.getinfo(f"{member}.npy")
        with open(self.path, "rb") as file:
            file.seek(info.header_offset + 26)  # of the local header: lengths of the name and of the extra field
            name, extra = struct.unpack("<HH", file.read(4))
        start = info.header_offset + 30 + name + extra + header.data_start
        if start + header.nbytes > self.path.stat().st_size:
            raise self.problem(member, "the data is damaged: it goes on beyond the end of the file")
        return np.asarray(np.memmap(self.path, header.dtype, "c", start, header.shape))

    def pieces(self, member: str, rows: int) -> Iterator[npt.NDArray[Any]]:
        """Read one member, ``rows`` of its first axis at a time. Raises ImageError when it meets damage."""
        header = self.headers[member]
        each = math.prod(header.shape[1:]) * header.dtype.itemsize
        try:
            with self._archive.open(f"{member}.npy") as stream:
                stream.read(header.data_start)
                for first in range(0, header.shape[0], rows):
                    count = min(rows, header.shape[0] - first)
                    part = stream.read(count * each)
                    if len(part) < count * each:
                        raise EOFError(f"row {first} and what follows is cut off")
                    yield np.frombuffer(part, header.dtype).reshape(count, *header.shape[1:])
                stream.read(1)  # reaching the end makes zipfile compare the checksum
        except (*_DAMAGE, OSError) as error:
            raise self.problem(member, f"the data is damaged: {error}") from error

    def read(self, member: str) -> npt.NDArray[Any]:
        """Read one member whole. Raises ImageError where the data is cut off or damaged."""
        header = self.headers[member]
        flat = np.empty(math.prod(header.shape), header.dtype)
        target = flat.view(np.uint8)
        done = 0
        try:
            with self._archive.open(f"{member}.npy") as stream:
                stream.read(header.data_start)
                while done < header.nbytes:
                    part = stream.read(min(_CHUNK, header.nbytes - done))
                    if not part:
                        raise EOFError(f"{done} of {header.nbytes} bytes are there")
                    target[done : done + len(part)] = np.frombuffer(part, np.uint8)
                    done += len(part)
                stream.read(1)  # reaching the end makes zipfile compare the checksum
        except (*_DAMAGE, OSError) as error:
            raise self.problem(member, f"the data is damaged: {error}") from error
        return flat.reshape(header.shape, order="F" if header.fortran_order else "C")


@contextmanager
def open_npz(path: str | Path, *, limit: int = DEFAULT_LIMIT) -> Iterator[NpzFile]:
    """Open an .npz file after checking everything it says of itself; nothing is unpacked yet.

    limit : most bytes that all arrays together may take
    Raises ImageError, naming file and member, when the file cannot be read, is no zip archive, is cut off, or holds
    anything but plain boolean, integer or float arrays whose sizes agree with the archive's own and with the limit.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise ImageError("this is no ordinary file", file=str(path), fix="name an .npz file")
        size = path.stat().st_size
        with open(path, "rb") as file:
            start = file.read(4)
    except OSError as error:
        raise ImageError(
            f"this file cannot be read: {error.strerror or error}", file=str(path), fix="check the path"
        ) from error
    if start != b"PK\x03\x04":
        raise ImageError(
            f"this is no .npz file: it starts with {start.hex(' ') or 'nothing'}, an .npz file with 50 4b 03 04",
            file=str(path),
        )
    try:
        archive = zipfile.ZipFile(path)
    except (*_DAMAGE, OSError) as error:
        raise ImageError(f"the archive is cut off or damaged: {error}", file=str(path)) from error
    with archive:
        yield NpzFile(path, archive, _read_headers(path, archive, size, limit))


def _read_headers(path: Path, archive: zipfile.ZipFile, size: int, limit: int) -> dict[str, ArrayHeader]:
    """Check the archive's directory, then the header of each member."""
    members = archive.infolist()
    headers: dict[str, ArrayHeader] = {}
    if sum(info.compress_size for info in members) > size:
        raise ImageError(f"its members claim more than the {size} bytes of the file: it is damaged", file=str(path))
    total = sum(info.file_size for info in members)
    if total > limit:
        raise ImageError(
            f"its arrays take {human_bytes(total)} unpacked; the limit is {human_bytes(limit)}", file=str(path)
        )
    for info in members:
        name = info.filename.removesuffix(".npy")
        if name == info.filename or name in headers:
            what = "is there twice" if name in headers else "is no .npy array"
            raise ImageError(f"the member '{info.filename}' {what}", file=str(path))
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            problem = f"the member '{info.filename}' is compressed in a way that numpy does not write"
            raise ImageError(problem, file=str(path), fix="save it with numpy.savez or numpy.savez_compressed")
        if info.file_size > info.compress_size * _DEFLATE_MOST:
            raise ImageError(
                f"it claims to unpack {info.compress_size} bytes to {info.file_size}, more than compression can do",
                file=str(path),
                path=name,
            )
        try:
            with archive.open(info) as stream:
                headers[name] = read_header(stream)
        except (*_DAMAGE, OSError) as error:
            raise ImageError(f"the array's header is damaged: {error}", file=str(path), path=name) from error
        header = headers[name]
        if header.dtype.kind not in "biuf":
            holds = "Python objects (pickles)" if header.dtype.hasobject else f"dtype {header.dtype.str}"
            raise ImageError(
                f"it holds {holds}; only booleans, integers and floats are read", file=str(path), path=name
            )
        if header.data_start + header.nbytes != info.file_size:
            raise ImageError(
                f"its header asks for {header.nbytes} bytes of data, the archive holds "
                f"{info.file_size - header.data_start}: the file is damaged",
                file=str(path),
                path=name,
            )
    return headers


def read_header(stream: IO[bytes]) -> ArrayHeader:
    """The .npy header at the start of a stream. Raises ValueError when it is none, or one that no array can have."""
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"version {version[0]}.{version[1]} of the .npy format is not read")
    # The header is read into memory first: numpy's own limit then bounds what its parser sees.
    width = 2 if version == (1, 0) else 4
    raw = stream.read(width)
    length = int.from_bytes(raw, "little")
    if len(raw) < width or length > 10_000:
        raise ValueError(f"its length of {length} bytes is beyond the 10000 allowed")
    parse = np.lib.format.read_array_header_1_0 if width == 2 else np.lib.format.read_array_header_2_0
    text = io.BytesIO(raw + stream.read(length))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers as Python 2 wrote them
            shape, fortran_order, dtype = parse(text, max_header_size=10_000)
    except Exception as error:  # numpy parses the header as a Python literal: a damaged one can fail in any way
        raise ValueError(str(error).split("\n")[0][:120] or type(error).__name__) from error
    if any(type(side) is not int or side < 0 for side in shape):
        raise ValueError(f"shape {str(shape)[:60]} is not of whole numbers")
    if len(shape) > _MOST_AXES or math.prod(side or 1 for side in shape) * (dtype.itemsize or 1) >= 2**63:
        raise ValueError(f"shape {str(shape)[:60]} is of no array that can be")
    return ArrayHeader(dtype=dtype, shape=shape, fortran_order=fortran_order, data_start=8 + width + length)
