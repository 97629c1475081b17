"""The work of replacing blocks by what they are made of: one network's data in the making."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from neurocore.errors import ConfigError
from neurocore.formats.array_files import load_array
from neurocore.formats.block_expressions import Budget
from neurocore.formats.block_files import Block, Place, read_block
from neurocore.formats.block_models import BlockUse, PortTarget
from neurocore.formats.block_names import Fault, with_names
from neurocore.formats.block_parameters import parameter_values, substituted
from neurocore.formats.block_wiring import Part, Scope, Target, joined
from neurocore.formats.located_yaml import Document
from neurocore.formats.yaml_paths import YamlPath, shown

__all__ = ["MOST_NESTED", "MOST_PARTS", "Expanded", "Expansion"]

MOST_NESTED: Final = 12
MOST_PARTS: Final = 20_000
"""Populations and projections that blocks may stand for, together."""
_LONGEST_NAME: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """A network's data without ``blocks:``, and where its parts were written.

    origins : path in ``data`` -> where that stands in a block file
    """

    data: dict[str, Any]
    origins: dict[YamlPath, Place]

    def origin(self, path: YamlPath) -> tuple[Place, YamlPath] | None:
        """The place in a block file that a path comes from, and the rest of the path; None for the network's own."""
        for length in range(len(path), 0, -1):
            if place := self.origins.get(path[:length]):
                return place, path[length:]
        return None


class Expansion:
    """A network's data in the making."""

    def __init__(self, data: dict[str, Any], document: Document, folder: Path, fault: Fault) -> None:
        self.data = {key: value for key, value in data.items() if key != "blocks"}
        self.top = Place(document=document)
        self.folder = folder
        self.fault = fault
        self.budget = Budget()
        self.read: dict[tuple[str, str], Block] = {}
        self.origins: dict[YamlPath, Place] = {}
        self.populations: dict[str, Any] = {}
        self.projections: list[tuple[dict[str, Any], Place]] = []
        self.parts = 0

    def network(self, used: dict[str, BlockUse]) -> Expanded:
        """The network's own file: its blocks first, then the projections that reach them."""
        own = {key: self.data.get(key) for key in ("inputs", "populations")}
        names = {name: name for part in own.values() if isinstance(part, dict) for name in part}
        for name in names:
            if name.partition(".")[0] in used:
                kind = "inputs" if isinstance(own["inputs"], dict) and name in own["inputs"] else "populations"
                block = name.partition(".")[0]
                raise self.fault((kind, name), f"'{name}' could be a part of the block '{block}'", "rename one")
        scope = Scope(plain=names, kinds="population, input")
        for name, use in used.items():
            path: YamlPath = ("blocks", name)
            place = self.top / "blocks" / name

            def fault(below: YamlPath, problem: str, fix: str | None, path: YamlPath = path) -> ConfigError:
                return self.fault((*path, *below), problem, fix)

            scope.parts[name] = self.part(name, use, "", place, fault, ())
        self._merge_populations()
        self._own_projections(scope)
        self.data = with_names(self.data, scope, self.populations, self.top / "outputs", self.fault)
        return Expanded(data=self.data, origins=self.origins)

    def part(self, name: str, use: BlockUse, folder: str, place: Place, fault: Fault, above: tuple[str, ...]) -> Part:
        """Expand one block.

        name  : its full name
        place : where it is used, with what used that
        above : the keys of the block files that it is within
        """
        key = (folder, use.use)
        if key not in self.read:
            self.read[key] = self._file(use, folder, fault, place)
        block = self.read[key]
        if block.key in above:
            problem = f"the block '{block.model.block}' contains itself"
            raise fault(("use",), problem, "a block may use others, not itself")
        if len(above) >= MOST_NESTED:
            raise fault(("use",), f"blocks within blocks, more than {MOST_NESTED} deep", "fewer levels")
        where = f"'{place.path[-1]}' at {place.line()}" + (f", in {place.used}" if place.used else "")
        inside = Place(document=block.document, used=where)
        values = parameter_values(block, use.with_, inside, fault, self._file_array, self.budget)
        scope = Scope(plain={}, kinds="population")
        for inner in block.model.populations:
            at = inside / "populations" / inner
            described = substituted(block.data["populations"][inner], values, self.budget, at)
            if self._is_wanted(described.pop("when", True), at):
                scope.plain[inner] = self._named(f"{name}.{inner}", at)
                self.populations[scope.plain[inner]] = described
                self.origins["populations", scope.plain[inner]] = at
        for inner, used in block.model.blocks.items():
            at = inside / "blocks" / inner

            def below(path: YamlPath, problem: str, fix: str | None, at: Place = at) -> ConfigError:
                for step in path:
                    at = at / step
                return at.error(problem, fix)

            given = block.data["blocks"][inner].get("with", {})
            wanted = used.model_copy(update={"with_": substituted(given, values, self.budget, at / "with")})
            scope.parts[inner] = self.part(f"{name}.{inner}", wanted, block.folder, at, below, (*above, block.key))
        self._inner_projections(block, values, scope, inside)
        return self._ports(block, values, scope, inside)

    def _file(self, use: BlockUse, folder: str, fault: Fault, place: Place) -> Block:
        try:
            return read_block(use.use, self.folder, folder, place / "use")
        except ConfigError as error:
            if not place.used and error.file == place.document.file:  # the network's own: an option may have said it
                raise fault(("use",), error.problem, error.fix) from None
            raise

    def _inner_projections(self, block: Block, values: dict[str, Any], scope: Scope, inside: Place) -> None:
        for number, described in enumerate(block.data.get("projections", [])):
            at = inside / "projections" / number
            projection = substituted(described, values, self.budget, at)
            if self._is_wanted(projection.pop("when", True), at):
                for one, _ in self._joined(projection, scope, at):
                    self._counted(at)
                    self.projections.append((one, at))

    def _ports(self, block: Block, values: dict[str, Any], scope: Scope, inside: Place) -> Part:
        entries: dict[str, list[Target]] = {}
        for name, port in block.model.ports.in_.items():
            at = inside / "ports" / "in" / name
            shape = substituted(port.shape, values, self.budget, at / "shape")
            entries[name] = [
                target
                for wanted in port.to
                if self._is_wanted(substituted(wanted.when, values, self.budget, at), at)
                for target in self._targets(wanted, shape, values, scope, at)
            ]
            if not entries[name]:
                raise at.error("this port reaches nothing", "check the conditions under when:")
        exits = {}
        for name, leaving in block.model.ports.out.items():
            at = inside / "ports" / "out" / name
            exits[name] = scope.source(_as_name(substituted(leaving.from_, values, self.budget, at), at), at)
        inner = {f"{start}.{name}": full for start, p in scope.parts.items() for name, full in p.populations.items()}
        return Part(block=block.model.block, entries=entries, exits=exits, populations=scope.plain | inner)

    def _targets(
        self, wanted: PortTarget, shape: Any, values: dict[str, Any], scope: Scope, at: Place
    ) -> Iterator[Target]:
        """What one line under a port's ``to:`` reaches: a population, or all that an inner block's port reaches."""
        weight, delay = (substituted(getattr(wanted, key), values, self.budget, at) for key in ("weight", "delay"))
        if isinstance(weight, bool) or not isinstance(weight, (int, float)):
            raise at.error(f"the weight is {shown(weight)}", "allowed: a number")
        if isinstance(delay, bool) or not isinstance(delay, int) or not 0 <= delay <= 255:
            raise at.error(f"the added delay is {shown(delay)}", "allowed: 0 to 255")
        wiring = None
        if wanted.wiring is not None:
            wiring = substituted(wanted.wiring, values, self.budget, at)
        reached = _as_name(substituted(wanted.population, values, self.budget, at), at)
        for inner in scope.targets(reached, at):
            if wiring is not None and inner.wiring is not None:
                raise at.error("this port and the inner one both have wiring", "keep one, with a population between")
            yield Target(
                population=inner.population,
                weight=weight * inner.weight,
                delay=delay + inner.delay,
                wiring=wiring if wiring is not None else inner.wiring,
                shape=_as_shape(shape) if wiring is not None else inner.shape,
                place=at if wiring is not None else inner.place,
            )

    def _own_projections(self, scope: Scope) -> None:
        """The network's projections keep their places in the list, which their errors and random draws go by."""
        given = self.data.get("projections") or []
        if not isinstance(given, list):
            return
        made: list[Any] = []
        more: list[tuple[dict[str, Any], Target, int]] = []
        for number, projection in enumerate(given):
            if isinstance(projection, dict) and all(isinstance(projection.get(end), str) for end in ("from", "to")):
                (first, target), *others = self._own(projection, scope, number)
                self._wiring_origins(target, number)
                made.append(first)
                more += [(other, target, number) for other, target in others]
            else:
                made.append(projection)
        for projection, target, number in more:
            self.origins["projections", len(made)] = self.top / "projections" / number
            self._wiring_origins(target, len(made))
            made.append(projection)
        for projection, place in self.projections:
            self.origins["projections", len(made)] = place
            made.append(projection)
        self.data["projections"] = made

    def _wiring_origins(self, target: Target, number: int) -> None:
        """Keys that a port's wiring brings along were written in the block's file."""
        if target.wiring is not None and target.place is not None:
            for key in target.wiring:
                self.origins["projections", number, key] = target.place / "to"

    def _own(self, projection: dict[str, Any], scope: Scope, number: int) -> list[tuple[dict[str, Any], Target]]:
        at = self.top / "projections" / number
        try:
            return self._joined(projection, scope, at)
        except ConfigError as error:
            if error.file == at.document.file and error.path.startswith(f"projections[{number}]"):
                end = error.path.rpartition(".")[2]
                below = (end,) if end in projection else ()
                raise self.fault(("projections", number, *below), error.problem, error.fix) from None
            raise

    def _joined(self, projection: dict[str, Any], scope: Scope, at: Place) -> list[tuple[dict[str, Any], Target]]:
        """The projections that one stands for, with their targets."""
        ends = {end: _as_name(projection.get(end), at / end) for end in ("from", "to")}
        source = scope.source(ends["from"], at / "from")
        targets = scope.targets(ends["to"], at / "to")
        if ends["to"] in scope.plain:
            return [(projection | {"from": source, "to": targets[0].population}, targets[0])]
        made = joined(projection, source, targets, self.shape, self._file_array_at, at)
        return list(zip(made, targets, strict=True))

    def shape(self, name: str) -> tuple[int, ...] | None:
        """The shape of a population or input as described, if that is well formed."""
        for part in (self.populations, self.data.get("populations"), self.data.get("inputs")):
            if isinstance(part, dict) and isinstance(found := part.get(name), dict):
                return _as_shape(found.get("shape"))
        return None

    def _file_array(self, value: dict[str, Any]) -> Any:
        file, array = value.get("file"), value.get("array")
        if not isinstance(file, str) or not isinstance(array, str | None) or set(value) - {"file", "array"}:
            raise ConfigError(f"found {shown(value)}", fix="allowed: {file: ..., array: ...}")
        return load_array(self.folder / file, array)

    def _file_array_at(self, value: dict[str, Any], place: Place) -> Any:
        try:
            return self._file_array(value)
        except ConfigError as error:
            raise place.error(error.problem, error.fix) from None

    def _is_wanted(self, when: Any, place: Place) -> bool:
        if not isinstance(when, bool):
            raise (place / "when").error(f"found {shown(when)}", "allowed: a comparison, such as ${size > 1}")
        return when

    def _named(self, name: str, place: Place) -> str:
        if len(name) > _LONGEST_NAME:
            problem = f"the name '{name}' has {len(name)} characters"
            raise place.error(problem, f"allowed: {_LONGEST_NAME}; shorter names for the blocks")
        self._counted(place)
        return name

    def _counted(self, place: Place) -> None:
        self.parts += 1
        if self.parts > MOST_PARTS:
            problem = f"the blocks stand for more than {MOST_PARTS:,} populations and projections"
            raise place.error(problem, "fewer blocks with larger sizes")

    def _merge_populations(self) -> None:
        own = self.data.get("populations")
        if own is None or isinstance(own, dict):
            self.data["populations"] = (own or {}) | self.populations


def _as_name(value: Any, place: Place) -> str:
    """An end of a projection or port; a formula may have given anything."""
    if not isinstance(value, str):
        raise place.error(f"found {shown(value)}", "allowed: the name of a population or port")
    return value


def _as_shape(shape: Any) -> tuple[int, ...] | None:
    sides = [shape] if isinstance(shape, int) else shape
    if not isinstance(sides, list) or not all(isinstance(side, int) and side > 0 for side in sides):
        return None
    return tuple(sides)
