"""Camera events of 40 bits, as N-MNIST and N-Caltech101 are given out (.bin): x, y, polarity, microseconds.

Source: G. Orchard, A. Jayawant, G. Cohen, N. Thakor, "Converting Static Image Datasets to Spiking Neuromorphic Datasets
Using Saccades" (2015), and its data sets' own description: from the highest bit, 8 bits x, 8 bits y, 1 bit polarity (1
is brighter), 23 bits of time. A row of 240 marks that the clock jumped by 2^13 microseconds, from that event on.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Final

import numpy as np

from neurocore.errors import SpikeFileError
from neurocore.formats.events.stream import PIECE, EventStream, Piece

__all__ = ["SUFFIX", "open_aer40"]

SUFFIX: Final = ".bin"
_EVENT: Final = 5
_JUMP: Final = 240
_JUMP_US: Final = 2**13


def open_aer40(path: Path) -> EventStream:
    """A recording; the file does not say how many pixels the camera has. Raises SpikeFileError."""
    size = path.stat().st_size
    if size % _EVENT:
        raise SpikeFileError(
            f"its {size:,} bytes are no whole number of events of {_EVENT} bytes",
            file=str(path),
            fix="copy the file again; read as .bin are the recordings of N-MNIST and N-Caltech101",
        )
    return EventStream(
        file=str(path), format="a recording of 40-bit events", unit_s=1e-6, camera=True, pieces=_pieces(path)
    )


def _pieces(path: Path) -> Generator[Piece]:
    jumps = 0
    with open(path, "rb") as file:
        while data := file.read(PIECE * _EVENT):
            x, y, high, middle, low = (
                np.frombuffer(data, np.uint8)[: len(data) // _EVENT * _EVENT].reshape(-1, _EVENT).T
            )
            time = (high & 0x7F).astype(np.int64) << 16 | middle.astype(np.int64) << 8 | low
            jump = y == _JUMP
            time += (jumps + np.cumsum(jump)) * _JUMP_US
            jumps += int(jump.sum())
            seen = ~jump
            yield Piece(
                time=time[seen],
                x=x[seen].astype(np.int64),
                y=y[seen].astype(np.int64),
                on=(high[seen] & 0x80) > 0,
            )
