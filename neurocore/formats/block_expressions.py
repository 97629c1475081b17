"""``$size`` and ``${2 * size + 1}`` in a block's YAML: arithmetic on its parameters, with nothing else in reach.

The text is parsed by Python's own parser and only the node kinds below are walked: no names but the parameters', no
attributes, no calls but those of a short list, and a budget of steps that a whole network shares.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from neurocore.errors import closest
from neurocore.formats.yaml_paths import shown

__all__ = ["FUNCTIONS", "MOST_STEPS", "Budget", "ExpressionError", "evaluate", "substitute"]

MOST_STEPS: Final = 2_000_000
"""Steps of evaluation in one network, all blocks together."""
_MOST_CHARACTERS: Final = 1000
_MOST: Final = 2**53
_MOST_NESTED: Final = 50

_NAME = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)", re.ASCII)
_BRACED = re.compile(r"\$\{(.*)\}", re.DOTALL)

_BINARY: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARE: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
FUNCTIONS: Final = ("abs", "each", "len", "max", "min", "range", "round", "sum")
"""``each(value, n)`` is a list of n: the value repeated, or a list that has n items already."""


class ExpressionError(Exception):
    """An expression cannot be read or worked out; whoever knows the place makes a ConfigError of it."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix


class Budget:
    """Steps that are left; shared by all blocks of a network."""

    def __init__(self, steps: int = MOST_STEPS) -> None:
        self.left = steps

    def spend(self, steps: int = 1) -> None:
        """Raises ExpressionError when nothing is left."""
        self.left -= steps
        if self.left < 0:
            raise ExpressionError(
                f"the blocks of this network need more than {MOST_STEPS:,} steps of arithmetic",
                "smaller blocks, or patterns such as one_to_one instead of long lists",
            )


def substitute(value: Any, names: Mapping[str, Any], budget: Budget) -> Any:
    """A text that is ``$name`` or ``${...}`` as its value; any other value as it is.

    Raises ExpressionError, also for a text with a ``$`` elsewhere: it would not be what its writer meant.
    """
    if not isinstance(value, str) or "$" not in value:
        return value
    if found := _NAME.fullmatch(value):
        return _named(found[1], names)
    if found := _BRACED.fullmatch(value):
        return evaluate(found[1], names, budget)
    raise ExpressionError(
        f"{shown(value)} is neither a name nor an expression", "write $name, or ${2 * name + 1}, and nothing around it"
    )


def evaluate(text: str, names: Mapping[str, Any], budget: Budget) -> Any:
    """The value of an expression: a number, truth value, text or list. Raises ExpressionError."""
    if len(text) > _MOST_CHARACTERS:
        raise ExpressionError(f"an expression of {len(text)} characters", f"allowed: {_MOST_CHARACTERS}; use let:")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python would warn of "1 is 1"
            tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"{shown(text)} is not an expression", "write for example 2 * size + 1") from None
    return _value(tree.body, dict(names), budget, 0)


def _named(name: str, names: Mapping[str, Any]) -> Any:
    if name not in names:
        raise ExpressionError(f"no parameter named '{name}'", closest(name, names))
    return names[name]


def _value(node: ast.expr, names: dict[str, Any], budget: Budget, depth: int) -> Any:
    """One node; ``names`` holds loop variables too."""
    budget.spend()
    if depth > _MOST_NESTED:
        raise ExpressionError("an expression nested too deeply", "use let: for its parts")

    if isinstance(node, ast.Name):  # nearly all nodes are names and constants
        return _named(node.id, names)
    if isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, float, str)):
        return _checked(node.value)

    def of(part: ast.expr) -> Any:
        return _value(part, names, budget, depth + 1)

    match node:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(of(operand))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _plain(of(operand))
        case ast.BinOp(left=left, op=kind, right=right) if type(kind) in _BINARY:
            return _binary(type(kind), of(left), of(right), budget)
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(_plain(of(part)) for part in parts)
        case ast.BoolOp(op=ast.Or(), values=parts):
            return any(_plain(of(part)) for part in parts)
        case ast.Compare(left=left, ops=[kind], comparators=[right]) if type(kind) in _COMPARE:
            return _compare(type(kind), of(left), of(right))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return of(body) if _plain(of(test)) else of(orelse)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            return _call(name, [of(argument) for argument in arguments], budget)
        case ast.List(elts=parts):
            return [of(part) for part in parts]
        case ast.ListComp(elt=element, generators=generators):
            made: list[Any] = []
            _comprehend(element, generators, names, budget, depth + 1, made)
            return made
        case ast.Subscript(value=inner, slice=index):
            return _item(of(inner), of(index))
    raise ExpressionError(
        f"{shown(ast.unparse(node))} is not allowed in an expression",
        f"numbers, names, + - * / // % **, comparisons, and, or, not, 'x if c else y', lists, {', '.join(FUNCTIONS)}",
    )


def _comprehend(
    element: ast.expr,
    generators: list[ast.comprehension],
    names: dict[str, Any],
    budget: Budget,
    depth: int,
    made: list[Any],
) -> None:
    """Append the items of a list comprehension to ``made``, its loops from the outside in."""
    if not generators:
        made.append(_value(element, names, budget, depth))
        return
    first, *rest = generators
    if not isinstance(first.target, ast.Name):
        raise ExpressionError(f"{shown(ast.unparse(first.target))} cannot be a loop's name", "write for i in range(n)")
    inside = dict(names)
    for item in _list(_value(first.iter, names, budget, depth)):
        budget.spend()
        inside[first.target.id] = item
        if all(_plain(_value(test, inside, budget, depth)) for test in first.ifs):
            _comprehend(element, rest, inside, budget, depth, made)


def _binary(kind: type[ast.operator], left: Any, right: Any, budget: Budget) -> Any:
    if kind is ast.Add and isinstance(left, list) and isinstance(right, list):
        budget.spend(len(left) + len(right))
        return left + right
    left, right = _number(left), _number(right)
    if kind is ast.Pow and (abs(right) > 64 or abs(left) > 2**16):
        raise ExpressionError(f"{left} ** {right} is too large", "allowed: small numbers to a power of 64 at most")
    try:
        return _checked(_BINARY[kind](left, right))
    except ZeroDivisionError:
        raise ExpressionError("a division by 0", "check the parameters") from None
    except OverflowError:
        raise ExpressionError("a number that is too large", "check the parameters") from None


def _compare(kind: type[ast.cmpop], left: Any, right: Any) -> bool:
    if isinstance(_plain(left), str) != isinstance(_plain(right), str):
        problem = f"{shown(left)} and {shown(right)} cannot be compared"
        raise ExpressionError(problem, "compare two numbers or two texts")
    return _COMPARE[kind](left, right)


def _call(name: str, arguments: list[Any], budget: Budget) -> Any:
    given = len(arguments)
    match name, arguments:
        case "len", [list() | np.ndarray() as value]:
            return len(value)
        case "range", [*ends] if 1 <= given <= 3:
            whole = [_checked(_whole(end)) for end in ends]
            if given == 3 and whole[2] == 0:
                raise ExpressionError("range with a step of 0", "a step of 1 or more")
            budget.spend(len(range(*whole)))
            return list(range(*whole))
        case "each", [value, count]:
            listed = _list(value) if isinstance(value, (list, np.ndarray)) else [value] * _spendable(count, budget)
            if len(listed) != _whole(count):
                problem = f"a list of {len(listed)}, where {count} are needed"
                raise ExpressionError(problem, "one value for each, or one for all")
            return listed
        case "abs", [value]:
            return abs(_number(value))
        case "round", [value]:
            return round(_number(value))
        case "sum", [value]:
            return _checked(sum(_number(item) for item in _list(value)))
        case "min" | "max", [_, *_]:
            values = [_number(item) for item in (_list(arguments[0]) if given == 1 else arguments)]
            if values:
                return min(values) if name == "min" else max(values)
    raise ExpressionError(f"{name}() cannot take {', '.join(map(shown, arguments)) or 'nothing'}", "see docs/blocks.md")


def _spendable(count: Any, budget: Budget) -> int:
    budget.spend(max(0, _whole(count)))
    return _whole(count)


def _item(value: Any, index: Any) -> Any:
    if not isinstance(value, (list, np.ndarray)):
        raise ExpressionError(f"{shown(value)} has no items", "an index needs a list or array")
    if not 0 <= _whole(index) < len(value):
        raise ExpressionError(f"item {index} of {len(value)}", f"allowed: 0..{len(value) - 1}")
    item = value[index]
    return item.item() if isinstance(item, np.generic) else item


def _list(value: Any) -> list[Any]:
    if isinstance(value, np.ndarray):
        return [item.item() if isinstance(item, np.generic) else item for item in value]
    if not isinstance(value, list):
        raise ExpressionError(f"found {shown(value)}", "a list is needed, such as range(n)")
    return value


def _plain(value: Any) -> Any:
    """A value that can be asked for its truth; arrays cannot."""
    if isinstance(value, (list, np.ndarray)):
        raise ExpressionError(f"found {shown(value)}", "a number, a text or a comparison is needed")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ExpressionError(f"found {shown(value)}", "a number is needed")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ExpressionError(f"found {shown(value)}", "a whole number is needed; // divides whole numbers")
    return value


def _checked(value: Any) -> Any:
    """Numbers stay finite and within 2^53, where integers and floats are both exact."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if isinstance(value, float) and not math.isfinite(value):
            raise ExpressionError("a number that is not finite", "check the parameters")
        if abs(value) > _MOST:
            raise ExpressionError(f"{shown(value)} is too large", "allowed: numbers up to 2^53, on either side of 0")
    elif isinstance(value, complex):
        raise ExpressionError("a root of a negative number", "check the parameters")
    return value
