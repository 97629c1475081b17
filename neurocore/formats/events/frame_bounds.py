"""How large LZ4 and Zstandard data can become when unpacked, from its block headers alone: nothing is unpacked.

Sources: LZ4 frame format 1.6.4; RFC 8878 (Zstandard), 3.1.1.
"""

from __future__ import annotations

from typing import Final

__all__ = ["lz4_bound", "zstd_bound"]

_LZ4: Final = 0x184D2204
_ZSTD: Final = 0xFD2FB528
_SKIPPED: Final = 0x184D2A50
"""Frames of either kind that hold nothing; their last four bits are free."""
_LZ4_MOST: Final = 255
"""A byte of LZ4 cannot stand for more bytes than this."""
_ZSTD_BLOCK: Final = 128 * 2**10


class _Bytes:
    """A place in some bytes, from which numbers are read in order."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def at_frame(self, magic: int, kind: str) -> bool:
        """Go past frames that hold nothing and the next frame's magic number; False at the end of the data.

        Raises ValueError for what is no frame of this kind.
        """
        while self.at < len(self.data):
            mark = self.number(4)
            if mark == magic:
                return True
            if mark & 0xFFFFFFF0 != _SKIPPED:
                raise ValueError(f"the packed data is no {kind} frame: it begins with {mark:#x}")
            self.skip(self.number(4))
        return False

    def number(self, width: int) -> int:
        """A little-endian number. Raises ValueError at the end."""
        self.skip(width)
        return int.from_bytes(self.data[self.at - width : self.at], "little")

    def skip(self, width: int) -> None:
        """Go on. Raises ValueError where nothing is left."""
        if self.at + width > len(self.data):
            raise ValueError(f"the packed data ends in the middle of a block, at byte {len(self.data)}")
        self.at += width


def lz4_bound(data: bytes) -> int:
    """The most bytes that LZ4 frames unpack to. Raises ValueError where they are damaged."""
    here, bound = _Bytes(data), 0
    while here.at_frame(_LZ4, "LZ4"):
        flags, sizes = here.number(1), here.number(1) >> 4 & 7
        if flags >> 6 != 1 or sizes < 4:
            raise ValueError("the LZ4 frame is of an unknown kind")
        largest = 2 ** (8 + 2 * sizes)
        here.skip((8 if flags & 8 else 0) + (4 if flags & 1 else 0) + 1)
        while size := here.number(4):
            length = size & 0x7FFFFFFF
            bound += length if size >> 31 else min(largest, _LZ4_MOST * length)
            here.skip(length + (4 if flags & 16 else 0))
        here.skip(4 if flags & 4 else 0)
    return bound


def zstd_bound(data: bytes) -> int:
    """The most bytes that Zstandard frames unpack to. Raises ValueError where they are damaged."""
    here, bound = _Bytes(data), 0
    while here.at_frame(_ZSTD, "Zstandard"):
        flags = here.number(1)
        single = flags >> 5 & 1
        here.skip(1 - single)
        here.skip((0, 1, 2, 4)[flags & 3])
        here.skip((single, 2, 4, 8)[flags >> 6])
        last = False
        while not last:
            head = here.number(3)
            last, kind, size = bool(head & 1), head >> 1 & 3, head >> 3
            if kind == 3:
                raise ValueError("a Zstandard block is of an unknown kind")
            bound += _ZSTD_BLOCK if kind == 2 else size
            here.skip(1 if kind == 1 else size)
        here.skip(4 if flags & 4 else 0)
    return bound
