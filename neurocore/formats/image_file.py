"""A chip image on disk: one .npz file with every array as it is and a description in JSON.

Members: each array of neurocore.image.IMAGE_ARRAYS by its name, each neuron parameter as ``neuron_<field>``, each array
of the logical map as ``map_<array>``, and ``meta``: format, version, name, spec, outputs, populations, inputs, digest.
An image that learns (an extension) has the arrays of neurocore.learning.ImageLearning besides.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from neurocore.arch import ChipSpec
from neurocore.errors import ImageError
from neurocore.formats.file_writing import write_npz
from neurocore.formats.files import NpzFile, open_npz
from neurocore.formats.image_check import array_layout, check_image
from neurocore.formats.meta import pack_meta, read_meta, take
from neurocore.graph import Group
from neurocore.image import IMAGE_ARRAYS, MAP_ARRAYS, ChipImage, LogicalMap
from neurocore.learning import MOST_RULES, ImageLearning, refuse_learning
from neurocore.neuron import NEURON_FIELDS, NeuronParameters

__all__ = ["IMAGE_FORMAT", "IMAGE_VERSION", "load_cores", "load_image", "save_image"]

IMAGE_FORMAT: Final = "neurocore-image"
IMAGE_VERSION: Final = 1


def _group_entries(groups: tuple[Group, ...]) -> list[dict[str, Any]]:
    return [{"name": group.name, "start": group.start, "shape": list(group.shape)} for group in groups]


def save_image(image: ChipImage, path: str | Path, *, compress: bool = False) -> None:
    """Write an image; the same image gives the same bytes.

    compress : smaller and slower; an uncompressed file can be memory-mapped
    Raises ImageError where the image breaks a promise of its noun, NeurocoreError where the file cannot be written.
    """
    check_image(image)
    meta = {
        "format": IMAGE_FORMAT,
        "version": IMAGE_VERSION,
        "name": image.name,
        "spec": image.spec.model_dump(mode="json", exclude_none=True),
        "outputs": _group_entries(image.outputs),
        "populations": _group_entries(image.logical.populations),
        "inputs": _group_entries(image.logical.inputs),
        "digest": image.digest(),
    }
    arrays = {"meta": pack_meta(meta)} | {name: getattr(image, name) for name in IMAGE_ARRAYS}
    arrays |= {f"neuron_{name}": array for name, array in image.neurons.arrays().items()}
    arrays |= {f"map_{name}": getattr(image.logical, name) for name in MAP_ARRAYS}
    arrays |= image.learning.arrays() if image.learning is not None else {}
    write_npz(path, arrays, compress=compress)


def load_image(path: str | Path, *, unpack: bool = False) -> ChipImage:
    """Read an image and check all of it: form and ranges of every array, and that nothing was changed since.

    Arrays of 256 MiB and more that are not compressed are mapped into memory, not copied: such a file must not be
    changed while its image is in use (replacing it, as ``save_image`` does, is safe).
    unpack : compressed ones of that size are unpacked to a temporary file and mapped, for a process that runs a part
    Raises ImageError naming the file, the array and the element.
    """
    with open_npz(path) as npz:
        meta = read_meta(npz, IMAGE_FORMAT, IMAGE_VERSION)
        name, digest = take(npz, meta, "name", str), take(npz, meta, "digest", str)
        spec = _spec(npz, take(npz, meta, "spec", dict))
        _check_headers(npz, spec)
        image = ChipImage(
            name=name,
            spec=spec,
            **{name: npz.read_or_map(name, unpack=unpack) for name in IMAGE_ARRAYS},
            neurons=NeuronParameters(
                **{name: npz.read_or_map(f"neuron_{name}", unpack=unpack) for name in NEURON_FIELDS}
            ),
            outputs=_groups(npz, meta, "outputs"),
            logical=LogicalMap(
                populations=_groups(npz, meta, "populations"),
                inputs=_groups(npz, meta, "inputs"),
                **{name: npz.read(f"map_{name}") for name in MAP_ARRAYS},
            ),
            learning=_learning(npz),
        )
    check_image(image, str(path))
    if image.digest() != digest:
        raise ImageError(
            f"the file was altered: its arrays have the digest {image.digest()[:12]}..., "
            f"the file was written with {digest[:12]}...",
            file=str(path),
            path="meta.digest",
            fix="write the image again from its source",
        )
    return image


def load_cores(path: str | Path, low: int, high: int) -> tuple[ChipImage, npt.NDArray[np.int32]]:
    """Read cores low..high-1 only: an image with their arrays, whose targets number the cores of the whole file, and
    where all cores lie, int32[C, 2]. The logical map is left out.

    Forms are checked; ranges and digest are not: ``load_image`` of one process does that for many (it maps the file).
    Raises ImageError naming the file and the array.
    """
    with open_npz(path) as npz:
        meta = read_meta(npz, IMAGE_FORMAT, IMAGE_VERSION)
        spec = _spec(npz, take(npz, meta, "spec", dict))
        _check_headers(npz, spec)
        refuse_learning(_learning(npz), "several ranks")
        core_xy = npz.read("core_xy")
        if not 0 <= low <= high <= len(core_xy):
            raise npz.problem("core_xy", f"cores {low} to {high - 1} are asked for, of {len(core_xy)}")
        image = ChipImage(
            name=take(npz, meta, "name", str),
            spec=spec,
            **{name: npz.read_rows(name, low, high) for name in IMAGE_ARRAYS},  # type: ignore[arg-type]
            neurons=NeuronParameters(**{name: npz.read_rows(f"neuron_{name}", low, high) for name in NEURON_FIELDS}),
            outputs=_groups(npz, meta, "outputs"),
            logical=LogicalMap.empty(),
        )
    return image, core_xy


def _spec(npz: NpzFile, entry: dict[str, Any]) -> ChipSpec:
    try:
        return ChipSpec.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(["meta", "spec", *(str(step) for step in first["loc"])])
        raise npz.problem(place, f"found {first['input']!r}: {first['msg']}") from error


def _groups(npz: NpzFile, meta: dict[str, Any], key: str) -> tuple[Group, ...]:
    groups = []
    for number, entry in enumerate(take(npz, meta, key, list)):
        good = isinstance(entry, dict) and entry.keys() == {"name", "start", "shape"}
        good = good and type(entry["name"]) is str and type(entry["start"]) is int and type(entry["shape"]) is list
        if not good or not all(type(side) is int for side in entry["shape"]):
            raise npz.problem(f"meta.{key}[{number}]", f"found {entry!r}; an object of name, start and shape is needed")
        groups.append(Group(name=entry["name"], start=entry["start"], shape=tuple(entry["shape"])))
    return tuple(groups)


def _learning(npz: NpzFile) -> ImageLearning | None:
    if _LEARNING[0] not in npz.headers:
        return None
    return ImageLearning(**{name.removeprefix("learning_"): npz.read(name) for name in _LEARNING})


_LEARNING: Final = ("learning_tables", "learning_axons", "learning_neurons")


def _check_headers(npz: NpzFile, spec: ChipSpec) -> None:
    """Every array is there, none is too many, and each header says what the spec asks for, before any is read."""
    npz.expect("core_xy", np.int32, (None, 2))
    cores = npz.headers["core_xy"].shape[0]
    layout = array_layout(cores, spec.axons, spec.neurons, spec.axon_types, spec.neuron_words)
    sizes = (
        f" for {cores} cores of {spec.axons} axons, {spec.neurons} neurons and {spec.axon_types} axon types (meta.spec)"
    )
    known = {"meta"}
    for name, (dtype, shape) in layout.items():
        member = f"neuron_{name}" if name in NEURON_FIELDS else name
        npz.expect(member, dtype, shape, sizes)
        known.add(member)
    for name, dtype in MAP_ARRAYS.items():
        npz.expect(f"map_{name}", dtype, (None,))
        known.add(f"map_{name}")
    if any(name in npz.headers for name in _LEARNING):
        npz.expect("learning_tables", np.uint16, (None, 4, 256))
        npz.expect("learning_axons", np.uint32, (cores, spec.axons), sizes)
        npz.expect("learning_neurons", np.uint32, (cores, spec.neurons), sizes)
        known.update(_LEARNING)
        if not 1 <= npz.headers["learning_tables"].shape[0] <= MOST_RULES:
            raise npz.problem("learning_tables", f"an image that learns has 1 to {MOST_RULES} rules")
    for member in npz.headers:
        if member not in known:
            raise npz.problem(member, "an image has no such array")
