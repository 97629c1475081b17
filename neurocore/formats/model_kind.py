"""Whose a .json file is: IBM's corelet model, RANC's input.json, or RANC's config.json; told by its first key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal

from neurocore.formats.ranc_config import CONFIG_KEYS

__all__ = ["model_kind"]

_RANC_KEYS: Final = {"packets", "output_bus", "cores"}
_IBM_KEYS: Final = {"model", "crossbarTypes", "neuronTypes", "core"}
_FIRST: Final = re.compile(r'(?:\s|/\*.*?\*/|//[^\n]*+\n)*+\{(?:\s|/\*.*?\*/|//[^\n]*+\n)*+"([^"\\]{1,64})"', re.S)


def model_kind(path: Path) -> Literal["corelet", "ranc", "ranc config"]:
    """Look at the beginning of a file; what cannot be told, or read, is left to the reader of corelet models."""
    try:
        if not path.is_file():
            return "corelet"
        with open(path, "rb") as file:
            text = file.read(2**16).decode("utf-8", "replace")
        found = _FIRST.match(text)
        key = found.group(1) if found else ""
        if key not in _RANC_KEYS | _IBM_KEYS | CONFIG_KEYS and path.stat().st_size <= 2**26:
            words = set(re.findall(r'"(\w{1,64})"\s*:', path.read_text(encoding="utf-8", errors="replace")))
            key = "output_bus" if words >= _RANC_KEYS else "num_cores_x" if "num_cores_x" in words else key
    except OSError:
        return "corelet"
    if key in _RANC_KEYS:
        return "ranc"
    return "ranc config" if key in CONFIG_KEYS else "corelet"
