"""The compiled artefact: a chip's memories as flat arrays, and where each logical neuron went."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.graph import Group
from neurocore.learning import NOT_ON_THE_CHIP, ImageLearning
from neurocore.markup import html_table
from neurocore.neuron import NeuronParameters

__all__ = ["IMAGE_ARRAYS", "MAP_ARRAYS", "OUTPUT_BASE", "UNWIRED", "ChipImage", "LogicalMap"]

UNWIRED: Final = -1
"""target_core of a neuron whose spikes go nowhere."""
OUTPUT_BASE: Final = -2
"""target_core of a neuron that drives output connector k is OUTPUT_BASE - k; its target_axon is the pin."""

IMAGE_ARRAYS: Final[dict[str, tuple[type[np.generic], str]]] = {
    # array: (dtype, axes); C cores, A axons, N neurons, G axon types, W = ceil(N / 64) words
    "core_xy": (np.int32, "C2"),
    "crossbar": (np.uint64, "CAW"),
    "axon_type": (np.uint8, "CA"),
    "axon_key": (np.uint32, "CA"),
    "weight": (np.int16, "CNG"),
    "stochastic_weight": (np.uint8, "CN"),
    "neuron_used": (np.uint8, "CN"),
    "neuron_key": (np.uint32, "CN"),
    "target_core": (np.int32, "CN"),
    "target_axon": (np.int32, "CN"),
    "delay": (np.uint8, "CN"),
}

MAP_ARRAYS: Final[dict[str, type[np.generic]]] = {
    "instance_logical": np.int32,
    "instance_core": np.int32,
    "instance_neuron": np.int32,
    "pin": np.int32,
    "pin_core": np.int32,
    "pin_axon": np.int32,
    "pin_delay": np.uint8,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogicalMap:
    """Where the mapper put each logical neuron and input pin. I instances (neurons and their copies), K pin targets.

    instance_logical : int32[I]  logical neuron, ascending; a neuron's first instance is the one that is read out
    instance_core    : int32[I]  core index
    instance_neuron  : int32[I]  neuron within the core
    pin              : int32[K]  input pin, ascending; the host sends one packet per entry (multicast is free to it)
    pin_core, pin_axon : int32[K]
    pin_delay        : uint8[K]  ticks, 1..15: a spike of the pin at tick t is integrated at t + delay
    """

    populations: tuple[Group, ...]
    inputs: tuple[Group, ...]
    instance_logical: npt.NDArray[np.int32]
    instance_core: npt.NDArray[np.int32]
    instance_neuron: npt.NDArray[np.int32]
    pin: npt.NDArray[np.int32]
    pin_core: npt.NDArray[np.int32]
    pin_axon: npt.NDArray[np.int32]
    pin_delay: npt.NDArray[np.uint8]

    @classmethod
    def empty(cls) -> LogicalMap:
        """The map of an image that was imported already mapped: no populations, no inputs."""
        arrays = {name: np.zeros(0, dtype) for name, dtype in MAP_ARRAYS.items()}
        return cls(populations=(), inputs=(), **arrays)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipImage:
    """A chip's memories as flat arrays, and nothing that moves.

    C cores (the used ones), A axons and N neurons per core, G axon types, W = ceil(N / 64) words.

    name              : the network's or model's name
    spec              : sizes, limits and options of the chip
    core_xy           : int32 [C, 2]     position on the whole array of chips; chip = (x // grid x, y // grid y)
    crossbar          : uint64[C, A, W]  bit n of axon a is 1 where a synapse exists (little end first, spare bits 0)
    axon_type         : uint8 [C, A]     0..G-1, picks the weight
    axon_key          : uint32[C, A]     keys the draws of stochastic synapses; core * A + axon unless mapped
    weight            : int16 [C, N, G]  potential units
    stochastic_weight : uint8 [C, N]     bit g is 1 where the weight of type g is stochastic (b)
    neurons           : parameters, arrays [C, N]
    neuron_used       : uint8 [C, N]     1 where a neuron is configured; unused ones never fire
    neuron_key        : uint32[C, N]     keys the neuron's draws; core * N + neuron unless mapped
    target_core       : int32 [C, N]     core index; UNWIRED (-1); OUTPUT_BASE - k for output connector k
    target_axon       : int32 [C, N]     axon of the target core, or pin of the output connector; 0 where unwired
    delay             : uint8 [C, N]     ticks, 1..15; 1 where unwired
    outputs           : output connectors: name and shape (start is 0 for each)
    logical           : where the mapper put things; LogicalMap.empty() for imported images
    learning          : which crossbar bits learn; None, as on the production chip, where none does

    Source: docs/hardware.md (core memories after Akopyan et al. 2015; one target per neuron).
    """

    name: str
    spec: ChipSpec
    core_xy: npt.NDArray[np.int32]
    crossbar: npt.NDArray[np.uint64]
    axon_type: npt.NDArray[np.uint8]
    axon_key: npt.NDArray[np.uint32]
    weight: npt.NDArray[np.int16]
    stochastic_weight: npt.NDArray[np.uint8]
    neurons: NeuronParameters
    neuron_used: npt.NDArray[np.uint8]
    neuron_key: npt.NDArray[np.uint32]
    target_core: npt.NDArray[np.int32]
    target_axon: npt.NDArray[np.int32]
    delay: npt.NDArray[np.uint8]
    outputs: tuple[Group, ...]
    logical: LogicalMap
    learning: ImageLearning | None = None

    @property
    def cores(self) -> int:
        """C, the number of cores used."""
        return int(self.core_xy.shape[0])

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Every array that decides the chip's behaviour, by name."""
        return {name: getattr(self, name) for name in IMAGE_ARRAYS} | self.neurons.arrays()

    def digest(self) -> str:
        """SHA-256 (hex) over spec and arrays: equal digests behave equally, whatever file they came from.

        The supply voltage changes no spike and is left out.
        """
        digest = hashlib.sha256(self.spec.model_dump_json(exclude={"voltage"}).encode())
        learning = self.learning.arrays() if self.learning is not None else {}
        for name, array in (self.arrays() | learning).items():
            digest.update(f"{name}{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def _repr_html_(self) -> str:
        """For notebooks: what the image holds."""
        used, bits = self.neuron_used.sum(dtype=np.int64), np.bitwise_count(self.crossbar).sum(dtype=np.int64)
        rows = [
            ("chip", self.spec.name),
            ("cores", f"{self.cores:,} of {self.spec.cores:,}"),
            ("neurons", f"{used:,}"),
            ("synapses", f"{bits:,}"),
            ("populations", ", ".join(f"{group.name} {list(group.shape)}" for group in self.logical.populations[:8])),
            ("outputs", ", ".join(group.name for group in self.outputs[:8])),
            ("learning", NOT_ON_THE_CHIP if self.learning is not None else ""),
        ]
        return html_table(f"Chip image {self.name}", [row for row in rows if row[1]])

    def after_learning(self, crossbar: npt.NDArray[np.uint64]) -> ChipImage:
        """An image with the crossbar that a run left (Recording.learned), and learning off: one for the real chip."""
        return replace(self, crossbar=crossbar, learning=None)

    @classmethod
    def blank(cls, name: str, spec: ChipSpec, core_xy: npt.NDArray[np.int32]) -> ChipImage:
        """Cores with empty crossbars and unused neurons, arrays writable: where builders and importers start."""
        c, a, n = len(core_xy), spec.axons, spec.neurons
        return cls(
            name=name,
            spec=spec,
            core_xy=np.asarray(core_xy, dtype=np.int32).reshape(c, 2),
            crossbar=np.zeros((c, a, spec.neuron_words), np.uint64),
            axon_type=np.zeros((c, a), np.uint8),
            axon_key=np.arange(c * a, dtype=np.uint32).reshape(c, a),
            weight=np.zeros((c, n, spec.axon_types), np.int16),
            stochastic_weight=np.zeros((c, n), np.uint8),
            neurons=NeuronParameters.unused((c, n)),
            neuron_used=np.zeros((c, n), np.uint8),
            neuron_key=np.arange(c * n, dtype=np.uint32).reshape(c, n),
            target_core=np.full((c, n), UNWIRED, np.int32),
            target_axon=np.zeros((c, n), np.int32),
            delay=np.ones((c, n), np.uint8),
            outputs=(),
            logical=LogicalMap.empty(),
        )
