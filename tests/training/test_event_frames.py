"""Event cameras' recordings as frames to train on: 40-bit files as N-MNIST's, others as their readers know them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_plans import plan_of

from neurocore.errors import ConfigError, SpikeFileError
from neurocore.formats.events.files import open_events
from neurocore.network import EventFile
from neurocore.training.datasets import Dataset, read_dataset
from neurocore.training.event_frames import frame_of
from neurocore.training.plan import Data, Events


def aer40(events: list[tuple[int, int, int, int]]) -> bytes:
    """x, y, polarity and microseconds of each event, as N-MNIST has them."""
    return b"".join(bytes([x, y]) + (polarity << 23 | time).to_bytes(3, "big") for x, y, polarity, time in events)


EVENTS = [
    (0, 0, 1, 5000),  # the first event begins tick 0
    (0, 0, 1, 5400),  # same pixel and tick: counts once
    (0, 0, 1, 6100),
    (3, 1, 0, 7000),
    (2, 1, 1, 9999),
    (1, 0, 0, 99_000),  # after the ticks that are looked at
]


def nmnist(folder: Path) -> Path:
    """Two classes of two recordings each, and one to test."""
    for part, label, name, events in [
        ("Train", "0", "00001.bin", EVENTS),
        ("Train", "0", "00004.bin", EVENTS[:3]),
        ("Train", "7", "00002.bin", EVENTS[3:]),
        ("Test", "7", "00003.bin", EVENTS[3:5]),
    ]:
        (folder / part / label).mkdir(parents=True, exist_ok=True)
        (folder / part / label / name).write_bytes(aer40(events))
    (folder / "Train" / ".hidden").mkdir()
    (folder / "Train" / "0" / "Thumbs.db").write_bytes(b"x")
    return folder


def read(folder: Path, **how: object) -> Dataset:
    how = {"camera": (4, 2), "ticks": 6} | how
    return read_dataset(Data(path="x", kind="events", events=Events(**how)), folder)


def test_40_bit_events_are_read_as_their_makers_describe_them(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(aer40([(33, 0, 1, 2**23 - 1), (1, 240, 0, 3), (7, 33, 0, 4), (9, 240, 1, 0), (2, 2, 1, 1)]))
    piece = next(open_events(path, EventFile(file=str(path))).pieces)
    assert piece.time.tolist() == [2**23 - 1, 2**13 + 4, 2 * 2**13 + 1]
    assert (piece.x.tolist(), piece.y.tolist(), piece.on.tolist()) == ([33, 7, 2], [0, 33, 2], [True, False, True])
    path.write_bytes(b"1234567")
    with pytest.raises(SpikeFileError, match="its 7 bytes are no whole number of events of 5 bytes"):
        open_events(path, EventFile(file=str(path)))


def test_a_frame_counts_the_ticks_in_which_a_pixel_saw_something(tmp_path):
    found = read(nmnist(tmp_path))
    assert found.train_images.shape == (3, 2, 4, 2) and found.test_images.shape == (1, 2, 4, 2)
    assert found.train_labels.tolist() == [0, 0, 7] and found.test_labels.tolist() == [7]
    first = np.zeros((2, 4, 2), np.uint8)
    first[0, 0, 1] = 2  # on
    first[1, 3, 0] = 1  # off
    first[1, 2, 1] = 1
    np.testing.assert_array_equal(found.train_images[0], first)


def test_parts_of_the_recording_are_channels(tmp_path):
    found = read(nmnist(tmp_path), frames=3, polarity="merged").train_images[0]
    assert found.shape == (2, 4, 3)
    wanted = np.zeros((2, 4, 3), np.uint8)
    wanted[0, 0, 0] = 2  # ticks 0 and 1
    wanted[1, 3, 1] = 1  # tick 2
    wanted[1, 2, 2] = 1  # tick 4
    np.testing.assert_array_equal(found, wanted)
    both = read(tmp_path, frames=3).train_images[0]
    np.testing.assert_array_equal(both.reshape(2, 4, 3, 2).sum(axis=3), wanted)


def test_crop_down_polarity_and_start_are_those_of_an_inputs_events(tmp_path):
    nmnist(tmp_path)
    assert read(tmp_path, down=2).train_images[0].tolist() == [[[0, 2], [1, 1]]]
    assert read(tmp_path, crop=[2, 1, 2, 1], polarity="off").train_images[0].tolist() == [[0, 1]]
    assert read(tmp_path, start_ms=6.0, polarity="on", crop=[0, 0, 1, 1]).train_images[0].tolist() == [[1]]


def test_more_than_255_ticks_count_as_255(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(aer40([(0, 0, 1, 1000 * tick) for tick in range(300)]))
    events = Events(camera=(1, 1), polarity="on", ticks=400)
    assert frame_of(events, path, (1, 1, 1)).tolist() == [[[255]]]


def test_recordings_of_other_cameras_are_read_and_classes_may_have_names(tmp_path):
    for part in ("train", "test"):
        for name in ("wave", "clap"):
            (tmp_path / part / name).mkdir(parents=True)
            rows = "".join(f"{time},{x},1,1\n" for time, x in ((1000, 0), (2500, 1 if name == "wave" else 2)))
            (tmp_path / part / name / "a.csv").write_text("t,x,y,p\n" + rows)
    found = read(tmp_path, polarity="on")
    assert found.train_labels.tolist() == [0, 1]  # clap, wave
    assert found.train_images[:, 1, :].tolist() == [[1, 0, 1, 0], [1, 1, 0, 0]]


def test_what_is_wrong_is_told_with_the_file_or_the_key(tmp_path):
    def refused(**how: object) -> str:
        with pytest.raises((ConfigError, SpikeFileError)) as caught:
            read(tmp_path, **how)
        assert caught.value.fix
        return str(caught.value)

    assert refused().startswith("data.path: there is no folder train in")
    (tmp_path / "Train").mkdir()
    (tmp_path / "Test").mkdir()
    assert "there are no classes in" in refused()
    (tmp_path / "Train/0").mkdir()
    assert "there are no recordings in" in refused()
    (tmp_path / "Train/.keep").mkdir()
    for folder in (tmp_path / "Train/.keep", tmp_path / "Train/0", tmp_path / "Train", tmp_path / "Test"):
        folder.rmdir()
    nmnist(tmp_path)
    assert refused(camera=None).startswith("data.events: ") and "N-MNIST has [34, 34]" in refused(camera=None)
    assert "an event has the pixel [3, 1]; the camera has 3 x 2" in refused(camera=(3, 2))
    assert refused(crop=[0, 0, 0, 1]).startswith("data.events.crop: ")
    assert "take 18.6 GiB; at most 2.0 GiB are read" in refused(camera=(50_000, 50_000))
    (tmp_path / "Test/8").mkdir()
    assert "Test/8' is of no class" in refused()


def test_the_plan_must_agree_with_the_frames_channels():
    layers = [{"channels": 6, "kernel": 2}, {"channels": 6, "kernel": 7}]
    four = {"path": "x", "kind": "events", "events": {"frames": 2}}
    assert (
        plan_of(
            data=four,
            input__colours=4,
            input__thresholds=[1],
            layers=layers[:1] + [{"channels": 6, "kernel": 7, "groups": 3}],
        ).data.events.channels
        == 4
    )
    with pytest.raises(ConfigError, match=r"input.colours: the input has 1 colours, frames of events have 4 channels"):
        plan_of(data=four)
    with pytest.raises(ConfigError, match=r"data.events: data of kind 'npz' have no events"):
        plan_of(data={"path": "x", "events": {}})
