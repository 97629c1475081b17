"""Changing single values of a YAML document by their dotted path, as ``--set run.ticks=100`` asks."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from neurocore.arch import PRESETS
from neurocore.errors import ConfigError
from neurocore.formats.yaml_paths import YamlPath, find_path, format_path, shown

__all__ = ["apply_overrides", "option_name"]


def option_name(path: str, value: Any) -> str:
    """How messages name an override."""
    return f"--set {path}={shown(value)}"


def apply_overrides(data: Any, overrides: Mapping[str, Any]) -> tuple[Any, dict[YamlPath, str]]:
    """A copy of a document's value with some values replaced or added.

    overrides : dotted path -> new value; keys that are missing are added, list items must exist
    Returns the copy, and the path of each change -> the option's name. Raises ConfigError naming the option.
    """
    data = copy.deepcopy(data)
    changed: dict[YamlPath, str] = {}
    for text, value in overrides.items():
        if text.startswith("chip.") and isinstance(data.get("chip"), str) and data["chip"] in PRESETS:
            data["chip"] = {"preset": data["chip"]}
        changed[_set(data, text, value)] = option_name(text, value)
    return data, changed


def _set(data: Any, text: str, value: Any) -> YamlPath:
    """Put one value in its place. Returns its path."""
    found, rest = find_path(data, text)
    missing = _parts(rest, text, value)
    path = (*found, *missing)
    here = data
    for depth, part in enumerate(path):
        fits = isinstance(here, list) if isinstance(part, int) else isinstance(here, dict)
        if not fits or (isinstance(part, int) and part >= len(here)):
            above = format_path(path[:depth])
            problem = (
                f"'{above}' has {len(here)} items, numbered from 0"
                if fits
                else f"'{above}' is {shown(here)}; it has no {format_path((part,))}"
            )
            raise ConfigError(problem, file=option_name(text, value), fix="check the path")
        if depth == len(path) - 1:
            here[part] = copy.deepcopy(value)
        else:
            if isinstance(part, str) and here.get(part) is None:
                here[part] = {}
            here = here[part]
    return path


def _parts(rest: str, text: str, value: Any) -> list[str | int]:
    """The steps of a path that does not exist yet."""
    steps = re.findall(r"\[[^\]]*\]?|[^.\[]+|\.\.", rest)
    parts: list[str | int] = [int(step[1:-1]) if re.fullmatch(r"\[\d{1,9}\]", step) else step for step in steps]
    broken = any(isinstance(part, str) and part.startswith(("[", "..")) for part in parts)
    if broken or not text or text.endswith(".") or rest.startswith("."):
        fix = "write for example projections[0].delay"
        raise ConfigError(f"'{text}' is not a path", file=option_name(text, value), fix=fix)
    return parts
