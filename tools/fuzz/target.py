"""What a fuzz target is, and how its files are damaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

from neurocore.formats.located_yaml import parse_yaml
from tools.fuzz.mutate_npz import members_of, mutate_npy, mutate_npz
from tools.fuzz.mutate_text import mutate_bytes, mutate_lines
from tools.fuzz.mutate_tree import Pairs, dump, mutate_tree, parse

__all__ = ["Target", "mutated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One reader under attack.

    file   : name of the file that is damaged
    kind   : of damage: yaml, json, text, binary, npy or npz
    seeds  : valid contents of it
    read   : reads the file at a path; anything but a value or a NeurocoreError is a defect
    share  : of all cases, relative: quick readers get more
    beside : other files of the folder, by name
    """

    name: str
    file: str
    kind: str
    seeds: tuple[bytes, ...]
    read: Callable[[Path], object]
    share: int
    beside: dict[str, bytes] = field(default_factory=dict)


def mutated(target: Target, random: Random) -> bytes:
    """A damaged file."""
    seed = random.choice(target.seeds)
    match target.kind:
        case "npz":
            return mutate_npz(_members(seed), random)
        case "npy":
            return mutate_npy(seed, random)
        case "binary":
            return mutate_bytes(seed, random) if random.random() < 0.7 else mutate_lines(seed, random)
        case "text":
            return mutate_lines(seed, random) if random.random() < 0.7 else mutate_bytes(seed, random)
    way = random.random()
    if way < 0.15:
        return mutate_bytes(seed, random)
    if way < 0.5:
        return mutate_lines(seed, random)
    tree = parse(_as_json(seed) if target.kind == "yaml" else _bare(seed))
    return dump(mutate_tree(tree, random, yaml=target.kind == "yaml")).encode("utf-8", "surrogatepass")


_members = cache(members_of)


@cache
def _as_json(seed: bytes) -> str:
    return dump(_pairs(parse_yaml(seed.decode(), "seed").value))


def _pairs(value: object) -> object:
    if isinstance(value, dict):
        return Pairs([key, _pairs(item)] for key, item in value.items())
    return [_pairs(item) for item in value] if isinstance(value, list) else value


def _bare(seed: bytes) -> bytes:
    return seed[seed.index(b"{") :]
