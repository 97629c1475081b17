"""AEDAT 3.1: packets of polarity events are read as their makers describe them, damage is told with its place."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from gesture_cases import EVENT_LINES, aedat3, packet
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.errors import ConfigError, SpikeFileError
from neurocore.formats.events.files import open_events, read_events_file
from neurocore.formats.events.stream import Piece
from neurocore.network import EventFile

EVENTS = [(5, 127, 0, True), (6, 0, 127, False), (2**31 - 1, 33, 64, True)]


def pieces(path: Path) -> list[Piece]:
    return list(open_events(path, EventFile(file=str(path))).pieces)


@pytest.mark.parametrize("lines", [EVENT_LINES, EVENT_LINES[:-1]], ids=["with its end", "as DVS Gesture has it"])
def test_events_have_column_row_polarity_and_microseconds(tmp_path, lines):
    path = tmp_path / "a.aedat"
    special = struct.pack("<hhiiiiii", 0, 1, 12, 8, 0, 3, 1, 1) + bytes(12)  # another type, other size: skipped
    path.write_bytes(aedat3(packet(EVENTS), special, packet(EVENTS[:1], overflow=2), lines=lines))
    first, second = pieces(path)
    assert first.time.tolist() == [5, 6, 2**31 - 1] and second.time.tolist() == [2**32 + 5]
    assert (first.x.tolist(), first.y.tolist(), first.on.tolist()) == ([127, 0, 33], [0, 127, 64], [True, False, True])
    stream = open_events(path, EventFile(file=str(path)))
    assert stream.pixels == (128, 128) and stream.unit_s == 1e-6


def test_events_that_are_marked_invalid_are_left_out(tmp_path):
    path = tmp_path / "a.aedat"
    path.write_bytes(aedat3(packet(EVENTS, invalid=[1])))
    assert pieces(path)[0].time.tolist() == [5, 2**31 - 1]


def test_a_recording_drives_an_input(tmp_path):
    path = tmp_path / "a.aedat"
    path.write_bytes(aedat3(packet([(10_000, 3, 2, True), (12_400, 3, 2, False), (12_600, 0, 0, True)])))
    wanted = EventFile(file=str(path), crop=[0, 0, 4, 3], tick_ms=1)
    assert read_events_file(path, wanted, (2, 3, 4), "eye", 1e-3).spikes.tolist() == [[0, 23], [2, 11], [2, 12]]


def test_what_is_wrong_is_told_with_its_place(tmp_path):
    path = tmp_path / "a.aedat"

    def problem(data: bytes, **more: object) -> str:
        path.write_bytes(data)
        with pytest.raises((SpikeFileError, ConfigError)) as caught:
            list(open_events(path, EventFile(file=str(path), **more)).pieces)
        assert str(path) in str(caught.value) and caught.value.fix
        return str(caught.value)

    whole = aedat3(packet(EVENTS))
    at = len(whole) - 28 - 24
    assert f"the packet at byte {at}: it ends in the middle of a packet" in problem(whole[:-1])
    assert "in the middle of a packet's header" in problem(whole + b"\x01\0\0")

    def with_head(size: int, number: int) -> str:
        return problem(whole[:at] + struct.pack("<hhiiiiii", 1, 1, size, 4, 0, number, number, 0))

    assert "3 events of 0 bytes" in with_head(0, 3)
    assert "its polarity events have 12 bytes, not 8" in with_head(12, 3)
    assert "has 17,179,869,176 bytes" in with_head(8, 2**31 - 1)
    assert "this is AEDAT 3.0" in problem(whole.replace(b"DAT3.1", b"DAT3.0"))
    assert "this is AEDAT 2.0" in problem(whole.replace(b"DAT3.1", b"DAT2.0"))
    assert "its events are packed" in problem(whole.replace(b"RAW", b"PNG"))
    assert "more than 1000 lines" in problem(b"#!AER-DAT3.1\r\n" + b"#x\n" * 1001)
    assert "knows no populations" in problem(whole, population="1")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_damaged_file_gives_events_or_an_error_of_ours(tmp_path_factory, data):
    whole = bytearray(aedat3(packet(EVENTS), packet(EVENTS[:2])))
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("aedat") / "a.aedat"
    path.write_bytes(bytes(whole[: data.draw(st.integers(14, len(whole)))]))
    try:
        found = read_events_file(path, EventFile(file=str(path), polarity="merged"), (128, 128), "eye", 1e-3)
        assert found.spikes.dtype == np.int64
    except (SpikeFileError, ConfigError) as error:
        assert error.problem
