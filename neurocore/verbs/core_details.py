"""One core of a chip in detail: who is in it, what drives its axons, where its neurons send."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurocore.bits import unpack_words
from neurocore.image import OUTPUT_BASE, ChipImage
from neurocore.neuron import NEURON_FIELDS

__all__ = ["core_details"]


def core_details(image: ChipImage, core: int) -> dict[str, Any]:
    """Plain data on one core: place, populations, axons, neurons, and the crossbar as rows of 0 and 1.

    populations : name, neurons (copies included), first and last index within the population
    axons       : those with synapses: number, type, synapses, sources ("pixels[3, 4]", "core 7 neuron 12") and delays
    neurons     : the used ones: number, label, synapses, weights ("~" marks stochastic ones), parameters, target
    """
    spec = image.spec
    bits = unpack_words(image.crossbar[core], spec.neurons)
    used = np.flatnonzero(image.neuron_used[core])
    labels = _labels(image)
    populations: dict[str, list[int]] = {}
    for neuron in used.tolist():
        logical = labels.get((core, neuron))
        if logical is not None:
            group = next(group for group in image.logical.populations if group.start <= logical < group.stop)
            populations.setdefault(group.name, []).append(logical - group.start)
    return {
        "index": core,
        "xy": image.core_xy[core].tolist(),
        "chip": (image.core_xy[core] // np.array(spec.grid)).tolist(),
        "neurons_used": len(used),
        "axons_used": int(bits.any(axis=1).sum()),
        "synapses": int(bits.sum()),
        "populations": [
            {"name": name, "neurons": len(found), "first": min(found), "last": max(found)}
            for name, found in populations.items()
        ],
        "axons": _axons(image, core, bits, labels),
        "neurons": [_neuron(image, core, neuron, int(bits[:, neuron].sum()), labels) for neuron in used.tolist()],
        "crossbar": ["".join("1" if bit else "0" for bit in row) for row in bits],
    }


def _labels(image: ChipImage) -> dict[tuple[int, int], int]:
    """Logical neuron of each placed one that has any."""
    table = image.logical
    places = zip(table.instance_core.tolist(), table.instance_neuron.tolist(), strict=True)
    return dict(zip(places, table.instance_logical.tolist(), strict=True))


def _name(image: ChipImage, labels: dict[tuple[int, int], int], core: int, neuron: int) -> str:
    """A neuron's name for people."""
    logical = labels.get((core, neuron))
    if logical is None:
        return f"{'relay' if image.logical.populations else 'neuron'} {neuron} of core {core}"
    return next(group for group in image.logical.populations if group.start <= logical < group.stop).label(logical)


def _axons(image: ChipImage, core: int, bits: np.ndarray, labels: dict[tuple[int, int], int]) -> list[dict[str, Any]]:
    sources: dict[int, list[tuple[str, int]]] = {}
    for other, neuron in np.argwhere((image.target_core == core) & (image.neuron_used > 0)).tolist():
        axon = int(image.target_axon[other, neuron])
        sources.setdefault(axon, []).append((_name(image, labels, other, neuron), int(image.delay[other, neuron])))
    table = image.logical
    here = np.flatnonzero(table.pin_core == core)
    for pin, axon, delay in zip(table.pin[here], table.pin_axon[here], table.pin_delay[here], strict=True):
        group = next(group for group in table.inputs if group.start <= pin < group.stop)
        sources.setdefault(int(axon), []).append((group.label(int(pin)), int(delay)))
    return [
        {
            "axon": axon,
            "type": int(image.axon_type[core, axon]),
            "synapses": int(bits[axon].sum()),
            "sources": [name for name, _ in sources.get(axon, [])],
            "delays": [delay for _, delay in sources.get(axon, [])],
        }
        for axon in np.flatnonzero(bits.any(axis=1)).tolist()
    ]


def _neuron(
    image: ChipImage, core: int, neuron: int, synapses: int, labels: dict[tuple[int, int], int]
) -> dict[str, Any]:
    by_chance = int(image.stochastic_weight[core, neuron])
    weights = image.weight[core, neuron].tolist()
    target, axon = int(image.target_core[core, neuron]), int(image.target_axon[core, neuron])
    arrays = image.neurons.arrays()
    return {
        "neuron": neuron,
        "label": _name(image, labels, core, neuron),
        "synapses": synapses,
        "weights": [f"~{weight}" if by_chance >> kind & 1 else weight for kind, weight in enumerate(weights)],
        **{name: int(arrays[name][core, neuron]) for name in NEURON_FIELDS},
        "target_core": target,
        "target_axon": axon,
        "delay": int(image.delay[core, neuron]),
        "target": _target(image, target, axon, int(image.delay[core, neuron])),
    }


def _target(image: ChipImage, target: int, axon: int, delay: int) -> str:
    if target <= OUTPUT_BASE:
        return f"output {image.outputs[OUTPUT_BASE - target].label(axon)}"
    if target < 0:
        return "nothing"
    x, y = image.core_xy[target].tolist()
    return f"core {target} at {x},{y} axon {axon} after {delay}"
