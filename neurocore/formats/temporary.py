"""Arrays too large to hold, in a temporary file that has no name and goes when they do."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.errors import NeurocoreError
from neurocore.units import human_bytes

__all__ = ["map_pieces"]


def map_pieces(pieces: Iterable[npt.NDArray[Any]], dtype: np.dtype[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """An array whose rows come a piece at a time, written to a temporary file and mapped. It may be written to.

    The file lies in the system's temporary folder, which TMPDIR names. Raises NeurocoreError where it has no room.
    """
    try:
        with tempfile.TemporaryFile() as file:
            for piece in pieces:
                file.write(piece.data.cast("B") if piece.size else b"")
            file.flush()
            return np.asarray(np.memmap(file, dtype, "c", 0, shape))
    except OSError as error:
        needed = human_bytes(math.prod(shape) * dtype.itemsize)
        raise NeurocoreError(
            f"an array of {needed} cannot be unpacked to the temporary folder: {error.strerror or error}",
            fix="let TMPDIR name a folder with more room, or compile the image again: uncompressed it is not unpacked",
        ) from error
