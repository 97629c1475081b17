"""One core as a reader wants to know it: who drives its axons, who its neurons are, where their spikes go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from neurocore.graph import Group
from neurocore.image import UNWIRED

__all__ = ["AxonView", "CoreView", "Driver", "Member", "NeuronView", "Target"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What a spike's source stands for in the network.

    kind   : "population", "input", "relay" (repeats the member named) or "unknown" (the logical map does not say)
    group  : population or input, None where unknown
    number : the member's number in the numbering of its group; -1 where unknown
    """

    kind: Literal["population", "input", "relay", "unknown"]
    group: Group | None = None
    number: int = -1

    @property
    def label(self) -> str:
        """``hidden[3]``, ``relay of hidden[3]``, ``relay`` or ``unknown``."""
        if self.group is None:
            return self.kind
        name = self.group.label(self.number)
        return f"relay of {name}" if self.kind == "relay" else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A neuron or input pin that drives an axon.

    core, xy, neuron : where the neuron sits; -1, None and -1 for an input pin
    delay            : ticks, 1..15
    """

    member: Member
    core: int
    xy: tuple[int, int] | None
    neuron: int
    delay: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        place = {"core": self.core, "xy": list(self.xy), "neuron": self.neuron} if self.xy is not None else {}
        return {"kind": self.member.kind, "label": self.member.label, **place, "delay": self.delay}


@dataclass(frozen=True, slots=True, kw_only=True)
class AxonView:
    """An axon that has a synapse or a driver.

    type : 0..G-1; synapses : crossbar bits set; drivers : none where the image does not name one
    """

    axon: int
    type: int
    synapses: int
    drivers: tuple[Driver, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a neuron's spikes go.

    kind      : "core", "output" or "none"
    core, xy  : index and place of the target core; core is as ChipImage.target_core has it for the other kinds
    axon      : axon of that core, or pin of the output
    output    : the output connector
    delay     : ticks, 1..15; means nothing for "output" and "none"
    """

    kind: Literal["core", "output", "none"]
    core: int = UNWIRED
    xy: tuple[int, int] | None = None
    axon: int = 0
    output: Group | None = None
    delay: int = 1

    @property
    def label(self) -> str:
        """``core 4,2 axon 17 delay 3``, ``output digit[2]`` or ``none``."""
        if self.xy is not None:
            return f"core {self.xy[0]},{self.xy[1]} axon {self.axon} delay {self.delay}"
        return f"output {self.output.label(self.axon)}" if self.output is not None else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronView:
    """A used neuron.

    slot       : its number in the core
    copy       : True where another instance of the same logical neuron is the one that is read out
    weights    : S0.., potential units; stochastic : which of them are
    parameters : field of NeuronParameters -> value
    synapses   : crossbar bits set in its column
    """

    slot: int
    member: Member
    copy: bool
    weights: tuple[int, ...]
    stochastic: tuple[bool, ...]
    parameters: dict[str, int]
    synapses: int
    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreView:
    """One core of an image.

    index  : its number in the image of ``cores`` cores; xy : its place on the array of chips; chip : which chip
    mapped : whether a logical map says what neurons stand for
    bits   : bool[A, N]  the crossbar
    axons  : those with a synapse or a driver; neurons : the used ones
    """

    image: str
    spec: str
    cores: int
    index: int
    xy: tuple[int, int]
    chip: tuple[int, int]
    mapped: bool
    bits: npt.NDArray[np.bool_]
    axons: tuple[AxonView, ...]
    neurons: tuple[NeuronView, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON, with nothing left out; ``row`` of an axon has the character 1 at k where neuron k reads it."""
        return {
            "index": self.index,
            "xy": list(self.xy),
            "chip": list(self.chip),
            "axons_used": int(self.bits.any(axis=1).sum()),
            "synapses": int(self.bits.sum()),
            "populations": self._populations(),
            "copies": sum(neuron.copy for neuron in self.neurons),
            "relays": sum(neuron.member.kind == "relay" for neuron in self.neurons),
            "spare": self.bits.shape[1] - len(self.neurons),
            "axons": [self._axon(axon) for axon in self.axons],
            "neurons": [_neuron(neuron) for neuron in self.neurons],
        }

    def _populations(self) -> list[dict[str, Any]]:
        """Name, neurons and copies of each population on the core, in order of first slot."""
        found: dict[str, dict[str, Any]] = {}
        for neuron in self.neurons:
            if neuron.member.kind == "population" and neuron.member.group is not None:
                name = neuron.member.group.name
                entry = found.setdefault(name, {"name": name, "neurons": 0, "copies": 0})
                entry["neurons"] += 1
                entry["copies"] += neuron.copy
        return list(found.values())

    def _axon(self, axon: AxonView) -> dict[str, Any]:
        return {
            "axon": axon.axon,
            "type": axon.type,
            "synapses": axon.synapses,
            "drivers": [driver.as_dict() for driver in axon.drivers],
            "row": "".join("01"[bit] for bit in self.bits[axon.axon].tolist()),
        }


def _neuron(neuron: NeuronView) -> dict[str, Any]:
    target = neuron.target
    return {
        "neuron": neuron.slot,
        "kind": neuron.member.kind,
        "label": neuron.member.label,
        "copy": neuron.copy,
        "synapses": neuron.synapses,
        "weights": list(neuron.weights),
        "stochastic_weights": list(neuron.stochastic),
        **neuron.parameters,
        "target": target.label,
        "target_core": target.core,
        "target_xy": list(target.xy) if target.xy is not None else None,
        "target_axon": target.axon,
        "delay": target.delay,
    }
