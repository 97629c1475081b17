"""What realise produces: which axons each neuron needs, of which type, and its weight for each type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.graph import NeuronGraph
from neurocore.mapper.lean import PIECE, is_constant, pieces

__all__ = ["Wiring", "wire"]

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Neurons and the axons they need. L neurons, K axons, E crossbar bits, G axon types.

    An *axon* here is (source, delay, type, copy); every core that has a neuron reading it carries one of its own.
    Several copies of one type exist where a weight is a sum of several like terms.

    axon_source : int32[K]  neuron 0..L-1 or L + input pin
    axon_delay  : uint8[K]  ticks
    axon_type   : uint8[K]
    start       : int64[L+1]  neuron j reads axons reads[start[j]:start[j+1]]
    reads       : int32[E]    ascending within a neuron
    weight      : int16[L, G] S, potential units
    stochastic  : uint8[L]    bit g is 1 where the weight of type g is stochastic

    Axons are sorted by (source, delay, type, copy).
    """

    axon_source: npt.NDArray[np.int32]
    axon_delay: npt.NDArray[np.uint8]
    axon_type: npt.NDArray[np.uint8]
    start: npt.NDArray[np.int64]
    reads: npt.NDArray[np.int32]
    weight: npt.NDArray[np.int16]
    stochastic: npt.NDArray[np.uint8]

    @property
    def neurons(self) -> int:
        """L, the number of neurons."""
        return len(self.start) - 1


def wire(
    graph: NeuronGraph,
    recipe: npt.NDArray[np.int16],
    table: Whole,
    pair_start: Whole,
    weight: npt.NDArray[np.int16],
    stochastic: npt.NDArray[np.uint8],
) -> Wiring:
    """Number the axons and list those of each neuron. S synapses, R recipes, P (source, delay) pairs.

    recipe     : int16[S]  how each synapse is made
    table      : int64[R, G]  bits that a recipe sets on axons of each type
    pair_start : int64[P]  first synapse of each pair
    """
    needed = _needed(recipe, table, pair_start)
    flat = needed.ravel()
    first = (np.cumsum(flat) - flat).reshape(needed.shape)
    per_pair = needed.sum(axis=1)
    start = np.zeros(graph.neuron_count + 1, np.int64)
    bits = table.sum(axis=1)
    for piece in pieces(len(recipe)):
        start[1:] += np.bincount(graph.target[piece], weights=bits[recipe[piece]], minlength=graph.neuron_count).astype(
            np.int64
        )
    np.cumsum(start, out=start)
    return Wiring(
        axon_source=np.repeat(graph.source[pair_start], per_pair).astype(np.int32),
        axon_delay=np.repeat(graph.delay[pair_start], per_pair).astype(np.uint8),
        axon_type=np.repeat(np.tile(np.arange(table.shape[1]), len(pair_start)), flat).astype(np.uint8),
        start=start,
        reads=_reads(graph, recipe, table, pair_start, first, start),
        weight=weight,
        stochastic=stochastic,
    )


def _needed(recipe: npt.NDArray[np.int16], table: Whole, pair_start: Whole) -> Whole:
    """Axons of each type that each pair takes, as many as its neediest synapse; int64[P, G]."""
    needed = np.zeros((len(pair_start), table.shape[1]), np.int64)
    if not len(recipe):
        return needed
    for kind in range(table.shape[1]):
        counts = table[:, kind].astype(np.uint8)
        if is_constant(recipe):
            needed[:, kind] = counts[recipe[0]]
        elif counts.any():
            needed[:, kind] = np.maximum.reduceat(counts[recipe], pair_start)
    return needed


def _reads(
    graph: NeuronGraph,
    recipe: npt.NDArray[np.int16],
    table: Whole,
    pair_start: Whole,
    first: Whole,
    start: Whole,
) -> npt.NDArray[np.int32]:
    """Axons of each neuron, ascending; some pairs at a time, each time sorted by neuron and put behind what is there.

    first : int64[P, G]  number of the first axon of each pair and type
    """
    reads = np.empty(int(start[-1]), np.int32)
    following = start[:-1].copy()
    for low, high, pair in _by_pairs(pair_start, len(recipe)):
        kinds = recipe[low:high]
        keys = []
        for kind, counts in enumerate(table.T):
            for copy in range(int(counts.max(initial=0))):
                chosen = np.flatnonzero((counts > copy)[kinds])
                axon = first[pair[chosen], kind] + copy
                keys.append(
                    (graph.target[low:high][chosen].astype(np.uint64) << np.uint64(32)) | axon.astype(np.uint64)
                )
        key = np.concatenate(keys)
        key.sort()
        neuron = (key >> np.uint64(32)).astype(np.int64)
        begin = np.flatnonzero(np.diff(neuron, prepend=-1))
        many = np.diff(begin, append=len(neuron))
        reads[np.repeat(following[neuron[begin]] - begin, many) + np.arange(len(neuron))] = key & np.uint64(2**32 - 1)
        following[neuron[begin]] += many
    return reads


def _by_pairs(pair_start: Whole, synapses: int) -> Iterator[tuple[int, int, Whole]]:
    """Synapses low..high-1 of whole pairs, and the pair of each."""
    first = 0
    while first < len(pair_start):
        low = int(pair_start[first])
        last = max(first + 1, int(np.searchsorted(pair_start, low + PIECE)))
        high = int(pair_start[last]) if last < len(pair_start) else synapses
        many = np.diff(pair_start[first:last], append=high)
        yield low, high, np.repeat(np.arange(first, last), many)
        first = last
