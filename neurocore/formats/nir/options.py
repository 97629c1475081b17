"""What NIR leaves open and the user may say: time step, reset, threshold rule, and what may be approximated."""

from __future__ import annotations

import math
from dataclasses import dataclass

from neurocore.errors import NeurocoreError, closest

__all__ = ["APPROXIMATIONS", "NirOptions", "read_approximations"]

APPROXIMATIONS = {
    "lif": ("linear-leak",),
    "weights": ("rounding", *(str(bits) for bits in range(2, 10))),
    "delay": ("round",),
}
"""What --approximate knows: key -> values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NirOptions:
    """How to read a graph.

    dt          : seconds in a step; None where the user did not say
    reset       : "value" (to v_reset, as NIR says) or "subtract" (v_threshold is taken off)
    fires       : "above" (V > v_threshold, as NIR says) or "at" (V >= v_threshold)
    approximate : key -> value, of APPROXIMATIONS; nothing is approximated that is not named
    """

    dt: float | None = None
    reset: str = "value"
    fires: str = "above"
    approximate: dict[str, str] | None = None

    def __post_init__(self) -> None:
        if self.dt is not None and not (self.dt > 0 and math.isfinite(self.dt)):
            raise NeurocoreError(f"--dt {self.dt:g}: a step has no such length", fix="seconds, for example --dt 1e-4")
        for name, value, allowed in (
            ("reset", self.reset, ("value", "subtract")),
            ("fires", self.fires, ("above", "at")),
        ):
            if value not in allowed:
                raise NeurocoreError(f"--{name} {value}: not known", fix=closest(value, allowed))

    def asks(self, key: str) -> str | None:
        """What was asked for under a key of --approximate."""
        return (self.approximate or {}).get(key)


def read_approximations(text: str | None) -> dict[str, str]:
    """``lif=linear-leak,weights=6`` as a dict. Raises NeurocoreError naming the word that is not known."""
    found: dict[str, str] = {}
    for part in (text or "").split(","):
        key, equals, value = (word.strip() for word in part.partition("="))
        if not part.strip():
            continue
        if key not in APPROXIMATIONS:
            raise NeurocoreError(f"--approximate {part}: no approximation '{key}'", fix=closest(key, APPROXIMATIONS))
        if not equals or value not in APPROXIMATIONS[key]:
            raise NeurocoreError(
                f"--approximate {part}: '{value}' is not a way to approximate '{key}'",
                fix=closest(value, APPROXIMATIONS[key]),
            )
        if key in found:
            raise NeurocoreError(f"--approximate: '{key}' is given twice", fix="keep one")
        found[key] = value
    return found
