"""What to train, as a user describes it in YAML: data, input, layers, and how."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from neurocore.errors import ConfigError
from neurocore.mapper.fields import receptive_fields
from neurocore.network import Name, Whole

__all__ = ["Augment", "Data", "Events", "InputLayer", "Layer", "Plan", "Schedule"]

FAN_IN = 128
"""Most inputs of a unit: a ternary weight takes two of a core's 256 axons, one of weight +1 and one of -1."""

MOST_UNITS = 2**22
"""Most units of a layer, or pins: four chips' worth; checked before anything is allocated."""

Positive = Annotated[Whole, Field(ge=1)]
Offset = Annotated[Whole, Field(ge=-16, le=16)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Events(_Model):
    """How an event camera's recordings become frames (kind events): for each pixel, ticks in which it saw something.

    A frame has a channel for each of the ``frames`` parts, and in it one for each polarity: off, then on.
    """

    camera: tuple[Positive, Positive] | None = Field(
        None, description="[width, height] in pixels, where the files do not say it; N-MNIST has [34, 34]"
    )
    polarity: Literal["both", "on", "off", "merged"] = Field("both", description="as for an input's events")
    crop: list[Annotated[Whole, Field(ge=0)]] | None = Field(
        None, min_length=4, max_length=4, description="[x, y, width, height] of the pixels to keep; all if left out"
    )
    down: Positive = Field(1, description="this many pixels along x and along y become one")
    tick_ms: Annotated[float, Field(gt=0, allow_inf_nan=False)] = Field(
        1.0, description="a pixel counts once in so many ms, however many events it has"
    )
    start_ms: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = Field(
        None, description="time in the file at which the frame begins; its first event if left out"
    )
    ticks: Annotated[Whole, Field(ge=1, le=100_000)] = Field(300, description="ticks that are looked at")
    frames: Annotated[Whole, Field(ge=1, le=16)] = Field(
        1, description="equal parts of that time, counted each by itself"
    )

    @property
    def channels(self) -> int:
        """Colours of the images."""
        return self.frames * (2 if self.polarity == "both" else 1)


class Data(_Model):
    """Where the images are. The test images have no part in training."""

    path: str = Field(min_length=1, description="file or folder, relative to the plan")
    kind: Literal["npz", "idx", "cifar10", "svhn", "events"] = Field(
        "npz",
        description="npz: a file with train_images, train_labels, test_images, test_labels; the others: a folder of "
        "the data set's own files: idx (MNIST, Fashion-MNIST), cifar10 (binary or MATLAB version), svhn (cropped, "
        ".mat), events (train/CLASS/FILE and test/CLASS/FILE, as N-MNIST; or DVS Gesture's own files)",
    )
    pad: Annotated[Whole, Field(ge=0, le=64)] = Field(0, description="dark pixels added at each side of an image")
    events: Events | None = Field(None, description="kind events: how recordings become frames")


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
    """A layer of units: each sees a square of the layer below, in one group of its channels."""

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
    threshold: Annotated[Whole, Field(ge=1, le=128)] | None = Field(
        None, description="ticks above 1: a unit fires where its potential reaches it; half the root of its inputs"
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
    ticks: Annotated[Whole, Field(ge=1, le=64)] = Field(
        1,
        description="ticks an image is shown. Above 1 a pixel v fires v / 255 of them, evenly spread, and units "
        "integrate and fire; one more tick clears them for the next image",
    )
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

    def inputs(self, number: int) -> int:
        """Inputs of a unit of this layer."""
        layer = self.layers[number]
        return self.shapes()[number][0] // layer.groups * layer.kernel**2

    def threshold(self, number: int) -> int:
        """Potential at which a unit of this layer fires."""
        usual = 1 if self.ticks == 1 else max(1, round(math.sqrt(self.inputs(number)) / 2))
        return self.layers[number].threshold or usual

    def check_layers(self) -> None:
        """Whether data and layers fit each other and a core. Raises ConfigError with the path of the first misfit."""
        self._check_events()
        self._check_ticks()
        shapes = self.shapes()
        if math.prod(shapes[0]) > MOST_UNITS:
            problem = f"{' x '.join(map(str, shapes[0]))} are {math.prod(shapes[0]):,} pins"
            raise ConfigError(problem, path="input.size", fix=f"at most {MOST_UNITS:,}")
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
            if math.prod(above) > MOST_UNITS:
                raise ConfigError(
                    f"{' x '.join(map(str, above))} are {math.prod(above):,} units",
                    path=f"{here}.channels",
                    fix=f"at most {MOST_UNITS:,} a layer: fewer channels, a larger stride",
                )
            inputs, most = self.inputs(number), FAN_IN - (self.ticks > 1)
            if inputs > most:
                raise ConfigError(
                    f"{inputs} inputs a unit ({below[0] // layer.groups} channels of {layer.kernel} x {layer.kernel})",
                    path=f"{here}.kernel",
                    fix=f"at most {most} fit a core (two axons for a ternary weight"
                    + (", one to clear" if self.ticks > 1 else "")
                    + "): more groups, a smaller kernel",
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

    def _check_ticks(self) -> None:
        if self.ticks > 1 and "thresholds" in self.input.model_fields_set:
            raise ConfigError(
                f"pixels shown for {self.ticks} ticks become rates, which need no thresholds",
                path="input.thresholds",
                fix="remove thresholds, or ticks",
            )
        if self.ticks == 1:
            for number, layer in enumerate(self.layers):
                if layer.threshold is not None:
                    problem = "units that see an image for one tick fire where their sum is at least 1"
                    raise ConfigError(
                        problem, path=f"layers[{number}].threshold", fix="remove it, or set ticks above 1"
                    )

    def _check_events(self) -> None:
        kind, events = self.data.kind, self.data.events
        if events is not None and kind != "events":
            raise ConfigError(
                f"data of kind '{kind}' have no events", path="data.events", fix="kind: events, or remove it"
            )
        if kind == "events" and self.input.colours != (channels := (events or Events()).channels):
            raise ConfigError(
                f"the input has {self.input.colours} colours, frames of events have {channels} channels",
                path="input.colours",
                fix=f"colours: {channels} (data.events.frames, times 2 where polarity is both)",
            )
