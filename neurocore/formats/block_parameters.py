"""A block's parameters: what was given or is the default, checked against the block file's types and ranges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from neurocore.errors import ConfigError, closest
from neurocore.formats.block_expressions import Budget, ExpressionError, substitute
from neurocore.formats.block_files import Block, Place
from neurocore.formats.block_models import Parameter
from neurocore.formats.yaml_paths import YamlPath, shown

__all__ = ["parameter_values", "substituted"]

_KINDS = {
    "int": "a whole number",
    "number": "a number",
    "numbers": "a number, or a list with one number for each line",
    "bool": "true or false",
    "text": "a text",
    "array": "an array: nested lists of numbers, or {file: ..., array: ...}",
}


def substituted(value: Any, names: dict[str, Any], budget: Budget, place: Place) -> Any:
    """A copy of dicts and lists with every ``$name`` and ``${...}`` worked out. Raises ConfigError at its place."""
    if isinstance(value, dict):
        return {key: substituted(item, names, budget, place / key) for key, item in value.items()}
    if isinstance(value, list):
        return [substituted(item, names, budget, place / index) for index, item in enumerate(value)]
    try:
        return substitute(value, names, budget)
    except ExpressionError as error:
        raise place.error(error.problem, error.fix) from None


def parameter_values(
    block: Block,
    given: dict[str, Any],
    inside: Place,
    fault: Callable[[YamlPath, str, str | None], ConfigError],
    load: Callable[[dict[str, Any]], Any],
    budget: Budget,
) -> dict[str, Any]:
    """Parameter or ``let`` name -> value.

    given  : the user's ``with:``
    inside : the block file's top, for errors that are its fault
    fault  : makes the error for a path below the user's block, a problem and a fix
    load   : reads ``{file: ..., array: ...}``; raises ConfigError without a place
    """
    described = block.model.parameters
    for name in given:
        if name not in described:
            problem = f"block '{block.model.block}' has no parameter {shown(name)}"
            raise fault(("with", name), problem, closest(name, described))
    values: dict[str, Any] = {}
    for name, parameter in described.items():
        at = inside / "parameters" / name
        path: YamlPath = ("with", name) if name in given else ()
        if name in given:
            value = given[name]
        elif parameter.needed:
            problem = f"the parameter '{name}' of block '{block.model.block}' is missing"
            raise fault((), problem, f"add with: {{{name}: ...}}: {parameter.about}")
        else:
            value = substituted(block.data["parameters"][name]["default"], values, budget, at / "default")
        low, high = (_bound(parameter, end, values, budget, at / end) for end in ("min", "max"))
        try:
            values[name] = _checked(value, parameter, low, high, load)
        except ConfigError as error:
            if name in given:
                raise fault(path, error.problem, error.fix or parameter.about) from None
            raise (at / "default").error(error.problem, error.fix) from None
    for name, formula in block.model.let.items():
        values[name] = substituted(formula, values, budget, inside / "let" / name)
    return values


def _bound(parameter: Parameter, end: str, values: dict[str, Any], budget: Budget, place: Place) -> Any:
    bound = substituted(getattr(parameter, end), values, budget, place)
    if bound is not None and not _is_number(bound):
        raise place.error(f"found {shown(bound)}", "allowed: a number, $name or ${...}")
    return bound


def _checked(value: Any, parameter: Parameter, low: Any, high: Any, load: Callable[[dict[str, Any]], Any]) -> Any:
    """The value if it is of the right kind and in range, an array as numpy's. Raises ConfigError without a place."""
    if parameter.type == "array":
        return _array(value, parameter, low, high, load)
    fits = {
        "int": _is_whole(value),
        "number": _is_number(value),
        "numbers": _is_number(value) or (isinstance(value, list) and bool(value) and all(map(_is_number, value))),
        "bool": isinstance(value, bool),
        "text": isinstance(value, str),
    }[parameter.type]
    if not fits:
        raise ConfigError(f"found {shown(value)}", fix=f"allowed: {_KINDS[parameter.type]}")
    if parameter.type == "text" and parameter.choices and value not in parameter.choices:
        raise ConfigError(f"{shown(value)} is not a choice here", fix=closest(value, parameter.choices))
    if parameter.type in ("int", "number", "numbers"):
        for number in value if isinstance(value, list) else [value]:
            _in_range(number, low, high)
    return value


def _array(value: Any, parameter: Parameter, low: Any, high: Any, load: Callable[[dict[str, Any]], Any]) -> Any:
    if isinstance(value, dict):
        array = np.asarray(load(value))
    else:
        try:
            array = np.asarray(value)
        except ValueError:  # rows of different length
            array = np.asarray(None)
    if array.dtype.kind not in "iuf" or not array.size or (not isinstance(value, dict) and _mixed(value)):
        raise ConfigError(f"found {shown(value)}", fix=f"allowed: {_KINDS['array']}, rows equally long")
    if parameter.dimensions is not None and array.ndim != parameter.dimensions:
        raise ConfigError(
            f"an array of shape {list(array.shape)} has {array.ndim} dimensions", fix=f"allowed: {parameter.dimensions}"
        )
    for number in (array.min().item(), array.max().item()):
        _in_range(number, low, high)
    return array


def _mixed(value: Any) -> bool:
    """Whether nested lists hold anything but numbers: numpy would take true for 1."""
    return not all(_is_number(item) for item in _leaves(value))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _in_range(number: Any, low: Any, high: Any) -> None:
    if (low is not None and number < low) or (high is not None and number > high):
        if low is not None and high is not None:
            words = f"{low} to {high}"
        else:
            words = f"{low} or more" if low is not None else f"{high} or less"
        raise ConfigError(f"{shown(number)} is out of range", fix=f"allowed: {words}")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
