"""Files are written aside and renamed when they are whole; arrays go to .npz piece by piece."""

from __future__ import annotations

import os
import secrets
import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import NeurocoreError

__all__ = ["Pieces", "write_atomically", "write_npz", "write_npz_in_pieces"]

_ALIGNMENT: Final = 64


@contextmanager
def write_atomically(path: str | Path, mode: str = "wb", *, sync: bool = False) -> Iterator[IO[Any]]:
    """Open a file that appears under its name only when the block ends well; until then the old one, if any, stays.

    mode : "wb" for bytes, "w" for UTF-8 text with newlines as written
    sync : wait until it is on the disk, so that it is there after a power cut, too
    Raises NeurocoreError when the folder is missing or the file cannot be written.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise NeurocoreError(
            f"{path}: the folder '{path.parent}' does not exist", fix=f"make it first: mkdir -p {path.parent}"
        )
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    text = {} if "b" in mode else {"encoding": "utf-8", "newline": ""}
    try:
        with open(temporary, mode.replace("w", "x"), **text) as file:  # type: ignore[call-overload]
            yield file
            if sync:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise NeurocoreError(
            f"{path}: this file cannot be written: {error.strerror or error}",
            fix="check that the name is no folder, that you may write here, and that the disk is not full",
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def write_npz(
    path: str | Path, arrays: Mapping[str, npt.NDArray[Any]], *, compress: bool = False, sync: bool = False
) -> None:
    """Write arrays as one .npz file, atomically; the same arrays give the same bytes.

    Uncompressed data starts at multiples of 64 bytes, so that it can be memory-mapped where it lies.
    """
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with write_atomically(path, sync=sync) as file, zipfile.ZipFile(file, "w", method, compresslevel=3) as archive:
        for name, array in arrays.items():
            with _new_member(file, archive, name) as out:
                np.lib.format.write_array(out, np.asarray(array, order="C"), allow_pickle=False)


Pieces = tuple[npt.DTypeLike, tuple[int, ...], Iterable[npt.NDArray[Any]]]
"""An array too large to hold: dtype, shape, and its rows in pieces."""


def write_npz_in_pieces(path: str | Path, arrays: Mapping[str, npt.NDArray[Any] | Pieces]) -> None:
    """Write what write_npz writes with ``compress``, byte for byte, of arrays that come a piece at a time."""
    with (
        write_atomically(path, sync=True) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive,
    ):
        for name, given in arrays.items():
            dtype, shape, pieces = given if isinstance(given, tuple) else (given.dtype, given.shape, [given])
            descr = np.lib.format.dtype_to_descr(np.dtype(dtype))
            with _new_member(file, archive, name) as out:
                np.lib.format.write_array_header_1_0(out, {"descr": descr, "fortran_order": False, "shape": shape})
                for piece in pieces:
                    out.write(np.ascontiguousarray(piece, dtype).data.cast("B") if piece.size else b"")


def _new_member(file: IO[Any], archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """Begin a member whose data, where it is not compressed, starts at a multiple of 64 bytes."""
    member = zipfile.ZipInfo(f"{name}.npy")
    member.compress_type = archive.compression
    # 30 bytes of local header, the name, 20 bytes of 64-bit sizes, then 4 bytes and padding of our own
    start = file.tell() + 30 + len(member.filename.encode()) + 20 + 4
    member.extra = struct.pack("<HH", 0xD935, -start % _ALIGNMENT) + bytes(-start % _ALIGNMENT)
    return archive.open(member, "w", force_zip64=True)
