"""A compiled chip as a graph again: its core assignment forgotten, its behaviour kept.

Copies become one neuron with several targets. An axon that several neurons drive, or a neuron and an input, merges
spikes of one tick; it becomes a neuron of its own that fires when any of them does, which takes a tick of their delays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.bits import unpack_words
from neurocore.errors import ImageError
from neurocore.graph import Group, NeuronGraph
from neurocore.image import OUTPUT_BASE, ChipImage
from neurocore.mapper.copies import find_copies
from neurocore.mapper.merge import Synapses, merge
from neurocore.neuron import NeuronParameters

__all__ = ["Flat", "flatten"]

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """A flattened image. L neurons, P input pins, K (source, delay) pairs.

    graph      : a population for the neurons of each core that drive pins of one output connector, by pin; behind these
                 one for all others of each core
    neuron_key : uint32[L]  keys of the neurons' draws
    pair       : int64[K]  source * 256 + delay, ascending; pair_key : uint32[K], keys of the draws of its synapses
    outputs    : for each output population its connector, and the pin that each neuron drives
    pin_axon   : int64[P, 2]  core and axon that became a pin; empty where the image has input pins of its own
    merged     : neurons that were copies of others
    """

    graph: NeuronGraph
    neuron_key: npt.NDArray[np.uint32]
    pair: Whole
    pair_key: npt.NDArray[np.uint32]
    outputs: tuple[tuple[int, Whole], ...]
    pin_axon: Whole
    merged: int


def flatten(image: ChipImage) -> Flat:
    """Forget which core each neuron is in.

    Raises ImageError where spikes merge on an axon after a delay of 1, which leaves no tick to merge them elsewhere.
    """
    core, slot = np.nonzero(image.neuron_used)
    leader = find_copies(image, core, slot)
    pins, pin_axon = _pins(image, core, slot)
    drives = np.flatnonzero(image.target_core[core, slot] >= 0)
    there = (core[drives], slot[drives])
    axon = image.target_core[there].astype(np.int64) * image.spec.axons + image.target_axon[there]
    # Sources: neurons by their place among the used ones, then merging axons, then pins.
    source, delay, axon = _distinct_rows(
        np.concatenate([leader[drives], len(core) + pins[:, 0]]),
        np.concatenate([image.delay[there].astype(np.int64), pins[:, 1]]),
        np.concatenate([axon, pins[:, 2]]),
    )
    several = np.bincount(axon, minlength=image.cores * image.spec.axons) > 1
    merging = np.flatnonzero(several)
    if (delay[several[axon]] < 2).any():
        raise _merged_too_soon(image, int(axon[several[axon] & (delay < 2)][0]))
    count = len(core) + len(merging)
    source = np.where(source >= len(core), source + len(merging), source)
    heard = np.full(len(several), -1, np.int64)
    after = np.ones(len(several), np.int64)
    heard[axon], after[axon] = source, delay
    heard[merging], after[merging] = len(core) + np.arange(len(merging)), 1

    reads, weight, drawn, reader = _synapses(image, core, slot, leader)
    alive = (heard[reads] >= 0) & (weight != 0)
    into = several[axon]
    number, groups, outputs = _numbering(image, core, slot, leader, len(merging))
    everyone = np.concatenate([number, number.max(initial=-1) + 1 + np.arange(_size(image, pin_axon))])
    joined = merge(
        [
            Synapses(
                everyone[np.concatenate([heard[reads[alive]], source[into]])].astype(np.int32),
                number[np.concatenate([reader[alive], len(core) + np.searchsorted(merging, axon[into])])].astype(
                    np.int32
                ),
                np.concatenate([weight[alive], np.ones(int(into.sum()), np.int64)]).astype(np.int32),
                np.concatenate([after[reads[alive]], delay[into] - 1]).astype(np.uint8),
                np.concatenate([drawn[alive], np.zeros(int(into.sum()), bool)]),
            )
        ],
        count,
    )
    heads = np.flatnonzero(leader == np.arange(len(core)))
    heads = heads[np.argsort(number[heads])]
    quiet = NeuronParameters.unused((len(merging),)).arrays()
    parameters = image.neurons.arrays()
    carried = np.flatnonzero(heard >= 0)
    pair, first = np.unique(everyone[heard[carried]] * 256 + after[carried], return_index=True)
    return Flat(
        graph=NeuronGraph(
            name=image.name,
            populations=groups,
            inputs=image.logical.inputs or (Group(name="axons", start=0, shape=(max(1, len(pin_axon)),)),),
            outputs=tuple(group.name for group in groups[: len(outputs)]),
            neurons=NeuronParameters(
                **{name: np.concatenate([parameters[name][core[heads], slot[heads]], quiet[name]]) for name in quiet}
            ),
            source=joined.source,
            target=joined.target,
            weight=joined.weight,
            delay=joined.delay,
            stochastic=joined.stochastic,
        ),
        neuron_key=np.concatenate([image.neuron_key[core[heads], slot[heads]], np.zeros(len(merging), np.uint32)]),
        pair=pair,
        pair_key=image.axon_key.reshape(-1)[carried[first]],
        outputs=outputs,
        pin_axon=pin_axon,
        merged=len(core) - len(heads),
    )


def _size(image: ChipImage, pin_axon: Whole) -> int:
    """Number of input pins."""
    return image.logical.inputs[-1].stop if image.logical.inputs else max(1, len(pin_axon))


def _pins(image: ChipImage, core: Whole, slot: Whole) -> tuple[Whole, Whole]:
    """Rows (pin, delay, axon), int64[K, 3]; and the (core, axon) of each pin where the image names no inputs.

    Then every axon with synapses that no neuron drives is a pin, one tick ahead.
    """
    table = image.logical
    if table.inputs:
        axon = table.pin_core.astype(np.int64) * image.spec.axons + table.pin_axon
        return np.stack([table.pin.astype(np.int64), table.pin_delay.astype(np.int64), axon], axis=1), np.zeros(
            (0, 2), int
        )
    driven = np.zeros(image.axon_type.shape, bool)
    inside = image.target_core[core, slot] >= 0
    at = (core[inside], slot[inside])
    driven[image.target_core[at], image.target_axon[at]] = True
    pins = np.argwhere((image.crossbar != 0).any(axis=2) & ~driven)
    number = np.arange(len(pins))
    return np.stack([number, np.ones_like(number), pins[:, 0] * image.spec.axons + pins[:, 1]], axis=1), pins


def _distinct_rows(source: Whole, delay: Whole, axon: Whole) -> tuple[Whole, Whole, Whole]:
    """Without repeats: copies of a neuron on one axon are one driver."""
    rows = np.unique(np.stack([axon, source, delay], axis=1), axis=0)
    return rows[:, 1], rows[:, 2], rows[:, 0]


def _synapses(
    image: ChipImage, core: Whole, slot: Whole, leader: Whole
) -> tuple[Whole, Whole, npt.NDArray[np.bool_], Whole]:
    """Set crossbar bits of neurons that lead: axon (core * A + axon), weight, stochastic, neuron."""
    parts = []
    for number in range(image.cores):
        mine = np.flatnonzero((core == number) & (leader == np.arange(len(core))))
        axon, column = np.nonzero(unpack_words(image.crossbar[number], image.spec.neurons)[:, slot[mine]])
        kind = image.axon_type[number, axon].astype(np.int64)
        at = slot[mine[column]]
        parts.append(
            np.stack(
                [
                    number * image.spec.axons + axon,
                    image.weight[number, at, kind].astype(np.int64),
                    (image.stochastic_weight[number, at].astype(np.int64) >> kind) & 1,
                    mine[column],
                ]
            )
        )
    axon, weight, drawn, reader = np.concatenate([np.zeros((4, 0), np.int64), *parts], axis=1)
    return axon, weight, drawn > 0, reader


def _numbering(
    image: ChipImage, core: Whole, slot: Whole, leader: Whole, merging: int
) -> tuple[Whole, tuple[Group, ...], tuple[tuple[int, Whole], ...]]:
    """Numbers of neurons (copies have their leader's) and merging axons; populations; what the first ones drive."""
    target = image.target_core[core, slot].astype(np.int64)
    out = np.flatnonzero(target <= OUTPUT_BASE)
    connector = np.full(len(core), len(image.outputs), np.int64)
    pin = np.zeros(len(core), np.int64)
    connector[leader[out]] = OUTPUT_BASE - target[out]
    pin[leader[out]] = image.target_axon[core[out], slot[out]]
    heads = np.flatnonzero(leader == np.arange(len(core)))
    heads = heads[np.lexsort((heads, pin[heads], core[heads], connector[heads]))]
    number = np.empty(len(core), np.int64)
    number[heads] = np.arange(len(heads))
    groups: list[Group] = []
    outputs: list[tuple[int, Whole]] = []
    begin = np.flatnonzero(np.diff(connector[heads] * image.cores + core[heads], prepend=-1))
    for first, last in zip(begin, np.append(begin[1:], len(heads)), strict=True):
        of = int(connector[heads[first]])
        name = f"core{core[heads[first]]}"
        if of < len(image.outputs):
            name = f"{image.outputs[of].name}.{name}"
            outputs.append((of, pin[heads[first:last]]))
        groups.append(Group(name=name, start=int(first), shape=(int(last - first),)))
    if merging:
        groups.append(Group(name="merged_axons", start=len(heads), shape=(merging,)))
    return np.concatenate([number[leader], len(heads) + np.arange(merging)]), tuple(groups), tuple(outputs)


def _merged_too_soon(image: ChipImage, axon: int) -> ImageError:
    core, number = divmod(axon, image.spec.axons)
    return ImageError(
        f"axon {number} of core {core} is driven by several neurons or inputs, some with a delay of 1 tick; spikes "
        "that merge there can be merged elsewhere only with delays of 2 and more",
        file=image.name,
        fix="longer delays, or an axon for each of them",
    )
