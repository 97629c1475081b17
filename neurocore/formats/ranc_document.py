"""RANC's input.json as it is read: neurons, packets and crossbars packed on the way, and places for messages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from neurocore.errors import ImageError, closest
from neurocore.formats.loose_json import LineOf, load_loose_json

__all__ = ["NEURON_KEYS", "RancDocument", "RancNeuron", "RancPacket", "load_ranc"]

SCALARS: Final = (
    "reset_potential",
    "leak",
    "positive_threshold",
    "negative_threshold",
    "destination_axon",
    "destination_tick",
    "current_potential",
    "reset_mode",
)
"""The neuron's whole numbers, in the order in which RancNeuron keeps them."""
NEURON_KEYS: Final = (*SCALARS, "weights", "destination_core_offset")
PACKET_KEYS: Final = ("destination_core", "destination_axon", "destination_tick")
CORE_KEYS: Final = ("axons", "neurons", "connections", "coordinates")
_WIDEST: Final = 2**31 - 1


class RancNeuron(tuple[int, ...]):
    """SCALARS, the offset dx and dy, then the weights: a neuron whose form is right."""


class RancPacket(tuple[int, ...]):
    """x, y, axon and destination_tick of a packet whose form is right."""


class _Bits(list[bytes]):
    """The crossbar by neurons: one byte 0 or 1 per axon."""


@dataclass(frozen=True, slots=True)
class RancDocument:
    """The parts of an input.json, and who knows the lines.

    cores   : objects with the keys CORE_KEYS; neurons and rows of connections that are well formed are packed
    packets : one list a tick
    """

    file: Path
    cores: list[Any]
    packets: list[Any]
    bus: dict[str, Any]
    remarks: tuple[str, ...]
    line_of: LineOf

    def error(self, problem: str, path: str, fix: str, *, key: str = "", occurrence: int = 0) -> ImageError:
        """An ImageError at a path; key and occurrence say which one of the file's keys to name the line of."""
        after = path.split("[")[0].split(".")[0]
        line = self.line_of(key, occurrence, opens=False, after=after) if key else None
        return ImageError(problem, file=str(self.file), line=line, path=path, fix=fix)

    def neurons_before(self, core: int) -> int:
        """How many neurons the cores before this one list: the occurrence of the first neuron's keys."""
        return sum(len(entry["neurons"]) for entry in self.cores[:core] if isinstance(entry, dict))


def load_ranc(file: Path) -> RancDocument:
    """Read an input.json's form. Raises ImageError naming file, line and path."""
    document, line_of = load_loose_json(file, frozenset(), _convert, kind="RANC's input.json")
    if not isinstance(document, dict):
        raise ImageError("is not RANC's input.json: an object is needed", file=str(file), fix="name another file")
    for key in ("packets", "output_bus", "cores"):
        if key not in document:
            fix = "RANC's input.json has packets, output_bus and cores; name another file"
            raise ImageError(f"it has no '{key}'", file=str(file), fix=fix)
    cores, packets, bus = document["cores"], document["packets"], document["output_bus"]
    remarks = tuple(f"ignored: '{key}'" for key in document if key not in ("packets", "output_bus", "cores"))
    found = RancDocument(file, cores, packets, bus, remarks, line_of)
    for name, value, kind, wanted in (
        ("cores", cores, list, "a list"),
        ("packets", packets, list, "a list with a list of packets for each tick"),
        ("output_bus", bus, dict, "an object with coordinates and num_outputs"),
    ):
        if not isinstance(value, kind):
            raise found.error(f"found {_shown(value)}", name, f"{wanted} is needed")
    for number, core in enumerate(cores):
        if not isinstance(core, dict) or core.keys() != set(CORE_KEYS):
            raise found.error(_keys_problem(core, CORE_KEYS), f"cores[{number}]", f"exactly {', '.join(CORE_KEYS)}")
        for key in CORE_KEYS:
            if not isinstance(core[key], list):
                raise found.error(f"found {_shown(core[key])}", f"cores[{number}].{key}", "a list is needed")
    for number, core in enumerate(cores):
        _check_neurons(found, number, core)
    for tick, packed in enumerate(packets):
        if not isinstance(packed, list):
            raise found.error(f"found {_shown(packed)}", f"packets[{tick}]", "a list of packets is needed")
        for number, packet in enumerate(packed):
            if not isinstance(packet, RancPacket):
                problem, path, fix = _malformed(packet, PACKET_KEYS, f"packets[{tick}][{number}]")
                raise found.error(problem, path, fix)
    return found


def _check_neurons(found: RancDocument, number: int, core: dict[str, Any]) -> None:
    path = f"cores[{number}]"
    for index, neuron in enumerate(core["neurons"]):
        if not isinstance(neuron, RancNeuron):
            problem, place, fix = _malformed(neuron, NEURON_KEYS, f"{path}.neurons[{index}]")
            key = place.rpartition(".")[2] if place.endswith(NEURON_KEYS) else ""
            raise found.error(problem, place, fix, key=key, occurrence=found.neurons_before(number) + index)
    if not isinstance(core["connections"], _Bits):
        for index, row in enumerate(core["connections"]):
            if _bits(row) is None:
                fix = "a list of 0 and 1, one for each axon"
                raise found.error(f"found {_shown(row)}", f"{path}.connections[{index}]", fix)


def _convert(entry: dict[str, Any]) -> Any:
    """Pack what is well formed as soon as it is read; the rest stays as it is, to be told about later."""
    keys = entry.keys()
    if keys == set(NEURON_KEYS):
        offset, weights = entry["destination_core_offset"], entry["weights"]
        if not isinstance(offset, list) or len(offset) != 2 or not isinstance(weights, list):
            return entry
        values = (*(entry[key] for key in SCALARS), *offset, *weights)
        return RancNeuron(values) if all(map(_whole, values)) else entry
    if keys == set(PACKET_KEYS):
        core = entry["destination_core"]
        if not isinstance(core, list) or len(core) != 2:
            return entry
        values = (*core, entry["destination_axon"], entry["destination_tick"])
        return RancPacket(values) if all(map(_whole, values)) else entry
    if keys == set(CORE_KEYS) and isinstance(entry["connections"], list):
        rows = [_bits(row) for row in entry["connections"]]
        if None not in rows:
            entry["connections"] = _Bits(row for row in rows if row is not None)
    return entry


def _bits(row: Any) -> bytes | None:
    """0 and 1 as bytes, or None where the list holds anything else."""
    if not isinstance(row, list) or not set(map(type, row)) <= {int} or not set(row) <= {0, 1}:
        return None
    return bytes(row)


def _whole(value: Any) -> bool:
    """What RANC's reader takes for a number: a whole one of 32 bits."""
    return type(value) is int and -_WIDEST - 1 <= value <= _WIDEST


def _malformed(entry: Any, keys: tuple[str, ...], path: str) -> tuple[str, str, str]:
    """Problem, path and fix of a neuron or packet whose form is wrong."""
    if not isinstance(entry, dict) or entry.keys() != set(keys):
        unknown = sorted(set(entry) - set(keys)) if isinstance(entry, dict) else []
        fix = closest(unknown[0], keys) if unknown else f"exactly {', '.join(keys)}"
        return _keys_problem(entry, keys), path, fix
    for key in keys:
        value, wanted = entry[key], "a whole number of 32 bits"
        right = _whole(value)
        if key in ("destination_core", "destination_core_offset"):
            right, wanted = isinstance(value, list) and len(value) == 2 and all(map(_whole, value)), "two whole numbers"
        elif key == "weights":
            right, wanted = isinstance(value, list) and all(map(_whole, value)), "a list of whole numbers"
        if not right:
            return f"found {_shown(value)}", f"{path}.{key}", f"{wanted} is needed".replace("numbers is", "numbers are")
    return "its form is wrong", path, f"exactly {', '.join(keys)}"


def _keys_problem(entry: Any, keys: tuple[str, ...]) -> str:
    if not isinstance(entry, dict):
        return f"found {_shown(entry)}, an object is needed"
    unknown, missing = sorted(set(entry) - set(keys)), [key for key in keys if key not in entry]
    return f"unknown key '{unknown[0]}'" if unknown else f"it has no '{missing[0]}'"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}..."
