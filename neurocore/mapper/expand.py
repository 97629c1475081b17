"""First pass: populations and patterns become numbered neurons and synapses with integer weights."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.graph import Group, NeuronGraph
from neurocore.mapper.lean import as_dtype, constant
from neurocore.mapper.merge import Synapses, merge
from neurocore.mapper.notes import Note
from neurocore.mapper.parameters import join_parameters, population_parameters
from neurocore.mapper.patterns import lay_synapses
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
    parts = []
    worst = 0.0
    for number, projection in enumerate(network.projections):
        path = f"projections[{number}]"
        laid = lay_synapses(projection, shapes[projection.from_], shapes[projection.to], network.seed, number, path)
        in_range(laid.delay, 1, MAX_DELAY, f"{path}.delay")
        weight_path = f"{path}.{_weight_key(projection.layout)}"
        quantize = network.populations[projection.to].quantize
        weight = to_integers(laid.weight, quantize, weight_path)
        in_range(
            weight, -network.chip.weight_limit, network.chip.weight_limit, weight_path, quantized=quantize is not None
        )
        if quantize is not None:
            worst = max(worst, _error(laid.weight, weight / quantize.scale))
        parts.append(
            Synapses(
                source=_moved(laid.source, starts[projection.from_]),
                target=_moved(laid.target, groups[projection.to].start),
                weight=as_dtype(weight, np.int32),
                delay=as_dtype(laid.delay, np.uint8),
                stochastic=constant(projection.stochastic, len(weight), bool),
            )
        )
    joined = merge(parts, neurons)
    graph = NeuronGraph(
        name=network.name,
        populations=populations,
        inputs=inputs,
        outputs=tuple(network.outputs),
        neurons=join_parameters(
            [population_parameters(name, item, network.chip) for name, item in network.populations.items()]
        ),
        source=joined.source,
        target=joined.target,
        weight=joined.weight,
        delay=joined.delay,
        stochastic=joined.stochastic,
    )
    text = f"{neurons:,} neurons, {graph.pin_count:,} input pins, {len(joined.source):,} synapses"
    quantized = any(population.quantize for population in network.populations.values())
    if quantized:
        text += f"; quantized weights are off by at most {worst:.3g}"
    odd = _not_on_silicon(graph, network.chip)
    if odd:
        text += f"; {odd:,} reset potentials are not of the silicon's form +-(2^n - 1)"
    facts: dict[str, int | float | str] = {
        "neurons": neurons,
        "input_pins": graph.pin_count,
        "synapses": len(joined.source),
        "reset_potentials_not_on_silicon": odd,
    }
    return graph, Note(stage="expand", text=text, facts=facts | ({"worst_weight_error": worst} if quantized else {}))


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


def _error(wanted: npt.NDArray[np.generic], got: npt.NDArray[np.float64]) -> float:
    return float(np.abs(wanted.astype(np.float64) - got).max(initial=0.0))


def _not_on_silicon(graph: NeuronGraph, spec: ChipSpec) -> int:
    """Neurons whose reset potential the silicon's sign-and-exponent form cannot hold."""
    if spec.name == "ranc":
        return 0
    size = np.abs(graph.neurons.reset_potential.astype(np.int64)) + 1
    return int((((size & (size - 1)) != 0) & (graph.neurons.reset_mode == 0)).sum())
