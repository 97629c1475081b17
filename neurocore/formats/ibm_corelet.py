"""IBM's corelet models (.json): read as a chip image, cores in the order of their ids.

Whatever could change the behaviour and is not understood is refused; what cannot is remarked on.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.arch import PRESETS, ChipSpec
from neurocore.errors import ImageError, closest
from neurocore.formats.ibm_neurons import NeuronTypes, read_neuron_types
from neurocore.formats.image_check import check_image
from neurocore.formats.loose_json import Repeated, load_loose_json
from neurocore.formats.run_lengths import expand_runs
from neurocore.graph import Group
from neurocore.image import OUTPUT_BASE, UNWIRED, ChipImage
from neurocore.neuron import NEURON_FIELDS

__all__ = ["places_of", "read_model", "spec_of"]

SIZE = 256
MAX_CORES = 1 << 16
MAX_EMPTY, _SPREAD = 1024, 8
"""A model with K cores may have ids below 1024 + 8 K: a short file must not ask for gigabytes of empty cores."""
UNUSED, DISCONNECTED, OUTPUTS = -1, -2, -32

_MIRRORED = np.array([int(f"{byte:08b}"[::-1], 2) for byte in range(256)], np.uint8)
"""IBM writes neuron 0 as the most significant bit of byte 0, we keep it as the least significant one."""

_KNOWN = {
    "": {"model", "crossbarTypes", "neuronTypes", "core"},
    "core": {"metadata", "id", "timeScaleExponent", "rngSeed", "neurons", "crossbar"},
    "model": {
        *("coreCount", "crossbarSize", "neuronclass", "crossbarclass", "buildKey64", "networking"),
        "useCrossbarPrototypes",
    },
}

Crossbar = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint64]]


class _Row(tuple[int, bytes]):
    """Axon type and 32 bytes of synapses, taken from a row object as soon as it is read."""


def read_model(path: str | Path) -> tuple[ChipImage, tuple[str, ...]]:
    """Read a model. Returns the image and remarks for the user.

    Raises ImageError naming file, line and path of what is damaged or not understood.
    """
    file = Path(path)
    name = str(file)
    document, line_of = load_loose_json(file, frozenset({"core"}), _convert)
    if not isinstance(document, dict) or "model" not in document:
        raise ImageError("is not an IBM corelet model: it has no 'model' object", file=name, fix="name another file")
    remarks = [f"ignored: '{key}'" for key in document if key not in _KNOWN[""]]
    model = document["model"]
    remarks += _check_model(model, name)
    crossbars = _crossbar_types(document.get("crossbarTypes", []), name)
    types = read_neuron_types(document.get("neuronTypes"), name)
    cores = document.get("core", Repeated())
    ids = [_core_id(core, number, name, line_of) for number, core in enumerate(cores)]
    if not ids:
        raise ImageError("has no cores", file=name, fix='name a model with at least one "core"')
    if len(ids) != model["coreCount"]:
        raise ImageError(
            f"coreCount says {model['coreCount']}, the file has {len(ids)} cores",
            file=name,
            path="model.coreCount",
            fix="the file may be cut off: fetch it again",
        )
    if len(set(ids)) < len(ids):
        first = {core: number for number, core in reversed(list(enumerate(ids)))}
        twice = next(number for number, core in enumerate(ids) if first[core] < number)
        raise ImageError(f"core {ids[twice]} is there twice", file=name, line=line_of("core", twice), fix="keep one")
    count = max(ids) + 1
    if count > MAX_EMPTY + _SPREAD * len(ids):
        raise ImageError(
            f"core {count - 1} is there, but only {len(ids)} cores are: the rest would be empty",
            file=name,
            line=line_of("core", ids.index(count - 1)),
            path="core.id",
            fix=f"number the cores from 0; ids up to {MAX_EMPTY + _SPREAD * len(ids) - 1} are read",
        )
    spec = spec_of(count)
    image = ChipImage.blank(file.stem, spec, places_of(count, spec))
    if count > len(ids):
        remarks.append(f"{count - len(ids)} core ids up to {count - 1} are not in the file: these cores stay empty")
    there = np.isin(np.arange(count), ids)
    for number, (core, index) in enumerate(zip(cores, ids, strict=True)):
        try:
            remarks += _core(image, index, core, crossbars, types, there, name)
        except ImageError as error:
            error.line = error.line or line_of("core", number)
            raise
    image = _with_outputs(image, name)
    check_image(image, name)
    drawing = image.neurons.draws | (image.stochastic_weight > 0)
    if drawing.any():
        remarks.append(
            f"{int(drawing.sum()):,} neurons are stochastic: IBM's generator is not published, "
            "so they follow the same distributions, not the same draws"
        )
    return image, tuple(dict.fromkeys(remarks))


def _convert(entry: dict[str, Any]) -> Any:
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


def _check_model(model: Any, file: str) -> list[str]:
    if not isinstance(model, dict) or not isinstance(model.get("coreCount"), int):
        raise ImageError("has no coreCount", file=file, path="model", fix="name an IBM corelet model")
    wanted = {"crossbarSize": SIZE, "neuronclass": "NeuronGeneral", "crossbarclass": "CrossbarBinary"}
    for key, value in wanted.items():
        if model.get(key, value) != value:
            raise ImageError(
                f"found {model[key]!r}, which neurocore does not emulate",
                file=file,
                path=f"model.{key}",
                fix=f"allowed: {value}",
            )
    return [f"ignored: 'model.{key}'" for key in model if key not in _KNOWN["model"]]


def _core_id(core: Any, number: int, file: str, line_of: Callable[[str, int], int | None]) -> int:
    found = core.get("id") if isinstance(core, dict) else None
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < MAX_CORES:
        raise ImageError(
            f"found {found!r}",
            file=file,
            line=line_of("core", number),
            path=f"core[{number}].id",
            fix=f"a number in 0..{MAX_CORES - 1}",
        )
    return found


def spec_of(cores: int) -> ChipSpec:
    """TrueNorth, with as many chips in a row as the cores of a model need."""
    base = PRESETS["truenorth"]
    chips = -(-cores // (base.grid[0] * base.grid[1]))
    return base if chips == 1 else base.model_copy(update={"chips": (chips, 1)})


def places_of(cores: int, spec: ChipSpec) -> npt.NDArray[np.int32]:
    """Where a model's cores lie, int32[cores, 2]: row by row, chip after chip."""
    chip, within = np.divmod(np.arange(cores), spec.grid[0] * spec.grid[1])
    y, x = np.divmod(within, spec.grid[0])
    return np.stack([chip * spec.grid[0] + x, y], axis=1).astype(np.int32)


def _crossbar_types(entries: Any, file: str) -> dict[str, Crossbar]:
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


def _core(
    image: ChipImage,
    index: int,
    core: dict[str, Any],
    crossbars: dict[str, Crossbar],
    types: NeuronTypes,
    there: npt.NDArray[np.bool_],
    file: str,
) -> list[str]:
    """Fill one core of the image. Returns remarks."""
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
    return [f"ignored: 'core.{key}'" for key in core if key not in _KNOWN["core"]]


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


def _with_outputs(image: ChipImage, file: str) -> ChipImage:
    """Name the output connectors and give each as many pins as are driven."""
    from dataclasses import replace

    outside = image.target_core <= OUTPUT_BASE
    connector = OUTPUT_BASE - image.target_core[outside]
    pin = image.target_axon[outside]
    if len(pin) and (pin.min() < 0 or pin.max() >= 1 << 16 or connector.max() >= 1 << 12):
        raise ImageError("an output pin or connector is out of range", file=file, path="core.neurons.destAxons")
    sizes = np.ones(int(connector.max(initial=-1)) + 1, np.int64)
    np.maximum.at(sizes, connector, pin + 1)
    outputs = tuple(Group(name=f"connector{k}", start=0, shape=(int(size),)) for k, size in enumerate(sizes))
    return replace(image, outputs=outputs)
