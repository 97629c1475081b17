"""A chip image laid out for the kernels.

Large arrays are shared with the image where its layout serves; parameter rows that cores have in common are kept once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.emulator.huge_pages import in_huge_pages, zeros_in_huge_pages
from neurocore.emulator.parameter_rows import ParameterRows, bit_words, padded
from neurocore.emulator.table_columns import (
    AXON_SHIFT,
    CEILING,
    DELAY_SHIFT,
    FEW_KINDS,
    FEW_WORDS,
    FLAGS,
    FLOOR,
    HOPS_LIMIT,
    HOPS_SHIFT,
    LEAK,
    MODE_DRAW,
    MODE_FEW,
    MODE_FEW_BY_CHANCE,
    MODE_STRAIGHT,
    NARROW_POTENTIALS,
    NO_TARGET,
    NOISE,
    RESET,
    ROWS,
    THRESHOLD,
    ChipTables,
)
from neurocore.errors import RunError
from neurocore.image import ChipImage

__all__ = ["BLOCK", "blocks", "hop_counts", "lay_out", "used_neurons"]

BLOCK: Final = 1024
"""Cores laid out at a time, so that temporary arrays stay small."""

LONGEST: Final = 2**15 - 1 - NARROW_POTENTIALS
"""Most that the leaks of a core at rest may take from a potential: the sum still fits 16 bits."""

COPIED: Final = 2**26
"""Bytes of crossbars that are copied at most: two full chips' worth."""

NEURONS_LIMIT: Final = 2**32
"""A recorded spike is a number of 32 bits."""


def hop_counts(image: ChipImage, cores: slice = slice(None)) -> npt.NDArray[np.int32]:
    """Hops of each neuron's spikes, |dx| + |dy| on the whole array of chips; 0 for outputs and unwired neurons.

    Returns int32[C, N], of all cores or of some.
    """
    goal = image.target_core[cores]
    wired = goal >= 0
    there = image.core_xy[np.where(wired, goal, 0)]
    distance = np.abs(there - image.core_xy[cores][:, None, :]).sum(axis=-1, dtype=np.int32)
    return np.where(wired, distance, 0).astype(np.int32)


def _targets(image: ChipImage, cores: slice, width: int) -> npt.NDArray[np.uint64]:
    """Packed targets of some cores, uint64[c, M]. Raises RunError for more hops than a packet's word can tell."""
    goal = image.target_core[cores]
    word = np.where(goal >= 0, goal, NO_TARGET).astype(np.uint64)
    word |= image.target_axon[cores].astype(np.uint64) << np.uint64(AXON_SHIFT)
    word |= image.delay[cores].astype(np.uint64) << np.uint64(DELAY_SHIFT)
    hops = hop_counts(image, cores)
    if hops.max(initial=0) > HOPS_LIMIT:
        raise RunError(
            f"a spike makes {hops.max():,} hops", fix=f"allowed: {HOPS_LIMIT:,}; place cores nearer together"
        )
    word |= hops.astype(np.uint64) << np.uint64(HOPS_SHIFT)
    return padded(np.where(goal >= 0, word, np.uint64(NO_TARGET)), width, NO_TARGET)


def _straight(
    key: npt.NDArray[np.uint32], used: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.bool_]]:
    """Cores whose used neurons have the keys k, k + 1, k + 2, ... with 16 | k: whole blocks are then drawn at once.

    Returns (k uint32[c], bool[c]).
    """
    place = np.arange(key.shape[1])
    some = used.argmax(axis=1)
    first = key[np.arange(len(key)), some].astype(np.int64) - some
    follow = np.where(used, key == first[:, None] + place, True).all(axis=1)
    straight = follow & (first >= 0) & (first % 16 == 0) & (first + key.shape[1] < 2**32)
    return np.where(straight, first, 0).astype(np.uint32), straight


def _few(
    axon_type: npt.NDArray[np.uint8],
    weight_row: npt.NDArray[np.int64],
    most: npt.NDArray[np.int64],
    by_chance: npt.NDArray[np.bool_],
) -> npt.NDArray[np.uint64]:
    """ChipTables.few for cores of 256 axons; uint64[c, FEW_WORDS]."""
    most = np.minimum(most, 255)
    found = np.zeros((len(axon_type), FEW_WORDS), np.uint64)
    found[:, : weight_row.shape[1]] = np.where(by_chance, ~most, weight_row << 8 | most).view(np.uint64)
    bits = np.unpackbits(axon_type[:, :, None], axis=2, count=2, bitorder="little")
    found[:, FEW_KINDS:] = np.packbits(bits.reshape(len(bits), -1), axis=1, bitorder="little").view(np.uint64)
    return found


def blocks(cores: int) -> Iterator[slice]:
    """Slices of at most BLOCK cores."""
    for first in range(0, cores, BLOCK):
        yield slice(first, min(first + BLOCK, cores))


def _crossbar(image: ChipImage) -> npt.NDArray[np.uint64]:
    """The crossbars, flat: a copy in huge pages of small ones; others have large memory of their own, or a file."""
    if image.crossbar.nbytes <= COPIED:
        return in_huge_pages(image.crossbar)
    return np.ascontiguousarray(image.crossbar).reshape(-1)


def lay_out(image: ChipImage) -> ChipTables:
    """Bring an image into the kernels' layout. The image is not touched, and must not change afterwards.

    Raises RunError for too many neurons, or where cores are too far apart.
    """
    spec, c = image.spec, image.cores
    m, g = spec.neuron_words * 64, spec.axon_types
    if c * m > NEURONS_LIMIT:
        raise RunError(f"{c:,} cores of {m} neurons", fix=f"allowed: {NEURONS_LIMIT:,} neurons")
    parameters = ParameterRows(image)
    target = zeros_in_huge_pages(c * m, np.uint64).reshape(c, m)
    first_key = np.zeros(c, np.uint32)
    modes = np.zeros(c, np.uint8)
    row, narrow_row = np.empty((c, ROWS), np.int64), np.empty(c, np.int64)
    weight_row, stochastic_row, chance_row = (np.empty((c, g), np.int64) for _ in range(3))
    weight_size = np.empty((c, g), np.int64)
    few = np.zeros((c, FEW_WORDS), np.uint64)
    rise, longest_rest = np.empty(c, np.int64), np.empty(c, np.int64)
    axons_of_type = np.empty((c, g, spec.axon_words), np.uint64)
    types = np.arange(g, dtype=np.uint8)[:, None]
    for cores in blocks(c):
        row[cores], modes[cores], narrow_row[cores] = parameters.add_parameters(cores)
        weights = parameters.add_weights(cores)
        weight_row[cores], stochastic_row[cores], chance_row[cores], weight_size[cores] = weights
        first_key[cores], straight = _straight(image.neuron_key[cores], image.neuron_used[cores] > 0)
        modes[cores] |= np.where(straight, MODE_STRAIGHT, 0).astype(np.uint8)
        by_chance = (chance_row[cores] >= 0).any(axis=1) | ((modes[cores] & MODE_DRAW) > 0)
        if (modes[cores] & MODE_FEW).any():
            few[cores] = _few(image.axon_type[cores], weight_row[cores], weight_size[cores], chance_row[cores] >= 0)
            drawn = np.where(straight, MODE_FEW_BY_CHANCE, 0)
            few_events = np.where(modes[cores] & MODE_FEW, np.where(by_chance, drawn, MODE_FEW), 0)
            modes[cores] = modes[cores] & (255 - MODE_FEW) | few_events.astype(np.uint8)
        axons_of_type[cores] = bit_words(image.axon_type[cores][:, None, :] == types, spec.axon_words)
        target[cores] = _targets(image, cores, m)
        leak = np.where(image.neuron_used[cores] > 0, image.neurons.leak[cores], 0)
        rise[cores] = leak.max(axis=1, initial=0)
        longest_rest[cores] = LONGEST // np.maximum(1, -leak.min(axis=1, initial=0))
    tables = [rows.table() for rows in parameters.rows]
    weight = parameters.weight.table()
    return ChipTables(
        crossbar=_crossbar(image),
        axon_type=np.ascontiguousarray(image.axon_type).reshape(-1),
        axons_of_type=axons_of_type.reshape(-1),
        axon_key=np.ascontiguousarray(image.axon_key).reshape(-1),
        neuron_key=padded(image.neuron_key, m, 0).reshape(-1),
        first_key=first_key,
        target=target.reshape(-1),
        modes=modes,
        row=row.reshape(-1),
        weight_row=weight_row.reshape(-1),
        stochastic_row=stochastic_row.reshape(-1),
        chance_row=chance_row.reshape(-1),
        kinds=np.stack([weight_row, np.where(chance_row < 0, weight_size, ~weight_size)], axis=2).reshape(-1),
        few=few.reshape(-1),
        weight=weight,
        weight_bytes=np.clip(weight, -128, 127).astype(np.int8),
        chance=parameters.chance.table(),
        stochastic=parameters.stochastic.table(),
        threshold=tables[THRESHOLD],
        floor=tables[FLOOR],
        reset_potential=tables[RESET],
        leak=tables[LEAK],
        ceiling=tables[CEILING],
        noise_mask=tables[NOISE],
        flags=tables[FLAGS],
        narrow_row=narrow_row,
        narrow=parameters.narrow.table(),
        rise=rise,
        longest_rest=longest_rest,
        cores=c,
        axons=spec.axons,
        axon_words=spec.axon_words,
        neuron_words=spec.neuron_words,
        axon_types=g,
        potential_limit=spec.potential_limit,
        stop_at_zero=spec.stop_at_zero,
        per_word=-(-(2**32) // spec.neuron_words),
        below=1 if spec.negative_inclusive else 0,
    )


def used_neurons(image: ChipImage) -> npt.NDArray[np.int64]:
    """Neurons of each core that are used; int64[C]."""
    return np.count_nonzero(image.neuron_used, axis=1).astype(np.int64)
