"""Realise and partition together, with relays for the neurons that drive too many axons."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.errors import CapacityError
from neurocore.mapper.limits import check_fan_in, copies_exceeded, stochastic_copies
from neurocore.mapper.notes import Log, Note
from neurocore.mapper.partition import Partition, partition, uncopyable
from neurocore.mapper.realise import realise
from neurocore.mapper.regions import Zones
from neurocore.mapper.relay import Relayed, relay_fan_out
from neurocore.mapper.wiring import Wiring
from neurocore.units import counted

__all__ = ["fit"]

ROUNDS = 8


def fit(
    relayed: Relayed, spec: ChipSpec, kept: npt.NDArray[np.bool_], packing: str, zones: Zones, log: Log
) -> tuple[Relayed, Wiring, Partition]:
    """Axon types, then cores; where a neuron drives more axons than it can have copies, relays, and again.

    kept : bool[described]  described neurons to place; zones : where they may go
    Raises CapacityError where relays do not help.
    """
    for _ in range(ROUNDS):
        graph = relayed.graph
        log.begin("realise")
        wiring, realised = realise(graph, spec)
        check_fan_in(graph, spec, wiring)
        log.end(realised)
        log.begin("partition")
        placed = np.concatenate([kept, np.ones(relayed.relays, bool)])
        found = partition(graph, spec, wiring, placed, packing, zones.for_graph(graph))
        log.end(_note(relayed, found))
        most = np.where(uncopyable(graph, wiring), 1, spec.neurons)
        crowded = np.flatnonzero(placed & (found.driven > most))
        if not len(crowded):
            return relayed, wiring, found
        relayed = relay_fan_out(relayed, crowded, _ways(relayed, spec, wiring, found, crowded))
    raise CapacityError(
        f"{len(crowded):,} neurons drive too many axons, and relays of relays do not settle",
        constraint="neurons per core",
        needs=int(found.driven.max()),
        has=spec.neurons,
        path="populations",
        fix="a smaller fan-out or more local projections",
    )


def _ways(
    relayed: Relayed, spec: ChipSpec, wiring: Wiring, found: Partition, crowded: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """How many relays each crowded neuron gets. Raises CapacityError for one whose delays leave no time for relays."""
    graph = relayed.graph
    draws = uncopyable(graph, wiring)
    source = wiring.axon_source[found.pair_axon]
    late = wiring.axon_delay[found.pair_axon] >= 2
    movable = np.bincount(source[late & (source < graph.neuron_count)], minlength=graph.neuron_count)
    ways = np.empty(len(crowded), np.int64)
    for place, neuron in enumerate(crowded.tolist()):
        who, needed = int(relayed.origin[neuron]), int(found.driven[neuron])
        direct = needed - int(movable[neuron])
        if draws[neuron]:
            if direct:
                raise stochastic_copies(graph, who, needed)
            ways[place] = 1
        else:
            ways[place] = -(-int(movable[neuron]) // max(1, spec.neurons // 2))
            if not movable[neuron] or direct + ways[place] > spec.neurons:
                raise copies_exceeded(graph, spec, who, needed)
    return ways


def _note(relayed: Relayed, found: Partition) -> Note:
    placed = int((found.copies > 0).sum())
    copies = int(found.copies.sum()) - placed
    text = f"{counted(found.cores, 'core')} ({found.packing} packing), {copies:,} copies for fan-out"
    if relayed.relays:
        text += f", {relayed.relays:,} relays"
    facts: dict[str, int | float | str] = {
        "cores": found.cores,
        "copies": copies,
        "relays": relayed.relays,
        "packing": found.packing,
    }
    return Note(stage="partition", text=text, facts=facts)
