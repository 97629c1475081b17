"""What a mapping pass tells the user: one line, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What one pass did.

    stage : name of the pass
    text  : one line for people
    facts : the numbers in it, by name
    """

    stage: str
    text: str
    facts: Mapping[str, int | float | str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.stage}: {self.text}"
