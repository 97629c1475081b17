"""The IDX format of MNIST and Fashion-MNIST: a header of sizes, then bytes; plain or gzipped.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits": two zero bytes, the type (8 for
unsigned bytes), the number of axes, each size as a big-endian 32-bit integer, then the data, last axis fastest.
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError

__all__ = ["is_idx", "read_idx"]

MAX_BYTES: Final = 2**31
_DEFLATE_MOST: Final = 1032
"""Deflate cannot shrink data by more than this factor (zlib's documentation, "maximum compression factor")."""
_UNSIGNED: Final = 8


def is_idx(path: Path) -> bool:
    """Whether a name looks like one: x.idx, x.idx3-ubyte, x-idx3-ubyte, each also with .gz."""
    name = path.name.lower().removesuffix(".gz")
    return name.endswith((".idx", "-ubyte")) or ".idx" in name


def read_idx(path: Path) -> npt.NDArray[np.uint8]:
    """The array of bytes in an IDX file, with as many axes as it says. Raises ConfigError naming the file."""
    packed = path.name.lower().endswith(".gz")
    opened = gzip.open if packed else open
    try:
        size = path.stat().st_size
        with opened(path, "rb") as file:
            start = file.read(4)
            if len(start) < 4 or start[:2] != b"\0\0" or start[2] != _UNSIGNED or not 1 <= start[3] <= 6:
                found = start.hex(" ") or "nothing"
                raise _error(path, f"not an IDX file of bytes: it begins with {found}, not 00 00 08 and 1 to 6 axes")
            sizes = [int(size) for size in np.frombuffer(_exactly(file.read(4 * start[3]), 4 * start[3], path), ">u4")]
            wanted = math.prod(sizes)
            if math.prod(size or 1 for size in sizes) > MAX_BYTES:  # numpy has a limit for empty arrays, too
                raise _error(
                    path, f"its header says {' x '.join(map(str, sizes))} bytes; at most {MAX_BYTES:,} are read"
                )
            if wanted > size * (_DEFLATE_MOST if packed else 1):  # before memory for all of it is asked for
                raise _error(path, f"its header says {wanted:,} bytes; the whole file has {size:,}")
            data = _exactly(file.read(wanted), wanted, path)
            if file.read(1):
                raise _error(path, f"there are more bytes than the {wanted:,} that its header says")
    except (OSError, EOFError, zlib.error) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise _error(path, f"cannot be read: {problem}") from error
    return np.frombuffer(data, np.uint8).reshape(sizes)


def _exactly(data: bytes, wanted: int, path: Path) -> bytes:
    if len(data) != wanted:
        raise _error(path, f"it ends too early: {len(data):,} bytes where {wanted:,} are needed")
    return data


def _error(path: Path, problem: str) -> ConfigError:
    return ConfigError(problem, file=str(path), fix="download or copy the file again")
