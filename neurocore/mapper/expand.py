"""First pass: populations and patterns become numbered neurons and synapses with integer weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.graph import Group, NeuronGraph
from neurocore.mapper.lean import as_dtype, constant
from neurocore.mapper.learn import learning_block, spread_block
from neurocore.mapper.merge import Synapses, merge
from neurocore.mapper.notes import Note
from neurocore.mapper.parameters import join_parameters, population_parameters
from neurocore.mapper.patterns import Laid, lay_synapses
from neurocore.mapper.quantize import Quantized, quantize_weights
from neurocore.mapper.values import in_range, to_integers
from neurocore.network import Network

__all__ = ["MAX_DELAY", "expand"]

MAX_DELAY = 255
"""Longest delay of a network in ticks; what exceeds the chip's limit takes relays."""


def expand(network: Network) -> tuple[NeuronGraph, Note]:
    """Number the neurons, lay out and quantize the synapses.

    Raises ConfigError with the YAML path of what does not fit together or is out of the chip's range.
    """
    populations = _number({name: population.shape for name, population in network.populations.items()})
    inputs = _number({name: pins.shape for name, pins in network.inputs.items()})
    groups = {group.name: group for group in populations}
    neurons = populations[-1].stop
    starts = {group.name: group.start for group in populations}
    starts |= {group.name: neurons + group.start for group in inputs}
    shapes = {group.name: group.shape for group in (*populations, *inputs)}
    laid, paths = [], []
    for number, projection in enumerate(network.projections):
        path = f"projections[{number}]"
        laid.append(
            lay_synapses(projection, shapes[projection.from_], shapes[projection.to], network.seed, number, path)
        )
        in_range(laid[-1].delay, 1, MAX_DELAY, f"{path}.delay")
        paths.append(f"{path}.{_weight_key(projection.layout)}")
    learning = []
    for number, projection in enumerate(network.projections):
        if projection.learning is not None:
            ends = starts[projection.from_], starts[projection.to]
            learning.append(learning_block(network, number, laid, ends))
            laid[number] = spread_block(learning[-1])
    layers = _quantized(network, laid)
    parts = []
    for number, projection in enumerate(network.projections):
        synapses, layer = laid[number], layers.get(projection.to)
        weight = layer.weights.pop(0) if layer else to_integers(synapses.weight, None, paths[number])
        limit, quantize = network.chip.weight_limit, network.populations[projection.to].quantize
        in_range(weight, -limit, limit, paths[number], remedy=quantize.remedy if quantize else None)
        parts.append(
            Synapses(
                source=_moved(synapses.source, starts[projection.from_]),
                target=_moved(synapses.target, groups[projection.to].start),
                weight=as_dtype(weight, np.int32),
                delay=as_dtype(synapses.delay, np.uint8),
                stochastic=constant(projection.stochastic, len(weight), bool),
            )
        )
    laid.clear()  # up to a gigabyte
    joined = merge(parts, neurons)
    graph = NeuronGraph(
        name=network.name,
        populations=populations,
        inputs=inputs,
        outputs=tuple(network.outputs),
        neurons=join_parameters(
            [
                population_parameters(name, item, network.chip, layers[name].scale if name in layers else None)
                for name, item in network.populations.items()
            ]
        ),
        source=joined.source,
        target=joined.target,
        weight=joined.weight,
        delay=joined.delay,
        stochastic=joined.stochastic,
        learning=tuple(learning),
    )
    text = f"{neurons:,} neurons, {graph.pin_count:,} input pins, {len(joined.source):,} synapses"
    for name, layer in layers.items():
        text += f"; {name}: {layer.layer.text()}"
    odd = _not_on_silicon(graph, network.chip)
    if odd:
        text += f"; {odd:,} reset potentials are not of the silicon's form +-(2^n - 1)"
    facts: dict[str, Any] = {
        "neurons": neurons,
        "input_pins": graph.pin_count,
        "synapses": len(joined.source),
        "reset_potentials_not_on_silicon": odd,
    }
    facts |= {"quantized": {name: layer.layer.as_dict() for name, layer in layers.items()}} if layers else {}
    return graph, Note(stage="expand", text=text, facts=facts)


def _quantized(network: Network, laid: list[Laid]) -> dict[str, Quantized]:
    """Weights and scales of the populations with ``quantize``; all that comes into one is quantized together."""
    found = {}
    for name, population in network.populations.items():
        if population.quantize is not None:
            own = [one for one, projection in zip(laid, network.projections, strict=True) if projection.to == name]
            size = int(np.prod(population.shape, dtype=np.int64))
            weights, targets = [one.weight for one in own], [one.target for one in own]
            found[name] = quantize_weights(population.quantize, weights, targets, size)
    return found


def _number(shapes: dict[str, tuple[int, ...]]) -> tuple[Group, ...]:
    groups: list[Group] = []
    for name, shape in shapes.items():
        groups.append(Group(name=name, start=groups[-1].stop if groups else 0, shape=shape))
    return tuple(groups)


def _moved(members: npt.NDArray[np.int32], start: int) -> npt.NDArray[np.int32]:
    """Numbers in the network of a group's members."""
    return members + np.int32(start) if start else members


def _weight_key(layout: str) -> str:
    return {"conv2d": "weights", "matrix": "weights", "list": "synapses"}.get(layout, "weight")


def _not_on_silicon(graph: NeuronGraph, spec: ChipSpec) -> int:
    """Neurons whose reset potential the silicon's sign-and-exponent form cannot hold."""
    if spec.name == "ranc":
        return 0
    size = np.abs(graph.neurons.reset_potential.astype(np.int64)) + 1
    return int((((size & (size - 1)) != 0) & (graph.neurons.reset_mode == 0)).sum())
