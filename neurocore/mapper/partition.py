"""Neurons to cores, with room for the copies that their fan-out takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.errors import CapacityError
from neurocore.graph import Group, NeuronGraph
from neurocore.mapper.overlap import pack_by_overlap
from neurocore.mapper.packing import pack
from neurocore.mapper.wiring import Wiring

__all__ = ["PACKINGS", "Partition", "outputs_of", "partition"]

ROUNDS = 200

PACKINGS: dict[str, Callable[..., Any]] = {"overlap": pack_by_overlap, "linear": pack}

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """Which core each neuron is in, and which axons each core carries. L neurons, P (core, axon) pairs.

    cores     : number of cores
    core      : int32[L]  -1 for neurons that are not placed
    driven    : int64[L]  axons and output pins that each neuron drives
    copies    : int64[L]  instances of each neuron in its core: one for each that it drives, at least 1; 0 if not placed
    pair_core, pair_axon : int32[P]  sorted; axons as numbered in Wiring
    packing   : which way of packing made it
    """

    cores: int
    core: npt.NDArray[np.int32]
    driven: Whole
    copies: Whole
    pair_core: npt.NDArray[np.int32]
    pair_axon: npt.NDArray[np.int32]
    packing: str


def partition(
    graph: NeuronGraph, spec: ChipSpec, wiring: Wiring, placed: npt.NDArray[np.bool_], packing: str = "auto"
) -> Partition:
    """Pack neurons into cores.

    A neuron drives one axon, so it needs a copy of itself for each (core, axon) it reaches; how many these are depends
    on the packing, and the packing on how many they are. So it is repeated with the room that the last round asked for
    until that suffices.

    placed  : bool[L]  neurons to place
    packing : "linear" (in the order described), "overlap" (sharing axons), or "auto": whichever takes fewer cores,
              then fewer copies
    The caller looks at ``driven``: neurons that may not be copied, or drive more than a core has neurons, need relays.
    """
    ways = list(PACKINGS) if packing == "auto" else [packing]
    found = [_settled(graph, spec, wiring, placed, way) for way in ways]
    return min(found, key=lambda one: (one.cores, int(one.copies.sum())))


def _settled(
    graph: NeuronGraph, spec: ChipSpec, wiring: Wiring, placed: npt.NDArray[np.bool_], packing: str
) -> Partition:
    """Rounds of packing until the room reserved for copies suffices; then once more with just that room."""
    most = np.where(uncopyable(graph, wiring), 1, spec.neurons)
    outputs = _output_pins(graph)
    room = np.minimum(np.maximum(outputs, 1), most)
    best: Partition | None = None
    for _ in range(ROUNDS):
        packed = _round(graph, spec, wiring, placed, room, outputs, packing)
        needed = np.minimum(np.maximum(packed.driven, 1), most)
        if (needed <= room).all():
            if best is not None and packed.cores >= best.cores:
                break
            best = packed
            if (needed == room).all():
                break
            room = needed
        elif best is not None:
            break
        else:
            room = np.maximum(room, needed)
    if best is None:
        raise CapacityError(
            f"no packing was found in {ROUNDS} rounds: copies of neurons call for more copies",
            constraint="neurons per core",
            needs=int(room.sum()),
            has=spec.cores * spec.neurons,
            path="populations",
            fix="a smaller fan-out or more local projections",
        )
    return best


def _round(
    graph: NeuronGraph,
    spec: ChipSpec,
    wiring: Wiring,
    placed: npt.NDArray[np.bool_],
    room: Whole,
    outputs: Whole,
    packing: str,
) -> Partition:
    order = np.flatnonzero(placed)
    core, pair_core, pair_axon = PACKINGS[packing](
        order, wiring.start, wiring.reads, room, len(wiring.axon_source), spec.axons, spec.neurons
    )
    source = wiring.axon_source[pair_axon]
    driven = np.bincount(source[source < graph.neuron_count], minlength=graph.neuron_count) + outputs
    by_core = np.lexsort((pair_axon, pair_core))
    return Partition(
        cores=int(core.max(initial=-1)) + 1,
        core=core,
        driven=driven,
        copies=np.where(placed, np.maximum(driven, 1), 0),
        pair_core=pair_core[by_core],
        pair_axon=pair_axon[by_core],
        packing=packing,
    )


def uncopyable(graph: NeuronGraph, wiring: Wiring) -> npt.NDArray[np.bool_]:
    """bool[L]: neurons that draw random numbers; their copies would draw differently on the chip."""
    return graph.neurons.draws | (wiring.stochastic > 0)


def _output_pins(graph: NeuronGraph) -> Whole:
    """int64[L]: 1 where a neuron's population is an output."""
    pins = np.zeros(graph.neuron_count, np.int64)
    for group in outputs_of(graph):
        pins[group.start : group.stop] = 1
    return pins


def outputs_of(graph: NeuronGraph) -> list[Group]:
    """The output populations, in the order of the description's ``outputs``."""
    groups = {group.name: group for group in graph.populations}
    return [groups[name] for name in graph.outputs]
