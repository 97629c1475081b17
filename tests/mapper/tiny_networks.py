"""Networks of a few neurons on cores of a few axons: small enough to try every packing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from optimum import fewest_cores

from neurocore.arch import PRESETS, ChipSpec
from neurocore.graph import Group, NeuronGraph
from neurocore.mapper.packing import Task
from neurocore.mapper.partition import lower_bounds, partition, task_of
from neurocore.mapper.realise import realise
from neurocore.neuron import NeuronParameters

__all__ = ["CHIPS", "Measured", "chip", "measure", "task", "tiny"]

CHIPS = ((4, 4), (4, 6), (6, 8))
"""Axons and neurons per core."""

PINS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Cores of one network, by bound, by search, and by the mapper's packings."""

    bound: int
    optimum: int
    linear: int
    packed: int
    nodes: int


def chip(axons: int, neurons: int) -> ChipSpec:
    """A chip of such cores."""
    return PRESETS["tiny"].model_copy(update={"axons": axons, "neurons": neurons, "grid": (8, 8)})


def tiny(seed: int, neurons: int, loops: bool) -> NeuronGraph:
    """Neurons that hear one to three random pins and neurons, later ones only earlier ones unless there are loops.

    Every third network drives an output pin with each neuron.
    """
    rng = np.random.default_rng([seed, neurons, loops])
    pairs: list[tuple[int, int]] = []
    for target in range(neurons):
        allowed = [source for source in range(neurons + PINS) if loops or source >= neurons or source < target]
        chosen = rng.permutation(allowed)[: int(rng.integers(1, 4))]
        pairs += [(int(source), target) for source in chosen]
    source, target = np.array(sorted(pairs)).T
    return NeuronGraph(
        name="tiny",
        populations=(Group(name="p", start=0, shape=(neurons,)),),
        inputs=(Group(name="i", start=0, shape=(PINS,)),),
        outputs=("p",) if seed % 3 == 0 else (),
        neurons=NeuronParameters.unused((neurons,)),
        source=source.astype(np.int32),
        target=target.astype(np.int32),
        weight=np.ones(len(source), np.int32),
        delay=np.ones(len(source), np.uint8),
        stochastic=np.zeros(len(source), bool),
    )


def task(graph: NeuronGraph, spec: ChipSpec, first: int | None = None) -> Task:
    """What there is to pack, of all neurons or the first few."""
    placed = np.arange(graph.neuron_count) < (graph.neuron_count if first is None else first)
    return task_of(graph, spec, realise(graph, spec)[0], placed, 0, np.zeros(graph.neuron_count, np.int32))


def measure(graph: NeuronGraph, spec: ChipSpec, nodes: int) -> Measured | None:
    """Pack a network and search for the best; None where relays would come first, or the search is not finished."""
    wiring, placed = realise(graph, spec)[0], np.ones(graph.neuron_count, bool)
    packed, linear = (partition(graph, spec, wiring, placed, packing) for packing in ("auto", "linear"))
    if max(packed.driven.max(), linear.driven.max()) > spec.neurons:
        return None
    best = fewest_cores(task(graph, spec), packed.cores, nodes)
    if not best.proven:
        return None
    bound = max(lower_bounds(graph, spec, wiring, placed))
    return Measured(bound=bound, optimum=best.cores, linear=linear.cores, packed=packed.cores, nodes=best.nodes)
