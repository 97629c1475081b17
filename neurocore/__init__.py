"""neurocore: compile spiking networks to a TrueNorth-style chip and run them, tick by tick, exactly.

The Python API is :mod:`neurocore.api`; its verbs are also reachable from here, loaded on first use:

>>> import neurocore as nc
>>> result = nc.run("configs/hello.yaml")          # doctest: +SKIP

``report`` and ``estimate`` are sub-packages too. They are both: ``nc.report(folder)`` calls the verb, and
``from neurocore.report.summary import Summary`` imports from the package.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for editors and type checkers; at run time a name is loaded when it is first used
    from neurocore.api import *  # noqa: F403

__version__ = "0.1.0"

_PACKAGES = ("estimate", "report")
"""Verbs that share their name with a sub-package."""

_NAMES = (
    "Network",
    "NetworkBuilder",
    "batch",
    "bench",
    "blocks",
    "check",
    "compare",
    "compare_reports",
    "compare_reports",
    "compile",
    "convert",
    "load_run",
    "read",
    "remap",
    "resume",
    "run",
    "show",
    "stream",
    "sweep",
    "train",
    "verify",
    "write",
)


class _VerbPackage(ModuleType):
    """A sub-package that can be called like the verb of its name."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self.__wrapped__(*arguments, **options)

    @property
    def __wrapped__(self) -> Any:
        """The verb; ``inspect.signature`` finds its arguments here."""
        return getattr(import_module("neurocore.api"), self.__name__.rpartition(".")[2])


class _House(ModuleType):
    """This package: sees its sub-packages come in, whoever imports them first."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _PACKAGES and type(value) is ModuleType:
            value.__class__ = _VerbPackage
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _House


def __getattr__(name: str) -> Any:
    """Load a name of the API on first use, so that ``import neurocore`` stays quick."""
    if name in _NAMES:
        return getattr(import_module("neurocore.api"), name)
    if name in _PACKAGES:
        return import_module(f"neurocore.{name}")
    raise AttributeError(f"module 'neurocore' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The names are there for completion, though not loaded."""
    return sorted({*globals(), *_NAMES, *_PACKAGES})
