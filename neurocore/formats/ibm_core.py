"""A core of IBM's corelet models: its crossbar, and where its neurons' spikes go."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.errors import ImageError, closest
from neurocore.formats.ibm_neurons import NeuronTypes
from neurocore.formats.run_lengths import expand_runs
from neurocore.image import OUTPUT_BASE, UNWIRED, ChipImage
from neurocore.neuron import NEURON_FIELDS

__all__ = ["DISCONNECTED", "OUTPUTS", "SIZE", "UNUSED", "fill_core", "read_crossbar_types", "rows_as_bytes"]

SIZE = 256
UNUSED, DISCONNECTED, OUTPUTS = -1, -2, -32

_MIRRORED = np.array([int(f"{byte:08b}"[::-1], 2) for byte in range(256)], np.uint8)
"""IBM writes neuron 0 as the most significant bit of byte 0, we keep it as the least significant one."""

_KNOWN = {"metadata", "id", "timeScaleExponent", "rngSeed", "neurons", "crossbar"}

Crossbar = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint64]]


class _Row(tuple[int, bytes]):
    """Axon type and 32 bytes of synapses, taken from a row object as soon as it is read."""


def rows_as_bytes(entry: dict[str, Any]) -> Any:
    """Turn crossbar rows into bytes while reading: a model of 4,000 cores has a million of them."""
    if entry.keys() == {"type", "synapses"}:
        kind, synapses = entry["type"], entry["synapses"]
        try:
            if kind not in ("S0", "S1", "S2", "S3"):
                raise ValueError
            bits = bytes.fromhex(synapses)
            if len(bits) != SIZE // 8:
                raise ValueError
        except (ValueError, TypeError):
            return entry
        return _Row((int(kind[1]), bits))
    return entry


def read_crossbar_types(entries: Any, file: str) -> dict[str, Crossbar]:
    """Crossbars that cores share, by their names. Raises ImageError."""
    crossbars: dict[str, Crossbar] = {}
    if not isinstance(entries, list):
        raise ImageError("a list is needed", file=file, path="crossbarTypes")
    for number, entry in enumerate(entries):
        path = f"crossbarTypes[{number}]"
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise ImageError("has no name", file=file, path=path)
        if not isinstance(entry.get("crossbar"), dict):
            raise ImageError("has no crossbar", file=file, path=path)
        crossbars[entry["name"]] = _rows(entry["crossbar"], file, f"{path}.crossbar")
    return crossbars


def _rows(crossbar: dict[str, Any], file: str, path: str) -> Crossbar:
    """Axon types uint8[256] and crossbar rows uint64[256, 4]."""
    rows = crossbar.get("rows")
    if crossbar.keys() != {"rows"} or not isinstance(rows, list) or len(rows) != SIZE:
        found = f"{len(rows)} rows" if isinstance(rows, list) else f"the keys {', '.join(crossbar)}"
        raise ImageError(f"found {found}", file=file, path=path, fix=f"'rows' with {SIZE} entries")
    for number, row in enumerate(rows):
        if not isinstance(row, _Row):
            raise ImageError(
                f"found {str(row)[:60]}",
                file=file,
                path=f"{path}.rows[{number}]",
                fix=f"a type S0..S3 and synapses of {SIZE // 8} hexadecimal bytes",
            )
    kinds = np.array([row[0] for row in rows], np.uint8)
    bits = _MIRRORED[np.frombuffer(b"".join(row[1] for row in rows), np.uint8)].reshape(SIZE, SIZE // 8)
    return kinds, np.ascontiguousarray(bits).view("<u8").astype(np.uint64)


def fill_core(
    image: ChipImage,
    index: int,
    core: dict[str, Any],
    crossbars: dict[str, Crossbar],
    types: NeuronTypes,
    there: npt.NDArray[np.bool_],
    file: str,
) -> list[str]:
    """Fill one core of the image. Returns remarks. Raises ImageError.

    there : bool[C], whether the file has a core of each number
    """
    path = f"core {index}"
    if core.get("timeScaleExponent", 0) != 0:
        raise ImageError(
            f"found {core['timeScaleExponent']!r}, a core with ticks of its own length",
            file=file,
            path=f"{path}.timeScaleExponent",
            fix="allowed: 0",
        )
    crossbar = core.get("crossbar")
    if not isinstance(crossbar, dict):
        raise ImageError("has no crossbar", file=file, path=path)
    if crossbar.keys() == {"name"}:
        if not isinstance(crossbar["name"], str) or crossbar["name"] not in crossbars:
            raise ImageError(
                f"no crossbar type named '{crossbar['name']}'",
                file=file,
                path=f"{path}.crossbar.name",
                fix=closest(crossbar["name"], crossbars),
            )
        image.axon_type[index], image.crossbar[index] = crossbars[crossbar["name"]]
    else:
        image.axon_type[index], image.crossbar[index] = _rows(crossbar, file, f"{path}.crossbar")
    columns = _neurons(core.get("neurons"), file, f"{path}.neurons")
    if (columns["dendrites"] != np.arange(SIZE)).any():
        raise ImageError(
            "dendrites are not 0:255 in order",
            file=file,
            path=f"{path}.neurons.dendrites",
            fix="neurocore reads models whose neuron n uses crossbar column n",
        )
    kind = columns["types"]
    known = np.isin(kind, [0, *types.number])
    if not known.all():
        first = int(np.argmin(known))
        raise ImageError(
            f"neuron {first} has type {kind[first]} (N{kind[first]:08X}), which neuronTypes does not list",
            file=file,
            path=f"{path}.neurons.types",
            fix=closest(f"N{kind[first]:08X}", [f"N{n:08X}" for n in types.number]),
        )
    row = np.array([types.number.get(int(number), 0) for number in kind])
    used = (kind != 0) & (columns["destCores"] != UNUSED)
    image.neuron_used[index] = used
    for name, (dtype, _, idle) in NEURON_FIELDS.items():
        values = np.where(used, types.parameters[name][row], idle)
        getattr(image.neurons, name)[index] = _narrow(values, dtype, file, f"neuronTypes.{name}")
    weight = np.where(used[:, None], types.weight[row], 0)
    image.weight[index] = _narrow(weight, np.int16, file, "neuronTypes.s")
    image.stochastic_weight[index] = np.where(used, types.stochastic[row], 0)
    _targets(image, index, columns, used, there, file, f"{path}.neurons")
    return [f"ignored: 'core.{key}'" for key in core if key not in _KNOWN]


def _neurons(entry: Any, file: str, path: str) -> dict[str, npt.NDArray[np.int64]]:
    """The five run-length lists, int64[256] each."""
    names = ("dendrites", "types", "destCores", "destAxons", "destDelays")
    if not isinstance(entry, dict) or entry.keys() != set(names):
        found = ", ".join(entry) if isinstance(entry, dict) else type(entry).__name__
        raise ImageError(f"found {found}", file=file, path=path, fix=f"exactly {', '.join(names)}")
    columns = {}
    for name in names:
        place = f"{path}.{name}"
        if not isinstance(entry[name], list):
            raise ImageError("a list is needed", file=file, path=place)
        try:
            values = expand_runs(entry[name])
        except ValueError as error:
            raise ImageError(str(error), file=file, path=place) from None
        if len(values) != SIZE:
            raise ImageError(f"it expands to {len(values)} values", file=file, path=place, fix=f"{SIZE} are needed")
        columns[name] = values
    return columns


def _narrow(
    values: npt.NDArray[np.int64], dtype: type[np.integer[Any]], file: str, path: str
) -> npt.NDArray[np.integer[Any]]:
    """Cast without wrapping around."""
    limits = np.iinfo(dtype)
    wrong = (values < limits.min) | (values > limits.max)
    if wrong.any():
        raise ImageError(f"found {values[wrong].flat[0]}", file=file, path=path, fix=f"{limits.min}..{limits.max}")
    return values.astype(dtype)


def _targets(
    image: ChipImage,
    index: int,
    columns: dict[str, npt.NDArray[np.int64]],
    used: npt.NDArray[np.bool_],
    there: npt.NDArray[np.bool_],
    file: str,
    path: str,
) -> None:
    core, axon, delay = columns["destCores"], columns["destAxons"], columns["destDelays"]
    inside = used & (core >= 0)
    outside = used & (core <= OUTPUTS)
    wrong = used & (core < 0) & (core > OUTPUTS) & (core != DISCONNECTED)
    wrong |= inside & ((core >= len(there)) | ~there[np.clip(core, 0, len(there) - 1)])
    if wrong.any():
        first = int(np.argmax(wrong))
        raise ImageError(
            f"neuron {first} sends to core {core[first]}",
            file=file,
            path=f"{path}.destCores",
            fix="a core of the file, -1 (unused), -2 (disconnected) or -32 and below (output connectors)",
        )
    for name, values, high in (("destAxons", axon, SIZE - 1), ("destDelays", delay, image.spec.delay_limit)):
        low = 1 if name == "destDelays" else 0
        wrong = inside & ((values < low) | (values > high))
        if wrong.any():
            first = int(np.argmax(wrong))
            raise ImageError(
                f"neuron {first} has {values[first]}", file=file, path=f"{path}.{name}", fix=f"allowed: {low}..{high}"
            )
    image.target_core[index] = np.where(inside, core, np.where(outside, OUTPUT_BASE - OUTPUTS + core, UNWIRED))
    image.target_axon[index] = np.where(inside | outside, axon, 0)
    image.delay[index] = np.where(inside, delay, 1)
