"""What the plan.json of an unfinished run must say before it is gone on with: a digest that fits is no proof."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from neurocore.errors import ImageError
from neurocore.formats.yaml_paths import shown
from neurocore.verbs.run_facts import run_description

__all__ = ["check_plan"]

_MOST: Final = 2**63 - 1
_WHOLE: Final[dict[str, tuple[int, int]]] = {
    "planned": (1, _MOST),
    "seed": (0, 2**64 - 1),
    "threads": (1, 2**16),
    "ranks": (1, 2**31 - 1),
}
"""Whole numbers: smallest, largest."""
_KINDS: Final[dict[str, tuple[type | None, ...]]] = {
    "run": (str,),
    "image_digest": (str,),
    "name": (str,),
    "source": (str, None),
    "changes": (dict,),
    "backend": (str,),
    "notes": (list,),
    "mapping": (dict, None),
    "classify": (dict, None),
    "report": (bool,),
    "checkpoint": (str, None),
    "probe": (dict,),
}
_PROBE: Final[dict[str, int]] = {"start": 0, "stop": 0, "interval": 1, "last": 1}
"""Of the probes: the smallest value of each entry."""
_MAY_BE_LEFT_OPEN: Final = ("stop", "last")


def check_plan(plan: dict[str, Any], file: Path) -> None:
    """Raises ImageError naming the file and the first entry that is missing or cannot be used."""

    def wrong(entry: str, value: Any, need: str) -> ImageError:
        return ImageError(f"found {shown(value)}; {need}", file=str(file), path=entry, fix="start the run again")

    for name in (*_WHOLE, *_KINDS):
        if name not in plan:
            raise ImageError("this entry is missing", file=str(file), path=name, fix="start the run again")
    for name, (low, high) in _WHOLE.items():
        if type(plan[name]) is not int or not low <= plan[name] <= high:
            raise wrong(name, plan[name], f"a whole number from {low} to {high} is needed")
    for name, kinds in _KINDS.items():
        if not any(plan[name] is None if kind is None else type(plan[name]) is kind for kind in kinds):
            names = " or ".join("nothing" if kind is None else kind.__name__ for kind in kinds)
            raise wrong(name, plan[name], f"{names} is needed")
    run_description(plan, file)
    for name, value in plan["probe"].items():
        if name not in _PROBE:
            raise wrong(f"probe.{name}", value, f"allowed are {', '.join(_PROBE)}")
        open_end = value is None and name in _MAY_BE_LEFT_OPEN
        if not open_end and (type(value) is not int or not _PROBE[name] <= value <= _MOST):
            raise wrong(f"probe.{name}", value, f"a whole number from {_PROBE[name]} on is needed")
