"""The network as a user describes it: populations, inputs, projections, outputs, probes, run. Never cores."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from neurocore.arch import PRESETS, ChipSpec
from neurocore.digests import digest_of
from neurocore.errors import ConfigError, closest
from neurocore.markup import html_table
from neurocore.network_mapping import Mapping, Region
from neurocore.network_projection import Projection, Quantize
from neurocore.network_run import (
    Classify,
    EventFile,
    Images,
    Poisson,
    PotentialProbe,
    RateFrames,
    Regular,
    Run,
    Stimulus,
    ThresholdFrames,
)
from neurocore.network_values import (
    FileArray,
    Flag,
    Model,
    Name,
    Number,
    PerNeuron,
    Shape,
    UniformRange,
    Whole,
    members,
)

__all__ = [
    "Classify",
    "EventFile",
    "FileArray",
    "Images",
    "Input",
    "Mapping",
    "Name",
    "Network",
    "Neuron",
    "Number",
    "Poisson",
    "Population",
    "PotentialProbe",
    "Projection",
    "Quantize",
    "RateFrames",
    "Region",
    "Regular",
    "Run",
    "Stimulus",
    "ThresholdFrames",
    "UniformRange",
    "Whole",
]


class Neuron(Model):
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


class Population(Model):
    """Neurons that share a description."""

    shape: Shape = Field(description="number of neurons, or dimensions such as [8, 14, 14]")
    neuron: Neuron = Field(default_factory=Neuron, description="parameters")
    quantize: Quantize | None = Field(
        None, description="allows floats in this population's neuron parameters and incoming weights"
    )

    @model_validator(mode="after")
    def _bounded(self) -> Population:
        members(self.shape)
        return self


class Input(Model):
    """Pins through which spikes enter."""

    shape: Shape = Field(description="number of pins, or dimensions such as [28, 28]")

    @model_validator(mode="after")
    def _bounded(self) -> Input:
        members(self.shape)
        return self


class Network(Model):
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
