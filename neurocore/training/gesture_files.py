"""DVS Gesture as it is given out: recordings of many gestures each, tables that say when which one begins and ends.

Source: A. Amir et al., "A Low Power, Fully Event-Based Gesture Recognition System" (2017), and the data set's README:
a trial is NAME.aedat (AEDAT 3.1, of a DVS128) and NAME_labels.csv (class,startTime_usec,endTime_usec; classes 1 to 11);
trials_to_train.txt and trials_to_test.txt name the recordings of each part, one a line.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError
from neurocore.formats.events.files import open_events
from neurocore.formats.events.stream import EventStream, Piece
from neurocore.network import EventFile

__all__ = ["CAMERA", "CLASSES", "Gesture", "gesture_folder", "gestures_of", "recorded", "trials_of"]

CAMERA: Final = (128, 128)
"""Width and height of a DVS128."""
CLASSES: Final = 11
_LISTS: Final = ("trials_to_train.txt", "trials_to_test.txt")
_HEAD: Final = "class,startTime_usec,endTime_usec"
_MOST_ROWS: Final = 100_000
_MOST_BYTES: Final = 2**24


@dataclass(frozen=True, slots=True, kw_only=True)
class Gesture:
    """label : 0..10, the class less 1; start_us, stop_us : when it begins, and when it is over"""

    label: int
    start_us: int
    stop_us: int


def gesture_folder(folder: Path) -> Path | None:
    """Where the lists of trials lie: here, or in DvsGesture inside; None where there are none."""
    for place in (folder, folder / "DvsGesture"):
        if any((place / name).is_file() for name in _LISTS):
            return place
    return None


def trials_of(folder: Path) -> tuple[list[Path], list[Path]]:
    """Recordings to train and to test on. Raises ConfigError naming the file that is missing or wrong."""
    train, test = (_listed(folder / name) for name in _LISTS)
    return train, test


def _listed(path: Path) -> list[Path]:
    names = [line.strip() for line in _text(path, "it lists the recordings, one a line").splitlines() if line.strip()]
    if not names:
        raise ConfigError("it names no recording", file=str(path), fix="copy the file again")
    for name in names:
        if Path(name).name != name:
            raise ConfigError(f"'{name}' is no name of a file beside it", file=str(path), fix="copy the file again")
        if not (path.parent / name).is_file():
            problem = f"it lists '{name}', which is not in '{path.parent}'"
            raise ConfigError(problem, file=str(path), fix="unpack DvsGesture.tar.gz again")
    return [path.parent / name for name in names]


def gestures_of(recording: Path) -> list[Gesture]:
    """What NAME_labels.csv says of NAME.aedat. Raises ConfigError naming file and line."""
    path = recording.with_name(f"{recording.stem}_labels.csv")
    lines = _text(path, "it says when which gesture begins").splitlines()
    if not lines or lines[0].strip() != _HEAD:
        found = lines[0].strip()[:60] if lines else "nothing"
        raise ConfigError(f"its first line is {found}", file=str(path), line=1, fix=f"it must be {_HEAD}")
    if len(lines) > _MOST_ROWS:
        raise ConfigError(f"it has {len(lines):,} lines", file=str(path), fix=f"at most {_MOST_ROWS:,} are read")
    made = []
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split(",")
        if not line.strip():
            continue
        if len(cells) != 3 or not all(cell.strip().isascii() and cell.strip().isdigit() for cell in cells):
            problem = f"'{line.strip()[:60]}' is no row of three whole numbers"
            raise ConfigError(problem, file=str(path), line=number, fix=f"columns are {_HEAD}")
        kind, start, stop = (int(cell[:20]) for cell in cells)
        if not 1 <= kind <= CLASSES or not start < stop < 2**62:
            problem = f"class {kind} from {start} to {stop} us"
            raise ConfigError(problem, file=str(path), line=number, fix=f"classes are 1 to {CLASSES}, times ascend")
        made.append(Gesture(label=kind - 1, start_us=start, stop_us=stop))
    if not made:
        raise ConfigError("it has no gesture", file=str(path), fix="copy the file again")
    return made


def recorded(recording: Path, gestures: list[Gesture], most_us: float) -> list[EventStream]:
    """The events of each gesture, at most its first ``most_us``; the recording is read once. Raises SpikeFileError."""
    stream = open_events(recording, EventFile(file=str(recording)))
    if not stream.camera or stream.unit_s != 1e-6:
        raise ConfigError(f"this is {stream.format}", file=str(recording), fix="DVS Gesture's recordings are AEDAT 3.1")
    kept: list[list[Piece]] = [[] for _ in gestures]
    with closing(stream.pieces):
        for piece in stream.pieces:
            for one, pieces in zip(gestures, kept, strict=True):
                inside = (piece.time >= one.start_us) & (piece.time < min(one.stop_us, one.start_us + most_us))
                if inside.any():
                    pieces.append(_part(piece, inside))
    return [replace(stream, pixels=stream.pixels or CAMERA, pieces=_each(pieces)) for pieces in kept]


def _each(pieces: list[Piece]) -> Generator[Piece]:
    yield from pieces


def _part(piece: Piece, inside: npt.NDArray[np.bool_]) -> Piece:
    def of(array: Any) -> Any:
        return None if array is None else array[inside]

    return Piece(time=piece.time[inside], x=of(piece.x), y=of(piece.y), on=of(piece.on))


def _text(path: Path, what: str) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ConfigError("it is larger than 16 MiB", file=str(path), fix="check the file")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problem = "this file does not exist" if not path.exists() else f"it cannot be read: {error}"
        raise ConfigError(problem, file=str(path), fix=f"DVS Gesture comes with it: {what}") from error
