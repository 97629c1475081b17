"""Projections from and to the ports of blocks: which population is meant, and what weight, delay and wiring."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurocore.errors import ConfigError, closest
from neurocore.formats.block_files import Place
from neurocore.formats.yaml_paths import shown

__all__ = ["Part", "Scope", "Target", "joined"]

_LAYOUTS = ("pattern", "weight", "weights", "synapses")
_DRAWN = ("random", "grouped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a projection ends.

    population : full name
    weight     : factor of its weights
    delay      : ticks added to its delay
    wiring     : keys of a projection that a port brings with it, or None
    shape      : of the port's lines where it has wiring, or None
    place      : of the wiring, for errors in it
    """

    population: str
    weight: int | float = 1
    delay: int = 0
    wiring: dict[str, Any] | None = None
    shape: tuple[int, ...] | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A block in use: its ports by name, and its populations by their names within it."""

    block: str
    entries: dict[str, list[Target]]
    exits: dict[str, str]
    populations: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The names that projections of one file may use.

    plain : name in the file -> full name, of populations and (in a network) inputs
    kinds : what plain names are, for messages
    """

    plain: dict[str, str]
    parts: dict[str, Part] = field(default_factory=dict)
    kinds: str = "population"

    def source(self, name: str, place: Place) -> str:
        """Full name of the population or input that spikes come from. Raises ConfigError."""
        if name in self.plain:
            return self.plain[name]
        part, port = self._port(name, place)
        if port in part.exits:
            return part.exits[port]
        raise self._no_port(name, part, port, "out", place)

    def targets(self, name: str, place: Place) -> list[Target]:
        """Where spikes go that are sent to a name. Raises ConfigError."""
        if name in self.plain:
            return [Target(population=self.plain[name])]
        part, port = self._port(name, place)
        if port in part.entries:
            return part.entries[port]
        raise self._no_port(name, part, port, "in", place)

    def population(self, name: str) -> str:
        """Full name of a population to look at: an output port's, or one inside a block; other names as they are."""
        start, _, rest = name.partition(".")
        part = self.parts.get(start)
        if name in self.plain or part is None:
            return self.plain.get(name, name)
        return part.exits.get(rest) or part.populations.get(rest, name)

    def _port(self, name: str, place: Place) -> tuple[Part, str]:
        start, dot, rest = name.partition(".")
        if start in self.parts and dot:
            return self.parts[start], rest
        if start in self.parts:
            ports = [*self.parts[start].entries, *self.parts[start].exits]
            raise place.error(
                f"'{name}' is a block; one of its ports is needed", f"allowed: {_listed(name, ports) or 'nothing'}"
            )
        ports = [f"{start}.{port}" for start, part in self.parts.items() for port in [*part.entries, *part.exits]]
        raise place.error(f"no {self.kinds} or port named {shown(name)}", closest(name, [*self.plain, *ports]))

    def _no_port(self, name: str, part: Part, port: str, way: str, place: Place) -> ConfigError:
        start = name.partition(".")[0]
        right, other = (part.exits, part.entries) if way == "out" else (part.entries, part.exits)
        long = {"out": "output port, where spikes leave", "in": "input port, where spikes enter"}
        names = [f"{start}.{port}" for port in right]
        if port in other:
            back = {"out": "in", "in": "out"}[way]
            return place.error(f"'{name}' is an {long[back]}; an {way}put port is needed", closest(name, names))
        inner = "; a population inside a block is reached through its ports" if port in part.populations else ""
        return place.error(f"block '{part.block}' has no {way}put port '{port}'{inner}", closest(name, names))


def _listed(start: str, ports: list[str]) -> str:
    return ", ".join(f"{start}.{port}" for port in dict.fromkeys(ports))


def joined(
    projection: Mapping[str, Any],
    source: str,
    targets: list[Target],
    shapes: Callable[[str], tuple[int, ...] | None],
    load: Callable[[dict[str, Any], Place], Any],
    place: Place,
) -> list[dict[str, Any]]:
    """One projection as the projections, one for each target, that it stands for.

    projection : as written, names and all; to a port, weight 1 and one_to_one are understood
    source     : full name of where it comes from
    shapes     : full name -> shape, or None where the description is wrong and will be refused later
    load       : reads ``{file: ..., array: ...}``
    Raises ConfigError where a port cannot be reached so.
    """
    plain = dict(projection) | {"from": source}
    if not any(key in plain for key in _LAYOUTS):
        plain["pattern"] = "one_to_one"
    if plain.get("pattern") in ("one_to_one", "all_to_all", *_DRAWN):
        plain.setdefault("weight", 1)
    if len(targets) > 1 and _is_drawn(plain):
        raise place.error(
            "this port reaches several populations, and random synapses would differ from one to the other",
            "send the random projection to a population of your own, and that to the port",
        )
    made = []
    for target in targets:
        if target.wiring is None:
            one = _scaled(plain, target.weight, load, place)
            made.append(_later(one, target.delay, place) | {"to": target.population})
        else:
            made.append(_wired(plain, target, target.wiring, shapes, load, place) | {"to": target.population})
    return made


def _is_drawn(projection: dict[str, Any]) -> bool:
    drawn = any(isinstance(projection.get(key), dict) for key in ("weight", "delay"))
    return drawn or projection.get("pattern") in _DRAWN


def _wired(
    plain: dict[str, Any],
    target: Target,
    wiring: dict[str, Any],
    shapes: Callable[[str], tuple[int, ...] | None],
    load: Callable[[dict[str, Any], Place], Any],
    place: Place,
) -> dict[str, Any]:
    """A projection to a port with wiring of its own: line to line, then as the block says."""
    weight = plain.get("weight")
    if plain.get("pattern") != "one_to_one" or not _is_number(weight) or isinstance(plain.get("delay"), dict):
        raise place.error(
            "this port has wiring of its own: it takes one spike train for each of its lines",
            "pattern: one_to_one, a number as weight and as delay, or leave all three out",
        )
    shape = shapes(plain["from"])
    if shape is not None and target.shape is not None and math.prod(shape) != math.prod(target.shape):
        raise place.error(
            f"'{plain['from']}' has {math.prod(shape)} members, the port {math.prod(target.shape)} lines",
            f"give '{plain['from']}' the shape {list(target.shape)}",
        )
    made = {"from": plain["from"], **wiring}
    if plain.get("stochastic"):
        made["stochastic"] = plain["stochastic"]
    inside = target.place or place
    made = _scaled(made, _product(weight, target.weight, place), load, inside)
    late = plain.get("delay", 1)
    if not _is_whole(late):
        return made | {"delay": late}  # refused later, by type
    late = late - 1 + target.delay
    rows = made.get("synapses")
    if isinstance(rows, list) and rows and all(isinstance(row, list) and len(row) == 4 for row in rows):
        return made | {"synapses": [[*row[:3], row[3] + late] if _is_number(row[3]) else row for row in rows]}
    return _later(made, late, inside)


def _product(one: Any, other: Any, place: Place) -> Any:
    product = one * other
    if not math.isfinite(product) or abs(product) > 2**53:
        raise place.error(f"the weight {one} times the port's {other} is too large", "a smaller weight; 1 is usual")
    return product


def _scaled(
    projection: dict[str, Any], factor: int | float, load: Callable[[dict[str, Any], Place], Any], place: Place
) -> dict[str, Any]:
    """The projection with its weights multiplied. Values of a wrong kind stay: they are refused later."""
    if factor == 1:
        return projection
    made = dict(projection)
    weight = made.get("weight")
    if _is_number(weight):
        made["weight"] = _product(weight, factor, place)
    elif isinstance(weight, dict):
        ends = weight.get("uniform")
        if factor != -1 or not (isinstance(ends, list) and len(ends) == 2 and all(map(_is_whole, ends))):
            raise (place / "weight").error(
                f"drawn weights cannot be multiplied by the port's {factor}", "give a whole number; 1 is usual"
            )
        made["weight"] = weight | {"uniform": [-ends[1], -ends[0]]}
    if "weights" in made:
        made["weights"] = _times(_array(made["weights"], load, place / "weights"), factor)
    if "synapses" in made:
        rows = _array(made["synapses"], load, place / "synapses")
        rows = rows.tolist() if isinstance(rows, np.ndarray) else rows
        if isinstance(rows, list):
            made["synapses"] = [
                [*row[:2], _times(row[2], factor), *row[3:]] if isinstance(row, list) and len(row) > 2 else row
                for row in rows
            ]
    return made


def _array(value: Any, load: Callable[[dict[str, Any], Place], Any], place: Place) -> Any:
    return load(value, place) if isinstance(value, dict) and "file" in value else value


def _times(value: Any, factor: int | float) -> Any:
    if isinstance(value, list):
        return [_times(item, factor) for item in value]
    if isinstance(value, np.ndarray):
        return value.astype(np.float64 if value.dtype.kind == "f" or isinstance(factor, float) else np.int64) * factor
    return value * factor if _is_number(value) else value


def _later(projection: dict[str, Any], ticks: int, place: Place) -> dict[str, Any]:
    """The projection with a longer delay."""
    if not ticks:
        return projection
    delay = projection.get("delay", 1)
    rows = projection.get("synapses")
    if isinstance(rows, list) and rows and isinstance(rows[0], list) and len(rows[0]) == 4:
        raise (place / "synapses").error(
            "delays of single synapses cannot be added to the port's delay", "one delay: for the projection"
        )
    if _is_whole(delay):
        return projection | {"delay": delay + ticks}
    if isinstance(delay, dict) and isinstance(ends := delay.get("uniform"), list) and all(map(_is_whole, ends)):
        return projection | {"delay": delay | {"uniform": [end + ticks for end in ends]}}
    return projection


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
