"""The network as a user describes it: populations, inputs, projections, outputs, probes, run. Never cores."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from neurocore.arch import PRESETS, ChipSpec
from neurocore.digests import digest_of
from neurocore.errors import ConfigError, closest
from neurocore.learning_rule import Learning
from neurocore.markup import html_table

__all__ = [
    "Classify",
    "EventFile",
    "FileArray",
    "Input",
    "Mapping",
    "Network",
    "Neuron",
    "Population",
    "PotentialProbe",
    "Projection",
    "Quantize",
    "Region",
    "Run",
    "Stimulus",
    "UniformRange",
]

MAX_MEMBERS = 2**27
"""A shape may not multiply out to more than this: a guard against typing errors, checked before any allocation."""

MAX_TICKS = 2**40


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True)

    def __eq__(self, other: object) -> bool:
        """The same values, be they written as lists or as arrays, given or left out."""
        return type(other) is type(self) and digest_of(self) == digest_of(other)

    __hash__ = None  # type: ignore[assignment]


class FileArray(_Model):
    """An array kept in a file beside the YAML: .npz (with ``array``), .npy or .csv. Readers replace it by the array."""

    file: str = Field(min_length=1, description="path, relative to the YAML file")
    array: str | None = Field(None, description="name of the array inside an .npz file")


class UniformRange(_Model):
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


def _members(shape: tuple[int, ...]) -> int:
    size = 1
    for side in shape:
        size *= side
    if size > MAX_MEMBERS:
        raise ValueError(f"{' x '.join(map(str, shape))} is {size} members, more than the {MAX_MEMBERS} allowed")
    return size


class Neuron(_Model):
    """Neuron parameters of a population; published symbols in the descriptions. Numbers may be given per neuron.

    Floats are allowed only in a population with ``quantize``.
    """

    threshold: PerNeuron = Field(1, description="alpha: the neuron fires when V >= threshold (+ noise)")
    threshold_noise_bits: PerNeuron = Field(0, description="TM: noise added to the threshold is uniform in 0..2^TM-1")
    leak: PerNeuron = Field(0, description="lambda: added to V every tick (negative: V decays)")
    leak_reversal: Flag = Field(False, description="epsilon: the leak is multiplied by the sign of V")
    stochastic_leak: Flag = Field(
        False, description="c: add the leak's sign with probability (|leak| + 1) / 256 instead of the leak"
    )
    reset: Literal["absolute", "linear", "none"] = Field(
        "absolute", description="gamma: after a spike V = reset_potential, V -= threshold, or V stays"
    )
    reset_potential: PerNeuron = Field(0, description="R: V after a spike with reset 'absolute'")
    floor: PerNeuron | None = Field(
        None, description="V never ends a tick below this (0 or negative): kappa = 1, beta = -floor"
    )
    negative_threshold: PerNeuron | None = Field(
        None, description="beta, with kappa = 0: below -negative_threshold V is reset as 'reset' says, mirrored"
    )
    initial_potential: PerNeuron = Field(0, description="V before the first tick")

    @model_validator(mode="after")
    def _one_lower_bound(self) -> Neuron:
        if self.floor is not None and self.negative_threshold is not None:
            raise ValueError("give floor (V is held there) or negative_threshold (V is reset below it), not both")
        return self


class Quantize(_Model):
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


class Population(_Model):
    """Neurons that share a description."""

    shape: Shape = Field(description="number of neurons, or dimensions such as [8, 14, 14]")
    neuron: Neuron = Field(default_factory=Neuron, description="parameters")
    quantize: Quantize | None = Field(
        None, description="allows floats in this population's neuron parameters and incoming weights"
    )

    @model_validator(mode="after")
    def _bounded(self) -> Population:
        _members(self.shape)
        return self


class Input(_Model):
    """Pins through which spikes enter."""

    shape: Shape = Field(description="number of pins, or dimensions such as [28, 28]")

    @model_validator(mode="after")
    def _bounded(self) -> Input:
        _members(self.shape)
        return self


class Projection(_Model):
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


class Poisson(_Model):
    """Independent random spikes: in each tick with probability rate_hz * tick length."""

    rate_hz: Annotated[float, Field(ge=0)] | list[Annotated[float, Field(ge=0)]] | FileArray | Array = Field(
        description="spikes per second of model time, for all pins or per pin"
    )


class Regular(_Model):
    """Evenly spaced spikes: start, start + period, start + 2 * period ..."""

    start: Whole | list[Whole] = Field(0, description="tick of the first spike, for all pins or per pin")
    period: Whole | list[Whole] = Field(description="ticks between spikes, at least 1")


class Frames(_Model):
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


class Images(_Model):
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


class EventFile(_Model):
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


class Stimulus(_Model):
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


class PotentialProbe(_Model):
    """Record membrane potentials of some neurons of a population."""

    population: Name = Field(description="population whose neurons are recorded")
    neurons: list[Annotated[int, Field(ge=0)]] | Literal["all"] = Field("all", description="flat indices, or all")
    start: Annotated[int, Field(ge=0)] = Field(0, description="first tick")
    stop: Annotated[int, Field(ge=1)] | None = Field(None, description="one past the last tick; the end if left out")
    interval: Annotated[int, Field(ge=1)] = Field(1, description="every so many ticks")
    last: Annotated[int, Field(ge=1)] | None = Field(
        None, description="keep only the last so many samples; all if left out, or where another probe has another stop"
    )


class Classify(_Model):
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


class Run(_Model):
    """How long to run, with what input, and what to look at."""

    ticks: Annotated[int, Field(ge=1, le=MAX_TICKS)] = Field(1000, description="ticks to run")
    stimulus: dict[Name, Stimulus] = Field(default_factory=dict, description="input name -> what drives it")
    probes: list[PotentialProbe] = Field(default_factory=list, description="membrane potentials to record")
    classify: Classify | None = Field(None, description="score the run as a classifier")


class Region(_Model):
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


class Mapping(_Model):
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


class Network(_Model):
    """A whole description: what a YAML file says, or what a Python caller builds."""

    neurocore: Literal[1] = Field(1, description="version of this format")
    name: Name = Field(description="name of the network, used for run folders and reports")
    description: str = Field("", description="free text for readers")
    seed: Annotated[int, Field(ge=0, lt=2**64)] = Field(0, description="of random connectivity, stimuli and neurons")
    chip: ChipSpec = Field(default_factory=lambda: PRESETS["truenorth"], description="preset name, file or sizes")
    inputs: dict[Name, Input] = Field(default_factory=dict)
    populations: dict[Name, Population] = Field(min_length=1)
    projections: list[Projection] = Field(default_factory=list)
    outputs: list[Name] = Field(default_factory=list, description="populations whose spikes leave the chip")
    mapping: Mapping = Field(default_factory=Mapping)
    run: Run = Field(default_factory=Run)

    @model_validator(mode="before")
    @classmethod
    def _preset_by_name(cls, data: Any) -> Any:
        """``chip: tiny`` and ``chip: {preset: tiny, grid: [2, 2]}`` become a full ChipSpec."""
        if not isinstance(data, dict) or "chip" not in data:
            return data
        chip = data["chip"]
        if isinstance(chip, str):
            chip = {"preset": chip}
        if not isinstance(chip, dict):
            return data
        fields = dict(chip)
        preset = fields.pop("preset", "truenorth")
        if preset not in PRESETS:
            raise ConfigError(f"no chip preset named '{preset}'", path="chip", fix=closest(preset, PRESETS))
        return data | {"chip": PRESETS[preset].model_dump() | fields}

    def _repr_html_(self) -> str:
        """For notebooks: inputs and populations, and what reaches them."""
        rows = [("input", name, str(list(pins.shape)), "") for name, pins in self.inputs.items()]
        for name, population in self.populations.items():
            sources = [projection.from_ for projection in self.projections if projection.to == name]
            kind = "output" if name in self.outputs else "population"
            rows.append((kind, name, str(list(population.shape)), ", ".join(dict.fromkeys(sources))))
        caption = f"Network {self.name}: {len(self.projections):,} projections, {self.run.ticks:,} ticks"
        return html_table(caption, rows, ("", "name", "shape", "from"))

    def digest(self) -> str:
        """SHA-256 (hex) over everything described, arrays included: equal networks have equal digests."""
        return digest_of(self)

    def check_references(self) -> None:
        """Names that are used must exist. Raises ConfigError with the path of the first that does not."""
        both = set(self.inputs) & set(self.populations)
        if both:
            name = min(both)
            raise ConfigError(f"'{name}' is both an input and a population", path=f"inputs.{name}", fix="rename one")
        sources = [*self.inputs, *self.populations]
        for number, projection in enumerate(self.projections):
            path = f"projections[{number}]"
            if projection.from_ not in sources:
                raise ConfigError(
                    f"no population or input named '{projection.from_}'",
                    path=f"{path}.from",
                    fix=closest(projection.from_, sources),
                )
            _known(projection.to, self.populations, "population", f"{path}.to")
        for number, name in enumerate(self.outputs):
            _known(name, self.populations, "population", f"outputs[{number}]")
            if name in self.outputs[:number]:
                raise ConfigError(f"'{name}' is listed twice", path=f"outputs[{number}]", fix="remove one")
        for name in self.run.stimulus:
            _known(name, self.inputs, "input", f"run.stimulus.{name}")
        for number, probe in enumerate(self.run.probes):
            _known(probe.population, self.populations, "population", f"run.probes[{number}].population")
        for name in self.mapping.regions:
            _known(name, self.populations, "population", f"mapping.regions.{name}")
        if self.run.classify:
            for name in self.run.classify.populations:
                _known(name, self.populations, "population", "run.classify.population")


def _known(name: str, allowed: Any, kind: str, path: str) -> None:
    if name not in allowed:
        raise ConfigError(f"no {kind} named '{name}'", path=path, fix=closest(name, allowed))
