"""The blocks that ship with neurocore, or one file of a user's: purpose, ports, parameters, and what one costs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from neurocore.errors import ConfigError
from neurocore.formats.block_example import example_network
from neurocore.formats.block_files import Place, builtin_blocks, read_block
from neurocore.formats.block_models import Parameter
from neurocore.formats.located_yaml import parse_yaml
from neurocore.formats.network_yaml import parse_network
from neurocore.mapper.pipeline import compile_network
from neurocore.units import counted
from neurocore.verbs.showing import occupancy

__all__ = ["BlockCost", "BlockInfo", "BlockList", "blocks"]

_ASKED: Final = "neurocore blocks"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockCost:
    """What the block's example takes on the chip, measured by mapping it: the axons of its inputs are in it."""

    cores: int
    neurons: int
    axons: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockInfo:
    """One block.

    use     : what ``use:`` says
    latency : ticks, a number or a formula of the parameters; None where the file does not say
    inputs, outputs : port -> what it is for
    example : a network's YAML with the block at its defaults; None where a needed parameter has no example
    cost    : of the example
    """

    use: str
    does: str
    latency: str | None
    parameters: dict[str, Parameter]
    inputs: dict[str, str]
    outputs: dict[str, str]
    example: str | None
    cost: BlockCost | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "use": self.use,
            "does": self.does,
            "latency": self.latency,
            "inputs": self.inputs,
            "outputs": self.outputs,
            "parameters": {
                name: one.model_dump(exclude_unset=True, mode="json") | {"needed": one.needed}
                for name, one in self.parameters.items()
            },
            "cost": None if self.cost is None else {name: getattr(self.cost, name) for name in self.cost.__slots__},
            "example": self.example,
        }

    def cost_text(self) -> str:
        """``1 core, 4 neurons, 2 axons``."""
        if self.cost is None:
            return "not known: a needed parameter has no example"
        cost = self.cost
        return f"{counted(cost.cores, 'core')}, {counted(cost.neurons, 'neuron')}, {counted(cost.axons, 'axon')}"

    def parameter_texts(self) -> dict[str, str]:
        """Parameter -> ``1 to 15, default 5``."""
        return {name: _range_text(one) for name, one in self.parameters.items()}

    def text(self) -> str:
        """In full, for a terminal."""
        rows = [f"{self.use}: {self.does}", "", f"latency  {self.latency or 'not said'}, in ticks"]
        rows += [f"cost     {self.cost_text()} (the example below)"] if self.cost else [f"cost     {self.cost_text()}"]
        for title, ports in (("in", self.inputs), ("out", self.outputs)):
            rows += [f"{title:<8} {name}: {about or 'no description'}" for name, about in ports.items()]
        if self.parameters:
            said = self.parameter_texts()
            rows += ["", "parameters, under with:"]
            rows += [f"  {name}: {one.about} ({said[name]})" for name, one in self.parameters.items()]
        if self.example:
            rows += ["", "example:", "", self.example.rstrip()]
        return "\n".join(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockList:
    """Blocks; ``name`` is the one that was asked for, or None for all."""

    name: str | None
    blocks: tuple[BlockInfo, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"blocks": [one.as_dict() for one in self.blocks]}

    def text(self) -> str:
        """For a terminal: a line for each block, or the one in full."""
        if self.name is not None:
            return self.blocks[0].text()
        rows = []
        for one in self.blocks:
            rows += [f"{one.use}: {one.does}"]
            rows += [f"    in: {', '.join(one.inputs) or 'none'}; out: {', '.join(one.outputs)}"]
            rows += [f"    {name}: {said}" for name, said in one.parameter_texts().items()]
            rows += [f"    cost: {one.cost_text()}"]
        return "\n".join([*rows, "", "neurocore blocks NAME shows one in full, with an example"])


def blocks(name: str | None = None) -> BlockList:
    """The built-in blocks, or the one of that name; a .yaml file of your own is read as well.

    Raises ConfigError for a block that does not exist or is wrong.
    """
    return BlockList(name=name, blocks=tuple(_info(use) for use in ([name] if name is not None else builtin_blocks())))


def _info(use: str) -> BlockInfo:
    place = Place(document=parse_yaml("{}", _ASKED), path=("name",))
    try:
        block = read_block(use, Path(), "", place)
    except ConfigError as error:
        if error.file != _ASKED:
            raise
        raise ConfigError(error.problem, fix=error.fix) from None
    example = example_network(block, use, Path())
    model = block.model
    return BlockInfo(
        use=use,
        does=model.does.strip(),
        latency=None if model.latency is None else _formula(model.latency),
        parameters=model.parameters,
        inputs={port: described.about for port, described in model.ports.in_.items()},
        outputs={port: described.about for port, described in model.ports.out.items()},
        example=example,
        cost=None if example is None else _cost(example, use),
    )


def _cost(example: str, use: str) -> BlockCost:
    used = occupancy(compile_network(parse_network(example, f"the example of {use}", Path())).image)
    return BlockCost(cores=used.cores, neurons=used.neurons, axons=used.axons)


def _range_text(one: Parameter) -> str:
    low, high = (None if end is None else _formula(end) for end in (one.min, one.max))
    if one.choices:
        kind = " or ".join(one.choices)
    elif low is not None and high is not None:
        kind = f"{low} to {high}"
    else:
        kind = f"{low} or more" if low is not None else f"{high} or less" if high is not None else one.type
    kind = f"{one.type} of {kind}" if one.type == "array" else kind
    return f"{kind}, needed" if one.needed else f"{kind}, default {_formula(one.default)}"


def _formula(value: Any) -> str:
    """``${period - 1}`` -> ``period - 1``."""
    return re.sub(r"^\$\{(.*)\}$|^\$(\w+)$", lambda match: match[1] or match[2], str(value))
