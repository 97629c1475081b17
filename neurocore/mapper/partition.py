"""Third pass: neurons to cores, with room for the copies that their fan-out takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.errors import CapacityError
from neurocore.graph import Group, NeuronGraph
from neurocore.mapper.limits import check_fan_in, copies_exceeded, stochastic_copies
from neurocore.mapper.notes import Note
from neurocore.mapper.packing import pack
from neurocore.mapper.wiring import Wiring

__all__ = ["Partition", "partition"]

ROUNDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """Which core each neuron is in, and which axons each core carries. L neurons, P (core, axon) pairs.

    cores     : number of cores
    core      : int32[L]
    copies    : int64[L]  instances of each neuron in its core, one for each axon or output pin it drives, at least 1
    pair_core, pair_axon : int32[P]  sorted; axons as numbered in Wiring
    """

    cores: int
    core: npt.NDArray[np.int32]
    copies: npt.NDArray[np.int64]
    pair_core: npt.NDArray[np.int32]
    pair_axon: npt.NDArray[np.int32]


def partition(graph: NeuronGraph, spec: ChipSpec, wiring: Wiring) -> tuple[Partition, Note]:
    """Pack neurons in the order of the description.

    A neuron drives one axon, so it needs a copy of itself for each (core, axon) it reaches; how many these are depends
    on the packing, and the packing on how many they are. So it is repeated with the room that the last round asked for
    until that suffices. Raises CapacityError for what does not fit.
    """
    check_fan_in(graph, spec, wiring)
    outputs = _output_pins(graph)
    room = np.maximum(outputs, 1)
    best: Partition | None = None
    for _ in range(ROUNDS):
        packed, copies = _round(graph, spec, wiring, room, outputs)
        _check_copies(graph, spec, wiring, copies)
        if (copies <= room).all():
            if best is not None and packed.cores >= best.cores:
                break
            best = packed
            if (copies == room).all():
                break
            room = copies
        elif best is not None:
            break
        else:
            room = np.maximum(room, copies)
    if best is None:
        raise CapacityError(
            f"no packing was found in {ROUNDS} rounds: copies of neurons call for more copies",
            constraint="neurons per core",
            needs=int(room.sum()),
            has=spec.cores * spec.neurons,
            path="populations",
            fix="a smaller fan-out or more local projections",
        )
    spare = int(best.copies.sum()) - graph.neuron_count
    text = f"{best.cores:,} cores, {spare:,} copies of neurons for fan-out"
    return best, Note(stage="partition", text=text, facts={"cores": best.cores, "copies": spare})


def _round(
    graph: NeuronGraph, spec: ChipSpec, wiring: Wiring, room: npt.NDArray[np.int64], outputs: npt.NDArray[np.int64]
) -> tuple[Partition, npt.NDArray[np.int64]]:
    order = np.arange(graph.neuron_count, dtype=np.int64)
    core, pair_core, pair_axon = pack(
        order, wiring.start, wiring.reads, room, len(wiring.axon_source), spec.axons, spec.neurons
    )
    source = wiring.axon_source[pair_axon]
    driven = np.bincount(source[source < graph.neuron_count], minlength=graph.neuron_count)
    copies = np.maximum(driven + outputs, 1)
    by_core = np.lexsort((pair_axon, pair_core))
    packed = Partition(
        cores=int(core.max(initial=-1)) + 1,
        core=core,
        copies=copies,
        pair_core=pair_core[by_core],
        pair_axon=pair_axon[by_core],
    )
    return packed, copies


def _check_copies(graph: NeuronGraph, spec: ChipSpec, wiring: Wiring, copies: npt.NDArray[np.int64]) -> None:
    drawing = np.flatnonzero((graph.neurons.draws | (wiring.stochastic > 0)) & (copies > 1))
    if len(drawing):
        raise stochastic_copies(graph, int(drawing[0]), int(copies[drawing[0]]))
    if copies.max(initial=0) > spec.neurons:
        raise copies_exceeded(graph, spec, int(copies.argmax()), int(copies.max()))


def _output_pins(graph: NeuronGraph) -> npt.NDArray[np.int64]:
    """int64[L]: 1 where a neuron's population is an output."""
    pins = np.zeros(graph.neuron_count, np.int64)
    for group in outputs_of(graph):
        pins[group.start : group.stop] = 1
    return pins


def outputs_of(graph: NeuronGraph) -> list[Group]:
    """The output populations, in the order of the description's ``outputs``."""
    groups = {group.name: group for group in graph.populations}
    return [groups[name] for name in graph.outputs]
