"""From pydantic's complaints to one ConfigError that a newcomer understands: place, what was found, what is allowed."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final, Literal, Union

import numpy as np
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from neurocore.arch import PRESETS, ChipSpec
from neurocore.errors import closest
from neurocore.formats.yaml_paths import YamlPath, shown

__all__ = ["Problem", "allowed_at", "branches", "describe", "field_types", "find_problem", "model_keys"]

Problem = tuple[YamlPath, str, str | None]
"""Where, what, and the fix."""

_WRONG_KIND: Final = {
    "bool_parsing", "bool_type", "dict_type", "float_parsing", "float_type", "int_from_float", "int_parsing",
    "int_type", "is_instance_of", "list_type", "mapping_type", "model_attributes_type", "model_type", "string_type",
    "tuple_type", "none_required", "int_parsing_size", "dataclass_type",
}  # fmt: skip
_NAME_FIX: Final = "a name begins with a letter or _ and goes on with letters, digits, _ . - (64 at most)"
_FIXES: Final = {
    "must not exceed high": "write the smaller number first",
    "needs probability or fan_in": "probability: 0.1 draws each pair; fan_in: 16 gives each target 16 sources",
    "found none": "write for example {poisson: {rate_hz: 20}}",
    "exactly one of": "keep one way to drive the input",
    "has no meaning with scheme": "remove it, or choose the scheme that uses it",
    "needs 'scale'": "add for example scale: 64, or choose scheme: bits or ternary",
    "needs 'bits'": "add for example bits: 4",
    "has no meaning with pattern": "remove it, or choose the pattern that uses it",
    "not both": "remove one of the two",
    "one of core, chip": "write for example {core: [0, 0]}, {chip: [1, 0]} or {first: [0, 0], last: [7, 7]}",
    "needs 'weight'": "add for example weight: 1, or weight: {uniform: [-2, 2]}",
    "'matrix' needs 'weights'": "add weights: {file: weights.npz, array: w1}, or a pattern (all_to_all, random ...)",
    "needs 'groups'": "add for example groups: 4",
    "needs 'weights'": "add for example weights: {file: weights.npz, array: w1}",
    "needs 'synapses'": "add synapses: rows of [source, target, weight] or [source, target, weight, delay]",
    "members, more than": "check the dimensions",
}


def branches(annotation: Any) -> Iterator[Any]:
    """The alternatives of a type, without Annotated, unions, None and arrays."""
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        yield from branches(typing.get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for argument in typing.get_args(annotation):
            yield from branches(argument)
    elif annotation is not type(None) and origin is not np.ndarray and annotation is not np.ndarray:
        yield annotation


def model_keys(model: type[BaseModel]) -> dict[str, Any]:
    """Key as written in YAML -> type."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def field_types(model: type[BaseModel], path: Sequence[str | int]) -> list[Any]:
    """The types that may stand at a path below a model; empty where there is no such path."""
    here: list[Any] = [model]
    for part in path:
        below: list[Any] = []
        for kind in here:
            origin, arguments = typing.get_origin(kind), typing.get_args(kind)
            if isinstance(part, int):
                if origin is list or (origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis):
                    below += branches(arguments[0])
                elif origin is tuple and part < len(arguments):
                    below += branches(arguments[part])
            elif origin is dict:
                below += branches(arguments[1])
            elif isinstance(kind, type) and issubclass(kind, BaseModel):
                below += branches(model_keys(kind).get(part))
        here = below
    return here


def describe(kinds: Sequence[Any], plural: bool = False) -> str:
    """Types in words: ``a whole number, a list of whole numbers, or {file: ...}``."""
    words: list[str] = []
    numbers = "numbers" if plural else "a number"
    for kind in kinds:
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if kind in (int, float):
            word = numbers if kind is float or float in kinds else "whole numbers" if plural else "a whole number"
        elif kind is bool:
            word = "true or false"
        elif kind is str:
            word = "texts" if plural else "a text"
        elif origin is Literal:
            word = ", ".join(str(choice) for choice in arguments)
        elif origin is tuple and arguments[-1] is not Ellipsis:
            word = ("pairs" if plural else "a pair") + " of " + describe(list(branches(arguments[0])), True)
        elif origin in (list, tuple):
            inner = list(branches(arguments[0]))
            word = ("lists" if plural else "a list") + ("" if inner == [Any] else " of " + describe(inner, True))
        elif origin is dict:
            word = "entries such as NAME: {...}"
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            word = "mappings" if plural else _mapping(kind)
        else:
            continue
        if word not in words:
            words.append(word)
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1] if words else "nothing"


def _mapping(model: type[BaseModel]) -> str:
    match model.__name__:
        case "FileArray":
            return "{file: ..., array: ...}"
        case "ChipSpec":
            return f"a preset ({', '.join(sorted(PRESETS))}), the name of a .yaml file, or a mapping"
        case "UniformRange":
            return "{uniform: [low, high]}"
        case _:
            return f"a mapping with keys {', '.join(sorted(model_keys(model)))}"


def allowed_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The keys that a mapping at a path may have."""
    models = [kind for kind in field_types(model, path) if isinstance(kind, type) and issubclass(kind, BaseModel)]
    keys = {key for kind in models for key in model_keys(kind)}
    return sorted(keys | {"preset"} if ChipSpec in models else keys)


def find_problem(error: ValidationError, data: Any, model: type[BaseModel]) -> Problem:
    """The one complaint that helps most: the deepest of each place, and of several places the first in the file.

    data : what was validated, as dicts and lists
    """
    found = [(_place(details, data), details) for details in error.errors(include_url=False)]
    order = {path: number for number, path in enumerate(_walk(data, ()))}
    above = {path[:depth] for (path, _), _ in found for depth in range(len(path))}
    told = {path for (path, _), details in found if details["type"] not in _WRONG_KIND}
    misspelt = {path[:-1] for (path, _), details in found if details["type"] == "extra_forbidden"}

    def rank(item: tuple[tuple[YamlPath, YamlPath], ErrorDetails]) -> tuple[int, int]:
        """What to tell first; branches of a union that do not fit the value's kind come last."""
        (path, _), details = item
        level = 0
        if details["type"] in _WRONG_KIND:
            level = 3 if path in above else 2 if path in told else 0
        elif details["type"] == "missing" and path in misspelt:
            level = 1  # most likely the unknown key is the missing one, misspelt
        return level, order.get(path, 0)

    return _explain(*min(found, key=rank), data, model)


def _walk(data: Any, path: YamlPath) -> Iterator[YamlPath]:
    yield path
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _walk(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _walk(value, (*path, index))


def _place(details: ErrorDetails, data: Any) -> tuple[YamlPath, YamlPath]:
    """The existing part of the path that an error speaks of, and what follows it (the missing key, at most)."""
    path: list[str | int] = []
    here = data
    for part in details["loc"]:
        inside = (isinstance(here, dict) and isinstance(part, str) and part in here) or (
            isinstance(here, list) and isinstance(part, int) and part < len(here)
        )
        if inside:
            here = here[part]
            path.append(part)  # else the part names a branch of a union, or a key that is missing
    last = details["loc"][-1] if details["loc"] else ""
    return tuple(path), (last,) if details["type"] == "missing" else ()


def _explain(place: tuple[YamlPath, YamlPath], details: ErrorDetails, data: Any, model: type[BaseModel]) -> Problem:
    path, missing = place
    value: Any = data
    for part in path:
        value = value[part]
    context = details.get("ctx", {})
    kinds = field_types(model, path)
    match details["type"]:
        case "extra_forbidden":
            key = str(path[-1])
            return path, f"unknown key {shown(key)}", closest(key, allowed_at(model, path[:-1]))
        case "missing":
            if isinstance(missing[0], int):
                return path, f"found {shown(value)}", f"allowed: {describe([kind for kind in kinds if _fixed(kind)])}"
            key = str(missing[0])
            return path, f"the key '{key}' is missing", _missing_fix(model, path, key)
        case "string_pattern_mismatch" | "string_too_long" if details["loc"][-1] == "[key]" or kinds == [str]:
            word = path[-1] if details["loc"][-1] == "[key]" else value
            return path, f"{shown(word)} cannot be a name", _NAME_FIX
        case "greater_than_equal" | "greater_than" | "less_than_equal" | "less_than":
            sign, bound = next(iter(context.items()))
            words = {"ge": "{} or more", "gt": "more than {}", "le": "{} or less", "lt": "less than {}"}[sign]
            return (
                path,
                f"{shown(value)} is out of range",
                f"allowed: {words.format(f'{bound:g}' if isinstance(bound, float) else bound)}",
            )
        case "too_short" | "too_long":
            least, most = context.get("min_length"), context.get("max_length")
            if pair := [kind for kind in kinds if _fixed(kind)]:
                return path, f"found {shown(value)}", f"allowed: {describe(pair)}"
            bound = f"at least {least}" if details["type"] == "too_short" else f"at most {most}"
            what = "items" if isinstance(value, list) else "entries"
            return path, f"{shown(value)} has {len(value)} {what}", f"allowed: {bound}"
        case "string_too_short":
            return path, "the text is empty", "fill it in, or remove the key"
        case "literal_error":
            if path == ("neurocore",):
                return path, f"format version {shown(value)} is not known", "this neurocore reads version 1"
            if any(typing.get_origin(kind) is not Literal for kind in kinds):
                return path, f"found {shown(value)}", f"allowed: {describe(kinds)}"
            choices = [str(choice) for kind in kinds for choice in typing.get_args(kind)]
            return path, f"{shown(value)} is not a choice here", closest(value, choices)
        case "value_error":
            problem = details["msg"].removeprefix("Value error, ")
            if "not true or false" in problem:
                return path, f"found {shown(value)}", f"allowed: {describe(kinds)}"
            return path, problem, next((fix for part, fix in _FIXES.items() if part in problem), None)
        case "finite_number":
            return path, f"{shown(value)} is not a finite number", "write a finite number"
    if path[-1:] == ("shape",):
        return path, f"found {shown(value)}", "allowed: a whole number, or a list of them such as [28, 28]"
    fix = f"allowed: {describe(kinds)}" if kinds else details["msg"]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 and int in kinds and float not in kinds:
        fix += f"; write {int(value)}"
    return path, f"found {shown(value)}", fix


def _fixed(kind: Any) -> bool:
    """Whether a type is a tuple of fixed length, such as a pair."""
    return typing.get_origin(kind) is tuple and typing.get_args(kind)[-1] is not Ellipsis


def _missing_fix(model: type[BaseModel], path: YamlPath, key: str) -> str:
    for kind in field_types(model, path):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            for name, field in kind.model_fields.items():
                if (field.alias or name) == key:
                    return f"add {key}: {field.description or describe(list(branches(field.annotation)))}"
    return f"add {key}"
