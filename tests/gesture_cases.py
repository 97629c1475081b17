"""Small AEDAT 3.1 recordings and a folder as DVS Gesture is given out, byte by byte."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

EVENT_LINES = [
    "#!AER-DAT3.1",
    "#Format: RAW",
    "#Source 1: DVS128",
    "#Start-Time: 2016-08-24 10:23:02 (TZ-0700)",
    "#!END-HEADER",
]
Event = tuple[int, int, int, bool]
"""microseconds, column, row, brighter"""


def packet(events: Sequence[Event], *, overflow: int = 0, invalid: Sequence[int] = ()) -> bytes:
    """A packet of polarity events, some of them marked invalid."""
    size = len(events)
    head = struct.pack("<hhiiiiii", 1, 1, 8, 4, overflow, size, size, size - len(invalid))
    words = (
        struct.pack("<Ii", x << 17 | y << 2 | on << 1 | (number not in invalid), time)
        for number, (time, x, y, on) in enumerate(events)
    )
    return head + b"".join(words)


def aedat3(*packets: bytes, lines: Sequence[str] = EVENT_LINES) -> bytes:
    """A file of these packets."""
    return "".join(f"{line}\r\n" for line in lines).encode() + b"".join(packets)


def gestures(folder: Path) -> Path:
    """Two recordings to train on, one to test, of one or two gestures each.

    A gesture of class k: pixel [k, 0] became brighter at its begin and 5 ms later, [k, 1] darker 2 ms after its begin.
    """
    trials = {
        "user01_led": [(1, 1_000_000, 1_500_000), (4, 2_000_000, 2_004_000)],
        "user02_lab": [(11, 500_000, 900_000)],
        "user24_led": [(4, 3_000_000, 3_400_000)],
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, listed in trials.items():
        events: list[Event] = [(100, 9, 9, True)]  # before any gesture
        for kind, begin, _ in listed:
            events += [(begin, kind, 0, True), (begin + 2000, kind, 1, False), (begin + 5000, kind, 0, True)]
        (folder / f"{name}.aedat").write_bytes(aedat3(packet(events[:3]), packet(events[3:])))
        rows = [f"{kind},{begin},{end}" for kind, begin, end in listed]
        (folder / f"{name}_labels.csv").write_text("\n".join(["class,startTime_usec,endTime_usec", *rows]) + "\n")
    (folder / "trials_to_train.txt").write_text("user01_led.aedat\nuser02_lab.aedat\n\n")
    (folder / "trials_to_test.txt").write_text("user24_led.aedat\n")
    return folder
