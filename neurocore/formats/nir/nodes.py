"""A NIR file's nodes as plain data, and which parameters each kind has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from neurocore.errors import ConfigError

__all__ = ["KINDS", "NEURONS", "RawGraph", "RawNode", "refused"]

KINDS: Final[dict[str, tuple[set[str], set[str]]]] = {
    # kind: (parameters it needs, parameters it may have)
    "Input": (set(), {"shape"}),
    "Output": (set(), {"shape"}),
    "Affine": ({"weight", "bias"}, set()),
    "Linear": ({"weight"}, set()),
    "Scale": ({"scale"}, set()),
    "Conv1d": ({"weight", "stride", "padding", "dilation", "groups", "bias"}, {"input_shape"}),
    "Conv2d": ({"weight", "stride", "padding", "dilation", "groups", "bias"}, {"input_shape"}),
    "SumPool2d": ({"kernel_size", "stride", "padding"}, set()),
    "AvgPool2d": ({"kernel_size", "stride", "padding"}, set()),
    "Flatten": ({"start_dim", "end_dim"}, set()),
    "Delay": ({"delay"}, set()),
    "Threshold": ({"threshold"}, set()),
    "I": ({"r"}, set()),
    "IF": ({"r", "v_threshold"}, {"v_reset"}),
    "LI": ({"tau", "r", "v_leak"}, set()),
    "LIF": ({"tau", "r", "v_leak", "v_threshold"}, {"v_reset"}),
    "CubaLI": ({"tau_syn", "tau_mem", "r", "v_leak"}, {"w_in"}),
    "CubaLIF": ({"tau_syn", "tau_mem", "r", "v_leak", "v_threshold"}, {"v_reset", "w_in"}),
}
NEURONS: Final = {"Threshold", "I", "IF", "LI", "LIF", "CubaLI", "CubaLIF"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RawNode:
    """One node. values : parameter -> array of numbers, or a text such as 'same'"""

    kind: str
    values: dict[str, Any]

    def array(self, name: str) -> np.ndarray[Any, Any]:
        """A parameter as float64."""
        return np.asarray(self.values[name], np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawGraph:
    """A graph or sub-graph: nodes by name, edges as pairs of names."""

    nodes: dict[str, RawNode | RawGraph]
    edges: list[tuple[str, str]] = field(default_factory=list)


def refused(node: str, kind: str, reason: str, fix: str | None = None) -> ConfigError:
    """The error for a node that cannot be imported: its name, its kind, the reason. The reader adds the file."""
    return ConfigError(f"{kind}: {reason}", path=f"node '{node}'", fix=fix)
