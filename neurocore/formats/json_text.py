"""JSON whose texts can be written to a file again."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["parse_json"]


def parse_json(text: str | bytes) -> Any:
    """What JSON says. Raises ValueError for what is no JSON, and for half a surrogate pair: no file could hold it.

    Raises RecursionError for JSON that is nested too deep.
    """
    found = json.loads(text)
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        part = error.object[error.start : error.start + 1]
        raise ValueError(f"{ascii(part)} is half a surrogate pair, which is no character") from None
    return found
