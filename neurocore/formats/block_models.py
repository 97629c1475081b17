"""What a block's YAML file may say, and what a network's ``blocks:`` may say of a block that it uses."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from neurocore.network import Name, Number

__all__ = ["BlockFile", "BlockName", "BlockUse", "InPort", "OutPort", "Parameter", "PortTarget"]

BlockName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$", max_length=32)]
"""As every name, but without dots: what follows the first dot is a port."""
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Formula = Number | str
"""A number, ``$name`` or ``${...}``."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _as_target(value: Any) -> Any:
    """Accept ``to: out`` for ``to: [{population: out}]``."""
    return [{"population": value}] if isinstance(value, str) else value


def _as_in_port(value: Any) -> Any:
    """Accept ``a: out`` for ``a: {to: out}``."""
    return {"to": value} if isinstance(value, str) else value


def _as_out_port(value: Any) -> Any:
    """Accept ``out: cells`` for ``out: {from: cells}``."""
    return {"from": value} if isinstance(value, str) else value


class BlockUse(_Model):
    """A function block: neurons and synapses from a block file, under a name of your own."""

    use: Text = Field(description="a block that ships with neurocore, or the name of a block's .yaml file")
    with_: dict[Name, Any] = Field(default_factory=dict, alias="with", description="parameter -> value")


class Parameter(_Model):
    """A number, flag, word or array that the user of a block chooses."""

    type: Literal["int", "number", "numbers", "bool", "text", "array"] = Field(
        "int", description="numbers: one, or one for each line; array: nested lists or {file: ..., array: ...}"
    )
    about: Text = Field(description="what it means")
    default: Any = Field(None, description="the value if it is not given; without a default it must be given")
    example: Any = Field(None, description="a value for examples, where there is no default")
    min: Formula | None = Field(None, description="smallest value, or of each number")
    max: Formula | None = Field(None, description="largest value, or of each number")
    choices: list[str] | None = Field(None, description="type text: the words that may stand here")
    dimensions: Annotated[int, Field(ge=1, le=6)] | None = Field(None, description="type array: how many axes")

    @property
    def needed(self) -> bool:
        """Whether it must be given."""
        return "default" not in self.model_fields_set


class PortTarget(_Model):
    """A population that the spikes of a port reach, and how."""

    population: Text = Field(description="population of the block, or INNER.PORT of a block in it")
    weight: Formula = Field(1, description="a projection's weights are multiplied by this")
    delay: Formula = Field(0, description="ticks that are added to the projection's delay")
    wiring: dict[str, Any] | None = Field(
        None, description="keys of a projection, such as pattern; the port then takes one_to_one projections only"
    )
    when: bool | str = Field(True, description="left out unless this is true")


class InPort(_Model):
    """Where spikes enter a block."""

    about: str = Field("", description="what it is for")
    example: Annotated[int, Field(ge=0, le=16)] = Field(1, description="how many projections it has in the example")
    shape: Any = Field(None, description="its lines, where the port has wiring of its own; else the population's")
    to: Annotated[list[PortTarget], BeforeValidator(_as_target), Field(min_length=1)] = Field(
        description="what it reaches"
    )


class OutPort(_Model):
    """Where spikes leave a block."""

    about: str = Field("", description="what its spikes mean")
    from_: Text = Field(alias="from", description="population of the block, or INNER.PORT of a block in it")


class Ports(_Model):
    """A block's inputs and outputs."""

    in_: dict[BlockName, Annotated[InPort, BeforeValidator(_as_in_port)]] = Field(default_factory=dict, alias="in")
    out: dict[BlockName, Annotated[OutPort, BeforeValidator(_as_out_port)]] = Field(default_factory=dict)


class BlockFile(_Model):
    """A block: parameters, ports, and the populations, projections and blocks it is made of."""

    block: BlockName = Field(description="the block's name")
    does: Text = Field(description="what it does, in a sentence or two")
    latency: Formula | None = Field(
        None, description="ticks from a source's spike to the block's, with projections of delay 1"
    )
    parameters: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=64)], Parameter] = Field(
        default_factory=dict, description="what the user chooses"
    )
    let: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=64)], Any] = Field(
        default_factory=dict, description="values worked out from the parameters, in this order"
    )
    ports: Ports = Field(description="where spikes enter and leave")
    populations: dict[BlockName, dict[str, Any]] = Field(
        default_factory=dict, description="as in a network; with `when:`, left out unless that is true"
    )
    blocks: dict[BlockName, BlockUse] = Field(default_factory=dict, description="blocks inside this one")
    projections: list[dict[str, Any]] = Field(
        default_factory=list, description="as in a network; with `when:`, left out unless that is true"
    )

    @model_validator(mode="after")
    def _names_differ(self) -> BlockFile:
        if both := set(self.populations) & set(self.blocks):
            raise ValueError(f"'{min(both)}' is both a population and a block")
        if both := set(self.parameters) & set(self.let):
            raise ValueError(f"'{min(both)}' is both a parameter and under let")
        if not self.populations and not self.blocks:
            raise ValueError("a block needs populations or blocks")
        for name, port in self.ports.in_.items():
            if name in self.populations and name not in {target.population for target in port.to}:
                raise ValueError(f"the port '{name}' has the name of a population that it does not reach")
        for name, leaving in self.ports.out.items():
            if name in self.populations and name != leaving.from_:
                raise ValueError(f"the port '{name}' has the name of a population that it does not come from")
        return self
