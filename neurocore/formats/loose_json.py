"""JSON as IBM's corelet tools write it: with comments, and with keys that are repeated on purpose."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from neurocore.errors import ImageError

__all__ = ["LineOf", "Repeated", "load_loose_json"]

# Texts and comments that never end are matched to the end of the file: each place is looked at once.
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+"?|/\*.*?(?:\*/|\Z)|//[^\n]*', re.S)
_LARGEST = 8 * 2**30


class Repeated(list[Any]):
    """The values of a key that stands several times in one object, in order."""


class LineOf(Protocol):
    """Gives the line of the n-th occurrence of a key (from 0), or None.

    opens : count only keys whose value is an object
    after : count from the first occurrence of this key on
    """

    def __call__(self, key: str, occurrence: int, *, opens: bool = True, after: str | None = None) -> int | None:
        """See the class."""
        ...


def load_loose_json(
    path: Path,
    repeatable: frozenset[str],
    convert: Callable[[dict[str, Any]], Any],
    *,
    kind: str = "an IBM corelet model",
) -> tuple[Any, LineOf]:
    """Read a file.

    repeatable : keys that may be repeated in one object; their values come as Repeated, even a single one
    convert    : called with each object as soon as it is read, so that bulky ones need not stay as they are
    kind       : what the file should have been, for messages
    Returns the document, and a function that gives the lines of keys.
    Raises ImageError naming file and line.
    """
    try:
        if path.exists() and not path.is_file():
            raise ImageError("is no ordinary file", file=str(path), fix=f"name {kind}")
        if path.stat().st_size > _LARGEST:
            raise ImageError("is larger than 8 GiB", file=str(path))
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ImageError("this file does not exist", file=str(path), fix="check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ImageError(f"cannot be read as text: {error}", file=str(path), fix=f"name {kind}") from None

    def blank(match: re.Match[str]) -> str:
        """Comments become nothing but their line ends, so that line numbers stay true; strings stay."""
        token = match.group()
        if token.startswith("/*") and (len(token) < 4 or not token.endswith("*/")):
            line = text.count("\n", 0, match.start()) + 1
            raise ImageError("this comment is never closed", file=str(path), line=line, fix="close it with */")
        return token if token.startswith('"') else "\n" * token.count("\n")

    bare = _TOKENS.sub(blank, text)

    def build(pairs: list[tuple[str, Any]]) -> Any:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in repeatable:
                found.setdefault(key, Repeated()).append(value)
            elif key in found:
                raise ImageError(f"the key '{key}' is repeated in one object", file=str(path), fix="keep one")
            else:
                found[key] = value
        return convert(found)

    try:
        document = json.loads(bare, object_pairs_hook=build)
    except json.JSONDecodeError as error:
        raise ImageError(f"is not JSON: {error.msg}", file=str(path), line=error.lineno, fix=f"name {kind}") from None
    except RecursionError:
        raise ImageError("is nested too deeply", file=str(path)) from None
    except ValueError:  # Python reads no whole numbers of over 4300 digits
        raise ImageError("holds a number of thousands of digits", file=str(path)) from None

    def line_of(key: str, occurrence: int, *, opens: bool = True, after: str | None = None) -> int | None:
        first = re.search(rf'"{re.escape(after)}"\s*:', bare) if after is not None else None
        start = first.end() if first else 0
        found = re.compile(rf'"{re.escape(key)}"\s*:' + (r"\s*\{" if opens else "")).finditer(bare, start)
        for number, match in enumerate(found):
            if number == occurrence:
                return bare.count("\n", 0, match.start()) + 1
        return None

    return document, line_of
