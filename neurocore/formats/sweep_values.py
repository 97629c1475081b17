"""Values to sweep over, as the command line gives them: ``5,10,20``, ``[5, 10]``, ``0.7:1.05:0.05`` or a single one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from neurocore.errors import NeurocoreError
from neurocore.formats.located_yaml import read_scalar
from neurocore.formats.yaml_paths import shown

__all__ = ["MOST_VALUES", "read_settings", "read_values"]

MOST_VALUES: Final = 10_000
_MOST_EXPONENT: Final = 300
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"\s*({_NUMBER}):({_NUMBER})(?::({_NUMBER}))?\s*", re.ASCII)


def read_settings(texts: Sequence[str]) -> dict[str, Any]:
    """``PATH=VALUES`` of several ``--set`` options: path -> a list of values to sweep over, or a single one.

    Raises NeurocoreError for a text without '=', a path given twice, or values that cannot be read.
    """
    settings: dict[str, Any] = {}
    for text in texts:
        path, equals, values = (part.strip() for part in text.partition("="))
        if not equals or not path or not values:
            fix = "for example --set run.ticks=100 or --set chip.voltage=0.7,0.8"
            raise NeurocoreError(f"--set {text}: not of the form PATH=VALUES", fix=fix)
        if path in settings:
            raise NeurocoreError(f"--set {path} is given twice", fix=f"give all values in one: --set {path}=1,2,3")
        settings[path] = read_values(values, f"--set {text}")
    return settings


def read_values(text: str, option: str) -> Any:
    """A list of values where there are several, else the value.

    ``a,b,c`` and ``[a, b, c]`` are lists; a value that is a list itself stands in a list: ``[[4, 4], [8, 8]]``.
    ``start:stop:step`` are numbers from start on, stop included where it is met; the step is 1 if left out.
    option : names the text in messages
    Raises ConfigError or NeurocoreError for what is no value, an empty or endless range, or too many values.
    """
    pieces = list(_pieces(text))
    values: list[Any] = []
    for piece in pieces:
        match = _RANGE.fullmatch(piece)
        values += _range(match[1], match[2], match[3], option) if match else [read_scalar(piece)]
    if len(pieces) == 1 and not _RANGE.fullmatch(text):
        return values[0]
    return values


def _pieces(text: str) -> Iterator[str]:
    """Split at the commas that are in no bracket and no quotes."""
    depth, quote, start = 0, "", 0
    for place, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
        elif sign == "," and not depth:
            yield text[start:place].strip()
            start = place + 1
    yield text[start:].strip()


def _range(start: str, stop: str, step: str | None, option: str) -> list[int | float]:
    """Numbers start, start + step ... up to stop, in decimal: 0.7:0.9:0.1 gives 0.7, 0.8, 0.9."""
    first, last, by = Decimal(start), Decimal(stop), Decimal(step or 1)
    if any(number and not -_MOST_EXPONENT <= number.adjusted() <= _MOST_EXPONENT for number in (first, last, by)):
        problem = f"{option}: the range {shown(start)}:{shown(stop)}:{shown(step or '1')} has a number out of range"
        raise NeurocoreError(problem, fix=f"allowed: 0, and sizes from 1e-{_MOST_EXPONENT} to 1e{_MOST_EXPONENT}")
    if not by or (last - first) * by < 0:
        raise NeurocoreError(f"{option}: the range {start}:{stop}:{by} is empty", fix="write start:stop:step")
    count = int((last - first) / by) + 1
    if count > MOST_VALUES:
        raise NeurocoreError(f"{option}: {count:,} values", fix=f"allowed: {MOST_VALUES:,}; a larger step")
    whole = not any(sign in text for text in (start, stop, step or "1") for sign in ".eE")
    values = (first + number * by for number in range(count))
    return [int(value) if whole else float(value) for value in values]
