"""A small network around one block: every input port driven, every output port read. For examples and costs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from neurocore.errors import ConfigError
from neurocore.formats.block_expansion import Expansion
from neurocore.formats.block_files import Block, Place
from neurocore.formats.block_models import BlockUse
from neurocore.formats.located_yaml import parse_yaml
from neurocore.formats.yaml_paths import YamlPath

__all__ = ["example_network", "example_parameters"]

RATE_HZ = 300
TICKS = 100


def example_parameters(block: Block) -> dict[str, Any] | None:
    """Values for the parameters that must be given; None where the block's file has no example of one."""
    needed = {name: one.example for name, one in block.model.parameters.items() if one.needed}
    return None if None in needed.values() else needed


def example_network(block: Block, use: str, folder: Path) -> str | None:
    """A network's YAML with the block at its defaults; None where a needed parameter has no example.

    use    : what ``use:`` says
    folder : the network's, where files that the block names are looked for
    Raises ConfigError where the block is wrong.
    """
    given = example_parameters(block)
    if given is None:
        return None
    name = f"my_{block.model.block}"[:32].replace("-", "_")
    shapes = _port_shapes(BlockUse.model_validate({"use": use, "with": given}), folder)
    ports = {given_by: port for port in shapes for given_by in _inputs(port, block.model.ports.in_[port].example, name)}
    rows = ["neurocore: 1", f"name: {name}", ""]
    if ports:
        rows += ["inputs:", *(f"  {given_by}: {{shape: {shapes[port]}}}" for given_by, port in ports.items()), ""]
    options = "".join(f"{key}: {json.dumps(value)}, " for key, value in given.items()).removesuffix(", ")
    rows += ["blocks:", f"  {name}: {{use: {use}" + (f", with: {{{options}}}}}" if options else "}"), ""]
    if ports:
        rows += ["projections:", *(f"  - {{from: {by}, to: {name}.{port}}}" for by, port in ports.items()), ""]
    rows += [f"outputs: [{', '.join(f'{name}.{port}' for port in block.model.ports.out)}]", ""]
    rows += ["run:", f"  ticks: {TICKS}"]
    if ports:
        rows += ["  stimulus:", *(f"    {by}: {{poisson: {{rate_hz: {RATE_HZ}}}}}" for by in ports)]
    return "\n".join(rows) + "\n"


def _inputs(port: str, count: int, block: str) -> list[str]:
    """Names for the inputs of one port."""
    name = port if port != block else f"{port}_in"
    return [name] if count == 1 else [f"{name}_{number + 1}" for number in range(count)]


def _port_shapes(use: BlockUse, folder: Path) -> dict[str, list[int]]:
    """Input port -> shape of its lines."""
    place = Place(document=parse_yaml("{}", "example.yaml")) / "blocks" / "example"

    def fault(path: YamlPath, problem: str, fix: str | None) -> ConfigError:
        return place.error(problem, fix)

    expansion = Expansion({}, place.document, folder, fault)
    part = expansion.part("example", use, "", place, fault, ())
    shapes = {}
    for port, targets in part.entries.items():
        shape = targets[0].shape or expansion.shape(targets[0].population)
        assert shape is not None, "the block's populations have shapes"
        shapes[port] = list(shape)
    return shapes
