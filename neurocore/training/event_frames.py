"""Folders of event camera recordings as images: how often each pixel saw something, in parts of the recording."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError
from neurocore.formats.events.binning import Binned, bin_events
from neurocore.formats.events.files import EVENT_FILES, open_events, read_events_file
from neurocore.network import EventFile
from neurocore.training.gesture_files import CAMERA, gesture_folder, gestures_of, recorded, trials_of
from neurocore.training.plan import Events
from neurocore.units import human_bytes

__all__ = ["frame_of", "read_events"]

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]

MAX_BYTES: Final = 2**31
_PARTS: Final = (("train", "training"), ("test", "testing"))


def read_events(events: Events, folder: Path) -> tuple[Images, Labels, Images, Labels]:
    """Frames and labels of train/CLASS/FILE and test/CLASS/FILE, or of the gestures of DVS Gesture's own files.

    Classes named by whole numbers are these numbers, others are numbered in the order of their names.
    Raises ConfigError with the plan's key, SpikeFileError for a damaged recording.
    """
    gestures = gesture_folder(folder)
    if gestures is not None:
        return _gestures(events, gestures)
    below = [_subfolder(folder, names) for names in _PARTS]
    numbers = _classes(below[0])
    files = [_files(place, numbers) for place in below]
    width, height = _size(events, files[0][0][0])
    shape = _shape(events, width, height, sum(map(len, files)))
    parts: list[Any] = []
    for listed in files:
        images = np.zeros((len(listed), *shape), np.uint8)
        for image, (path, _) in zip(images, listed, strict=True):
            image[:] = frame_of(events, path, shape)
        parts += [images, np.array([label for _, label in listed], np.int64)]
    return tuple(parts)


def _shape(events: Events, width: int, height: int, count: int) -> tuple[int, int, int]:
    """[height, width, channels] of a frame. Raises ConfigError where so many of them take too much memory."""
    shape = (-(-height // events.down), -(-width // events.down), events.channels)
    wanted = count * int(np.prod(shape))
    if wanted > MAX_BYTES:
        raise ConfigError(
            f"{count:,} recordings as frames {list(shape)} take {human_bytes(wanted)}; at most "
            f"{human_bytes(MAX_BYTES)} are read",
            path="data.events",
            fix="crop, down, or fewer frames",
        )
    return shape


def _gestures(events: Events, folder: Path) -> tuple[Images, Labels, Images, Labels]:
    """A frame for each gesture of DVS Gesture's recordings, from its beginning on."""
    for key in ("start_ms", "camera"):
        if getattr(events, key) is not None:
            problem = "a gesture begins where its table says" if key == "start_ms" else "the camera is known, a DVS128"
            raise ConfigError(problem, path=f"data.events.{key}", fix=f"remove {key}")
    trials = trials_of(folder)
    told = [[(path, gestures_of(path)) for path in part] for part in trials]
    width, height = events.crop[2:] if events.crop is not None else CAMERA
    shape = _shape(events, width, height, sum(len(listed) for part in told for _, listed in part))
    parts: list[Any] = []
    for part in told:
        images = np.zeros((sum(len(listed) for _, listed in part), *shape), np.uint8)
        at = 0
        for path, listed in part:
            for one, stream in zip(listed, recorded(path, listed, events.ticks * events.tick_ms * 1e3), strict=True):
                start = {"start_ms": one.start_us / 1e3}
                images[at] = _frame(events, path, shape, start, partial(bin_events, stream))
                at += 1
        parts += [images, np.array([one.label for _, listed in part for one in listed], np.int64)]
    return tuple(parts)


def frame_of(events: Events, path: Path, shape: tuple[int, int, int]) -> Images:
    """uint8 of this shape: [height, width, channels]; 255 stands for that many ticks or more."""
    start = {} if events.start_ms is None else {"start_ms": events.start_ms}
    return _frame(events, path, shape, start, partial(read_events_file, path))


def _frame(
    events: Events, path: Path, shape: tuple[int, int, int], start: dict[str, float], read: Callable[..., Binned]
) -> Images:
    """read : from EventFile, shape, name and tick to spikes"""
    high, wide, channels = shape
    polarities = channels // events.frames
    options: dict[str, Any] = start | ({} if events.crop is None else {"crop": events.crop})
    options |= {"polarity": events.polarity, "down": events.down, "tick_ms": events.tick_ms}
    try:
        wanted = EventFile(file=str(path), **options)
        binned = read(wanted, (polarities, high, wide), "the frames", events.tick_ms * 1e-3)
    except ConfigError as error:
        error.path = f"data.events.{error.path}" if error.path else "data.events"
        error.problem = error.problem if str(path) in error.problem else f"{path}: {error.problem}"
        raise
    tick, pin = binned.spikes[binned.spikes[:, 0] < events.ticks].T
    size = polarities * high * wide
    part = tick * events.frames // events.ticks
    counts = np.bincount(part * size + pin, minlength=events.frames * size)
    return np.moveaxis(np.minimum(counts, 255).astype(np.uint8).reshape(channels, high, wide), 0, 2)


def _size(events: Events, first: Path) -> tuple[int, int]:
    """Width and height of what is kept of the camera's pixels."""
    if events.crop is not None:
        if 0 in events.crop[2:]:
            fix = "crop is [x, y, width, height]"
            raise ConfigError(f"{events.crop} keeps no pixel", path="data.events.crop", fix=fix)
        return events.crop[2], events.crop[3]
    if events.camera is not None:
        return events.camera
    stream = open_events(first, EventFile(file=str(first)))
    stream.pieces.close()
    if stream.pixels is None:
        problem = f"{first} does not say how many pixels the camera has"
        raise ConfigError(problem, path="data.events", fix="add camera: [width, height]; N-MNIST has [34, 34]")
    return stream.pixels


def _subfolder(folder: Path, names: tuple[str, ...]) -> Path:
    """The one that is named so, in capitals or not. Raises ConfigError."""
    there = [entry for entry in sorted(folder.iterdir()) if entry.is_dir()]
    for entry in there:
        if entry.name.lower() in names:
            return entry
    listed = ", ".join(entry.name for entry in there[:8]) or "none"
    fix = f"recordings lie in {names[0]}/CLASS/FILE; folders there: {listed}"
    problem = f"there is no folder {names[0]} in '{folder}', nor DVS Gesture's trials_to_{names[0]}.txt"
    raise ConfigError(problem, path="data.path", fix=fix)


def _classes(folder: Path) -> dict[str, int]:
    """Names of the classes' folders and their numbers. Raises ConfigError."""
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if not names:
        raise ConfigError(f"there are no classes in '{folder}'", path="data.path", fix="a folder for each class")
    if all(name.isascii() and name.isdigit() and len(name) < 5 for name in names):
        return {name: int(name) for name in names}
    return {name: number for number, name in enumerate(names)}


def _files(folder: Path, numbers: dict[str, int]) -> list[tuple[Path, int]]:
    """Every recording of a part and its class, by name. Raises ConfigError."""
    found = []
    for entry in sorted(folder.iterdir()):
        if not entry.is_dir() or entry.name.startswith("."):
            continue
        if entry.name not in numbers:
            fix = f"its classes are those to train on: {', '.join(sorted(numbers)[:12])}"
            raise ConfigError(f"'{entry}' is of no class", path="data.path", fix=fix)
        names = sorted(name for name in os.listdir(entry) if name.lower().endswith(EVENT_FILES))
        found += [(entry / name, numbers[entry.name]) for name in names]
    if not found:
        fix = f"recordings end in {', '.join(EVENT_FILES)}"
        raise ConfigError(f"there are no recordings in '{folder}'", path="data.path", fix=fix)
    return found
