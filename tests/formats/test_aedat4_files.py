"""Recordings of event cameras: every packing, polarity, crop and factor; bombs and damage are refused."""

from __future__ import annotations

import struct
import sys
import tracemalloc
from itertools import pairwise
from pathlib import Path

import aedat
import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.errors import ConfigError, MissingExtraError, SpikeFileError
from neurocore.formats.events.aedat4 import EVENT, MAGIC
from neurocore.formats.events.binning import Binned
from neurocore.formats.events.files import read_events_file
from neurocore.formats.events.frame_bounds import lz4_bound, zstd_bound
from neurocore.network import EventFile
from tools.aedat4 import aedat4, description, event_packet, packed
from tools.moving_bar import file_bytes, recording

ROOT = Path(__file__).parents[2]
WIDTH, HEIGHT = 7, 5
START = 1_600_000_000_000_000
ROW = st.tuples(st.integers(0, 9999), st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), st.booleans())


def made(rows: list[tuple[int, int, int, bool]]) -> np.ndarray:
    events = np.zeros(len(rows), EVENT)
    for name, column in zip(("t", "x", "y", "on"), zip(*rows, strict=True), strict=False):
        events[name] = column
    return events


def read(path: Path, shape: tuple[int, ...], tick_s: float = 1e-3, **wanted) -> Binned:
    return read_events_file(path, EventFile(file=path.name, **wanted), shape, "retina", tick_s)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("aedat4")


def plain_loop(rows, polarity, crop, down, tick_us):
    """Spikes, and how many events fell outside, were of the other polarity, merged: one event at a time."""
    x0, y0, width, height = crop
    columns, lines = -(-width // down), -(-height // down)
    spikes: set[tuple[int, int]] = set()
    outside = other = merged = 0
    first = min((t for t, *_ in rows), default=0)
    for t, x, y, on in rows:
        if not (x0 <= x < x0 + width and y0 <= y < y0 + height):
            outside += 1
        elif polarity in ("on", "off") and on != (polarity == "on"):
            other += 1
        else:
            channel = int(on) if polarity == "both" else 0
            pin = (channel * lines + (y - y0) // down) * columns + (x - x0) // down
            spike = ((t - first) // tick_us, pin)
            merged += spike in spikes
            spikes.add(spike)
    return sorted(spikes), outside, other, merged, (2 if polarity == "both" else 1, lines, columns)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    rows=st.lists(ROW, max_size=30),
    polarity=st.sampled_from(["both", "on", "off", "merged"]),
    corner=st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 4), st.integers(1, 2)),
    whole=st.booleans(),
    down=st.integers(1, 4),
    tick_us=st.sampled_from([1, 500, 1000, 2500]),
    kind=st.sampled_from([0, 1, 2, 3, 4]),
)
def test_events_become_the_spikes_of_a_plain_loop(folder, rows, polarity, corner, whole, down, tick_us, kind):
    crop = (0, 0, WIDTH, HEIGHT) if whole else corner
    rows = [(START + t, x, y, on) for t, x, y, on in rows]
    spikes, outside, other, merged, shape = plain_loop(rows, polarity, crop, down, tick_us)
    path = folder / "e.aedat4"
    cut = len(rows) // 2
    packets = [(0, event_packet(made(sorted(rows)[:cut]))), (0, event_packet(made(sorted(rows)[cut:])))]
    path.write_bytes(aedat4(description(WIDTH, HEIGHT), packets, kind))
    options = {} if whole else {"crop": list(crop)}
    binned = read(path, shape, tick_us * 1e-6, polarity=polarity, down=down, **options)
    assert [tuple(spike) for spike in binned.spikes.tolist()] == spikes
    assert (binned.events, binned.merged) == (len(rows), merged)
    assert binned.dropped == {
        "before tick 0": 0,
        "after stop_ms": 0,
        "outside the crop": outside,
        "of the other polarity": other,
    }
    assert binned.events == len(spikes) + outside + other + merged


@pytest.mark.parametrize("kind", range(5))
def test_the_package_aedat_reads_the_files_that_the_tests_make(kind, folder):
    path = folder / "p.aedat4"
    path.write_bytes(file_bytes(kind))
    decoder = aedat.Decoder(str(path))
    assert decoder.id_to_stream() == {0: {"type": "events", "width": 18, "height": 18}}
    found = np.concatenate([packet["events"] for packet in decoder])
    for name in ("t", "x", "y", "on"):
        assert np.array_equal(found[name], recording()[name])


def test_tables_of_events_are_read_as_the_recording_is(tmp_path):
    events = recording()
    options = {"crop": [1, 1, 16, 16], "down": 2, "tick_ms": 4.0, "start_ms": 5000.0}
    path = ROOT / "configs/events/bars.aedat4"
    assert path.read_bytes() == file_bytes(), "made anew by python tools/moving_bar.py"
    wanted = read(path, (2, 8, 8), **options)
    columns = {name: events[name] for name in ("t", "x", "y")} | {"p": events["on"]}
    np.savez(tmp_path / "t.npz", **columns)
    rows = "".join(f"{t},{x},{y},{p}\n" for t, x, y, p in zip(*(c.tolist() for c in columns.values()), strict=True))
    (tmp_path / "t.csv").write_text("t,x,y,p\n" + rows)
    for name in ("t.npz", "t.csv"):
        binned = read(tmp_path / name, (2, 8, 8), **options)
        assert np.array_equal(binned.spikes, wanted.spikes)
        assert (binned.dropped, binned.merged) == (wanted.dropped, wanted.merged)
    assert wanted.sentence("retina") == (
        "retina: 947 events of bars.aedat4 became 614 spikes in ticks 1 to 94 of 4 ms; 204 outside the crop, "
        "129 merged with another of the same pin and tick"
    )


def two_streams(tmp_path: Path) -> Path:
    xml = description(4, 3, 1).replace("</node></node></node></dv>", "</node></node>")
    xml += description(6, 2, 2).partition('outInfo/">')[2]
    other = '<node name="7"><attr key="typeIdentifier">FRME</attr></node>'
    xml = xml.replace("</node></dv>", other + "</node></dv>")
    packets = [(1, event_packet(made([(5, 3, 2, True)]))), (7, b"frame"), (2, event_packet(made([(9, 5, 1, False)])))]
    path = tmp_path / "two.aedat4"
    path.write_bytes(aedat4(xml, packets))
    return path


def test_one_of_several_streams_is_read(tmp_path):
    path = two_streams(tmp_path)
    assert read(path, (3, 4), population="1", polarity="merged").spikes.tolist() == [[0, 11]]
    assert read(path, (2, 6), population="2", polarity="merged").spikes.tolist() == [[0, 11]]
    for wanted, problem in (({}, "it has 2 streams of events"), ({"population": "7"}, "it has no stream '7'")):
        with pytest.raises(SpikeFileError, match=problem + "\n  fix: add population: one of 1, 2"):
            read(path, (3, 4), **wanted)


def test_times_before_the_start_and_after_the_stop_are_counted(tmp_path):
    rows = [(START + t, 0, 0, True) for t in (0, 900, 1000, 2500, 4000)]
    path = tmp_path / "e.aedat4"
    path.write_bytes(aedat4(description(1, 1), [(0, event_packet(made(rows)))]))
    first = START / 1000
    binned = read(path, (1, 1), polarity="on", start_ms=first + 1, stop_ms=first + 4)
    assert binned.spikes.tolist() == [[0, 0], [1, 0]]
    assert binned.dropped["before tick 0"] == 2 and binned.dropped["after stop_ms"] == 1


def test_what_does_not_fit_the_input_names_the_shapes_that_do(tmp_path):
    path = tmp_path / "e.aedat4"
    path.write_bytes(aedat4(description(7, 5), []))
    with pytest.raises(ConfigError) as caught:
        read(path, (3, 4), polarity="on", down=2, crop=[0, 0, 6, 4])
    assert caught.value.path == "down"
    assert caught.value.fix == "allowed shapes of the input: [1, 2, 3], [6], [2, 3]"
    with pytest.raises(ConfigError, match=r"reaches beyond the camera's 7 x 5 pixels") as caught:
        read(path, (2, 2), polarity="on", crop=[6, 0, 2, 2])
    assert caught.value.path == "crop"


def zstd_bomb(blocks: int) -> bytes:
    """Zstandard frame of runs of one byte: 4 bytes of it unpack to 128 KiB."""
    body = b"".join((2**17 << 3 | 2 | (k == blocks - 1)).to_bytes(3, "little") + b"\0" for k in range(blocks))
    return struct.pack("<I", 0xFD2FB528) + b"\x00\x38" + body


def lz4_bomb(blocks: int) -> bytes:
    """LZ4 frame of blocks of up to 4 MiB that claim to be packed to 20,000 bytes each."""
    body = b"".join(struct.pack("<I", 20_000) + bytes(20_000) for _ in range(blocks))
    return struct.pack("<I", 0x184D2204) + b"\x60\x70\x73" + body + bytes(4)


@pytest.mark.parametrize(("kind", "bomb"), [(3, zstd_bomb(4096)), (1, lz4_bomb(20))], ids=["zstandard", "lz4"])
def test_bombs_are_refused_before_they_are_unpacked(kind, bomb, tmp_path):
    data = aedat4(description(7, 5), [], kind) + struct.pack("<iI", 0, len(bomb)) + bomb
    (tmp_path / "bomb.aedat4").write_bytes(data)
    tracemalloc.start()
    with pytest.raises(SpikeFileError, match=r"packet 0 \(from 0\) may take .* unpacked\n  fix: at most 64.0 MiB"):
        read(tmp_path / "bomb.aedat4", (2, 5, 7))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * len(bomb) + 2**20


def test_bounds_hold_for_what_is_packed():
    data = bytes(200_000)
    assert lz4_bound(packed(data, 1)) == zstd_bound(packed(data, 3)) == len(data)
    skipped = struct.pack("<II", 0x184D2A53, 3) + b"abc"
    assert lz4_bound(skipped + packed(data, 1)) == zstd_bound(packed(data, 3) + skipped) == len(data)
    assert zstd_bound(zstd_bomb(10)) == 10 * 2**17
    for bound in (lz4_bound, zstd_bound):
        for end in range(1, 40):
            with pytest.raises(ValueError, match="the packed data|is of an unknown kind"):
                bound(packed(data, 1 if bound is lz4_bound else 3)[:end])


def test_hdf5_bombs_and_links_are_refused(tmp_path):
    path = tmp_path / "s.h5"

    def spikes(make) -> None:
        with h5py.File(path, "w") as file:
            group = file.create_group("spikes/a")
            group["node_ids"] = np.zeros(1, np.uint64)
            make(group)

    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["t"] = [1.0]
    chunk = {"chunks": (2**23,), "compression": "gzip"}
    cases = {
        "unpacked, of 0 B in the file": lambda g: g.create_dataset("timestamps", (2**40,), "f8", chunks=(1024,)),
        "it claims 64.0 MiB unpacked": lambda g: g.create_dataset("timestamps", data=np.zeros(2**23), **chunk),
        "'timestamps' is a link to elsewhere": lambda g: g.__setitem__(
            "timestamps", h5py.ExternalLink("other.h5", "t")
        ),
        "'x' is a link to elsewhere": lambda g: g.__setitem__("x", h5py.SoftLink("/spikes")),
        "its data lies in another file": lambda g: g.create_dataset(
            "timestamps", (1,), "f8", external=[("/etc/passwd", 0, 8)]
        ),
        "it has no dataset 'timestamps'": lambda g: None,
        "it holds |S1 of shape": lambda g: g.__setitem__("timestamps", np.array([b"a"])),
        "2 timestamps for 1 node_ids": lambda g: g.__setitem__("timestamps", np.zeros(2)),
    }
    for problem, make in cases.items():
        spikes(make)
        with pytest.raises(SpikeFileError) as caught:
            read(path, (4,))
        assert problem in str(caught.value) and str(path) in str(caught.value)


def test_a_recording_that_was_cut_off_anywhere_is_told(tmp_path):
    packet = event_packet(made([(5, 3, 2, True), (6, 0, 0, False)]))
    data = aedat4(description(4, 3), [(0, packet)])
    path = tmp_path / "e.aedat4"
    for end in range(len(MAGIC), len(data)):
        path.write_bytes(data[:end])
        if end == len(data) - 8 - len(packet):  # between header and packet: a recording of nothing
            assert read(path, (2, 3, 4)).events == 0
            continue
        with pytest.raises(SpikeFileError, match="cut off or damaged|is cut off|is damaged"):
            read(path, (2, 3, 4))


def test_a_damaged_compressed_packet_is_told(tmp_path):
    good = event_packet(made([(5, 3, 2, True)]))
    for spoilt in (good[:12] + b"\xff" * 8 + good[20:], b"\0" * 40, good[:-20]):
        (tmp_path / "e.aedat4").write_bytes(aedat4(description(4, 3), [(0, spoilt)], 1))
        with pytest.raises(SpikeFileError, match="it cannot be unpacked|an event has"):
            read(tmp_path / "e.aedat4", (2, 3, 4))


def test_other_versions_and_a_missing_package_are_told(tmp_path, monkeypatch):
    path = tmp_path / "e.aedat4"
    path.write_bytes(b"#!AER-DAT4.1\r\nrest")
    with pytest.raises(SpikeFileError, match="this is #!AER-DAT4.1, not AEDAT4\n  fix: convert it with DV"):
        read(path, (2, 3, 4))
    monkeypatch.setitem(sys.modules, "aedat", None)
    path.write_bytes(file_bytes(0))
    assert len(read(path, (2, 18, 18)).spikes)  # not compressed: nothing is needed
    path.write_bytes(file_bytes(1))
    with pytest.raises(MissingExtraError, match=r"'aedat'.*\n.*neurocore\[events\]"):
        read(path, (2, 18, 18))


def test_long_recordings_take_little_memory(tmp_path):
    """Two million events of few pixels in few ticks: 40 MB in the file, which is never held whole."""
    count = 2**21
    np.savez(
        tmp_path / "long.npz",
        t=np.arange(count),
        x=np.zeros(count, np.int16),
        y=np.zeros(count, np.int16),
        p=np.ones(count, bool),
    )
    tracemalloc.start()
    binned = read(tmp_path / "long.npz", (1, 1), polarity="merged", tick_ms=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert binned.events == count and len(binned.spikes) == -(-count // 1000)
    assert binned.merged == count - len(binned.spikes)
    assert peak < 2**24
    assert all(a[0] + 1 == b[0] for a, b in pairwise(binned.spikes.tolist()[:50]))
