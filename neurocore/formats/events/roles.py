"""What the columns of a table of spikes mean: which is the time, in which unit, which the neuron, which the pixel."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from neurocore.errors import SpikeFileError
from neurocore.formats.events.stream import EventStream, Piece

__all__ = ["Roles", "is_header", "roles_of"]

_TIMES: Final[dict[str, float | None]] = {
    "tick": None,
    "timestep": None,
    "time_step": None,
    "time_ms": 1e-3,
    "t_ms": 1e-3,
    "timestamps": 1e-3,
    "time_s": 1.0,
    "t_s": 1.0,
    "time_us": 1e-6,
    "t_us": 1e-6,
    "t": 1e-6,
}
"""Names of time columns and the seconds of their unit; None: ticks. ``t`` alone is a camera's, in microseconds."""
_IDS: Final = ("index", "sender", "senders", "node_ids", "node_id", "id", "neuron")
_POLARITIES: Final = ("on", "p", "polarity")
_OTHERS: Final = ("population", "copy", "core", "x", "y", "time_offset")
_FIX: Final = "columns are tick, time_ms, time_s or time_us, and index; or t, x, y, p; see docs/events.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Which column plays which part. A name or None each; the format's name in words, and how it counts."""

    format: str
    time: str
    unit_s: float | None
    id: str | None = None
    group: str | None = None
    copy: str | None = None
    offset: str | None = None
    x: str | None = None
    y: str | None = None
    on: str | None = None
    first_tick: int = 0
    first_id: int = 0

    @property
    def sana(self) -> bool:
        """Whether neurons are written GROUP.NUMBER."""
        return self.id == "neuron"

    def stream(self, path: Path, pieces: Generator[Piece]) -> EventStream:
        """The events of a file with these columns."""
        return EventStream(
            file=str(path),
            format=self.format,
            unit_s=self.unit_s,
            first_tick=self.first_tick,
            first_id=self.first_id,
            camera=self.x is not None,
            pieces=pieces,
        )


def is_header(words: Iterable[str]) -> bool:
    """Whether words name columns, a time among them."""
    return bool(_TIMES.keys() & set(words))


def roles_of(names: list[str], file: str, line: int | None = None) -> Roles:
    """The parts of a table's columns. Raises SpikeFileError for columns that cannot be understood."""

    def wrong(problem: str) -> SpikeFileError:
        return SpikeFileError(problem, file=file, line=line, fix=_FIX)

    if len(set(names)) < len(names):
        raise wrong(f"a column is there twice: {', '.join(names)[:80]}")
    times = [name for name in names if name in _TIMES]
    if len(times) != 1:
        raise wrong(f"{'several columns are' if times else 'no column is'} the time: {', '.join(names)[:80]}")
    time = times[0]
    if {"x", "y"} <= set(names):
        on = next((name for name in _POLARITIES if name in names), None)
        if on is None:
            raise wrong("no column is the polarity (p, on or polarity)")
        return Roles(format="a table of camera events", time=time, unit_s=_TIMES[time], x="x", y="y", on=on)
    found = next((name for name in _IDS if name in names), None)
    if found is None or (found == "neuron" and time != "timestep"):
        raise wrong(f"no column is the number of the neuron: {', '.join(names)[:80]}")
    if time == "t":
        raise wrong("the unit of the column 't' is not said")
    nest, sana = found.startswith("sender"), found == "neuron"
    return Roles(
        format="NEST's table" if nest else "SANA-FE's table" if sana else "a table of spikes",
        time=time,
        unit_s=_TIMES[time],
        id=found,
        group="population" if "population" in names else None,
        copy="copy" if "copy" in names else None,
        offset="time_offset" if "time_offset" in names else None,
        first_tick=1 if sana else 0,
        first_id=1 if nest else 0,
    )
