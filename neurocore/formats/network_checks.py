"""What a reader must check beyond types: values of another kind that would pass, and what they mean together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from pydantic import BaseModel

from neurocore.errors import ConfigError, closest
from neurocore.formats.validation_errors import Problem, branches, model_keys
from neurocore.formats.yaml_paths import YamlPath, shown
from neurocore.network import Classify, Network

__all__ = ["check_kinds", "check_meaning"]

MAX_NUMBER: Final = 2**53
"""Beyond any limit of a chip, and exact both as an integer and as a float: later arithmetic cannot overflow."""
MAX_CORES: Final = 2**24
"""More cores than any array of chips that could be emulated: a guard against typing errors."""


def check_kinds(
    data: Any, made: Any, path: YamlPath = (), kind: Any = Any, free: bool | None = None
) -> Iterator[Problem]:
    """Values that pydantic would convert but a reader should not: quoted numbers, numbers for true or false ...

    data : what the file says
    made : what pydantic made of it
    kind : the annotation at this place
    free : whether ``kind`` is an array written out; None: not looked at yet
    Yields the problems, first in the file first.
    """
    if isinstance(data, dict):
        fields = model_keys(type(made)) if isinstance(made, BaseModel) else {}
        for key, value in data.items():
            if isinstance(made, BaseModel):
                if key == "preset" and key not in fields:
                    continue
                if key not in fields:
                    yield (*path, key), f"unknown key {shown(key)}", closest(key, fields)
                    continue
                yield from check_kinds(value, _attribute(made, key), (*path, key), fields[key])
            elif isinstance(made, dict):
                yield from check_kinds(value, made[key], (*path, key))
    elif isinstance(data, list):
        if isinstance(made, (list, tuple)) and len(made) == len(data):
            if free is None:
                free = kind is not Any and list in map(_origin, branches(kind)) and _free(kind)
            for index, (value, item) in enumerate(zip(data, made, strict=True)):
                if type(value) is type(item) is int and -MAX_NUMBER <= value <= MAX_NUMBER:
                    continue  # nearly all items of long lists
                yield from check_kinds(value, item, (*path, index), kind, free)
            if free:
                yield from _ragged(data, path)
    elif _kind(data) == "number" and abs(data) > MAX_NUMBER and path != ("seed",):
        yield path, f"{shown(data)} is out of range", "allowed: numbers up to 2^53, on either side of 0"
    elif not isinstance(made, (BaseModel, tuple, list, dict, np.ndarray)) and _kind(data) != _kind(made):
        words = {"bool": "true or false", "number": "a number", "text": "a text", "none": "nothing"}
        digits = ", in digits and without quotes" if isinstance(data, str) and _kind(made) == "number" else ""
        yield path, f"found {shown(data)}", f"allowed: {words[_kind(made)]}{digits}"


def _attribute(made: BaseModel, key: str) -> Any:
    return getattr(made, next(name for name, field in type(made).model_fields.items() if (field.alias or name) == key))


def _origin(kind: Any) -> Any:
    return getattr(kind, "__origin__", None)


def _free(kind: Any) -> bool:
    """Whether a type is a list of anything: an array written out in YAML."""
    return any(_origin(branch) is list and branch.__args__ == (Any,) for branch in branches(kind))


def _ragged(data: list[Any], path: YamlPath) -> Iterator[Problem]:
    """An array written out as nested lists must be rectangular and hold numbers only."""
    lists = [isinstance(item, list) for item in data]
    for index, item in enumerate(data):
        if lists[index] != lists[0] or (lists[0] and len(item) != len(data[0])):
            size = f"{len(item)} items" if lists[index] else shown(item)
            first = f"{len(data[0])} items" if lists[0] else shown(data[0])
            yield (*path, index), f"this row has {size}, the first {first}", "make all rows equally long"
            return
        if lists[0]:
            yield from _ragged(item, (*path, index))
        elif _kind(item) != "number":
            yield (*path, index), f"found {shown(item)}", "allowed: a number"


def _kind(value: Any) -> str:
    match value:
        case bool() | np.bool_():
            return "bool"
        case int() | float() | np.number():
            return "number"
        case str():
            return "text"
    return "none"


def check_meaning(network: Network) -> None:
    """What is wrong although every value by itself is right. Raises ConfigError with the YAML path."""
    chip = network.chip
    for key in ("grid", "chips"):
        sides = getattr(chip, key)
        if min(sides) < 1:
            raise ConfigError(f"{list(sides)} has no room", path=f"chip.{key}", fix="both sides must be 1 or more")
    if chip.cores > MAX_CORES:
        raise ConfigError(
            f"{chip.cores} cores are more than can be described", path="chip", fix=f"allowed: {MAX_CORES} cores at most"
        )
    if network.run.classify is not None and set(network.run.classify.populations) <= set(network.populations):
        _check_classify(network, network.run.classify)


def _check_classify(network: Network, classify: Classify) -> None:
    shapes = [network.populations[name].shape for name in classify.populations]
    if not shapes:
        raise ConfigError("no population is named", path="run.classify.population", fix="name one whose spikes vote")
    size = min(int(np.prod(shape, dtype=np.int64)) for shape in shapes)
    if classify.classes > size:
        raise ConfigError(
            f"{classify.classes} classes for {size} neurons",
            path="run.classify.classes",
            fix=f"allowed: 2 to the {size} neurons of '{', '.join(classify.populations)}'",
        )
    labels = np.asarray(classify.labels)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise ConfigError(
            f"the labels are {shown(labels)}", path="run.classify.labels", fix="give one whole number per frame"
        )
    bad = (labels < 0) | (labels >= classify.classes)
    if bad.any():
        frame = int(np.argmax(bad))
        path = f"run.classify.labels[{frame}]" if isinstance(classify.labels, list) else "run.classify.labels"
        raise ConfigError(
            f"frame {frame} has the label {labels[frame]}", path=path, fix=f"allowed: 0 to {classify.classes - 1}"
        )
