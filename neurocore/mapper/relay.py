"""Relays: neurons that repeat a spike, where a delay is longer than the chip's or a neuron may not be copied.

A relay fires in the tick in which it integrates, so a synapse of delay d may go through one as d1 + d2 = d: nothing
changes in time. That needs d of 2 or more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from neurocore.graph import Group, NeuronGraph
from neurocore.neuron import NEURON_FIELDS, NeuronParameters

__all__ = ["RELAYS", "Relayed", "relay_fan_out", "relay_long_delays"]

RELAYS = "(relays)"
"""Name of the group of relays; no population can have it."""

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relayed:
    """A graph with relays among its neurons, behind the described ones; input pins are numbered behind these.

    graph      : with the group RELAYS as its last population where there are any
    described  : number of neurons that the network describes
    origin     : int64[L + P]  for each source the neuron or pin (in the described numbering) whose spikes it repeats
    shift      : int64[L + P]  how many ticks later; 0 for neurons and pins themselves
    """

    graph: NeuronGraph
    described: int
    origin: Whole
    shift: Whole

    @classmethod
    def none(cls, graph: NeuronGraph) -> Relayed:
        """No relays."""
        sources = graph.neuron_count + graph.pin_count
        return cls(
            graph=graph, described=graph.neuron_count, origin=np.arange(sources), shift=np.zeros(sources, np.int64)
        )

    @property
    def relays(self) -> int:
        """How many relays there are."""
        return self.graph.neuron_count - self.described


def relay_long_delays(graph: NeuronGraph, limit: int) -> Relayed:
    """Chains of relays, ``limit`` ticks each, for synapses whose delay exceeds the chip's limit. Exact."""
    start = Relayed.none(graph)
    if graph.delay.max(initial=0) <= limit:
        return start
    delay = graph.delay.astype(np.int64)
    level = (delay - 1) // limit
    longest = np.zeros(graph.neuron_count + graph.pin_count, np.int64)
    np.maximum.at(longest, graph.source, level)
    # Relay k of a source (k = 1 .. longest) is number first[source] + k - 1 of the new ones.
    first = np.cumsum(longest) - longest
    driven_by = np.repeat(np.arange(len(longest)), longest)
    step = np.arange(len(driven_by)) - first[driven_by] + 1
    new = _Numbering(graph, len(driven_by))
    source = new.old(graph.source)
    far = level > 0
    source[far] = graph.neuron_count + first[graph.source[far]] + level[far] - 1
    relays = graph.neuron_count + np.arange(len(driven_by))
    feeder = np.where(step == 1, new.old(driven_by), relays - 1)
    return _extended(
        start, new, source, delay - level * limit, relays, feeder, np.full(len(relays), limit), driven_by, step * limit
    )


def relay_fan_out(relayed: Relayed, neurons: Whole, ways: Whole) -> Relayed:
    """Give neurons with too many targets relays that take their synapses of delay 2 and more.

    neurons : int64[n]  who
    ways    : int64[n]  how many relays each; its synapses are shared out among them in order of targets
    """
    graph = relayed.graph
    first = np.cumsum(ways) - ways
    driven_by = np.repeat(neurons, ways)
    new = _Numbering(graph, len(driven_by))
    source, delay = new.old(graph.source), graph.delay.astype(np.int64)
    for neuron, many, start in zip(neurons.tolist(), ways.tolist(), first.tolist(), strict=True):
        low, high = np.searchsorted(graph.source, [neuron, neuron + 1])
        rows = low + np.flatnonzero(graph.delay[low:high] >= 2)
        rows = rows[np.lexsort((graph.delay[rows], graph.target[rows]))]
        share = np.arange(len(rows)) * many // max(1, len(rows))
        source[rows] = graph.neuron_count + start + share
        delay[rows] -= 1
    relays = graph.neuron_count + np.arange(len(driven_by))
    ones = np.ones(len(driven_by), np.int64)
    return _extended(relayed, new, source, delay, relays, new.old(driven_by), ones, driven_by, ones)


class _Numbering:
    """Sources after ``more`` relays were put between the neurons and the input pins."""

    def __init__(self, graph: NeuronGraph, more: int) -> None:
        self.neurons = graph.neuron_count
        self.more = more

    def old(self, source: npt.NDArray[np.integer]) -> Whole:
        """New numbers of old sources."""
        numbers = source.astype(np.int64)
        return numbers + np.where(numbers >= self.neurons, self.more, 0)


def _extended(
    before: Relayed,
    new: _Numbering,
    source: Whole,
    delay: Whole,
    relays: Whole,
    feeder: Whole,
    feeder_delay: Whole,
    repeated: Whole,
    later: Whole,
) -> Relayed:
    """Add relays to a graph.

    source, delay : the synapses there were, rewired (new numbering)
    relays        : numbers of the new relays; feeder, feeder_delay : the synapse into each
    repeated      : old source that each relay repeats, ``later`` ticks later
    """
    graph = before.graph
    total = graph.neuron_count + new.more
    source = np.concatenate([source, feeder])
    target = np.concatenate([graph.target.astype(np.int64), relays])
    delay = np.concatenate([delay, feeder_delay])
    weight = np.concatenate([graph.weight, np.ones(new.more, np.int32)])
    stochastic = np.concatenate([graph.stochastic, np.zeros(new.more, bool)])
    order = np.lexsort((stochastic, target, delay, source))
    quiet = NeuronParameters.unused((new.more,)).arrays()  # threshold 1, floor 0, no leak: a relay
    parameters = {
        name: np.concatenate([array, quiet[name]])
        for name, array in graph.neurons.arrays().items()
        if name in NEURON_FIELDS
    }
    described = tuple(group for group in graph.populations if group.name != RELAYS)
    group = Group(name=RELAYS, start=before.described, shape=(total - before.described,))
    origin = np.concatenate(
        [before.origin[: graph.neuron_count], before.origin[repeated], before.origin[graph.neuron_count :]]
    )
    shift = np.concatenate(
        [before.shift[: graph.neuron_count], before.shift[repeated] + later, before.shift[graph.neuron_count :]]
    )
    extended = replace(
        graph,
        populations=(*described, group),
        neurons=NeuronParameters(**parameters),
        source=source[order].astype(np.int32),
        target=target[order].astype(np.int32),
        weight=weight[order].astype(np.int32),
        delay=delay[order].astype(np.uint8),
        stochastic=stochastic[order],
    )
    return Relayed(graph=extended, described=before.described, origin=origin, shift=shift)
