"""Mapping a compiled chip again: flattened, packed, placed and assembled like a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from neurocore.errors import SpikeFileError
from neurocore.image import OUTPUT_BASE, ChipImage
from neurocore.learning import refuse_learning
from neurocore.mapper.assemble import Keys
from neurocore.mapper.flatten import Flat, flatten
from neurocore.mapper.mapping_report import MappingReport
from neurocore.mapper.notes import Log, Note
from neurocore.mapper.pipeline import map_graph
from neurocore.mapper.prune import prune
from neurocore.mapper.regions import find_zones
from neurocore.network import Mapping
from neurocore.spikes import AxonEvents
from neurocore.units import counted

__all__ = ["Remapped", "remap_image", "translated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remapped:
    """An image mapped again: the same behaviour at the same output pins. Input is addressed to other axons now."""

    flat: Flat
    image: ChipImage
    report: MappingReport


def remap_image(image: ChipImage, options: Mapping, watch: Callable[[str], None] | None = None) -> Remapped:
    """Forget the core assignment and map again, on the same chip.

    options : how; without outputs nothing is pruned
    watch   : called with the name of each pass as it begins
    Raises ImageError for what cannot be flattened, CapacityError for what does not fit.
    """
    refuse_learning(image.learning, "mapping a chip again")
    log = Log(watch)
    log.begin("flatten")
    flat = flatten(image)
    graph = flat.graph
    text = f"{graph.neuron_count:,} neurons, {counted(flat.merged, 'copy').replace('copys', 'copies')} merged"
    log.end(Note(stage="flatten", text=text, facts={"neurons": graph.neuron_count, "merged": flat.merged}))
    log.begin("prune")
    pruned, kept, note = prune(graph, (), options.prune)
    log.end(note)
    keys = Keys(neuron=flat.neuron_key, pair=flat.pair, of_pair=flat.pair_key)
    zones = find_zones(graph, image.spec, {})
    mapped, report = map_graph(graph, pruned, kept, image.spec, options, log, zones=zones, keys=keys)
    return Remapped(flat=flat, image=_with_outputs(mapped, image, flat), report=report)


def _with_outputs(mapped: ChipImage, before: ChipImage, flat: Flat) -> ChipImage:
    """Output connectors and pins as they were."""
    core, pin = mapped.target_core.copy(), mapped.target_axon.copy()
    for number, (connector, pins) in enumerate(flat.outputs):
        mine = mapped.target_core == OUTPUT_BASE - number
        core[mine], pin[mine] = OUTPUT_BASE - connector, pins[mapped.target_axon[mine]]
    return replace(mapped, target_core=core, target_axon=pin, outputs=before.outputs)


def translated(events: AxonEvents, remapped: Remapped, before: ChipImage) -> AxonEvents:
    """Events at axons of the image before as events at axons of the remapped one, in the same ticks.

    Raises SpikeFileError where an event has no counterpart: its axon is driven by a neuron, or it is only some of the
    axons that an input pin reaches.
    """
    axons = before.spec.axons
    old, new = before.logical, remapped.image.logical
    if old.inputs:
        known = np.stack([old.pin_core.astype(np.int64) * axons + old.pin_axon, old.pin, old.pin_delay], axis=1)
    else:
        place = remapped.flat.pin_axon
        number = np.arange(len(place))
        known = np.stack([place[:, 0] * axons + place[:, 1], number, np.ones_like(number)], axis=1)
    known = known[np.argsort(known[:, 0], kind="stable")].astype(np.int64)
    axon = events.core.astype(np.int64) * axons + events.axon
    row = np.searchsorted(known[:, 0], axon)
    found = row < len(known)
    found[found] = known[row[found], 0] == axon[found]
    heard = (before.crossbar.reshape(-1, before.spec.neuron_words) != 0).any(axis=1)
    if (~found & heard[axon]).any():
        at = int(np.argmax(~found & heard[axon]))
        raise SpikeFileError(
            f"axon {events.axon[at]} of core {events.core[at]} is driven by a neuron; it is no input once cores are "
            "forgotten",
            fix="input spikes for axons that no neuron drives",
        )
    row, tick = row[found], events.tick[found]
    pin = known[row, 1] * 256 + known[row, 2]
    _check_whole(known, tick, pin, axon[found])
    entry = new.pin.astype(np.int64) * 256 + new.pin_delay
    order = np.argsort(entry, kind="stable")
    low, high = np.searchsorted(entry[order], pin), np.searchsorted(entry[order], pin, side="right")
    which = order[
        np.repeat(low - np.concatenate([[0], np.cumsum(high - low)[:-1]]), high - low) + np.arange((high - low).sum())
    ]
    rows = np.unique(np.stack([np.repeat(tick, high - low), new.pin_core[which], new.pin_axon[which]]), axis=1)
    return AxonEvents.sorted(*rows)


def _check_whole(known: np.ndarray, tick: np.ndarray, pin: np.ndarray, axon: np.ndarray) -> None:
    """Every event must come with those of the other axons that its pin reaches after the same delay."""
    needed = dict(zip(*np.unique(known[:, 1] * 256 + known[:, 2], return_counts=True), strict=True))
    rows = np.unique(np.stack([tick, pin, axon]), axis=1)
    pairs, counts = np.unique(rows[:2], axis=1, return_counts=True)
    for (when, which), count in zip(pairs.T.tolist(), counts.tolist(), strict=True):
        if count != needed[which]:
            raise SpikeFileError(
                f"in tick {when} only {count} of the {needed[which]} axons of input pin {which // 256} get a spike",
                fix="spikes for all axons that a pin reaches, as 'neurocore run' writes them",
            )
