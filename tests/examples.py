"""How many examples hypothesis tries of what takes long: a quarter in `make test`, all of them in `make test-slow`.

`make test-slow` sets NEUROCORE_EXAMPLES=all and runs the tests with hypothesis again.
"""

from __future__ import annotations

import os

ALL = os.environ.get("NEUROCORE_EXAMPLES") == "all"


def examples(count: int, least: int = 4) -> int:
    """``count``; or a quarter of it, but not fewer than ``least``."""
    return count if ALL else max(least, count // 4)
