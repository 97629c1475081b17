"""Learning projections on the chip: each is mapped with every synapse it may ever have, then the absent ones go.

An extension, not on the production chip; see docs/learning.md. A learning synapse must be one crossbar bit: an axon
that all its targets share on a core, of one type. Where weights would need axon copies or partial sums, it is refused.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurocore.bits import pack_words, unpack_words
from neurocore.errors import ConfigError
from neurocore.image import ChipImage
from neurocore.learning import MOST_RULES, NOT_ON_THE_CHIP, ImageLearning, LearningBlock
from neurocore.mapper.notes import Note
from neurocore.mapper.partition import Partition
from neurocore.mapper.patterns import Laid
from neurocore.mapper.relay import Relayed
from neurocore.mapper.values import to_integers
from neurocore.mapper.wiring import Wiring
from neurocore.network import Network
from neurocore.units import counted

__all__ = ["add_learning", "learning_block", "spread_block"]


def learning_block(network: Network, number: int, laid: list[Laid], ends: tuple[int, int]) -> LearningBlock:
    """The block of a learning projection.

    number : of the projection; laid : the synapses of all of them; ends : numbers of its first source and first target
    Raises ConfigError where the synapses are not all of one weight and delay, or another projection runs in parallel.
    """
    projection, own, path = network.projections[number], laid[number], f"projections[{number}]"
    rule = projection.learning
    assert rule is not None
    if network.mapping.fan_in == "split":
        raise _refused("partial sums hide which synapse was active", "mapping.fan_in", "leave 'fan_in: split' out")
    if network.populations[projection.to].quantize is not None:
        raise _refused("a quantized population's weights are scaled", path, "whole numbers as weights, no 'quantize'")
    if sum(one.learning is not None for one in network.projections[: number + 1]) > MOST_RULES:
        raise _refused(f"a core holds {MOST_RULES} rules", path, f"at most {MOST_RULES} learning projections")
    shapes = {name: pins.shape for name, pins in network.inputs.items()}
    shapes |= {name: population.shape for name, population in network.populations.items()}
    sources, targets = (int(np.prod(shapes[name])) for name in (projection.from_, projection.to))
    for key, values in (("weights", own.weight), ("delay", own.delay)):
        found = np.unique(values[values != 0])
        if len(found) != 1:
            shown = ", ".join(str(value) for value in found[:4].tolist()) or "none"
            raise _refused(f"a bit has one of two values; the {key} are {shown}", path, f"{key} of 0 and one other")
    weight = to_integers(own.weight, None, path)
    bits = np.zeros((sources, targets), bool)
    there = weight != 0
    bits[own.source[there], own.target[there]] = True
    if bits.sum() != there.sum():
        raise _refused("two of its synapses join the same two neurons", path, "one synapse for each pair")
    delay = int(own.delay[0])
    for other, one in enumerate(network.projections):
        parallel = other != number and (one.from_, one.to) == (projection.from_, projection.to)
        if parallel and (laid[other].delay == delay).any():
            raise _refused(f"projection {other} joins the same neurons with the same delay", path, "another delay")
    return LearningBlock(
        projection=number,
        source=projection.from_,
        target=projection.to,
        first_source=ends[0],
        first_target=ends[1],
        bits=bits,
        delay=delay,
        weight=int(weight[there][0]),
        table=rule.table(),
    )


def spread_block(block: LearningBlock) -> Laid:
    """Every synapse that a block may ever have."""
    count = block.bits.size
    return Laid(
        source=np.repeat(np.arange(block.sources, dtype=np.int32), block.targets),
        target=np.tile(np.arange(block.targets, dtype=np.int32), block.sources),
        weight=np.full(count, block.weight, np.int64),
        delay=np.full(count, block.delay, np.int64),
    )


def add_learning(image: ChipImage, relayed: Relayed, wiring: Wiring, partition: Partition) -> tuple[ChipImage, Note]:
    """Mark the axons and neurons that learn, and clear the bits of synapses that are not there yet.

    Raises ConfigError where a projection's synapses did not become single crossbar bits.
    """
    graph, spec = relayed.graph, image.spec
    start = np.searchsorted(partition.pair_core, np.arange(partition.cores))
    axon_of_pair = np.arange(len(partition.pair_core)) - start[partition.pair_core]
    source = wiring.axon_source[partition.pair_axon].astype(np.int64)
    origin = relayed.origin[source]
    delay = relayed.shift[source] + wiring.axon_delay[partition.pair_axon]
    crossbar = image.crossbar.copy()
    axons = np.zeros((image.cores, spec.axons), np.uint32)
    neurons = np.zeros((image.cores, spec.neurons), np.uint32)
    table, bits_on, bits_all = image.logical, 0, 0
    for rule, block in enumerate(graph.learning):
        mask, last = np.uint32(1 << rule), block.first_target + block.targets
        mine = (table.instance_logical >= block.first_target) & (table.instance_logical < last)
        of_block = (origin >= block.first_source) & (origin < block.first_source + block.sources)
        of_block &= delay == block.delay
        for core in np.unique(table.instance_core[mine]).tolist():
            here = mine & (table.instance_core == core)
            slot = table.instance_neuron[here]
            target = table.instance_logical[here] - block.first_target
            pairs = np.flatnonzero(of_block & (partition.pair_core == core))
            axon, who = axon_of_pair[pairs], origin[pairs] - block.first_source
            bits = unpack_words(crossbar[core], spec.neurons)
            reads = bits[np.ix_(axon, slot)]
            used = reads.any(axis=1)
            axon, who = axon[used], who[used]
            weights = image.weight[core][slot[None, :], image.axon_type[core, axon][:, None]]
            one_axon_each = sorted(who.tolist()) == list(range(block.sources))
            if not one_axon_each or not reads[used].all() or not (weights == block.weight).all():
                raise _shared(block)
            bits[np.ix_(axon, slot)] = block.bits[np.ix_(who, target)]
            crossbar[core] = pack_words(bits)
            axons[core, axon] |= mask
            neurons[core, slot] |= mask
            bits_on, bits_all = bits_on + int(block.bits[:, target].sum()), bits_all + reads[used].size
    learning = ImageLearning(tables=np.stack([block.table for block in graph.learning]), axons=axons, neurons=neurons)
    text = (
        f"{counted(len(graph.learning), 'learning projection')}, {bits_on:,} of {bits_all:,} crossbar bits set at first"
    )
    facts = {"learning_projections": len(graph.learning), "learning_bits": bits_all, "bits_set_at_first": bits_on}
    note = Note(stage="learning", text=f"{text} ({NOT_ON_THE_CHIP})", facts=facts)
    return replace(image, crossbar=crossbar, learning=learning), note


def _shared(block: LearningBlock) -> ConfigError:
    return _refused(
        f"beside what else '{block.target}' reads and '{block.source}' reaches, its weight takes more than one axon",
        f"projections[{block.projection}]",
        "fewer different weights there, or another delay for this projection",
    )


def _refused(why: str, path: str, fix: str) -> ConfigError:
    return ConfigError(f"this projection cannot learn: {why}", path=path, fix=fix)
