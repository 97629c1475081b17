"""Last pass: crossbar bits, axon types, targets and delays become a ChipImage."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.bits import pack_words
from neurocore.graph import Group, NeuronGraph
from neurocore.image import OUTPUT_BASE, ChipImage, LogicalMap
from neurocore.mapper.partition import Partition, outputs_of
from neurocore.mapper.relay import RELAYS, Relayed
from neurocore.mapper.wiring import Wiring

__all__ = ["Keys", "assemble"]

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Keys of random draws that are not to be the usual ones (see neurocore.rng). L neurons, K (source, delay) pairs.

    neuron : uint32[L]
    pair   : int64[K]  source * 256 + delay, ascending; of_pair : uint32[K]
    """

    neuron: npt.NDArray[np.uint32]
    pair: Whole
    of_pair: npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class _Instances:
    """Neurons and copies as placed, sorted by logical neuron. I instances.

    logical, core, slot : int64[I]; first : int64[L+1], instances of neuron j are first[j]..first[j+1]-1
    """

    logical: Whole
    core: Whole
    slot: Whole
    first: Whole


def assemble(
    relayed: Relayed,
    spec: ChipSpec,
    wiring: Wiring,
    partition: Partition,
    places: npt.NDArray[np.int32],
    keys: Keys | None = None,
) -> ChipImage:
    """Build the image; relays are on the chip, but not in its logical map. places : int32[C, 2]."""
    graph = relayed.graph
    image = ChipImage.blank(graph.name, spec, places)
    instances = _instances(graph, partition)
    core, slot, logical = instances.core, instances.slot, instances.logical
    local = _axons(image, relayed, wiring, partition, keys)
    _crossbar(image, wiring, partition, instances, local)
    for name, array in graph.neurons.arrays().items():
        image.neurons.arrays()[name][core, slot] = array[logical]
    image.weight[core, slot] = wiring.weight[logical]
    image.stochastic_weight[core, slot] = wiring.stochastic[logical]
    image.neuron_used[core, slot] = 1
    image.neuron_key[:] = 0
    numbers = np.arange(graph.neuron_count, dtype=np.uint32)
    if keys is not None:
        numbers[: len(keys.neuron)] = keys.neuron
    image.neuron_key[core, slot] = numbers[logical]
    outputs = outputs_of(graph)
    _targets(image, graph, wiring, partition, instances, local, outputs)
    from_pin = wiring.axon_source[partition.pair_axon] >= graph.neuron_count
    pin = wiring.axon_source[partition.pair_axon][from_pin] - graph.neuron_count
    order = np.argsort(pin, kind="stable")
    described = logical < relayed.described
    table = LogicalMap(
        populations=tuple(group for group in graph.populations if group.name != RELAYS),
        inputs=graph.inputs,
        instance_logical=logical[described].astype(np.int32),
        instance_core=core[described].astype(np.int32),
        instance_neuron=slot[described].astype(np.int32),
        pin=pin[order],
        pin_core=partition.pair_core[from_pin][order],
        pin_axon=local[from_pin][order].astype(np.int32),
        pin_delay=wiring.axon_delay[partition.pair_axon][from_pin][order],
    )
    connectors = tuple(Group(name=group.name, start=0, shape=group.shape) for group in outputs)
    return replace(image, outputs=connectors, logical=table)


def _instances(graph: NeuronGraph, partition: Partition) -> _Instances:
    """Slots are given out in order of logical neuron, copies next to each other."""
    logical = np.repeat(np.arange(graph.neuron_count), partition.copies)
    core = partition.core[logical].astype(np.int64)
    order = np.argsort(core, kind="stable")
    begin = np.searchsorted(core[order], np.arange(partition.cores))
    slot = np.empty(len(logical), np.int64)
    slot[order] = np.arange(len(logical)) - begin[core[order]]
    return _Instances(logical, core, slot, np.concatenate([[0], np.cumsum(partition.copies)]))


def _axons(image: ChipImage, relayed: Relayed, wiring: Wiring, partition: Partition, keys: Keys | None) -> Whole:
    """Number the axons of each core; write types and keys. Returns int64[P], the axon of each pair."""
    begin = np.searchsorted(partition.pair_core, np.arange(partition.cores))
    local = np.arange(len(partition.pair_core)) - begin[partition.pair_core]
    image.axon_key[:] = 0
    image.axon_type[partition.pair_core, local] = wiring.axon_type[partition.pair_axon]
    source = wiring.axon_source[partition.pair_axon]
    # A stochastic synapse behind relays draws as if it came from the source itself, after the whole delay.
    delay = relayed.shift[source] + wiring.axon_delay[partition.pair_axon]
    origin = relayed.origin[source]
    if keys is None:
        key = relayed.graph.axon_key(origin.astype(np.int32), delay.astype(np.uint8))
    else:
        key = keys.of_pair[np.searchsorted(keys.pair, origin * 256 + delay)]
    image.axon_key[partition.pair_core, local] = key
    return local


def _crossbar(image: ChipImage, wiring: Wiring, partition: Partition, instances: _Instances, local: Whole) -> None:
    """Set the bit of every axon that a neuron reads, for each of its instances; core by core."""
    spec = image.spec
    number = np.zeros(len(wiring.axon_source), np.int32)
    pairs = np.searchsorted(partition.pair_core, np.arange(partition.cores + 1))
    by_core = np.argsort(instances.core, kind="stable")
    members = np.searchsorted(instances.core[by_core], np.arange(partition.cores + 1))
    for core in range(partition.cores):
        here = slice(pairs[core], pairs[core + 1])
        number[partition.pair_axon[here]] = local[here]
        those = by_core[members[core] : members[core + 1]]
        neurons, many = np.unique(instances.logical[those], return_counts=True)
        first, fan_in = wiring.start[neurons], wiring.start[neurons + 1] - wiring.start[neurons]
        each = np.repeat(fan_in, many)
        # Copies of a neuron sit side by side, so slots are in order of neurons.
        begin = np.repeat(np.repeat(first, many) - (np.cumsum(each) - each), each)
        reads = wiring.reads[begin + np.arange(len(begin))]
        bits = np.zeros((spec.axons, spec.neurons), bool)
        bits[number[reads], np.repeat(instances.slot[those], each)] = True
        image.crossbar[core] = pack_words(bits)


def _targets(
    image: ChipImage,
    graph: NeuronGraph,
    wiring: Wiring,
    partition: Partition,
    instances: _Instances,
    local: Whole,
    outputs: list[Group],
) -> None:
    """Give each instance its one target: first the output pin, then the axons in order of core and axon."""
    taken = np.zeros(graph.neuron_count, np.int64)
    for connector, group in enumerate(outputs):
        first = instances.first[group.start : group.stop]
        image.target_core[instances.core[first], instances.slot[first]] = OUTPUT_BASE - connector
        image.target_axon[instances.core[first], instances.slot[first]] = np.arange(group.size)
        taken[group.start : group.stop] = 1
    source = wiring.axon_source[partition.pair_axon].astype(np.int64)
    inside = np.flatnonzero(source < graph.neuron_count)
    order = inside[np.argsort(source[inside], kind="stable")]
    driver = source[order]
    begin = np.searchsorted(driver, np.arange(graph.neuron_count))
    number = instances.first[driver] + taken[driver] + np.arange(len(driver)) - begin[driver]
    at = (instances.core[number], instances.slot[number])
    image.target_core[at] = partition.pair_core[order]
    image.target_axon[at] = local[order]
    image.delay[at] = wiring.axon_delay[partition.pair_axon[order]]
