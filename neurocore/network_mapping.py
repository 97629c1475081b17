"""How a network becomes cores, as far as a user says it: packing, placement, regions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from neurocore.arch import ChipSpec
from neurocore.network_values import Coordinate, Model, Name

__all__ = ["Mapping", "Region"]


class Region(Model):
    """Where a population's cores must be placed: one core, one chip of the array, or a rectangle of cores."""

    core: tuple[Coordinate, Coordinate] | None = Field(None, description="x, y of the one core that holds it")
    chip: tuple[Coordinate, Coordinate] | None = Field(None, description="x, y of a chip in the array")
    first: tuple[Coordinate, Coordinate] | None = Field(None, description="x, y of the rectangle's first core")
    last: tuple[Coordinate, Coordinate] | None = Field(None, description="x, y of its last core, included")

    @model_validator(mode="after")
    def _one_way(self) -> Region:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if given not in (["core"], ["chip"], ["first", "last"]):
            raise ValueError(f"one of core, chip, or first and last is needed, found {', '.join(given) or 'none'}")
        if self.first and self.last and (self.first[0] > self.last[0] or self.first[1] > self.last[1]):
            raise ValueError(f"first {list(self.first)} must not exceed last {list(self.last)}")
        return self

    def corners(self, spec: ChipSpec) -> tuple[int, int, int, int]:
        """x and y of the first core, x and y of the last."""
        if self.core:
            return (*self.core, *self.core)
        if self.chip:
            (x, y), (width, height) = self.chip, spec.grid
            return (x * width, y * height, (x + 1) * width - 1, (y + 1) * height - 1)
        assert self.first
        assert self.last
        return (*self.first, *self.last)


class Mapping(Model):
    """How the network becomes cores. The defaults are good; only ``fan_in: split`` may change a spike."""

    prune: bool = Field(True, description="drop neurons that reach no output, probe or classification")
    packing: Literal["auto", "overlap", "tiles", "linear", "metis"] = Field(
        "auto",
        description="neurons to cores: sharing axons, square by square, as described (the baseline, not refined), or "
        "along a graph partition (needs pymetis); auto: the fewest cores of the first three",
    )
    placement: Literal["auto", "linear"] = Field(
        "auto", description="cores to places: near those they send to, or in order"
    )
    fan_in: Literal["exact", "split"] = Field(
        "exact",
        description="a neuron with more inputs than a core has axons: an error, or split into partial sums (not exact)",
    )
    regions: dict[Name, Region] = Field(
        default_factory=dict, description="population -> where its cores must be; it then shares them with no other"
    )
