"""From events at times to spikes of pins in ticks: crop, polarity, down-sampling, binning; losses are counted."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError, SpikeFileError
from neurocore.formats.events.stream import EventStream, Piece
from neurocore.network import EventFile

__all__ = ["Binned", "bin_events", "tick_of"]

MAX_SPIKES: Final = 2**26
"""Spikes of one stimulus: 1 GiB as pairs of tick and pin."""
MAX_TICK: Final = 2**40
_TOGETHER: Final = 2**21
_NEAR: Final = 1e-6
"""A time this close below the end of a tick, in ticks, belongs to the next: 0.3 / 0.1 is 2.9999999999999996."""

_Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Binned:
    """Spikes made of a file's events, and what became of the rest.

    spikes  : int64[S, 2]  tick and pin, ascending, without repeats
    events  : read from the file
    tick_s  : seconds of the file that became one tick; None where it counted ticks already
    dropped : reason -> how many
    merged  : events that fell on a pin and tick that another had before them
    """

    file: str
    spikes: _Whole
    events: int
    tick_s: float | None
    dropped: dict[str, int] = field(default_factory=dict)
    merged: int = 0

    def sentence(self, name: str) -> str:
        """For people: ``retina: 2,304 events of bars.aedat4 became 1,292 spikes in ticks 3 to 95 of 1 ms; ...``."""
        span = f" in ticks {self.spikes[0, 0]:,} to {self.spikes[-1, 0]:,}" if len(self.spikes) else ""
        if span and self.tick_s is not None:
            span += f" of {self.tick_s * 1e3:g} ms"
        lost = [f"{count:,} {reason}" for reason, count in self.dropped.items() if count]
        if self.merged:
            lost.append(f"{self.merged:,} merged with another of the same pin and tick")
        told = f"{name}: {self.events:,} events of {self.file} became {len(self.spikes):,} spikes{span}"
        return told + (f"; {', '.join(lost)}" if lost else "")


def tick_of(time: npt.NDArray[Any], ticks_per_unit: float) -> npt.NDArray[np.float64]:
    """The tick in which each time lies, rounded down, but for times that miss a boundary by rounding only."""
    exact = time * ticks_per_unit
    nearest = np.rint(exact)
    return np.where(np.abs(exact - nearest) <= _NEAR + 4e-16 * np.abs(exact), nearest, np.floor(exact))


def bin_events(stream: EventStream, wanted: EventFile, shape: tuple[int, ...], name: str, tick_s: float) -> Binned:
    """Read a stream to its end and make spikes of it.

    shape  : of the input; name : of the input, for messages
    tick_s : of the chip, used where ``wanted`` says nothing
    Raises ConfigError, its path a key of EventFile, where the options do not fit; SpikeFileError for the file.
    """
    size = math.prod(shape)
    clock = _Clock(stream, wanted, tick_s, min(MAX_TICK, 2**62 // size))
    pins = _Pixels(stream, wanted, shape, name) if stream.camera else _Neurons(stream, wanted, shape, name)
    kept: list[_Whole] = []
    events = total = pending = joined = 0
    for piece in stream.pieces:
        events += len(piece.time)
        tick, there = clock.ticks(piece)
        pin, seen = pins.number(piece, there)
        key = np.unique(tick[seen] * size + pin)
        total += int(np.count_nonzero(seen))
        kept.append(key)
        pending += len(key)
        if pending > max(_TOGETHER, joined):  # doubling keeps the cost of joining in proportion
            kept = [np.unique(np.concatenate(kept))]
            joined, pending = len(kept[0]), 0
        if joined + pending > 2 * MAX_SPIKES or (not pending and joined > MAX_SPIKES):
            raise SpikeFileError(
                f"it makes more than {MAX_SPIKES:,} spikes", file=stream.file, fix="cut it with start_ms and stop_ms"
            )
    keys = np.unique(np.concatenate(kept)) if kept else np.zeros(0, np.int64)
    del kept
    return Binned(
        file=stream.file.rpartition("/")[2],
        spikes=np.stack(np.divmod(keys, size), axis=1),
        events=events,
        tick_s=clock.tick_s,
        dropped=clock.dropped | pins.dropped,
        merged=total - len(keys),
    )


class _Clock:
    """From the file's time to ticks."""

    def __init__(self, stream: EventStream, wanted: EventFile, tick_s: float, last: int) -> None:
        self.stream, self.last = stream, last
        self.unit_s = stream.unit_s
        self.dropped = {"before tick 0": 0, "after stop_ms": 0}
        if self.unit_s is None:
            for key in ("tick_ms", "start_ms", "stop_ms"):
                if getattr(wanted, key) is not None:
                    fix = f"remove {key}"
                    raise ConfigError(f"{stream.file} counts ticks already, not time", path=key, fix=fix)
            self.tick_s: float | None = None
            return
        self.tick_s = tick_s if wanted.tick_ms is None else wanted.tick_ms * 1e-3
        self.start = None if wanted.start_ms is None else wanted.start_ms * 1e-3 / self.unit_s
        self.stop = math.inf if wanted.stop_ms is None else wanted.stop_ms * 1e-3 / self.unit_s
        if self.start is None and not stream.camera:
            self.start = 0.0
        if self.start is not None and self.start >= self.stop:
            raise ConfigError("nothing lies between start_ms and stop_ms", path="stop_ms", fix="make stop_ms larger")

    def ticks(self, piece: Piece) -> tuple[_Whole, npt.NDArray[np.bool_]]:
        """int64[E] of each event, and which events count."""
        if self.unit_s is None:
            tick = piece.time.astype(np.int64) - self.stream.first_tick
            if (tick < 0).any():
                found = int(piece.time[np.argmax(tick < 0)])
                problem = f"a spike has the time {found}; its ticks are numbered from {self.stream.first_tick}"
                raise SpikeFileError(problem, file=self.stream.file, fix="write the file again")
            there = np.ones(len(tick), np.bool_)
        else:
            assert self.tick_s is not None
            if not np.isfinite(piece.time).all():
                raise SpikeFileError("a time is not finite", file=self.stream.file, fix="write the file again")
            if self.start is None and len(piece.time):
                self.start = piece.time.min().item()  # a whole number stays one: epochs in us exceed 2^50
            exact = tick_of(piece.time - (self.start or 0), self.unit_s / self.tick_s)
            early, late = exact < 0, piece.time >= self.stop
            self.dropped["before tick 0"] += int(np.count_nonzero(early))
            self.dropped["after stop_ms"] += int(np.count_nonzero(late & ~early))
            there = ~(early | late)
            tick = np.where(there & (exact <= self.last), exact, self.last + 1).astype(np.int64)
        if (there & (tick > self.last)).any():
            problem = f"an event falls beyond tick {self.last:,}"
            raise SpikeFileError(problem, file=self.stream.file, fix="set start_ms, or a longer tick_ms")
        return tick, there


class _Neurons:
    """Numbered neurons to pins."""

    def __init__(self, stream: EventStream, wanted: EventFile, shape: tuple[int, ...], name: str) -> None:
        for key in ("polarity", "crop", "down"):
            if key in wanted.model_fields_set:
                problem = f"{stream.file} is {stream.format}: its spikes have no pixels"
                raise ConfigError(problem, path=key, fix=f"remove {key}")
        self.stream, self.name, self.size = stream, name, math.prod(shape)
        self.first = stream.first_id if wanted.first_id is None else wanted.first_id
        self.dropped: dict[str, int] = {}

    def number(self, piece: Piece, there: npt.NDArray[np.bool_]) -> tuple[_Whole, npt.NDArray[np.bool_]]:
        """The pins of the events that count."""
        assert piece.id is not None
        bad = (piece.id < self.first) | (piece.id - self.first >= self.size)
        if bad.any():
            found = int(piece.id[np.argmax(bad)])
            last = self.first + self.size - 1
            raise SpikeFileError(
                f"a spike is of neuron {found}; the {self.size} pins of '{self.name}' take {self.first} to {last}",
                file=self.stream.file,
                fix="set first_id to the number of the first neuron, or change the input's shape",
            )
        return piece.id[there] - self.first, there


class _Pixels:
    """Pixels and polarities to pins."""

    def __init__(self, stream: EventStream, wanted: EventFile, shape: tuple[int, ...], name: str) -> None:
        if "first_id" in wanted.model_fields_set:
            problem = f"{stream.file} is {stream.format}: its events have pixels, not numbers"
            raise ConfigError(problem, path="first_id", fix="remove first_id; crop chooses pixels")
        self.stream, self.polarity, self.down = stream, wanted.polarity, wanted.down
        self.dropped = {"outside the crop": 0, "of the other polarity": 0}
        channels = 2 if wanted.polarity == "both" else 1
        self.x, self.y, width, height = self._window(wanted, shape)
        self.crop = (width, height) if wanted.crop else None
        self.width, self.height = width, height
        self.columns, self.rows = -(-width // self.down), -(-height // self.down)
        fitting = [(channels, self.rows, self.columns), (channels * self.rows * self.columns,)]
        fitting += [(self.rows, self.columns)] if channels == 1 else []
        if shape not in fitting:
            raise ConfigError(
                f"{width} x {height} pixels, down {self.down}, polarity {wanted.polarity} do not fit the shape "
                f"{list(shape)} of '{name}'",
                path="down" if self.down > 1 else "polarity",
                fix=f"allowed shapes of the input: {', '.join(str(list(one)) for one in fitting)}",
            )

    def _window(self, wanted: EventFile, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
        """x, y, width and height of the pixels to keep."""
        known = self.stream.pixels
        if wanted.crop:
            x, y, width, height = wanted.crop
            if known and (x + width > known[0] or y + height > known[1]):
                problem = f"{wanted.crop} reaches beyond the camera's {known[0]} x {known[1]} pixels"
                raise ConfigError(problem, path="crop", fix="crop is [x, y, width, height]")
            if not width or not height:
                raise ConfigError(f"{wanted.crop} keeps no pixel", path="crop", fix="crop is [x, y, width, height]")
            return x, y, width, height
        if known:
            return 0, 0, *known
        if len(shape) < 2:
            problem = f"{self.stream.file} does not say how many pixels the camera has"
            raise ConfigError(problem, path="crop", fix="add crop: [0, 0, width, height]")
        return 0, 0, shape[-1] * self.down, shape[-2] * self.down

    def number(self, piece: Piece, there: npt.NDArray[np.bool_]) -> tuple[_Whole, npt.NDArray[np.bool_]]:
        """The pins of the events that count."""
        assert piece.x is not None
        assert piece.y is not None
        assert piece.on is not None
        x, y = piece.x - self.x, piece.y - self.y
        inside = (x >= 0) & (x < self.width) & (y >= 0) & (y < self.height)
        if self.crop is None and not inside.all():
            at = int(np.argmin(inside))
            raise SpikeFileError(
                f"an event has the pixel [{piece.x[at]}, {piece.y[at]}]; the camera has {self.width} x {self.height}",
                file=self.stream.file,
                fix="x is the column, y the row; crop keeps a part of the pixels",
            )
        self.dropped["outside the crop"] += int(np.count_nonzero(there & ~inside))
        seen = there & inside
        if self.polarity in ("on", "off"):
            other = piece.on == (self.polarity == "off")
            self.dropped["of the other polarity"] += int(np.count_nonzero(seen & other))
            seen = seen & ~other
        pin = (y[seen] // self.down) * self.columns + x[seen] // self.down
        if self.polarity == "both":
            pin = pin + piece.on[seen].astype(np.int64) * (self.rows * self.columns)
        return pin, seen
