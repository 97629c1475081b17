"""Damage to documents of objects, lists and scalars: keys and values in the wrong place, of the wrong kind or size."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from tools.fuzz.extremes import NUMBERS, TEXTS, WORDS, YAML

__all__ = ["Pairs", "dump", "mutate_tree", "parse"]


class Pairs(list[Any]):
    """An object as a list of [key, value]: keys may be there twice."""


class _Raw(str):
    """A value as it is written."""


def parse(text: str | bytes) -> Any:
    """JSON with objects as Pairs."""
    return json.loads(text, object_pairs_hook=lambda pairs: Pairs([key, value] for key, value in pairs))


def dump(tree: Any) -> str:
    """JSON, but for raw values."""
    if isinstance(tree, _Raw):
        return str(tree)
    if isinstance(tree, Pairs):
        return "{" + ", ".join(f"{dump(key)}: {dump(value)}" for key, value in tree) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(dump, tree)) + "]"
    return json.dumps(tree)


def mutate_tree(tree: Any, random: Random, *, yaml: bool = False) -> Any:
    """Change a tree in place, once or a few times; returns it (the top may be another). yaml : use YAML's traps too."""
    raw = (*NUMBERS, *WORDS, *TEXTS, *(YAML[:6] if yaml else ()))
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        places = list(_places(tree))
        if not places:
            return _Raw(random.choice(raw))
        holder, at = random.choice(places)
        pair = holder[at] if isinstance(holder, Pairs) else None
        value = pair[1] if pair else holder[at]
        match random.randrange(9):
            case 0:
                del holder[at]
                continue
            case 1:
                holder.insert(random.randrange(len(holder) + 1), [pair[0], value] if pair else value)
                continue
            case 2 if pair:
                pair[0] = random.choice((str(pair[0]) + "x", "", "name", "0", _Raw(random.choice(raw)), pair[0]))
                continue
            case 3:
                value = random.choice(([value], Pairs([["a", value]]), [value] * 50, []))
            case 4:
                other, index = random.choice(places)
                if index < len(other):
                    value = other[index][1] if isinstance(other, Pairs) else other[index]
            case 5 if isinstance(value, (int, float)):
                value = value + random.choice((-1, 1, 100, -100, 2**31, 0.5))
            case _:
                value = _Raw(random.choice(raw))
        if _inside(holder, value):
            continue
        if pair:
            pair[1] = value
        else:
            holder[at] = value
    return tree


def _places(tree: Any) -> Any:
    """Every (holder, index), the holder a list or Pairs."""
    if isinstance(tree, list):
        for at, item in enumerate(tree):
            yield tree, at
            yield from _places(item[1] if isinstance(tree, Pairs) else item)


def _inside(holder: list[Any], value: Any) -> bool:
    """Whether putting the value there would close a circle, or make the tree grow without end."""
    return isinstance(value, list) and (any(found is holder for found, _ in _places(value)) or len(str(value)) > 50_000)
