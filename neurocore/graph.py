"""The expanded network: numbered neurons, input pins and synapses, before any thought of cores."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.learning import LearningBlock
from neurocore.neuron import NeuronParameters

__all__ = ["Group", "NeuronGraph", "find_group"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A named, contiguous range of neurons (a population) or of input pins (an input).

    start : number of its first member; shape : its dimensions, row-major
    """

    name: str
    start: int
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of members."""
        return math.prod(self.shape)

    @property
    def stop(self) -> int:
        """One past the last member's number."""
        return self.start + self.size

    def label(self, number: int) -> str:
        """A member's name for people: ``hidden[3, 4]``."""
        index = np.unravel_index(number - self.start, self.shape)
        return f"{self.name}[{', '.join(str(int(i)) for i in index)}]"


def find_group(groups: tuple[Group, ...], number: int) -> Group:
    """The group that contains a number. Raises KeyError if there is none."""
    for group in groups:
        if group.start <= number < group.stop:
            return group
    raise KeyError(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronGraph:
    """A network as numbered neurons and synapses. L neurons, P input pins, S synapses.

    populations : ranges of neurons, 0..L-1, in the order of the description
    inputs      : ranges of input pins, 0..P-1
    outputs     : names of the populations whose spikes leave the chip
    neurons     : parameters, arrays [L]
    source      : int32[S]  0..L-1 a neuron, L..L+P-1 an input pin (L + pin)
    target      : int32[S]  0..L-1
    weight      : int32[S]  potential units, never 0
    delay       : uint8[S]  ticks, 1..255 (the mapper makes those beyond the chip's of relays)
    stochastic  : bool[S]   True: the synapse adds sgn(weight) when |weight| >= rho
    learning    : projections that learn; every pair of one is a synapse here, be its bit 0 or 1 (see docs/learning.md)

    Synapses are sorted by (source, delay, target, stochastic) and unique in these: parallel deterministic synapses have
    been added together. A network's meaning is the neuron of docs/hardware.md with any number of inputs.
    """

    name: str
    populations: tuple[Group, ...]
    inputs: tuple[Group, ...]
    outputs: tuple[str, ...]
    neurons: NeuronParameters
    source: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    weight: npt.NDArray[np.int32]
    delay: npt.NDArray[np.uint8]
    stochastic: npt.NDArray[np.bool_]
    learning: tuple[LearningBlock, ...] = ()

    @property
    def neuron_count(self) -> int:
        """L, the number of neurons."""
        return self.populations[-1].stop if self.populations else 0

    @property
    def pin_count(self) -> int:
        """P, the number of input pins."""
        return self.inputs[-1].stop if self.inputs else 0

    def source_label(self, source: int) -> str:
        """A source's name for people, neuron or input pin."""
        if source < self.neuron_count:
            return find_group(self.populations, source).label(source)
        return find_group(self.inputs, source - self.neuron_count).label(source - self.neuron_count)

    def axon_key(self, source: npt.NDArray[np.int32], delay: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
        """uint32[...]: the number that keys a stochastic synapse's draws: source * 256 + delay (see neurocore.rng)."""
        return (source.astype(np.uint32) * np.uint32(256) + delay.astype(np.uint32)).astype(np.uint32)
