"""AEDAT4, the files of DV's event cameras: what they say of themselves is checked first, then the events are read.

Source: iniVation, AEDAT 4.0; flatbuffers schemas IOHE and EVTS. Uncompressed files are read here, compressed ones by
the package aedat, after every packet's size unpacked has been bounded.
"""

from __future__ import annotations

import struct
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from neurocore.errors import MissingExtraError, SpikeFileError
from neurocore.formats.events.frame_bounds import lz4_bound, zstd_bound
from neurocore.formats.events.stream import EventStream, Piece
from neurocore.units import human_bytes

__all__ = ["EVENT", "MAGIC", "open_aedat4"]

MAGIC: Final = b"#!AER-DAT4.0\r\n"
EVENT: Final = np.dtype(
    {"names": ["t", "x", "y", "on"], "formats": ["<i8", "<i2", "<i2", "u1"], "offsets": [0, 8, 10, 12], "itemsize": 16}
)
MAX_HEADER: Final = 2**20
MAX_PACKET: Final = 64 * 2**20
"""Bytes of a packet, unpacked: 4 million events. DV writes packets of 10 ms."""
_PACKINGS: Final = {0: "none", 1: "LZ4", 2: "LZ4", 3: "Zstandard", 4: "Zstandard"}
_FIX: Final = "copy the file again; recordings that were cut off can be repaired with DV"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """compression : 0 none, 1 and 2 LZ4, 3 and 4 Zstandard; first, end : bytes between which the packets lie

    streams : id of each stream of events -> width and height; others : ids of frames, triggers and the like
    """

    compression: int
    first: int
    end: int
    streams: dict[int, tuple[int, int]]
    others: frozenset[int]


def open_aedat4(path: Path, population: str | None) -> EventStream:
    """A camera's events. population : number of the stream, where there are several. Raises SpikeFileError."""
    with open(path, "rb") as file:
        header = _header(file, str(path))
    streams = header.streams
    names = ", ".join(map(str, sorted(streams)))
    if population is None and len(streams) == 1:
        chosen = next(iter(streams))
    elif population is not None and population.isascii() and population.isdigit() and int(population) in streams:
        chosen = int(population)
    else:
        problem = (
            f"it has no stream '{population}'" if population else f"it has {len(streams) or 'no'} streams of events"
        )
        fix = f"add population: one of {names}" if streams else "name a recording of events"
        raise SpikeFileError(problem, file=str(path), fix=fix)
    read = _plain(path, header, chosen) if header.compression == 0 else _packed(path, header, chosen)
    return EventStream(
        file=str(path),
        format="an AEDAT4 recording",
        unit_s=1e-6,
        camera=True,
        pixels=streams[chosen],
        pieces=read,
    )


class _Table:
    """A flatbuffers table whose every offset is checked. Raises ValueError, KeyError never."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = self._u32(0)
        self.fields = self.at - self._read("<i", self.at)
        self.size = self._read("<H", self.fields)

    def _read(self, kind: str, at: int) -> Any:
        if at < 0 or at + struct.calcsize(kind) > len(self.data):
            raise ValueError("an offset points outside")
        return struct.unpack_from(kind, self.data, at)[0]

    def _u32(self, at: int) -> int:
        return int(self._read("<I", at))

    def number(self, field: int, kind: str, usual: int) -> int:
        """A scalar field."""
        place = self._place(field)
        return usual if place is None else int(self._read(kind, place))

    def vector(self, field: int, width: int) -> tuple[int, int] | None:
        """Where a vector's elements begin and how many there are; None where it is left out."""
        place = self._place(field)
        if place is None:
            return None
        place += self._u32(place)
        count = self._u32(place)
        if place + 4 + count * width > len(self.data):
            raise ValueError(f"a vector of {count} elements reaches outside")
        return place + 4, count

    def _place(self, field: int) -> int | None:
        slot = 4 + 2 * field
        offset = self._read("<H", self.fields + slot) if slot + 2 <= self.size else 0
        return self.at + offset if offset else None


def _header(file: IO[bytes], name: str) -> _Header:
    """Everything before the packets, checked."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    start = file.read(len(MAGIC) + 4)
    if not start.startswith(MAGIC):
        version = start[:14].split(b"\r")[0].decode("latin1")
        problem = f"this is {version}, not AEDAT4" if start.startswith(b"#!AER-DAT") else "this is no AEDAT4 file"
        raise SpikeFileError(problem, file=name, fix="convert it with DV or jAER")
    length = int.from_bytes(start[len(MAGIC) :], "little")
    first = len(MAGIC) + 4 + length
    if len(start) < len(MAGIC) + 4 or length > MAX_HEADER or first > size:
        raise SpikeFileError(f"its header of {length} bytes is cut off or damaged", file=name, fix=_FIX)
    try:
        table = _Table(file.read(length))
        compression, end = table.number(0, "<i", 0), table.number(1, "<q", -1)
        found = table.vector(2, 1)
        if found is None:
            raise ValueError("it describes no streams")
        streams, others = _streams(table.data[found[0] : found[0] + found[1]].decode("utf-8"))
    except (ValueError, ElementTree.ParseError) as error:
        raise SpikeFileError(f"its header is damaged: {str(error)[:120]}", file=name, fix=_FIX) from error
    if compression not in _PACKINGS:
        raise SpikeFileError(f"its packets are packed in an unknown way ({compression})", file=name, fix=_FIX)
    if end != -1 and not first <= end <= size:
        raise SpikeFileError(f"its table of packets lies at byte {end}, of {size}", file=name, fix=_FIX)
    return _Header(
        compression=compression, first=first, end=size if end == -1 else end, streams=streams, others=frozenset(others)
    )


def _streams(text: str) -> tuple[dict[int, tuple[int, int]], set[int]]:
    """Streams of events and others, from the header's XML. Raises ValueError."""
    if "<!" in text.replace("<!--", ""):
        raise ValueError("its description declares entities")
    events: dict[int, tuple[int, int]] = {}
    others: set[int] = set()
    root = ElementTree.fromstring(text)
    info = next((node for node in root.iter("node") if node.get("name") == "outInfo"), None)
    for node in [] if info is None else info.findall("node"):
        number = int(node.get("name") or "")
        if number in events or number in others or not 0 <= number < 2**31:
            raise ValueError(f"stream {number} is described twice or has no number that can be")
        if _attribute(node, "typeIdentifier") != "EVTS":
            others.add(number)
            continue
        size = next((inner for inner in node.findall("node") if inner.get("name") == "info"), None)
        width, height = (int(_attribute(size, key)) if size is not None else 0 for key in ("sizeX", "sizeY"))
        if not (0 < width < 2**15 and 0 < height < 2**15):
            raise ValueError(f"stream {number} has {width} x {height} pixels")
        events[number] = (width, height)
    return events, others


def _attribute(node: ElementTree.Element, key: str) -> str:
    return next((attr.text or "" for attr in node.findall("attr") if attr.get("key") == key), "")


def _packets(file: IO[bytes], name: str, header: _Header) -> Iterator[tuple[int, bytes]]:
    """Stream and content of each packet, as they are in the file. Raises SpikeFileError where one is cut off."""
    at, number = header.first, 0
    file.seek(at)
    while at < header.end:
        head = file.read(8)
        stream, size = struct.unpack("<iI", head) if len(head) == 8 else (-1, 0)
        if len(head) < 8 or at + 8 + size > header.end:
            problem = f"packet {number} (from 0) at byte {at} is cut off"
            raise SpikeFileError(problem, file=name, fix=_FIX)
        if stream not in header.streams and stream not in header.others:
            raise SpikeFileError(
                f"packet {number} (from 0) is of stream {stream}, which is not described", file=name, fix=_FIX
            )
        if size > MAX_PACKET:
            problem = f"packet {number} (from 0) has {human_bytes(size)}"
            raise SpikeFileError(problem, file=name, fix=f"at most {human_bytes(MAX_PACKET)} are read")
        yield stream, file.read(size)
        at, number = at + 8 + size, number + 1


def _plain(path: Path, header: _Header, chosen: int) -> Generator[Piece]:
    """Events of packets that are not compressed."""
    with open(path, "rb") as file:
        for number, (stream, data) in enumerate(_packets(file, str(path), header)):
            if stream != chosen:
                continue
            try:
                if data[8:12] != b"EVTS":
                    raise ValueError("it holds no events")
                body = data[4:]
                found = _Table(body).vector(0, EVENT.itemsize)
                events = np.frombuffer(body, EVENT, found[1], found[0]) if found and found[1] else np.zeros(0, EVENT)
            except ValueError as error:
                problem = f"packet {number} (from 0) is damaged: {error}"
                raise SpikeFileError(problem, file=str(path), fix=_FIX) from error
            yield _piece(events, str(path))


def _packed(path: Path, header: _Header, chosen: int) -> Generator[Piece]:
    """Events of compressed packets, read by the package aedat once it is known how large they can be."""
    try:
        import aedat
    except ImportError as error:
        raise MissingExtraError("aedat", "events") from error
    bound = lz4_bound if _PACKINGS[header.compression] == "LZ4" else zstd_bound
    with open(path, "rb") as file:
        for number, (_, data) in enumerate(_packets(file, str(path), header)):
            try:
                most = bound(data)
            except ValueError as error:
                raise SpikeFileError(f"packet {number} (from 0): {error}", file=str(path), fix=_FIX) from error
            if most > MAX_PACKET:
                raise SpikeFileError(
                    f"packet {number} (from 0) may take {human_bytes(most)} unpacked",
                    file=str(path),
                    fix=f"at most {human_bytes(MAX_PACKET)} are read",
                )
    try:
        for packet in aedat.Decoder(str(path)):
            if packet["stream_id"] == chosen and "events" in packet:
                yield _piece(packet["events"], str(path))
    except SpikeFileError:
        raise
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            problem = f"it cannot be unpacked: {str(error).split(chr(10))[0][:120]}"
            raise SpikeFileError(problem, file=str(path), fix=_FIX) from error
        raise


def _piece(events: npt.NDArray[Any], name: str) -> Piece:
    time = events["t"].astype(np.int64)
    if len(time) and (int(time.min()) < 0 or int(time.max()) >= 2**60):
        raise SpikeFileError("an event has a time that cannot be", file=name, fix=_FIX)
    on = events["on"].astype(np.bool_)
    return Piece(time=time, x=events["x"].astype(np.int64), y=events["y"].astype(np.int64), on=on)
