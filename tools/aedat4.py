"""Small AEDAT4 files, byte by byte: for the demo's recording and for tests. The packages that read them write none.

Layout: magic, IOHeader flatbuffer (compression, position of the packet table, XML of the streams), packets of stream
id, size and a size-prefixed flatbuffer of events. Compressed files get LZ4 or Zstandard frames of stored blocks.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from neurocore.formats.events.aedat4 import EVENT, MAGIC

__all__ = ["aedat4", "description", "event_packet", "packed"]


def description(width: int, height: int, stream: int = 0, kind: str = "EVTS") -> str:
    """The XML of one stream."""
    return (
        f'<dv version="2.0"><node name="outInfo" path="/mainloop/Recorder/outInfo/"><node name="{stream}" path="">'
        f'<attr key="typeIdentifier" type="string">{kind}</attr><node name="info" path="">'
        f'<attr key="sizeX" type="int">{width}</attr><attr key="sizeY" type="int">{height}</attr>'
        "</node></node></node></dv>"
    )


def event_packet(events: np.ndarray) -> bytes:
    """Events (dtype with t in us, x, y, on) as a size-prefixed flatbuffer: a table with one vector of structs."""
    made = np.zeros(len(events), EVENT)
    for name in ("t", "x", "y", "on"):
        made[name] = events[name]
    body = struct.pack("<I4s3H2xiII", 16, b"EVTS", 6, 8, 4, 8, 4, len(made)) + made.tobytes()
    return struct.pack("<I", len(body)) + body


def packed(data: bytes, compression: int) -> bytes:
    """Data in a frame of stored blocks. compression : 0 none, 1 LZ4, 3 Zstandard"""
    parts = [data[at : at + 2**16] for at in range(0, len(data), 2**16)]
    match compression:
        case 1 | 2:  # version 1, independent blocks of 64 KiB, no checksums; 0x82: of the two bytes before it
            blocks = b"".join(struct.pack("<I", len(part) | 1 << 31) + part for part in parts)
            return struct.pack("<I", 0x184D2204) + b"\x60\x40\x82" + blocks + struct.pack("<I", 0)
        case 3 | 4:  # no checksum, a window of 128 KiB
            last = len(parts) - 1
            blocks = b"".join(((len(p) << 3) | (k == last)).to_bytes(3, "little") + p for k, p in enumerate(parts))
            return struct.pack("<I", 0xFD2FB528) + b"\x00\x38" + blocks
    return data


def aedat4(xml: str, packets: Sequence[tuple[int, bytes]], compression: int = 0) -> bytes:
    """A file. packets : stream and content of each, not yet packed"""
    text = xml.encode()
    header = struct.pack("<I4s5H2xiiIq", 20, b"IOHE", 10, 20, 4, 12, 8, 12, compression, 12, -1)
    header += struct.pack("<I", len(text)) + text + b"\0"
    found = MAGIC + struct.pack("<I", len(header)) + header
    for stream, content in packets:
        content = packed(content, compression)
        found += struct.pack("<iI", stream, len(content)) + content
    return found
