"""Packing neurons into cores in a given order: the inner loop, plain Python that numba can compile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Packed", "Task", "pack"]

COMPILE_FROM = 300_000
"""Below this many crossbar bits plain Python is quicker than loading a compiler."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be packed. L neurons, K axons (source, delay, type, copy), E crossbar bits.

    order         : int64[n]  neurons to pack, in this order
    block         : int64[n]  ascending; neurons of one block stay in one core where an empty core can hold them
    start, reads  : axons of each neuron, as in Wiring
    axon_source   : int32[K]  neuron whose spikes an axon carries; L or more for input pins
    outputs       : int64[L]  output pins that each neuron drives
    room          : int64[L]  copies to reserve at least, known from an earlier round
    most          : int64[L]  copies to reserve at most
    axons, neurons : of a core
    zone          : int32[L]  only neurons of one zone share a core
    """

    order: npt.NDArray[np.int64]
    block: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    reads: npt.NDArray[np.int32]
    axon_source: npt.NDArray[np.int32]
    outputs: npt.NDArray[np.int64]
    room: npt.NDArray[np.int64]
    most: npt.NDArray[np.int64]
    axons: int
    neurons: int
    zone: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A packing. P (core, axon) pairs.

    core     : int32[L]  -1 for neurons that were not to be packed
    driven   : int64[L]  axons and output pins that each neuron drives, once all are packed
    reserved : int64[L]  slots that each neuron was given; short of ``driven`` where targets were packed later
    pair_core, pair_axon : int32[P]  cores ascending
    """

    core: npt.NDArray[np.int32]
    driven: npt.NDArray[np.int64]
    reserved: npt.NDArray[np.int64]
    pair_core: npt.NDArray[np.int32]
    pair_axon: npt.NDArray[np.int32]


def pack(task: Task) -> Packed:
    """Fill core after core; a block (or else a neuron) that does not fit the open core opens the next.

    A neuron takes as many slots as axons are known to be driven by it when its turn comes: with targets before sources
    in ``order`` that is exact, unless there are loops.
    """
    neurons, bits = len(task.start) - 1, len(task.reads)
    packed = Packed(
        core=np.full(neurons, -1, np.int32),
        driven=task.outputs.copy(),
        reserved=np.zeros(neurons, np.int64),
        pair_core=np.empty(bits, np.int32),
        pair_axon=np.empty(bits, np.int32),
    )
    fill = _compiled() if bits >= COMPILE_FROM else _fill
    pairs = fill(
        *(task.order, task.block, task.start, task.reads, task.axon_source, task.room, task.most),
        *(
            task.zone,
            task.axons,
            task.neurons,
            packed.core,
            packed.driven,
            packed.reserved,
            packed.pair_core,
            packed.pair_axon,
        ),
    )
    return trimmed(packed, pairs)


def trimmed(packed: Packed, pairs: int) -> Packed:
    """With just the pairs that were made."""
    return Packed(
        core=packed.core,
        driven=packed.driven,
        reserved=packed.reserved,
        pair_core=packed.pair_core[:pairs].copy(),
        pair_axon=packed.pair_axon[:pairs].copy(),
    )


@cache
def _compiled() -> Callable[..., Any]:
    import numba

    compiled: Callable[..., Any] = numba.njit(cache=True)(_fill)
    return compiled


def _fill(  # type: ignore[no-untyped-def]
    order,
    block,
    start,
    reads,
    axon_source,
    room,
    most,
    zone,
    axons,
    neurons,
    core,
    driven,
    reserved,
    pair_core,
    pair_axon,
):
    """See pack; the last five arrays are changed in place. Returns the number of pairs."""
    seen = np.full(len(axon_source), -1, np.int32)
    counted = np.full(len(axon_source), -1, np.int64)
    here = 0
    used_axons = 0
    used_neurons = 0
    pairs = 0
    end = 0
    for place in range(len(order)):
        neuron = order[place]
        first, last = start[neuron], start[neuron + 1]
        if place == end:
            # A new block: how much does all of it need?
            more_axons = 0
            more_neurons = 0
            while end < len(order) and block[end] == block[place]:
                member = order[end]
                more_neurons += min(max(driven[member], room[member], 1), most[member])
                for at in range(start[member], start[member + 1]):
                    axon = reads[at]
                    if seen[axon] != here and counted[axon] != place:
                        counted[axon] = place
                        more_axons += 1
                end += 1
            full = used_axons + more_axons > axons or used_neurons + more_neurons > neurons
            if used_neurons > 0 and (full or zone[neuron] != zone[order[place - 1]]):
                here += 1
                used_axons = 0
                used_neurons = 0
        new = 0
        for at in range(first, last):
            if seen[reads[at]] != here:
                new += 1
        slots = min(max(driven[neuron], room[neuron], 1), most[neuron])
        full = used_axons + new > axons or used_neurons + slots > neurons
        if used_neurons > 0 and (full or zone[neuron] != zone[order[place - 1]]):
            here += 1
            used_axons = 0
            used_neurons = 0
        core[neuron] = here
        reserved[neuron] = slots
        used_neurons += slots
        for at in range(first, last):
            axon = reads[at]
            if seen[axon] != here:
                seen[axon] = here
                used_axons += 1
                pair_core[pairs] = here
                pair_axon[pairs] = axon
                pairs += 1
                if axon_source[axon] < len(driven):
                    driven[axon_source[axon]] += 1
    return pairs
