"""What a mapping pass tells the user: one line, the numbers behind it, and how long it took."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

__all__ = ["Log", "Note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What one pass did.

    stage   : name of the pass
    text    : one line for people
    facts   : the numbers in it, by name
    seconds : wall time of the pass
    """

    stage: str
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.stage}: {self.text}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"pass": self.stage, "seconds": self.seconds, "text": self.text, "facts": dict(self.facts)}


class Log:
    """The notes of a compilation, timed, in order of the passes; a pass that is repeated keeps its last note.

    watch : called with the name of each pass as it begins
    """

    def __init__(self, watch: Callable[[str], None] | None = None) -> None:
        self._watch = watch
        self._notes: dict[str, Note] = {}
        self._began = perf_counter()

    def begin(self, stage: str) -> None:
        """A pass starts."""
        self._began = perf_counter()
        if self._watch is not None:
            self._watch(stage)

    def end(self, note: Note) -> None:
        """A pass is done; its time is added to that of earlier rounds."""
        before = self._notes[note.stage].seconds if note.stage in self._notes else 0.0
        self._notes[note.stage] = replace(note, seconds=before + perf_counter() - self._began)

    @property
    def notes(self) -> tuple[Note, ...]:
        """One for each pass."""
        return tuple(self._notes.values())
