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
from neurocore.errors import ImageError
from neurocore.formats.ibm_core import SIZE, fill_core, read_crossbar_types, rows_as_bytes
from neurocore.formats.ibm_neurons import read_neuron_types
from neurocore.formats.image_check import check_image
from neurocore.formats.loose_json import Repeated, load_loose_json
from neurocore.graph import Group
from neurocore.image import OUTPUT_BASE, ChipImage

__all__ = ["places_of", "read_model", "spec_of"]

MAX_CORES = 1 << 16
MAX_EMPTY, _SPREAD = 1024, 8
"""A model with K cores may have ids below 1024 + 8 K: a short file must not ask for gigabytes of empty cores."""

_KNOWN = {
    "": {"model", "crossbarTypes", "neuronTypes", "core"},
    "model": {
        *("coreCount", "crossbarSize", "neuronclass", "crossbarclass", "buildKey64", "networking"),
        "useCrossbarPrototypes",
    },
}


def read_model(path: str | Path) -> tuple[ChipImage, tuple[str, ...]]:
    """Read a model. Returns the image and remarks for the user.

    Raises ImageError naming file, line and path of what is damaged or not understood.
    """
    file = Path(path)
    name = str(file)
    document, line_of = load_loose_json(file, frozenset({"core"}), rows_as_bytes)
    if not isinstance(document, dict) or "model" not in document:
        raise ImageError("is not an IBM corelet model: it has no 'model' object", file=name, fix="name another file")
    remarks = [f"ignored: '{key}'" for key in document if key not in _KNOWN[""]]
    model = document["model"]
    remarks += _check_model(model, name)
    crossbars = read_crossbar_types(document.get("crossbarTypes", []), name)
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
            remarks += fill_core(image, index, core, crossbars, types, there, name)
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
