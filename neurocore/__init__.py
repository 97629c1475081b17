"""neurocore: compile spiking networks to a TrueNorth-style chip and run them, tick by tick, exactly.

The Python API is :mod:`neurocore.api`; its verbs are also reachable from here, loaded on first use. ``estimate`` and
``report`` are sub-packages too: as ``neurocore.estimate(...)`` they are the verbs.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

_VERBS = (
    "batch",
    "bench",
    "check",
    "compare",
    "compare_reports",
    "compile",
    "convert",
    "estimate",
    "load_run",
    "read",
    "remap",
    "report",
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


class _Room(ModuleType):
    """A sub-package with a verb's name: calling it calls the verb."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return getattr(import_module("neurocore.api"), self.__name__.rpartition(".")[2])(*arguments, **options)


class _Package(ModuleType):
    """This package. Importing a sub-package sets it as an attribute here, and would so take a verb's name away."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _VERBS and type(value) is ModuleType:
            value.__class__ = _Room
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
