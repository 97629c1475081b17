"""Whether a chip image keeps every promise of its noun: shapes, dtypes and ranges, against its own chip spec."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ImageError
from neurocore.graph import Group
from neurocore.image import IMAGE_ARRAYS, MAP_ARRAYS, OUTPUT_BASE, UNWIRED, ChipImage, LogicalMap
from neurocore.learning import ALWAYS, FORGOTTEN, MOST_RULES
from neurocore.neuron import NEURON_FIELDS

__all__ = ["array_layout", "check_image", "require_range"]

_MOST: Final = 2**31 - 1
_CORES: Final = 1024
"""Cores whose targets are looked at in one go."""


def array_layout(
    cores: int, axons: int, neurons: int, axon_types: int, words: int
) -> dict[str, tuple[type[np.generic], tuple[int, ...]]]:
    """Dtype and shape of every array of an image: IMAGE_ARRAYS and the neuron fields, by name."""
    size = {"C": cores, "A": axons, "N": neurons, "G": axon_types, "W": words, "2": 2}
    layout: dict[str, tuple[type[np.generic], tuple[int, ...]]] = {
        name: (dtype, tuple(size[axis] for axis in axes)) for name, (dtype, axes) in IMAGE_ARRAYS.items()
    }
    return layout | {name: (dtype, (cores, neurons)) for name, (dtype, _, _) in NEURON_FIELDS.items()}


def require_range(
    name: str,
    array: npt.NDArray[Any],
    low: int,
    high: int,
    *,
    file: str | None = None,
    what: str = "",
    offset: tuple[int, ...] = (),
) -> None:
    """Raise ImageError naming the first element outside low..high and how many there are.

    what   : says in the message what the limits mean
    offset : added to the element's index, where ``array`` is a part of the array that ``name`` names
    """
    if not array.size or (int(array.min()) >= low and int(array.max()) <= high):
        return
    wrong = (array < low) | (array > high)
    _refuse(name, array, wrong, f"allowed: {low}..{high}{f' ({what})' if what else ''}", file, offset)


def _refuse(
    name: str,
    array: npt.NDArray[Any],
    wrong: npt.NDArray[np.bool_],
    allowed: str,
    file: str | None,
    offset: tuple[int, ...] = (),
) -> None:
    """Raise ImageError for the first wrong element."""
    where = np.unravel_index(int(wrong.argmax()), wrong.shape)
    shifts = offset or (0,) * wrong.ndim
    index = ", ".join(str(int(i) + shift) for i, shift in zip(where, shifts, strict=True))
    more = int(wrong.sum()) - 1
    others = f" (and {more} more)" if more else ""
    raise ImageError(f"found {array[where]}{others}; {allowed}", file=file, path=f"{name}[{index}]")


def check_image(image: ChipImage, file: str | None = None) -> None:
    """Raise ImageError, naming array and element, at the first promise of ChipImage that does not hold.

    file : named in the message, where the image came from one
    """
    spec = image.spec
    layout = array_layout(image.cores, spec.axons, spec.neurons, spec.axon_types, spec.neuron_words)
    arrays = image.arrays()
    for name, (dtype, shape) in layout.items():
        _require_form(name, arrays[name], dtype, shape, file)
    _check_places(image, file)
    limits: dict[str, tuple[int, int, str]] = {
        "axon_type": (0, spec.axon_types - 1, "the chip's axon types"),
        "weight": (-spec.weight_limit, spec.weight_limit, "the chip's weight_limit"),
        "stochastic_weight": (0, 2**spec.axon_types - 1, "one bit per axon type"),
        "neuron_used": (0, 1, ""),
        "delay": (1, spec.delay_limit, "ticks"),
        "threshold": (0, spec.threshold_limit, "the chip's threshold_limit"),
        "threshold_noise_bits": (0, spec.noise_bits_limit, "the chip's noise_bits_limit"),
        "negative_threshold": (0, spec.threshold_limit, "the chip's threshold_limit"),
        "negative_saturation": (0, 1, ""),
        "reset_mode": (0, 2, "absolute, linear, none"),
        "reset_potential": (-spec.potential_limit, spec.potential_limit, "the chip's potential_limit"),
        "leak": (-spec.leak_limit, spec.leak_limit, "the chip's leak_limit"),
        "leak_reversal": (0, 1, ""),
        "stochastic_leak": (0, 1, ""),
        "initial_potential": (-spec.potential_limit, spec.potential_limit, "the chip's potential_limit"),
    }
    for name, (low, high, what) in limits.items():
        require_range(name, arrays[name], low, high, file=file, what=what)
    if spec.neurons % 64:
        spare = ~np.uint64(2 ** (spec.neurons % 64) - 1)
        last = image.crossbar[:, :, -1]
        wrong = (last & spare) != 0
        if wrong.any():
            core, axon = (int(i) for i in np.unravel_index(int(wrong.argmax()), wrong.shape))
            raise ImageError(
                f"bits are set beyond the core's {spec.neurons} neurons", file=file, path=f"crossbar[{core}, {axon}]"
            )
    _check_targets(image, file)
    _check_map(image, file)
    _check_learning(image, file)


def _check_learning(image: ChipImage, file: str | None) -> None:
    """Probabilities are such, and no crossbar bit has two rules."""
    if image.learning is None:
        return
    spec, learning = image.spec, image.learning
    rules = len(learning.tables)
    _require_form("learning_tables", learning.tables, np.uint16, (rules, 4, FORGOTTEN + 1), file)
    _require_form("learning_axons", learning.axons, np.uint32, (image.cores, spec.axons), file)
    _require_form("learning_neurons", learning.neurons, np.uint32, (image.cores, spec.neurons), file)
    require_range("learning_tables", learning.tables, 0, ALWAYS, file=file, what=f"probability times {ALWAYS}")
    require_range("learning_axons", learning.axons, 0, 2 ** min(rules, MOST_RULES) - 1, file=file, what="rule bits")
    require_range("learning_neurons", learning.neurons, 0, 2 ** min(rules, MOST_RULES) - 1, file=file, what="rule bits")
    for core in range(image.cores):
        masks = [np.unique(side[core]) for side in (learning.axons, learning.neurons)]
        common = masks[0][:, None] & masks[1][None, :]
        if (common & (common - np.minimum(common, 1))).any():
            where = f"learning_axons[{core}]"
            raise ImageError("an axon and a neuron have two rules in common", file=file, path=where)


def _require_form(
    name: str, array: npt.NDArray[Any], dtype: type[np.generic], shape: tuple[int, ...], file: str | None
) -> None:
    if array.dtype != np.dtype(dtype):
        raise ImageError(f"dtype is {array.dtype.name}; it must be {np.dtype(dtype).name}", file=file, path=name)
    if array.shape != shape:
        raise ImageError(f"shape is {array.shape}; it must be {shape}", file=file, path=name)


def _check_places(image: ChipImage, file: str | None) -> None:
    """Every core lies on the array of chips, and no two on one place."""
    width, height = image.spec.extent
    if width > _MOST or height > _MOST:
        problem = f"{width} x {height} cores are more than any array of chips has"
        raise ImageError(problem, file=file, path="meta.spec.grid", fix=f"allowed: sides of at most {_MOST} cores")
    what = f"{width} x {height} cores in the array of chips"
    require_range("core_xy", image.core_xy[:, :1], 0, width - 1, file=file, what=f"x, {what}")
    require_range("core_xy", image.core_xy[:, 1:], 0, height - 1, file=file, what=f"y, {what}", offset=(0, 1))
    place = image.core_xy[:, 0].astype(np.int64) * height + image.core_xy[:, 1]
    order = np.argsort(place, kind="stable")
    same = np.flatnonzero(np.diff(place[order]) == 0)
    if len(same):
        first, second = (int(order[same[0] + step]) for step in (0, 1))
        x, y = (int(i) for i in image.core_xy[first])
        raise ImageError(f"cores {first} and {second} both lie at ({x}, {y})", file=file, path="core_xy")


def _check_targets(image: ChipImage, file: str | None) -> None:
    """Every neuron drives an axon that exists, a pin that exists, or nothing."""
    _check_groups("outputs", image.outputs, False, file)
    core, axon = image.target_core, image.target_axon
    lowest = OUTPUT_BASE - len(image.outputs) + 1
    what = f"core index, {UNWIRED} for none, {OUTPUT_BASE} - k for output k of {len(image.outputs)}"
    require_range("target_core", core, lowest, image.cores - 1, file=file, what=what)
    # behind[i] is how many axons or pins there are behind target_core = lowest + i; an unwired neuron has axon 0
    pins = [group.size for group in reversed(image.outputs)]
    behind = np.array([*pins, 1, *([image.spec.axons] * image.cores)], np.int64)
    for first in range(0, image.cores, _CORES):  # the arrays may be mapped from a file
        goal, to = core[first : first + _CORES], axon[first : first + _CORES]
        room = behind[goal - lowest]
        wrong = (to < 0) | (to >= room)
        if wrong.any():
            where = np.unravel_index(int(wrong.argmax()), wrong.shape)
            target = int(goal[where])
            of = "axons of a core" if target >= 0 else "the neuron is unwired"
            if target < UNWIRED:
                of = f"pins of output '{image.outputs[OUTPUT_BASE - target].name}'"
            _refuse("target_axon", to, wrong, f"allowed: 0..{int(room[where]) - 1} ({of})", file, (first, 0))


def _check_groups(name: str, groups: tuple[Group, ...], contiguous: bool, file: str | None) -> None:
    """Groups have names of their own, at least one member, and starts that follow each other (or are all 0)."""
    seen: set[str] = set()
    start = 0
    for number, group in enumerate(groups):
        place = f"{name}[{number}]"
        if group.name in seen:
            raise ImageError(f"the name '{group.name}' is given twice", file=file, path=place)
        seen.add(group.name)
        if not group.shape or min(group.shape) < 1:
            raise ImageError(f"shape is {group.shape}; every side must be at least 1", file=file, path=place)
        if group.start != start:
            raise ImageError(f"start is {group.start}; it must be {start}", file=file, path=place)
        if group.stop > _MOST:
            raise ImageError(f"it goes on to {group.stop}; at most {_MOST} members are read", file=file, path=place)
        start = group.stop if contiguous else 0


def _check_map(image: ChipImage, file: str | None) -> None:
    """The logical map points at cores, neurons and axons that exist, in the promised order."""
    logical = image.logical
    _check_groups("populations", logical.populations, True, file)
    _check_groups("inputs", logical.inputs, True, file)
    columns: dict[str, npt.NDArray[Any]] = {name: getattr(logical, name) for name in MAP_ARRAYS}
    for name, dtype in MAP_ARRAYS.items():
        leader = "instance_logical" if name.startswith("instance") else "pin"
        _require_form(name, columns[name], dtype, (len(columns[leader]),), file)
    neurons = logical.populations[-1].stop if logical.populations else 0
    pins = logical.inputs[-1].stop if logical.inputs else 0
    spec = image.spec
    for name, count, what in (
        ("instance_logical", neurons, "neurons of the network"),
        ("instance_core", image.cores, "cores"),
        ("instance_neuron", spec.neurons, "neurons of a core"),
        ("pin", pins, "input pins"),
        ("pin_core", image.cores, "cores"),
        ("pin_axon", spec.axons, "axons of a core"),
    ):
        require_range(name, columns[name], 0, count - 1, file=file, what=what)
    require_range("pin_delay", logical.pin_delay, 1, spec.delay_limit, file=file, what="ticks")
    for name in ("instance_logical", "pin"):
        falls = np.diff(columns[name]) < 0
        if falls.any():
            raise ImageError("it must ascend", file=file, path=f"{name}[{int(falls.argmax()) + 1}]")
    _check_instances(image, logical, file)


def _check_instances(image: ChipImage, logical: LogicalMap, file: str | None) -> None:
    """No two instances share a neuron of the chip, and each is a used one."""
    place = logical.instance_core.astype(np.int64) * image.spec.neurons + logical.instance_neuron
    order = np.argsort(place, kind="stable")
    same = np.flatnonzero(np.diff(place[order]) == 0)
    if len(same):
        first, second = (int(order[same[0] + step]) for step in (0, 1))
        raise ImageError(
            f"instances {first} and {second} are both core {int(logical.instance_core[first])}, "
            f"neuron {int(logical.instance_neuron[first])}",
            file=file,
            path="instance_neuron",
        )
    unused = image.neuron_used.reshape(-1)[place] == 0
    if unused.any():
        raise ImageError("the neuron it names is unused", file=file, path=f"instance_neuron[{int(unused.argmax())}]")
