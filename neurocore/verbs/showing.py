"""Showing a compiled chip: how full each core is, what its neurons use, where populations went."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurocore.errors import NeurocoreError
from neurocore.image import ChipImage
from neurocore.network import Network
from neurocore.units import human
from neurocore.verbs.core_details import core_details
from neurocore.verbs.sources import Source, compile_source, open_source

__all__ = ["Occupancy", "occupancy", "show"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """Used against available, for the whole image and its fullest core."""

    cores: int
    cores_available: int
    neurons: int
    fullest_neurons: int
    neurons_per_core: int
    axons: int
    fullest_axons: int
    axons_per_core: int
    synapses: int

    def as_dict(self) -> dict[str, int]:
        """For JSON."""
        return {name: getattr(self, name) for name in self.__slots__}

    def lines(self) -> list[str]:
        """One line per resource, for people."""
        return [
            f"cores    {self.cores:>9,} of {self.cores_available:,}",
            f"neurons  {self.neurons:>9,}   fullest core {self.fullest_neurons} of {self.neurons_per_core}",
            f"axons    {self.axons:>9,}   fullest core {self.fullest_axons} of {self.axons_per_core}",
            f"synapses {human(self.synapses):>9}   crossbar bits set",
        ]


def occupancy(image: ChipImage) -> Occupancy:
    """Count what an image uses. An axon counts as used when its crossbar row has a bit set."""
    neurons = image.neuron_used.sum(axis=1, dtype=np.int64)
    axons = (image.crossbar != 0).any(axis=2).sum(axis=1, dtype=np.int64)
    return Occupancy(
        cores=image.cores,
        cores_available=image.spec.cores,
        neurons=int(neurons.sum()),
        fullest_neurons=int(neurons.max(initial=0)),
        neurons_per_core=image.spec.neurons,
        axons=int(axons.sum()),
        fullest_axons=int(axons.max(initial=0)),
        axons_per_core=image.spec.axons,
        synapses=int(np.bitwise_count(image.crossbar).sum(dtype=np.int64)),
    )


def show(
    source: str | Path | Network | ChipImage | Source, core: int | tuple[int, int] | None = None
) -> dict[str, Any]:
    """What an image holds, as plain data; a network is compiled first.

    core : one core, by its index or by its place (x, y), to see in detail (see core_details)
    Raises NeurocoreError for a core that the image does not have, or anything opening or compiling raises.
    """
    opened = open_source(source)
    image = opened.image or compile_source(opened).image
    number = _index_of(image, core) if core is not None else None
    used = image.neuron_used > 0
    neurons = image.neurons
    facts: dict[str, Any] = {
        "name": image.name,
        "chip": image.spec.name,
        "digest": image.digest(),
        **occupancy(image).as_dict(),
        "modes": {
            "stochastic_synapses": int(((image.stochastic_weight > 0) & used).sum()),
            "stochastic_leak": int(((neurons.stochastic_leak > 0) & used).sum()),
            "threshold_noise": int(((neurons.threshold_noise_bits > 0) & used).sum()),
            "leak_reversal": int(((neurons.leak_reversal > 0) & used).sum()),
            "reset_absolute": int(((neurons.reset_mode == 0) & used).sum()),
            "reset_linear": int(((neurons.reset_mode == 1) & used).sum()),
            "reset_none": int(((neurons.reset_mode == 2) & used).sum()),
            "negative_saturation": int(((neurons.negative_saturation > 0) & used).sum()),
        },
        "populations": [{"name": g.name, "shape": list(g.shape)} for g in image.logical.populations],
        "inputs": [{"name": g.name, "shape": list(g.shape)} for g in image.logical.inputs],
        "outputs": [{"name": g.name, "shape": list(g.shape)} for g in image.outputs],
    }
    if number is not None:
        facts["core"] = core_details(image, number)
    return facts


def _index_of(image: ChipImage, core: int | tuple[int, int]) -> int:
    """The index of a core given by index or place. Raises NeurocoreError where there is none."""
    if isinstance(core, int):
        if 0 <= core < image.cores:
            return core
        raise NeurocoreError(f"'{image.name}' has no core {core}", fix=f"allowed: 0..{image.cores - 1}, or a place x,y")
    found = np.flatnonzero((image.core_xy == np.array(core)).all(axis=1))
    if len(found):
        return int(found[0])
    width, height = image.spec.extent
    if not (0 <= core[0] < width and 0 <= core[1] < height):
        raise NeurocoreError(
            f"the chip has no place {core[0]},{core[1]}", fix=f"allowed: 0..{width - 1},0..{height - 1}"
        )
    nearest = int(np.abs(image.core_xy - np.array(core)).sum(axis=1).argmin())
    x, y = image.core_xy[nearest].tolist()
    raise NeurocoreError(f"no core of '{image.name}' is at {core[0]},{core[1]}", fix=f"the nearest used one is {x},{y}")
