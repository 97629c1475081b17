"""What to train, as a user describes it in YAML: data, input, layers, and how."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from neurocore.errors import ConfigError
from neurocore.mapper.fields import receptive_fields
from neurocore.network import Name, Whole

__all__ = ["Augment", "Data", "InputLayer", "Layer", "Plan", "Schedule"]

FAN_IN = 128
"""Most inputs of a unit: a ternary weight takes two of a core's 256 axons, one of weight +1 and one of -1."""

Positive = Annotated[Whole, Field(ge=1)]
Offset = Annotated[Whole, Field(ge=-16, le=16)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Data(_Model):
    """Where the images are. The test images have no part in training."""

    path: str = Field(
        min_length=1,
        description=".npz file with train_images, train_labels, test_images, test_labels, relative to the plan",
    )
    pad: Annotated[Whole, Field(ge=0, le=64)] = Field(0, description="dark pixels added at each side of an image")


class InputLayer(_Model):
    """The transduction layer: an 8-bit pixel becomes one spike channel for each threshold that it reaches."""

    size: tuple[Positive, Positive] = Field(description="[height, width] of the images, padding included")
    colours: Annotated[Whole, Field(ge=1, le=16)] = Field(1, description="colour channels of the images")
    thresholds: list[Annotated[Whole, Field(ge=1, le=255)]] = Field(
        [128], min_length=1, max_length=16, description="a channel fires where the pixel is at least its threshold"
    )

    @property
    def shape(self) -> tuple[int, int, int]:
        """[channels, height, width] of the spikes."""
        return (len(self.thresholds) * self.colours, *self.size)


class Layer(_Model):
    """A layer of binary units: each sees a square of the layer below, in one group of its channels."""

    channels: Positive = Field(description="units at each place")
    kernel: Positive = Field(description="side of the square that a unit sees")
    stride: Positive = Field(1, description="pixels from one unit's square to the next")
    padding: Annotated[Whole, Field(ge=0)] = Field(0, description="silent pixels added at each side of the layer below")
    groups: Positive = Field(
        1,
        description="channels below are dealt out to this many groups, a unit sees one: channel c is in c % groups",
    )
    shared: bool = Field(
        True, description="one kernel for all places (a convolution), or one of its own for each place"
    )


class Augment(_Model):
    """Each training image is moved at random each time it is shown, uniformly up to these bounds."""

    shift: Annotated[float, Field(ge=0, le=16)] = Field(0.0, description="pixels, up or down, left or right")
    rotate_degrees: Annotated[float, Field(ge=0, le=180)] = Field(0.0, description="degrees either way")
    scale: Annotated[float, Field(ge=0, lt=1)] = Field(0.0, description="share by which it is made larger or smaller")
    shear: Annotated[float, Field(ge=0, lt=1)] = Field(0.0, description="pixels sideways per pixel upwards")


class Schedule(_Model):
    """How long and how fast to learn."""

    epochs: Positive = Field(20, description="times that every training image is shown, at most")
    batch: Annotated[Whole, Field(ge=2, le=10_000)] = Field(128, description="images between two steps")
    learning_rate: Annotated[float, Field(gt=0, le=1)] = Field(
        0.01, description="of Adam at its highest: it rises over the first tenth and falls to 0 as a cosine"
    )
    hysteresis: Annotated[float, Field(ge=0, lt=0.5)] = Field(
        0.1, description="a weight becomes 1 above 0.5 plus this and 0 again below 0.5 minus this"
    )
    sparsity: Annotated[float, Field(ge=0)] = Field(
        0.0, description="added to the loss for each share of hidden units that fires: fewer spikes, less energy"
    )
    sharpness: Annotated[float, Field(gt=0)] = Field(
        16.0, description="the loss takes the share of a class's voters that fires, times this, as its logit"
    )
    validation: Annotated[Whole, Field(ge=1)] = Field(
        5000, description="training images kept back to choose the best epoch by"
    )
    patience: Positive | None = Field(
        None, description="stop after this many epochs without a better one; never if left out"
    )
    augment: Augment = Field(default_factory=Augment)


class Plan(_Model):
    """A whole description of a network to train."""

    neurocore_training: Literal[1] = Field(1, description="version of this format")
    name: Name = Field(description="of the network that is written")
    description: str = Field("", description="free text, goes into the network")
    seed: Annotated[Whole, Field(ge=0, lt=2**31)] = Field(0, description="of everything random")
    members: Annotated[Whole, Field(ge=1, le=64)] = Field(
        1, description="networks trained with seeds seed, seed + 1 ... whose voters vote together"
    )
    views: list[tuple[Offset, Offset]] = Field(
        [(0, 0)],
        min_length=1,
        max_length=64,
        description="[down, right] in pixels: each member is deployed once for each, looks that far off, and all vote",
    )
    classes: Annotated[Whole, Field(ge=2, le=1000)] = Field(10, description="number of classes")
    data: Data
    input: InputLayer
    layers: list[Layer] = Field(min_length=1, max_length=32, description="from the pixels to the voters")
    training: Schedule = Field(default_factory=Schedule)

    def shapes(self) -> list[tuple[int, int, int]]:
        """[channels, height, width] of the input and of each layer."""
        shapes = [self.input.shape]
        for layer in self.layers:
            _, high, wide = shapes[-1]
            high, wide = ((side + 2 * layer.padding - layer.kernel) // layer.stride + 1 for side in (high, wide))
            shapes.append((layer.channels, high, wide))
        return shapes

    def reads(self, number: int, view: tuple[int, int] = (0, 0)) -> npt.NDArray[np.int64]:
        """int64[groups, inputs, places]: what the units of a layer read, see mapper.fields.receptive_fields.

        view : how far off the first layer looks
        """
        layer, shapes = self.layers[number], self.shapes()
        below, above = shapes[number : number + 2]
        square = {"kernel": layer.kernel, "stride": layer.stride, "padding": layer.padding}
        return receptive_fields(below, above, groups=layer.groups, offset=(0, 0) if number else view, **square)

    def check_layers(self) -> None:
        """Whether the layers fit each other and a core. Raises ConfigError with the path of the first that does not."""
        shapes = self.shapes()
        for number, (layer, below, above) in enumerate(zip(self.layers, shapes[:-1], shapes[1:], strict=True)):
            here = f"layers[{number}]"
            if min(above[1:]) < 1:
                raise ConfigError(
                    f"a kernel of {layer.kernel} does not fit {below[1]} x {below[2]} pixels",
                    path=f"{here}.kernel",
                    fix="a smaller kernel, or padding",
                )
            if below[0] % layer.groups or layer.channels % layer.groups:
                raise ConfigError(
                    f"{layer.groups} groups do not divide {below[0]} channels below and {layer.channels} here",
                    path=f"{here}.groups",
                    fix="a number that divides both",
                )
            inputs = below[0] // layer.groups * layer.kernel**2
            if inputs > FAN_IN:
                raise ConfigError(
                    f"{inputs} inputs a unit ({below[0] // layer.groups} channels of {layer.kernel} x {layer.kernel})",
                    path=f"{here}.kernel",
                    fix=f"at most {FAN_IN} fit a core (two axons for a ternary weight): more groups, a smaller kernel",
                )
        last = f"layers[{len(self.layers) - 1}]"
        if shapes[-1][1:] != (1, 1):
            raise ConfigError(
                f"the last layer has {shapes[-1][1]} x {shapes[-1][2]} places",
                path=f"{last}.kernel",
                fix=f"one place, as its channels are the voters: kernel: {shapes[-2][1]} without padding",
            )
        if self.layers[-1].channels % self.classes:
            raise ConfigError(
                f"{self.layers[-1].channels} voters cannot be shared out to {self.classes} classes",
                path=f"{last}.channels",
                fix=f"a multiple of {self.classes}",
            )
