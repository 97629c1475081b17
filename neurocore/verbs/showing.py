"""Showing a compiled chip: how full its cores are, what its neurons use, and one core in every detail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurocore.errors import NeurocoreError
from neurocore.image import ChipImage
from neurocore.learning import NOT_ON_THE_CHIP
from neurocore.network import Network
from neurocore.report.core_reading import read_core
from neurocore.report.core_view import CoreView
from neurocore.units import human
from neurocore.verbs.sources import Source, compile_source, open_source

__all__ = ["Occupancy", "find_core", "occupancy", "show", "show_core"]


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
    source: str | Path | Network | ChipImage | Source, *, core: int | tuple[int, int] | None = None
) -> dict[str, Any]:
    """What an image holds, as plain data; a network is compiled first.

    core : one core, by index or by its place (x, y), to list its axons and neurons too
    Raises NeurocoreError for a core that the image does not have, or anything opening or compiling raises.
    """
    image = _opened(source)
    index = find_core(image, core) if core is not None else None
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
    if image.learning is not None:
        facts["learning"] = {"rules": len(image.learning.tables), "remark": NOT_ON_THE_CHIP}
    if index is not None:
        facts["core"] = read_core(image, index).as_dict()
    return facts


def show_core(source: str | Path | Network | ChipImage | Source, core: int | tuple[int, int]) -> CoreView:
    """One core for people: see neurocore.report.core_text. Arguments and errors as for show."""
    image = _opened(source)
    return read_core(image, find_core(image, core))


def _opened(source: str | Path | Network | ChipImage | Source) -> ChipImage:
    opened = open_source(source)
    return opened.image or compile_source(opened).image


def find_core(image: ChipImage, core: int | tuple[int, int]) -> int:
    """The index of a core given by index or by place. Raises NeurocoreError that names what is allowed."""
    if isinstance(core, int):
        if not 0 <= core < image.cores:
            allowed = f"allowed: 0..{image.cores - 1}" if image.cores else "the image is empty"
            raise NeurocoreError(f"'{image.name}' has no core {core}", fix=allowed)
        return core
    x, y = core
    found = np.flatnonzero((image.core_xy == (x, y)).all(axis=1))
    if len(found):
        return int(found[0])
    width, height = image.spec.extent
    inside = 0 <= x < width and 0 <= y < height
    broken = "it is broken" if (x, y) in image.spec.broken_cores else "it is spare"
    why = f"no used core at {x},{y}: {broken}" if inside else f"no core {x},{y}"
    raise NeurocoreError(f"'{image.name}' has {why}", fix=_near(image, x, y))


def _near(image: ChipImage, x: int, y: int) -> str:
    """A fix line: the used core nearest to a place, and between which places the used ones lie."""
    if not image.cores:
        return "the image uses no core at all"
    near = int(np.abs(image.core_xy.astype(np.int64) - (x, y)).sum(axis=1).argmin())
    (x0, y0), (x1, y1) = image.core_xy.min(axis=0).tolist(), image.core_xy.max(axis=0).tolist()
    width, height = image.spec.extent
    nearest = f"the nearest used core is {image.core_xy[near, 0]},{image.core_xy[near, 1]}"
    used = f"used ones lie in x {x0}..{x1}, y {y0}..{y1}"
    return f"{nearest}; {used}; the array has x 0..{width - 1}, y 0..{height - 1}"
