"""RANC's config.json: the sizes of its grid and cores, read, found beside an input.json, and written."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from neurocore.arch import PRESETS, RING_SLOTS, ChipSpec
from neurocore.errors import ImageError
from neurocore.formats.file_writing import write_atomically
from neurocore.formats.loose_json import load_loose_json

__all__ = ["CONFIG_KEYS", "RancConfig", "config_beside", "config_name", "read_ranc_config", "write_ranc_config"]

_TRACES: Final = ("neuron_block_trace_verbosity", "core_controller_trace_verbosity", "scheduler_trace_verbosity")
_RANGES: Final = {
    "num_neurons": (1, 1024),
    "num_axons": (1, 1024),
    "num_cores_x": (1, 2**15),
    "num_cores_y": (1, 2**15),
    "num_weights": (1, 8),
    "max_tick_offset": (2, 2**15),
    "neuron_reset_type": (0, 1),
}
CONFIG_KEYS: Final = frozenset(_RANGES) | frozenset(_TRACES)
"""Keys by which a config.json is told from other files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RancConfig:
    """What RANC calls its architecture parameters.

    max_tick_offset   : words of a core's scheduler; destination_tick d means a delay of d + 1, at most this less 1
    neuron_reset_type : 0 (asymmetric) tests the negative threshold with V < it, 1 (symmetric) with V <= it
    """

    num_neurons: int = 256
    num_axons: int = 256
    num_cores_x: int
    num_cores_y: int
    num_weights: int = 4
    max_tick_offset: int = RING_SLOTS
    neuron_reset_type: int = 0

    def spec(self) -> ChipSpec:
        """The preset `ranc` with these sizes."""
        return PRESETS["ranc"].model_copy(
            update={
                "axons": self.num_axons,
                "neurons": self.num_neurons,
                "axon_types": self.num_weights,
                "grid": (self.num_cores_x, self.num_cores_y),
                "delay_limit": min(self.max_tick_offset, RING_SLOTS) - 1,
                "negative_inclusive": bool(self.neuron_reset_type),
            }
        )


def config_name(file: Path) -> Path:
    """Where the config of an input file is written: config.json for input.json, NAME_config.json for NAME.json."""
    return file.with_name("config.json" if file.stem == "input" else f"{file.stem}_config.json")


def config_beside(file: Path) -> Path | None:
    """The config of an input file: NAME_config.json or config.json in its folder; None where neither is."""
    for found in (file.with_name(f"{file.stem}_config.json"), file.with_name("config.json")):
        if found.is_file() and found != file:
            return found
    return None


def read_ranc_config(path: Path) -> tuple[RancConfig, tuple[str, ...]]:
    """Read a config.json. Returns it and remarks. Raises ImageError naming file, line and key."""
    document, line_of = load_loose_json(path, frozenset(), lambda entry: entry, kind="RANC's config.json")
    if not isinstance(document, dict):
        raise ImageError("is not RANC's config.json: an object is needed", file=str(path), fix="name another file")
    values = {}
    for key, (low, high) in _RANGES.items():
        value = document.get(key)
        if key not in document:
            needed = f"RANC's config.json has {', '.join(_RANGES)}"
            raise ImageError(f"it has no '{key}'", file=str(path), fix=needed)
        if type(value) is not int or not low <= value <= high:
            raise ImageError(
                f"found {str(value)[:40]}",
                file=str(path),
                line=line_of(key, 0, opens=False),
                path=key,
                fix=f"allowed here: {low}..{high}",
            )
        values[key] = value
    remarks = tuple(f"ignored: '{key}' of {path.name}" for key in document if key not in CONFIG_KEYS)
    return RancConfig(**values), remarks


def write_ranc_config(config: RancConfig, path: Path) -> None:
    """Write a config.json; traces are off. Raises NeurocoreError where the file cannot be written."""
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    with write_atomically(path, "w") as file:
        file.write(json.dumps(values | dict.fromkeys(_TRACES, 0), indent=4) + "\n")
