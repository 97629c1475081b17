"""neurocore: compile spiking networks to a TrueNorth-style chip and run them, tick by tick, exactly.

The Python API is :mod:`neurocore.api`; its verbs are also reachable from here, loaded on first use. (``report`` only
there: here the name is a sub-package.)
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_VERBS = (
    "batch",
    "bench",
    "check",
    "compare",
    "compile",
    "convert",
    "load_run",
    "read",
    "remap",
    "run",
    "show",
    "verify",
)


def __getattr__(name: str) -> Any:
    """Load a verb of the API on first use, so that ``import neurocore`` stays quick."""
    if name in _VERBS:
        return getattr(import_module("neurocore.api"), name)
    raise AttributeError(f"module 'neurocore' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The verbs are there for completion, though not loaded."""
    return [*globals(), *_VERBS]
