"""What a word in YAML stands for: a number, a truth value, nothing, or itself."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from neurocore.formats.yaml_paths import shown

__all__ = ["plain_scalar"]

_MAX_DIGITS: Final = 400

_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: Final = {word: None for word in ("", "~", "null", "Null", "NULL")} | {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}


def plain_scalar(text: str) -> Any:
    """A plain scalar by YAML 1.2's core schema (section 10.3.2). Raises ValueError for numbers that are not finite."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text) or _OCTAL.fullmatch(text) or _HEX.fullmatch(text):
        # 0o and 0x are Python's prefixes too; without one, leading zeros mean nothing
        whole = int(text, 10 if _INT.fullmatch(text) else 0) if len(text) <= _MAX_DIGITS else 2**64
        if abs(whole) >= 2**64:
            raise ValueError(f"the whole number {shown(text)} is too large")
        return whole
    if _SPECIAL.fullmatch(text) or _FLOAT.fullmatch(text):
        number = float(text.replace(".", "", 1) if _SPECIAL.fullmatch(text) else text)
        if not math.isfinite(number):
            raise ValueError(f"{shown(text)} is not a finite number")
        return number
    return text
