"""Neurons to cores, with room for the copies that their fan-out takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.errors import CapacityError
from neurocore.graph import Group, NeuronGraph
from neurocore.mapper.lean import pieces
from neurocore.mapper.metis import pack_by_metis
from neurocore.mapper.overlap import pack_by_overlap
from neurocore.mapper.packing import Packed, Task, pack
from neurocore.mapper.refine import refine
from neurocore.mapper.repair import repair
from neurocore.mapper.topology import targets_first
from neurocore.mapper.wiring import Wiring
from neurocore.rng import Stream, generator

__all__ = ["PACKINGS", "Partition", "lower_bounds", "outputs_of", "partition", "task_of", "uncopyable"]

ROUNDS = 3

MENDED = 300_000
"""Crossbar bits up to which every trial packing is mended, not only the last."""

SMALL = 1_200
"""Crossbar bits up to which random orders are tried too, so many of them, and several packings refined."""

TRIALS = 12

REFINED = 4
"""The best so many of them."""

LARGE = 10_000_000
"""Crossbar bits from which overlap packing is tried last, and left out where it would look at readers MOST_READERS
times: it looks at all readers of each axon of each core, and where thousands read one, that takes minutes."""

MOST_READERS = 400_000_000

PACKINGS: dict[str, tuple[Callable[[Task], Packed], int]] = {
    **{f"tiles of {side}": (pack, side) for side in (2, 3, 4, 1, 6, 8)},
    "overlap": (pack_by_overlap, 0),
    "linear": (pack, 0),
    "metis": (pack_by_metis, 0),
}
"""Ways to pack: how, and the side of the squares that stay together."""

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
    graph: NeuronGraph,
    spec: ChipSpec,
    wiring: Wiring,
    placed: npt.NDArray[np.bool_],
    packing: str = "auto",
    zone: npt.NDArray[np.int32] | None = None,
) -> Partition:
    """Pack neurons into cores.

    A neuron drives one axon, so it needs a copy of itself for each (core, axon) it reaches. How many these are is known
    once its targets are packed, so targets come first; in loops the packing is repeated with the room that the last
    round found short.

    placed  : bool[L]  neurons to place
    packing : "linear" (in the order described), "tiles" (square by square), "overlap" (sharing axons), or "auto":
              whichever takes fewer cores, then fewer copies; "metis" (along a graph partition, needs pymetis)
    zone    : int32[L]  only neurons of one zone share a core
    The caller looks at ``driven``: neurons that may not be copied, or drive more than a core has neurons, need relays.
    """
    ways = [way for way in PACKINGS if packing in (way, way.split()[0]) or (packing == "auto" and way != "metis")]
    if not any(len(group.shape) > 1 for group in graph.populations):
        ways = [way for way in ways if not PACKINGS[way][1]] or ["linear"]
    zone = np.zeros(graph.neuron_count, np.int32) if zone is None else zone
    least, read = lower_bounds(graph, spec, wiring, placed), _read_axons(wiring)
    found: list[tuple[Task, Packed, str]] = []
    ways.sort(key=lambda way: way == "overlap" and len(wiring.reads) >= LARGE, reverse=True)
    for way in reversed(ways):
        if way == "overlap" and len(wiring.reads) >= LARGE and _many_readers(wiring, found):
            continue
        found.append((*_settled(graph, spec, wiring, placed, way, zone), way))
        cores, pairs = _price(found[-1][1])
        if cores <= max(least) and pairs == int(read.sum()):
            return _partition(found[-1][1], placed, way)  # it cannot be better
    if packing == "linear":
        # The baseline that others are measured against stays as it is.
        return _partition(found[0][1], placed, found[0][2])
    if len(wiring.reads) <= SMALL:
        tried = sorted([*found, *_shuffled(*found[-1])], key=lambda one: _price(one[1]))
        found = [(task, refine(task, packed), way) for task, packed, way in reversed(tried[:REFINED])]
    task, packed, way = min(reversed(found), key=lambda one: _price(one[1]))
    return _partition(refine(task, packed), placed, way)


def _many_readers(wiring: Wiring, found: list[tuple[Task, Packed, str]]) -> bool:
    """Whether overlap packing would look at very many readers, judged by the best packing of squares there is."""
    squares = [packed for _, packed, way in found if PACKINGS[way][1]]
    if not squares:
        return False
    readers = np.zeros(len(wiring.axon_source), np.int64)
    for piece in pieces(len(wiring.reads)):
        readers += np.bincount(wiring.reads[piece], minlength=len(readers))
    return int(readers[min(squares, key=_price).pair_axon].sum()) > MOST_READERS


def _shuffled(task: Task, _: Packed, way: str) -> Iterator[tuple[Task, Packed, str]]:
    """Packings in random orders, mended; the same ones for the same task."""
    rng = generator(0, Stream.PLACEMENT)
    for _trial in range(TRIALS):
        order = task.order[rng.permutation(len(task.order))]
        order = order[np.argsort(task.zone[order], kind="stable")]
        turned = replace(task, order=order, block=np.arange(len(order)))
        mended = repair(turned, pack_by_overlap(turned))
        if mended is not None:
            yield task, mended, way


def lower_bounds(
    graph: NeuronGraph, spec: ChipSpec, wiring: Wiring, placed: npt.NDArray[np.bool_]
) -> tuple[int, int, int]:
    """Cores that no packing can do without: for the neurons, for the axons, for the neurons with the copies they need.

    Each axon is needed in one core at least, and driven by a neuron, or copy, of its own.
    """
    read = _read_axons(wiring)
    sources = wiring.axon_source[read]
    driven = _output_pins(graph) + np.bincount(sources[sources < graph.neuron_count], minlength=graph.neuron_count)
    slots = int(np.maximum(driven, 1)[placed & ~uncopyable(graph, wiring)].sum())
    slots += int((placed & uncopyable(graph, wiring)).sum())
    return -(-int(placed.sum()) // spec.neurons), -(-int(read.sum()) // spec.axons), -(-slots // spec.neurons)


def _read_axons(wiring: Wiring) -> npt.NDArray[np.bool_]:
    """bool[K]: axons that some neuron reads."""
    read = np.zeros(len(wiring.axon_source), bool)
    for piece in pieces(len(wiring.reads)):
        read[wiring.reads[piece]] = True
    return read


def task_of(
    graph: NeuronGraph,
    spec: ChipSpec,
    wiring: Wiring,
    placed: npt.NDArray[np.bool_],
    side: int,
    zone: npt.NDArray[np.int32],
) -> Task:
    """What there is to pack, targets first; squares of ``side`` pixels are blocks (see topology.py)."""
    order, block = targets_first(graph, placed, side)
    return Task(
        order=order,
        block=block,
        start=wiring.start,
        reads=wiring.reads,
        axon_source=wiring.axon_source,
        outputs=_output_pins(graph),
        room=np.ones(graph.neuron_count, np.int64),
        most=np.where(uncopyable(graph, wiring), 1, spec.neurons),
        axons=spec.axons,
        neurons=spec.neurons,
        zone=zone,
    )


def _settled(
    graph: NeuronGraph,
    spec: ChipSpec,
    wiring: Wiring,
    placed: npt.NDArray[np.bool_],
    packing: str,
    zone: npt.NDArray[np.int32],
) -> tuple[Task, Packed]:
    """Rounds of packing until every neuron has the slots that its copies take; one round where there are no loops.

    Where that takes too long (each round moves everything a little), what was found last is mended instead.
    """
    pack_once, side = PACKINGS[packing]
    task = task_of(graph, spec, wiring, placed, side, zone)
    for _ in range(ROUNDS):
        packed = pack_once(task)
        needed = np.minimum(packed.driven, task.most)
        short = placed & (needed > packed.reserved)
        if not short.any():
            return task, packed
        task = replace(task, room=np.where(short, np.maximum(task.room, needed), task.room))
    found = [
        mended for mended in (repair(task, packed), _with_even_room(task, packed, pack_once)) if mended is not None
    ]
    if found:
        return task, min(found, key=_price)
    raise CapacityError(
        "no packing was found: copies of neurons call for more copies",
        constraint="neurons per core",
        needs=int(packed.driven.sum()),
        has=spec.cores * spec.neurons,
        path="populations",
        fix="a smaller fan-out or more local projections",
    )


def _with_even_room(task: Task, packed: Packed, pack_once: Callable[[Task], Packed]) -> Packed | None:
    """The best packing in which every neuron has about the same room, whatever it turns out to need.

    In loops that is often enough: what some neurons of a core have too little others have too much.
    """
    mean = packed.driven[task.order].mean()
    found = []
    for share in (0.4, 0.55, 0.7, 0.85, 1.0, 1.2):
        room = np.full(len(task.most), max(1, round(mean * share)))
        trial = pack_once(replace(task, room=room))
        slots = np.minimum(np.maximum(trial.driven, 1), task.most)
        if np.bincount(trial.core[task.order], weights=slots[task.order]).max() <= task.neurons:
            found.append(replace(trial, reserved=slots))
        elif len(task.reads) <= MENDED and (mended := repair(task, trial)) is not None:
            found.append(mended)
    return min(found, key=_price, default=None)


def _price(packed: Packed) -> tuple[int, int]:
    return int(packed.core.max(initial=-1)) + 1, len(packed.pair_axon)


def _partition(packed: Packed, placed: npt.NDArray[np.bool_], packing: str) -> Partition:
    by_core = np.lexsort((packed.pair_axon, packed.pair_core))
    return Partition(
        cores=int(packed.core.max(initial=-1)) + 1,
        core=packed.core,
        driven=packed.driven,
        copies=np.where(placed, np.maximum(packed.driven, 1), 0),
        pair_core=packed.pair_core[by_core],
        pair_axon=packed.pair_axon[by_core],
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
