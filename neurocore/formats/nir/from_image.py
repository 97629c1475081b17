"""A chip image as a network again: sets of its neurons, and what its crossbars and packets connect them with."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from neurocore.bits import unpack_words
from neurocore.graph import Group, NeuronGraph
from neurocore.image import OUTPUT_BASE, ChipImage
from neurocore.learning import refuse_learning
from neurocore.neuron import NeuronParameters
from neurocore.units import counted

__all__ = ["graph_of_image"]

Whole = npt.NDArray[np.int64]


def graph_of_image(image: ChipImage) -> tuple[NeuronGraph, tuple[str, ...]]:
    """The network that an image is, copies and relays included, and remarks.

    Populations are the neurons of each output connector in the order of its pins; the first instances of what else a
    population of the network became (NAME), and its copies (NAME_copies); relays; and where nothing says what they are,
    the other neurons of each core (core_0). Inputs are those of the network, or in an image without them all axons
    that no neuron drives. Where several sources drive one axon, two spikes at once are one on the chip, and would add
    up in a graph: such axons of a core are neurons without memory (merged_0), from which a spike takes 1 tick or none.
    Raises RunError for an image that learns.
    """
    refuse_learning(image.learning, "NIR")
    sets = list(_sets(image))
    populations, start = [], 0
    for name, members in sets:
        populations.append(Group(name=name, start=start, shape=(len(members),)))
        start += len(members)
    place = np.concatenate([np.zeros(0, np.int64), *(members for _, members in sets)])  # core * N + neuron
    number = np.full(image.neuron_used.size, -1, np.int64)
    number[place] = np.arange(len(place))
    taken = {name for name, _ in sets}
    merged = _merged(image, number)
    at = start
    for core, size in zip(*np.unique(merged // image.spec.axons, return_counts=True), strict=True):
        populations.append(Group(name=_fresh(f"merged_{core}", taken), start=at, shape=(int(size),)))
        at += int(size)
    inputs, source, axon, delay, remarks = _drivers(image, number, start + len(merged), taken)
    joins = np.isin(axon, merged)
    into = np.searchsorted(merged, axon[joins])
    last = np.ones(len(merged), np.int64)  # a tick behind a merged axon: read again, it can be in a loop
    np.minimum.at(last, into, np.maximum(delay[joins] - 1, 0))
    columns = _synapses(
        image,
        number,
        np.concatenate([source[~joins], start + np.arange(len(merged))]),
        np.concatenate([axon[~joins], merged]),
        np.concatenate([delay[~joins], last]),
    )
    ones, none = np.ones(len(into), np.int64), np.zeros(len(into), np.int64)
    joining = (source[joins], start + into, ones, delay[joins] - last[into], none)
    columns = [np.concatenate(pair) for pair in zip(columns, joining, strict=True)]
    order = np.lexsort((columns[1], columns[3], columns[0]))
    found = [column[order] for column in columns]
    ors = NeuronParameters.unused((len(merged),)).arrays()  # fires in a tick in which something comes, and forgets it
    flat = {
        name: np.concatenate([array.reshape(-1)[place], ors[name]]) for name, array in image.neurons.arrays().items()
    }
    if len(merged):
        told = "several sources: neurons of 'merged_CORE' make one spike of those of a tick"
        remarks.append(f"{counted(len(merged), 'axon')} {'has' if len(merged) == 1 else 'have'} {told}")
    connectors = {_connector_name(image, k) for k in range(len(image.outputs))}
    graph = NeuronGraph(
        name=image.name,
        populations=tuple(populations),
        inputs=inputs,
        outputs=tuple(group.name for group in populations if group.name in connectors),
        neurons=NeuronParameters(**flat),
        source=found[0].astype(np.int32),
        target=found[1].astype(np.int32),
        weight=found[2].astype(np.int32),
        delay=found[3].astype(np.uint8),
        stochastic=found[4].astype(bool),
    )
    return graph, (*remarks, *_pruned(image))


def _connector_name(image: ChipImage, number: int) -> str:
    return image.outputs[number].name or f"output_{number}"


def _sets(image: ChipImage) -> Iterator[tuple[str, Whole]]:
    """Name and members (core * N + neuron) of each set of used neurons; every one is in one set."""
    used = image.neuron_used.reshape(-1) > 0
    target, pin = image.target_core.reshape(-1), image.target_axon.reshape(-1)
    taken = set()
    for k in range(len(image.outputs)):
        members = np.flatnonzero(used & (target == OUTPUT_BASE - k))
        if len(members):
            taken.add(_connector_name(image, k))
            yield _connector_name(image, k), members[np.argsort(pin[members], kind="stable")]
            used[members] = False
    table, neurons = image.logical, image.spec.neurons
    where = table.instance_core.astype(np.int64) * neurons + table.instance_neuron
    first = np.diff(table.instance_logical, prepend=-1) > 0
    for group in table.populations:
        mine = (table.instance_logical >= group.start) & (table.instance_logical < group.stop) & used[where]
        for name, rows in ((group.name, first), (f"{group.name}_copies", ~first)):
            members = where[mine & rows]
            if len(members):
                yield _fresh(f"{group.name}_copies" if name in taken else name, taken), members
                used[members] = False
    rest = np.flatnonzero(used)
    if table.populations and len(rest):
        yield _fresh("relays", taken), rest
    else:
        for core in np.unique(rest // neurons).tolist():
            yield _fresh(f"core_{core}", taken), rest[rest // neurons == core]


def _fresh(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _drivers(
    image: ChipImage, number: Whole, first: int, taken: set[str]
) -> tuple[tuple[Group, ...], Whole, Whole, Whole, list[str]]:
    """(inputs, sources, the axons that they drive as core * A + axon, delays, remarks).

    first : number of the first pin
    """
    axons = image.spec.axons
    senders, driven = _senders(image, number)
    source, axon = [number[senders]], [driven]
    delay = [image.delay.reshape(-1)[senders].astype(np.int64)]
    table = image.logical
    if table.inputs:
        source.append(first + table.pin.astype(np.int64))
        axon.append(table.pin_core.astype(np.int64) * axons + table.pin_axon)
        delay.append(table.pin_delay.astype(np.int64))
        inputs = tuple(Group(name=_fresh(g.name, taken), start=g.start, shape=g.shape) for g in table.inputs)
        remarks = []
    else:
        wired = np.flatnonzero((image.crossbar != 0).any(axis=2).reshape(-1))
        free = np.setdiff1d(wired, axon[0])
        source.append(first + np.arange(len(free)))
        axon.append(free)
        delay.append(np.zeros(len(free), np.int64))
        inputs = (Group(name=_fresh("axons", taken), start=0, shape=(len(free),)),) if len(free) else ()
        remarks = [f"pins of 'axons' are the {len(free):,} axons that no neuron drives, core by core"] if inputs else []
    return inputs, np.concatenate(source), np.concatenate(axon), np.concatenate(delay), remarks


def _pruned(image: ChipImage) -> Iterator[str]:
    """What of the network's populations the chip lacks, in words."""
    there = np.unique(image.logical.instance_logical)
    for group in image.logical.populations:
        found = int(((there >= group.start) & (there < group.stop)).sum())
        if found < group.size:
            yield f"'{group.name}': {found:,} of its {group.size:,} neurons are on the chip; the others drive nothing"


def _senders(image: ChipImage, number: Whole) -> tuple[Whole, Whole]:
    """Neurons that drive axons, as core * N + neuron, and these axons, as core * A + axon."""
    target = image.target_core.reshape(-1).astype(np.int64)
    senders = np.flatnonzero((number >= 0) & (target >= 0))
    return senders, target[senders] * image.spec.axons + image.target_axon.reshape(-1)[senders]


def _merged(image: ChipImage, number: Whole) -> Whole:
    """Axons with synapses and several sources, as core * A + axon, in order."""
    table = image.logical
    pins = table.pin_core.astype(np.int64) * image.spec.axons + table.pin_axon if table.inputs else number[:0]
    wired = (image.crossbar != 0).any(axis=2).reshape(-1)
    drivers = np.bincount(np.concatenate([_senders(image, number)[1], pins]), minlength=len(wired))
    return np.flatnonzero(wired & (drivers > 1))


def _synapses(image: ChipImage, number: Whole, source: Whole, axon: Whole, delay: Whole) -> list[Whole]:
    """Columns source, target, weight, delay, stochastic: what each source's axon does to the used neurons."""
    order = np.argsort(axon, kind="stable")
    core_of = axon[order] // image.spec.axons
    bounds = np.searchsorted(core_of, np.arange(image.cores + 1))
    parts: list[list[Whole]] = [[] for _ in range(5)]
    for core in range(image.cores):
        who = order[bounds[core] : bounds[core + 1]]
        local = axon[who] % image.spec.axons
        mask = unpack_words(image.crossbar[core, local], image.spec.neurons)
        mine = number[core * image.spec.neurons : (core + 1) * image.spec.neurons]
        row, neuron = np.nonzero(mask & (mine >= 0))
        kind = image.axon_type[core, local[row]]
        weight = image.weight[core, neuron, kind].astype(np.int64)
        drawn = (image.stochastic_weight[core, neuron] >> kind) & 1
        for part, column in zip(parts, (source[who[row]], mine[neuron], weight, delay[who[row]], drawn), strict=True):
            part.append(column[weight != 0].astype(np.int64))
    return [np.concatenate([np.zeros(0, np.int64), *part]) for part in parts]
