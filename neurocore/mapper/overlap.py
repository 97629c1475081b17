"""Greedy overlap packing: fill a core with neurons that share axons, whatever order they were described in."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.mapper.lean import pieces
from neurocore.mapper.packing import Packed, Task, trimmed

__all__ = ["pack_by_overlap", "readers_of"]

COMPILE_FROM = 30_000
"""Below this many crossbar bits plain Python is quicker than loading a compiler."""


def pack_by_overlap(task: Task) -> Packed:
    """As packing.pack, but ``order`` only says where a core starts and decides ties.

    An open core takes, again and again, the neuron that would bring the fewest new axons; where none shares an axon
    with it any more, the next neuron in order that fits; where that does not fit, the core is closed.
    """
    total, bits = len(task.start) - 1, len(task.reads)
    packed = Packed(
        core=np.full(total, -1, np.int32),
        driven=task.outputs.copy(),
        reserved=np.zeros(total, np.int64),
        pair_core=np.empty(bits, np.int32),
        pair_axon=np.empty(bits, np.int32),
    )
    reader_start, readers = readers_of(task)
    absent = np.ones(total, np.bool_)
    absent[task.order] = False
    fill = _compiled() if bits >= COMPILE_FROM else _fill
    pairs = fill(
        *(task.order, task.start, task.reads, reader_start, readers, task.axon_source, task.room, task.most),
        *(task.zone, task.axons, task.neurons, absent, packed.core, packed.driven, packed.reserved),
        *(packed.pair_core, packed.pair_axon),
    )
    return trimmed(packed, pairs)


def readers_of(task: Task) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Where the readers of each axon begin, int64[K + 1], and who they are, ascending, int32[E]."""
    start = np.zeros(len(task.axon_source) + 1, np.int64)
    keys = np.repeat(np.arange(len(task.start) - 1, dtype=np.uint64), np.diff(task.start))
    for piece in pieces(len(task.reads)):
        start[1:] += np.bincount(task.reads[piece], minlength=len(task.axon_source))
        keys[piece] |= task.reads[piece].astype(np.uint64) << np.uint64(32)
    np.cumsum(start, out=start)
    keys.sort()
    return start, keys.astype(np.uint32).view(np.int32)


@cache
def _compiled() -> Callable[..., Any]:
    import numba

    compiled: Callable[..., Any] = numba.njit(cache=True)(_fill)
    return compiled


def _fill(  # type: ignore[no-untyped-def]
    order,
    start,
    reads,
    reader_start,
    readers,
    axon_source,
    room,
    most,
    zone,
    axons,
    neurons,
    absent,
    core,
    driven,
    reserved,
    pair_core,
    pair_axon,
):
    """See pack_by_overlap; the last five arrays are changed in place. Returns the number of pairs.

    Candidates (neurons that share an axon with the open core) sit in doubly linked lists, one for each number of new
    axons they would bring.
    """
    total = len(start) - 1
    seen = np.full(len(reader_start) - 1, -1, np.int32)
    new = np.zeros(total, np.int32)
    touched_in = np.full(total, -1, np.int32)
    before = np.full(total, -1, np.int32)
    after = np.full(total, -1, np.int32)
    head = np.full(axons + 2, -1, np.int32)
    here = 0
    used_axons = 0
    used_neurons = 0
    pairs = 0
    seed = 0
    placed = 0
    last = -1
    while placed < len(order):
        chosen = -1
        for bucket in range(axons - used_axons + 1):
            candidate = head[bucket]
            while candidate >= 0 and (
                used_neurons + min(max(driven[candidate], room[candidate], 1), most[candidate]) > neurons
                or zone[candidate] != zone[last]
            ):
                candidate = after[candidate]
            if candidate >= 0:
                chosen = candidate
                break
        if chosen < 0:
            while core[order[seed]] >= 0:
                seed += 1
            candidate = order[seed]
            fan_in = start[candidate + 1] - start[candidate]
            is_candidate = touched_in[candidate] == here
            slots = min(max(driven[candidate], room[candidate], 1), most[candidate])
            fits = used_axons + fan_in <= axons and used_neurons + slots <= neurons and zone[candidate] == zone[last]
            if used_neurons == 0 or (fits and not is_candidate):
                chosen = candidate
            else:
                here += 1
                used_axons = 0
                used_neurons = 0
                head[:] = -1
                continue
        if touched_in[chosen] == here:
            if before[chosen] >= 0:
                after[before[chosen]] = after[chosen]
            else:
                head[min(new[chosen], axons + 1)] = after[chosen]
            if after[chosen] >= 0:
                before[after[chosen]] = before[chosen]
        last = chosen
        core[chosen] = here
        reserved[chosen] = min(max(driven[chosen], room[chosen], 1), most[chosen])
        placed += 1
        used_neurons += reserved[chosen]
        for at in range(start[chosen], start[chosen + 1]):
            axon = reads[at]
            if seen[axon] == here:
                continue
            seen[axon] = here
            used_axons += 1
            pair_core[pairs] = here
            pair_axon[pairs] = axon
            pairs += 1
            if axon_source[axon] < total:
                driven[axon_source[axon]] += 1
            for place in range(reader_start[axon + 1] - 1, reader_start[axon] - 1, -1):
                reader = readers[place]
                if core[reader] >= 0 or absent[reader]:
                    continue
                if touched_in[reader] != here:
                    touched_in[reader] = here
                    new[reader] = start[reader + 1] - start[reader]
                else:
                    if before[reader] >= 0:
                        after[before[reader]] = after[reader]
                    else:
                        head[min(new[reader], axons + 1)] = after[reader]
                    if after[reader] >= 0:
                        before[after[reader]] = before[reader]
                new[reader] -= 1
                bucket = min(new[reader], axons + 1)
                before[reader] = -1
                after[reader] = head[bucket]
                if head[bucket] >= 0:
                    before[head[bucket]] = reader
                head[bucket] = reader
    return pairs
