"""Places in a YAML document: paths as tuples and as people write them, and values short enough for a message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["YamlPath", "find_path", "format_path", "shown"]

YamlPath = tuple[str | int, ...]
"""Keys and list indices from the top of a document to a node."""


def format_path(path: Sequence[str | int]) -> str:
    """``('projections', 0, 'delay')`` as people write it: ``projections[0].delay``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.fullmatch(r"[\w.<-]{1,64}", part):
            text += f".{part}" if text else part
        else:
            text += f"[{shown(part)}]"
    return text


def shown(value: Any) -> str:
    """A value as it would be written in YAML, cut to a length that fits a message."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case str():
            return repr(value if len(value) <= 40 else value[:37] + "...")
        case dict():
            return "a mapping with " + ", ".join(map(str, list(value)[:3])) if value else "an empty mapping"
        case list() | tuple():
            text = "[" + ", ".join(shown(item) for item in value[:4]) + (", ...]" if len(value) > 4 else "]")
            return text if len(text) <= 60 else f"a list of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype.name} {list(value.shape)}"
    text = str(value)
    return text if len(text) <= 40 else f"{text[:12]}... ({len(text)} characters)"


def find_path(value: Any, path: str) -> tuple[YamlPath, str]:
    """The longest beginning of a written path that exists in dicts and lists (names may contain dots), and the rest."""
    parts: list[str | int] = []
    while path:
        if index := re.match(r"\[(\d{1,9})\]\.?", path):
            steps: list[tuple[str | int, str]] = [(int(index[1]), path[index.end() :])]
        else:
            ends = [match.start() for match in re.finditer(r"[.\[]", path)] + [len(path)]
            steps = [(path[:end], path[end:].removeprefix(".")) for end in reversed(ends) if end]
        step = next((step for step in steps if _holds(value, step[0])), None)
        if step is None:
            break
        value, path = value[step[0]], step[1]
        parts.append(step[0])
    return tuple(parts), path


def _holds(value: Any, part: str | int) -> bool:
    return (isinstance(value, dict) and part in value) or (
        isinstance(value, list) and isinstance(part, int) and part < len(value)
    )
