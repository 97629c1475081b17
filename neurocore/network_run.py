"""A run as a user describes it: how long, what drives the inputs, what is looked at."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from neurocore.network_values import Array, FileArray, Model, Name, Number, Whole

__all__ = [
    "Classify",
    "EventFile",
    "Images",
    "Poisson",
    "PotentialProbe",
    "RateFrames",
    "Regular",
    "Run",
    "Stimulus",
    "ThresholdFrames",
]

MAX_TICKS = 2**40


class Poisson(Model):
    """Independent random spikes: in each tick with probability rate_hz * tick length."""

    rate_hz: Annotated[float, Field(ge=0)] | list[Annotated[float, Field(ge=0)]] | FileArray | Array = Field(
        description="spikes per second of model time, for all pins or per pin"
    )


class Regular(Model):
    """Evenly spaced spikes: start, start + period, start + 2 * period ..."""

    start: Whole | list[Whole] = Field(0, description="tick of the first spike, for all pins or per pin")
    period: Whole | list[Whole] = Field(description="ticks between spikes, at least 1")


class Frames(Model):
    """An array of frames, each shown for ``ticks_each`` ticks, one after the other."""

    values: FileArray | list[Any] | Array = Field(description="frames: [frame, pin] or [frame, *shape of the input]")
    ticks_each: Annotated[int, Field(ge=1)] = Field(1, description="ticks a frame takes")


class RateFrames(Frames):
    """Rate coding: a value v of 0..full_scale fires with probability v / full_scale * max_rate_hz * tick length."""

    full_scale: Annotated[float, Field(gt=0)] = Field(1.0, description="the value that fires at max_rate_hz")
    max_rate_hz: Annotated[float, Field(gt=0)] = Field(1000.0, description="rate of a full-scale value")


class ThresholdFrames(Frames):
    """Threshold coding: a pin fires where the value is at least the threshold.

    With a list of k thresholds the input's first axis has length k: one channel per threshold ("thermometer").
    """

    threshold: Number | list[Number] = Field(description="fires where value >= threshold")
    active_ticks: Annotated[int, Field(ge=1)] = Field(1, description="spike in this many of the frame's ticks")


class Images(Model):
    """8-bit images, coded by threshold, by rate (255 = max_rate_hz), or evenly (v fires v / 255 of the ticks)."""

    values: FileArray | Array = Field(description="uint8 [image, height, width] or [image, height, width, channel]")
    coding: Literal["threshold", "rate", "even"] = Field(
        "threshold",
        description="how grey values become spikes; even: after t ticks a pixel v has fired floor(v * t / 255) times",
    )
    threshold: Number | list[Number] = Field(128, description="threshold coding: grey level(s), see ThresholdFrames")
    max_rate_hz: Annotated[float, Field(gt=0)] = Field(1000.0, description="rate coding: rate of grey level 255")
    ticks_each: Annotated[int, Field(ge=1)] = Field(1, description="ticks an image takes")
    silent_ticks: Annotated[int, Field(ge=0)] = Field(0, description="as many of them, the first, pass without spikes")
    first: Annotated[int, Field(ge=0)] = Field(0, description="first image to show")
    count: Annotated[int, Field(ge=1)] | None = Field(None, description="how many to show; all if left out")

    @model_validator(mode="after")
    def _pixels_are_seen(self) -> Images:
        if self.silent_ticks >= self.ticks_each:
            raise ValueError(f"{self.silent_ticks} silent ticks of {self.ticks_each} leave none to show the image in")
        return self


class EventFile(Model):
    """Spikes or camera events in a file of another tool, made into ticks and pins (docs/events.md)."""

    file: str = Field(min_length=1, description="path, relative to the YAML file; its content says what it is")
    population: str | None = Field(
        None, description="which spikes, where the file holds several: population, group, NIR node, camera stream"
    )
    sample: Annotated[int, Field(ge=0)] = Field(0, description="NIR: which sample of the batch")
    first_id: Annotated[int, Field(ge=0)] | None = Field(
        None, description="id in the file of the input's first pin; if left out 1 for NEST, 0 for others"
    )
    polarity: Literal["both", "on", "off", "merged"] = Field(
        "both", description="camera: off and on as two channels [2, height, width], one of them, or both in one channel"
    )
    crop: list[Annotated[int, Field(ge=0)]] | None = Field(
        None, min_length=4, max_length=4, description="camera: [x, y, width, height] of the pixels to keep; all"
    )
    down: Annotated[int, Field(ge=1)] = Field(1, description="camera: this many pixels along x and along y become one")
    tick_ms: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None, description="ms of the file that become one tick; the chip's tick if left out"
    )
    start_ms: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = Field(
        None,
        description="time in the file at which tick 0 begins; if left out the first event for cameras, 0 for others",
    )
    stop_ms: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None, description="time in the file from which on events are dropped; none are if left out"
    )


class Stimulus(Model):
    """What drives one input. Exactly one of the keys."""

    spikes: list[tuple[Whole, Whole]] | Array | None = Field(
        None, description="pairs [tick, pin index], or an integer array [S, 2]"
    )
    file: str | None = Field(None, description="spike file: .csv or .npz with columns tick, index")
    events: EventFile | None = None
    poisson: Poisson | None = None
    regular: Regular | None = None
    rate: RateFrames | None = None
    threshold: ThresholdFrames | None = None
    images: Images | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Stimulus:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            kinds = ", ".join(type(self).model_fields)
            raise ValueError(f"exactly one of {kinds} is needed, found {', '.join(given) or 'none'}")
        return self


class PotentialProbe(Model):
    """Record membrane potentials of some neurons of a population."""

    population: Name = Field(description="population whose neurons are recorded")
    neurons: list[Annotated[int, Field(ge=0)]] | Literal["all"] = Field("all", description="flat indices, or all")
    start: Annotated[int, Field(ge=0)] = Field(0, description="first tick")
    stop: Annotated[int, Field(ge=1)] | None = Field(None, description="one past the last tick; the end if left out")
    interval: Annotated[int, Field(ge=1)] = Field(1, description="every so many ticks")
    last: Annotated[int, Field(ge=1)] | None = Field(
        None, description="keep only the last so many samples; all if left out, or where another probe has another stop"
    )


class Classify(Model):
    """Read an output population as a classifier: the class with most spikes in a frame's window wins (lowest on a tie).

    The population's last axis runs over the classes: neuron i votes for class i % classes, so shape [25, 10] is 25
    votes for each of 10 classes.
    """

    population: Name | list[Name] = Field(
        description="output population whose spikes vote, or several that vote together"
    )
    classes: Annotated[int, Field(ge=2)] = Field(10, description="number of classes")
    labels: FileArray | list[Whole] | Array = Field(description="the right class of each frame, in the order shown")
    ticks_each: Annotated[int, Field(ge=1)] = Field(1, description="ticks per frame, as in the stimulus")
    latency: Annotated[int, Field(ge=0)] = Field(description="ticks from a frame's first input spike to its first vote")

    @property
    def populations(self) -> list[str]:
        """The populations whose spikes vote."""
        return [self.population] if isinstance(self.population, str) else list(self.population)


class Run(Model):
    """How long to run, with what input, and what to look at."""

    ticks: Annotated[int, Field(ge=1, le=MAX_TICKS)] = Field(1000, description="ticks to run")
    stimulus: dict[Name, Stimulus] = Field(default_factory=dict, description="input name -> what drives it")
    probes: list[PotentialProbe] = Field(default_factory=list, description="membrane potentials to record")
    classify: Classify | None = Field(None, description="score the run as a classifier")
