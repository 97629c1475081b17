"""Finding copies in a compiled chip: neurons that cannot but fire together, for they are the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.bits import unpack_words
from neurocore.image import OUTPUT_BASE, ChipImage

__all__ = ["find_copies"]

Whole = npt.NDArray[np.int64]


def find_copies(image: ChipImage, core: Whole, slot: Whole) -> Whole:
    """For each neuron the first of its copies, itself where it has none.

    Copies are deterministic neurons of one core with equal parameters, weights and crossbar columns. Of those that
    drive an output pin only the first counts. Copies are left apart where they drive two axons of one core after the
    same delay (terms of a sum, of types of their own), or stochastic synapses that draw by different keys.

    core, slot : int64[M]  the used neurons, by core. Returns int64[M].
    """
    leader = np.arange(len(core))
    for number in range(image.cores):
        mine = np.flatnonzero(core == number)
        if len(mine):
            leader[mine] = mine[_equal_rows(_described(image, number, slot[mine]))]
    drawing = image.neurons.draws[core, slot] | (image.stochastic_weight[core, slot] > 0)
    leader[drawing] = np.flatnonzero(drawing)
    target = image.target_core[core, slot].astype(np.int64)
    outgoing = np.flatnonzero(target <= OUTPUT_BASE)
    again = np.ones(len(outgoing), bool)
    again[np.unique(leader[outgoing], return_index=True)[1]] = False
    leader[outgoing[again]] = outgoing[again]
    leader = _led_by_members(leader)
    apart = np.isin(leader, _differing(image, core, slot, leader))
    leader[apart] = np.flatnonzero(apart)
    return leader


def _described(image: ChipImage, core: int, slots: Whole) -> npt.NDArray[np.uint8]:
    """Everything that decides what neurons of a core do, as bytes; uint8[neurons, bytes]."""
    column = np.packbits(unpack_words(image.crossbar[core], image.spec.neurons)[:, slots], axis=0).T
    numbers = np.stack([array[core, slots].astype(np.int64) for array in image.neurons.arrays().values()], axis=1)
    weights = image.weight[core, slots].astype(np.int64)
    parts = [column, numbers.view(np.uint8), weights.view(np.uint8)]
    return np.concatenate([np.ascontiguousarray(part) for part in parts], axis=1)


def _equal_rows(rows: npt.NDArray[np.uint8]) -> Whole:
    """For each row the first equal one."""
    _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return first[inverse.ravel()]


def _led_by_members(leader: Whole) -> Whole:
    """A group whose leader left it gets its first member for a leader."""
    first = np.full(len(leader), len(leader))
    away = leader != np.arange(len(leader))
    np.minimum.at(first, leader[away], np.flatnonzero(away))
    gone = leader[leader] != leader
    leader[gone] = first[leader[gone]]
    return leader


def _differing(image: ChipImage, core: Whole, slot: Whole, leader: Whole) -> Whole:
    """Leaders of copies that one neuron cannot stand for."""
    shared = np.bincount(leader, minlength=len(leader))[leader] > 1
    inside = np.flatnonzero(shared & (image.target_core[core, slot] >= 0))
    at = (core[inside], slot[inside])
    there, axon = image.target_core[at], image.target_axon[at]
    group = leader[inside] * 256 + image.delay[at]
    twice = _groups_with(group, there, several=False)
    chance = np.array([_read_by_chance(image, int(c), int(a)) for c, a in zip(there, axon, strict=True)], bool)
    keys = image.axon_key[there, axon].astype(np.int64)
    return np.unique(np.concatenate([twice, _groups_with(group[chance], keys[chance], several=True)]) // 256)


def _groups_with(group: Whole, value: npt.NDArray[np.integer], *, several: bool) -> Whole:
    """Groups in which there are several values, or in which one value occurs twice."""
    pairs, counts = np.unique(np.stack([group, value.astype(np.int64)]), axis=1, return_counts=True)
    if several:
        found, counts = np.unique(pairs[0], return_counts=True)
        return found[counts > 1]
    return pairs[0, counts > 1]


def _read_by_chance(image: ChipImage, core: int, axon: int) -> bool:
    """Whether an axon has stochastic synapses."""
    readers = unpack_words(image.crossbar[core, axon], image.spec.neurons) & (image.neuron_used[core] > 0)
    by_chance = (image.stochastic_weight[core] >> image.axon_type[core, axon]) & 1
    return bool((readers & (by_chance > 0)).any())
