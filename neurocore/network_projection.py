"""Synapses as a user describes them: their layout, weights and delays, and how floats become whole numbers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from neurocore.learning_rule import Learning
from neurocore.network_values import Array, FileArray, Model, Name, Number, UniformRange, Whole

__all__ = ["Projection", "Quantize"]


class Quantize(Model):
    """How floats become the chip's integers: value * scale, rounded to the nearest whole number, halves to even.

    The scale is given, or found from the incoming weights; thresholds, leaks and potentials are scaled alike.
    """

    scheme: Literal["scale", "bits", "ternary"] = Field(
        "scale", description="a given scale; the largest weight to the top of k bits; weights -a, 0, a of least error"
    )
    scale: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None, description="scheme scale: potential units per 1.0"
    )
    bits: Annotated[int, Field(ge=2, le=9)] | None = Field(
        None, description="scheme bits: weights lie in -(2^(bits-1) - 1) .. 2^(bits-1) - 1"
    )
    per: Literal["layer", "neuron"] = Field(
        "layer", description="schemes bits and ternary: one scale for the population, or one for each neuron"
    )
    step: Annotated[int, Field(ge=1, le=255)] = Field(
        16, description="scheme ternary: potential units of the weight a; thresholds are as fine as a / step"
    )

    @model_validator(mode="after")
    def _keys_fit_the_scheme(self) -> Quantize:
        needs, extras = {
            "scale": ({"scale"}, set()),
            "bits": ({"bits"}, {"per"}),
            "ternary": (set(), {"per", "step"}),
        }[self.scheme]
        given = {"scale", "bits", "per", "step"} & self.model_fields_set
        for missing in sorted(needs - given):
            raise ValueError(f"scheme '{self.scheme}' needs '{missing}'")
        for extra in sorted(given - needs - extras):
            raise ValueError(f"'{extra}' has no meaning with scheme '{self.scheme}'")
        return self

    @property
    def remedy(self) -> str:
        """What helps where a quantized value is out of range."""
        return {"scale": "a smaller scale", "bits": "fewer bits", "ternary": "a smaller step"}[self.scheme]


class Projection(Model):
    """Synapses from a population or input to a population.

    ``pattern`` is 'matrix' when only ``weights`` is given.
    """

    from_: Name = Field(alias="from", description="population or input the spikes come from")
    to: Name = Field(description="population they reach")
    pattern: Literal["all_to_all", "one_to_one", "random", "grouped", "conv2d", "fields", "list", "matrix"] | None = (
        Field(None, description="how synapses are laid out")
    )
    weight: Number | UniformRange | None = Field(
        None,
        description="one weight for every synapse, or a range to draw from (all_to_all, one_to_one, random, grouped)",
    )
    weights: list[Any] | FileArray | Array | None = Field(
        None,
        description="matrix [source, target]; conv2d kernel [out channel, in channel, height, width]; "
        "fields [groups, units, inputs], or [places, groups, units, inputs] where each place has its own",
    )
    synapses: list[list[Number]] | FileArray | Array | None = Field(
        None, description="list: rows of source index, target index, weight and, if wanted, delay"
    )
    delay: Whole | UniformRange = Field(
        1, description="ticks from spike to integration, 1..255; beyond 15 relays are used"
    )
    stochastic: bool = Field(
        False, description="b: each synapse adds its weight's sign with probability (|weight| + 1) / 256"
    )
    probability: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="random, grouped: chance of a synapse for each (source, target) pair"
    )
    groups: Annotated[int, Field(ge=1)] | None = Field(
        None, description="grouped: sources and targets are cut into this many groups; group k reaches group k only"
    )
    shuffle: bool = Field(False, description="grouped: deal the sources out to the groups at random")
    fan_in: Annotated[int, Field(ge=1)] | None = Field(
        None, description="random: exactly this many different sources for each target"
    )
    stride: Annotated[int, Field(ge=1)] = Field(1, description="conv2d, fields: step of the kernel, both directions")
    padding: Annotated[int, Field(ge=0)] = Field(0, description="conv2d, fields: empty pixels added around the input")
    offset: tuple[Whole, Whole] = Field(
        (0, 0), description="fields: pixels [down, right] that all squares are moved by"
    )
    learning: Learning | None = None

    @property
    def layout(self) -> str:
        """The pattern, with 'matrix' filled in where only weights are given."""
        return self.pattern or "matrix"

    @model_validator(mode="after")
    def _keys_fit_the_pattern(self) -> Projection:
        needs = {
            "all_to_all": {"weight"},
            "one_to_one": {"weight"},
            "random": {"weight"},
            "grouped": {"weight", "groups"},
            "conv2d": {"weights"},
            "fields": {"weights"},
            "list": {"synapses"},
            "matrix": {"weights"},
        }[self.layout]
        extras = {
            "random": {"probability", "fan_in"},
            "grouped": {"probability", "shuffle"},
            "conv2d": {"stride", "padding"},
            "fields": {"stride", "padding", "offset"},
        }.get(self.layout, set())
        special = {"weight", "weights", "synapses", "groups"}
        special |= {"probability", "fan_in", "shuffle", "stride", "padding", "offset"}
        given = special & self.model_fields_set
        for missing in sorted(needs - given):
            raise ValueError(f"pattern '{self.layout}' needs '{missing}'")
        for extra in sorted(given - needs - extras):
            raise ValueError(f"'{extra}' has no meaning with pattern '{self.layout}'")
        if self.layout == "random" and (self.probability is None) == (self.fan_in is None):
            raise ValueError("pattern 'random' needs probability or fan_in, one of the two")
        return self

    @model_validator(mode="after")
    def _learning_fits(self) -> Projection:
        """A learning projection is a block of crossbar: one weight, one delay, a bit for every pair."""
        if self.learning is None:
            return self
        if self.layout not in ("all_to_all", "random", "list", "matrix"):
            raise ValueError(f"pattern '{self.layout}' cannot learn: learning may connect any source with any target")
        if self.stochastic:
            raise ValueError("stochastic synapses cannot learn")
        if isinstance(self.weight, UniformRange) or isinstance(self.delay, UniformRange):
            raise ValueError("learning synapses all have one weight and one delay, not ones to be drawn")
        return self
