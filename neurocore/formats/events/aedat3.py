"""AEDAT 3.1, the recordings of cAER and of the DVS Gesture data set: text lines, then packets of events.

Sources: iniVation, "AEDAT 3.1" (header lines, all fields little-endian), libcaer's headers common.h and polarity.h: a
packet begins with 28 bytes (type and source int16; size of an event, offset of its time, overflow, capacity, number of
events, number of valid ones, int32 each); a polarity event is of type 1 and has 8 bytes: bit 0 valid, bit 1 brighter,
bits 2 to 16 row, bits 17 to 31 column, then microseconds; the overflow counts how often their 31 bits were used up.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import IO, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import SpikeFileError
from neurocore.formats.events.stream import EventStream, Piece

__all__ = ["HEADER", "MAGIC", "open_aedat3"]

MAGIC: Final = b"#!AER-DAT3."
HEADER: Final = np.dtype([("type", "<i2"), ("source", "<i2"), *((name, "<i4") for name in (
    "size", "time_at", "overflow", "capacity", "number", "valid"))])  # fmt: skip
_POLARITY: Final = 1
_MOST_LINES: Final = 1000
_MOST_IN_LINE: Final = 2**16
MAX_PACKET: Final = 64 * 2**20
"""Bytes of a packet: 8 million events. cAER writes packets of some thousand events."""
_END: Final = b"#!END-HEADER"
_CAMERAS: Final = {"DVS128": (128, 128), "DAVIS240": (240, 180), "DAVIS346": (346, 260), "DAVIS640": (640, 480)}
_FIX: Final = "copy the file again"


def open_aedat3(path: Path) -> EventStream:
    """A camera's polarity events; others, and those marked invalid, are left out. Raises SpikeFileError."""
    with open(path, "rb") as file:
        lines = _lines(file, path)
        first = file.tell()
    if not lines[0].startswith(MAGIC + b"1"):
        version = lines[0][len("#!AER-DAT") :].decode("latin-1")
        problem, fix = f"this is AEDAT {version[:8]}", "read are versions 3.1 and 4; DV converts others"
        raise SpikeFileError(problem, file=str(path), fix=fix)
    if any(line.startswith(b"#Format:") and line.split(b":")[1].strip() != b"RAW" for line in lines):
        raise SpikeFileError("its events are packed", file=str(path), fix="read is #Format: RAW")
    sources = [line.split(b":", 1)[1].strip().decode("latin-1") for line in lines if line.startswith(b"#Source ")]
    known = {size for name in sources for start, size in _CAMERAS.items() if name.startswith(start)}
    return EventStream(
        file=str(path),
        format="an AEDAT 3.1 recording",
        unit_s=1e-6,
        camera=True,
        pixels=known.pop() if len(known) == 1 and len(sources) == 1 else None,
        pieces=_pieces(path, first),
    )


def _lines(file: IO[bytes], path: Path) -> list[bytes]:
    """The lines of the header; the file then stands at the first packet.

    DVS Gesture's files lack the line that ends the header in the standard's words: there it ends where a line does not
    begin with #, and the first byte of a packet of polarity events is 1.
    """
    lines: list[bytes] = []
    while len(lines) < _MOST_LINES:
        here = file.tell()
        line = file.readline(_MOST_IN_LINE)
        if not line.startswith(b"#"):
            file.seek(here)
            return lines
        lines.append(line.rstrip(b"\r\n"))
        if line.startswith(_END):
            return lines
    raise SpikeFileError(f"its header has more than {_MOST_LINES} lines", file=str(path), fix=_FIX)


def _pieces(path: Path, first: int) -> Generator[Piece]:
    at = first
    with open(path, "rb") as file:
        file.seek(first)
        while data := file.read(HEADER.itemsize):
            if len(data) < HEADER.itemsize:
                raise _damaged(path, at, "it ends in the middle of a packet's header")
            head = np.frombuffer(data, HEADER)[0]
            size, number = int(head["size"]), int(head["number"])
            if size < 1 or number < 0 or number > int(head["capacity"]) or head["overflow"] < 0:
                raise _damaged(path, at, f"it says of itself: {number} events of {size} bytes")
            if size * number > MAX_PACKET:
                raise _damaged(path, at, f"it says of itself that it has {size * number:,} bytes")
            polarity = head["type"] == _POLARITY
            if polarity and (size, head["time_at"]) != (8, 4):
                raise _damaged(path, at, f"its polarity events have {size} bytes, not 8")
            data = file.read(size * number)
            if len(data) < size * number:
                raise _damaged(path, at, "it ends in the middle of a packet")
            at += HEADER.itemsize + len(data)
            if polarity and number:
                words = np.frombuffer(data, "<u4").reshape(-1, 2)
                valid = slice(None) if head["valid"] == number else (words[:, 0] & 1) > 0
                yield _events(words[valid], int(head["overflow"]))


def _events(given: npt.NDArray[np.uint32], overflow: int) -> Piece:
    words = given.astype(np.int64)
    what = words[:, 0]
    return Piece(
        time=(words[:, 1] & 0x7FFFFFFF) + (overflow << 31),
        x=what >> 17 & 0x7FFF,
        y=what >> 2 & 0x7FFF,
        on=(what & 2) > 0,
    )


def _damaged(path: Path, at: int, problem: str) -> SpikeFileError:
    return SpikeFileError(f"the packet at byte {at:,}: {problem}", file=str(path), fix=_FIX)
