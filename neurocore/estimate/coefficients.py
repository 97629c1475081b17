"""The prices of the estimate: what is in presets/energy/*.yaml, and how a user's file changes it."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from neurocore.errors import ConfigError, closest
from neurocore.formats.located_yaml import Document, load_yaml, parse_yaml
from neurocore.formats.validation_errors import find_problem
from neurocore.formats.yaml_paths import shown

__all__ = [
    "COEFFICIENTS",
    "DEFAULT_PRESET",
    "REFERENCE_CORES",
    "REFERENCE_NEURONS",
    "Coefficient",
    "Coefficients",
    "read_coefficients",
]

DEFAULT_PRESET: Final = "truenorth"
REFERENCE_CORES: Final = 4096
"""Cores of the chip that static_power stands for."""
REFERENCE_NEURONS: Final = 256
"""Neurons of each of them."""


class Coefficient(BaseModel):
    """One number of the estimate, and what is known about it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    value: float = Field(ge=0, strict=True, description="in the unit named")
    unit: str = Field(description="W, J, s, V, spikes/s or 1")
    uncertainty: float = Field(ge=0, strict=True, description="relative, one standard deviation")
    at_voltage: float | None = Field(None, gt=0, strict=True, description="supply voltage at which the value holds, V")
    kind: Literal["published", "derived", "assumption", "user"] = Field(description="how the value came about")
    conditions: str = Field(description="when the value holds")
    source: str = Field(description="where it comes from")


class Coefficients(BaseModel):
    """All numbers of the estimate. Their meaning is in the preset's file, under ``conditions``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    neurocore_energy: Literal[1] = Field(1, description="version of this format")
    name: str = Field("", description="of this set of numbers")
    preset: str = Field(DEFAULT_PRESET, description="what the other values start from")
    nominal_voltage: Coefficient
    lowest_voltage: Coefficient
    highest_voltage: Coefficient
    reference_tick: Coefficient
    static_power: Coefficient
    static_voltage_exponent: Coefficient
    dynamic_voltage_exponent: Coefficient
    neuron_update: Coefficient
    synaptic_operation: Coefficient
    hop: Coefficient
    core_to_periphery: Coefficient
    chip_to_chip: Coefficient
    input_output: Coefficient
    benchmark_band: Coefficient
    application_band: Coefficient
    neuron_time: Coefficient
    synaptic_operation_time: Coefficient
    link_packet_time: Coefficient
    chip_ports_rate: Coefficient
    chip_edge_rate: Coefficient
    fastest_tick: Coefficient
    exact_tick: Coefficient

    def items(self) -> dict[str, Coefficient]:
        """The numbers by name, in the order of the file."""
        return {name: getattr(self, name) for name in COEFFICIENTS}

    def sources(self) -> list[dict[str, Any]]:
        """Every number with its unit, uncertainty, conditions and source, as plain JSON data."""
        return [{"name": name} | coefficient.model_dump() for name, coefficient in self.items().items()]


COEFFICIENTS: Final = tuple(
    name for name, field in Coefficients.model_fields.items() if field.annotation is Coefficient
)
_POSITIVE: Final = (
    "reference_tick",
    "nominal_voltage",
    "lowest_voltage",
    "highest_voltage",
    "chip_ports_rate",
    "chip_edge_rate",
    "fastest_tick",
)


def read_coefficients(source: str | Path | Coefficients | None = None) -> Coefficients:
    """The preset, or the preset with what a YAML file changes.

    source : a preset's name, the path of a YAML file, or None for the default preset
    Raises ConfigError naming file, line and key.
    """
    if isinstance(source, Coefficients):
        return source
    if source is None:
        return _preset(DEFAULT_PRESET)
    if isinstance(source, str) and source in presets():
        return _preset(source)
    if Path(source).suffix.lower() not in (".yaml", ".yml"):
        fix = f"{closest(source, presets())}; or the name of a .yaml file"
        raise ConfigError(f"no set of coefficients named {shown(str(source))}", fix=fix)
    return _changed(load_yaml(source))


def presets() -> list[str]:
    """The names of the sets that come with neurocore."""
    return sorted(file.name.removesuffix(".yaml") for file in _folder().iterdir() if file.name.endswith(".yaml"))


def _folder() -> Any:
    return resources.files("neurocore").joinpath("presets/energy")


@cache
def _preset(name: str) -> Coefficients:
    text = _folder().joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return Coefficients.model_validate(parse_yaml(text, f"presets/energy/{name}.yaml").value | {"preset": name})


def _changed(document: Document) -> Coefficients:
    """A preset with the values of a user's file."""
    given = {} if document.value is None else document.value
    if not isinstance(given, dict):
        raise document.error((), f"found {shown(given)}", "write for example hop: {value: 3.0e-12, source: where from}")
    name = given.get("preset", DEFAULT_PRESET)
    if name not in presets():
        fix = closest(name, presets())
        raise document.error(("preset",), f"no set of coefficients named {shown(name)}", fix)
    base = _preset(name)
    merged = base.model_dump() | {"name": Path(document.file).name}
    for key, entry in given.items():
        known = base.items().get(key)
        merged[key] = entry if known is None else _entry(document, key, entry, known)
    try:
        changed = Coefficients.model_validate(merged)
    except ValidationError as errors:
        raise document.error(*find_problem(errors, given, Coefficients)) from None
    for key in _POSITIVE:
        if not changed.items()[key].value:
            raise document.error((key,), "0 is out of range", "allowed: more than 0")
    return changed


def _entry(document: Document, key: str, entry: Any, known: Coefficient) -> Any:
    """What a file says of a coefficient, filled up by what the preset says of it."""
    if isinstance(entry, (int, float)) and not isinstance(entry, bool):
        entry = {"value": entry}
    if not isinstance(entry, dict):
        return entry
    if "unit" in entry and entry["unit"] != known.unit:
        raise document.error((key, "unit"), f"found {shown(entry['unit'])}", f"{key} is in {known.unit}")
    anew = {"kind": "user", "source": Path(document.file).name, "conditions": "not stated"} if "value" in entry else {}
    return known.model_dump() | anew | entry
