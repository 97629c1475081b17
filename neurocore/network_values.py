"""What the models of a network are made of: base, shapes, numbers, names, arrays in files, ranges to draw from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from neurocore.digests import digest_of

__all__ = [
    "Array",
    "Coordinate",
    "FileArray",
    "Flag",
    "Model",
    "Name",
    "Number",
    "PerNeuron",
    "Shape",
    "UniformRange",
    "Whole",
    "members",
]

MAX_MEMBERS = 2**27
"""A shape may not multiply out to more than this: a guard against typing errors, checked before any allocation."""


class Model(BaseModel):
    """Unknown keys are errors, and nothing changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True)

    def __eq__(self, other: object) -> bool:
        """The same values, be they written as lists or as arrays, given or left out."""
        return type(other) is type(self) and digest_of(self) == digest_of(other)

    __hash__ = None  # type: ignore[assignment]


class FileArray(Model):
    """An array kept in a file beside the YAML: .npz (with ``array``), .npy or .csv. Readers replace it by the array."""

    file: str = Field(min_length=1, description="path, relative to the YAML file")
    array: str | None = Field(None, description="name of the array inside an .npz file")


class UniformRange(Model):
    """Whole numbers drawn uniformly from low..high, both included; fixed by the network's seed."""

    uniform: tuple[int, int] = Field(description="[low, high], both included")
    per: Literal["synapse", "source"] = Field(
        "synapse", description="draw for each synapse, or once for each source (a source's delays then share axons)"
    )

    @model_validator(mode="after")
    def _ordered(self) -> UniformRange:
        if self.uniform[0] > self.uniform[1]:
            raise ValueError(f"low ({self.uniform[0]}) must not exceed high ({self.uniform[1]})")
        return self


def _as_shape(value: Any) -> Any:
    """Accept ``512`` for ``[512]``."""
    return (value,) if isinstance(value, int) and not isinstance(value, bool) else value


def _no_bool(value: Any) -> Any:
    """Python and pydantic count True as 1; a network does not."""
    if isinstance(value, bool):
        raise ValueError("a number is needed here, not true or false")
    return value


Shape = Annotated[
    tuple[Annotated[int, Field(ge=1)], ...], BeforeValidator(_as_shape), Field(min_length=1, max_length=6)
]
Array = np.ndarray[Any, Any]
Whole = Annotated[int, BeforeValidator(_no_bool), Field(strict=True)]
Number = Annotated[int | float, BeforeValidator(_no_bool)]
PerNeuron = Number | list[Number] | FileArray | Array
"""One number for all, or one per neuron: a list, a file or an array of the population's shape (or flat)."""
Flag = bool | list[bool] | FileArray | Array
Coordinate = Annotated[int, Field(ge=0, le=2**20)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=64)]


def members(shape: tuple[int, ...]) -> int:
    """How many members a shape has. Raises ValueError for more than MAX_MEMBERS."""
    size = 1
    for side in shape:
        size *= side
    if size > MAX_MEMBERS:
        raise ValueError(f"{' x '.join(map(str, shape))} is {size} members, more than the {MAX_MEMBERS} allowed")
    return size
