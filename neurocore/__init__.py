"""neurocore: compile spiking networks to a TrueNorth-style chip and run them, tick by tick, exactly.

The Python API is :mod:`neurocore.api`; its verbs are also reachable from here, loaded on first use.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load a verb of the API on first use, so that ``import neurocore`` stays quick."""
    from neurocore import api

    if name in api.__all__:
        return getattr(api, name)
    raise AttributeError(f"module 'neurocore' has no attribute {name!r}")
