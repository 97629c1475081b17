"""A chip image laid out for the kernels: a named tuple of flat arrays.

Large arrays are shared with the image where its layout serves; parameter rows that cores have in common are kept once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from neurocore.emulator.distinct_rows import DistinctRows
from neurocore.emulator.huge_pages import in_huge_pages, zeros_in_huge_pages
from neurocore.errors import RunError
from neurocore.image import ChipImage

__all__ = ["ONE", "ZERO", "ChipTables", "blocks", "hop_counts", "lay_out", "used_neurons"]

Scalar = TypeVar("Scalar", bound=np.generic)

BLOCK: Final = 1024
"""Cores laid out at a time, so that temporary arrays stay small."""

COPIED: Final = 2**26
"""Bytes of crossbars that are copied at most: two full chips' worth."""

# Columns of ChipTables.row: where a core's parameters begin in each table.
ROWS: Final = 7
THRESHOLD, FLOOR, RESET, LEAK, CEILING, NOISE, FLAGS = range(ROWS)

# Rows of a core's flag words: bit n is set for the neurons of which it is true.
FLAG_ROWS: Final = 5
REVERSING, UNSATURATED, SUBTRACTING, KEEPING, CHANCE = range(FLAG_ROWS)
"""Leak reversal; negative threshold resets (kappa = 0); gamma = 1; gamma = 2; stochastic leak."""

# Bits of ChipTables.modes: what some neuron of the core needs; the rest of the update is left out.
MODE_REVERSAL, MODE_UNSATURATED, MODE_SUBTRACT, MODE_DRAW, MODE_STRAIGHT = (1 << bit for bit in range(5))
MODE_ALIKE = 1 << 5
"""All neurons saturate below, have gamma = 0, or all gamma = 1, no leak reversal and no thresholds beyond the
potential limit: few masks are needed."""

# Cores within these bounds work in 16 bits (kernel_narrow.py): the sum of the three is below 2^15.
NARROW_POTENTIALS, NARROW_SUMS, NARROW_LEAK = 23 * 2**10 - 1, 2**13 - 1, 2**10 - 1
NARROW_ROWS: Final = 5
"""Threshold, leak, floor, reset potential and noise mask of a narrow core, one behind the other."""

ZERO, ONE = np.uint64(0), np.uint64(1)
"""numba makes a signed number of a uint64 and a plain one."""

# A neuron's target in one word: core, axon, delay, hops.
NO_TARGET: Final = 2**32 - 1
AXON_SHIFT, DELAY_SHIFT, HOPS_SHIFT = 32, 42, 46
HOPS_LIMIT: Final = 2**18 - 1

NEURONS_LIMIT: Final = 2**32
"""A recorded spike is a number of 32 bits."""


class ChipTables(NamedTuple):
    """What the kernels read. C cores, A axons, M = 64 * W neurons (padded), G axon types, V = words per axon bitmap.

    All arrays are flat. Padding and unused neurons have a threshold above the potential limit, no leak and no weights:
    they never fire.
    """

    crossbar: npt.NDArray[np.uint64]  # [C, A, W]
    axon_type: npt.NDArray[np.uint8]  # [C, A]
    axons_of_type: npt.NDArray[np.uint64]  # [C, G, V] bit a: axon a has the type
    axon_key: npt.NDArray[np.uint32]  # [C, A]
    neuron_key: npt.NDArray[np.uint32]  # [C, M]
    first_key: npt.NDArray[np.uint32]  # [C] key of neuron 0 where keys are straight
    target: npt.NDArray[np.uint64]  # [C, M] core, axon, delay and hops; core NO_TARGET for none
    modes: npt.NDArray[np.uint8]  # [C] MODE_... bits
    row: npt.NDArray[np.int64]  # [C, ROWS] where the core's rows begin in the tables below
    weight_row: npt.NDArray[np.int64]  # [C, G] the same in ``weight``
    stochastic_row: npt.NDArray[np.int64]  # [C, G] the same in ``stochastic``; -1 where no weight of the type is
    chance_row: npt.NDArray[np.int64]  # [C, G] the same in ``chance``
    kinds: npt.NDArray[np.int64]  # [C, G, 2] weight_row; the most that an event of the type adds to a neuron, or takes,
    # as ~most where the type has stochastic weights
    weight: npt.NDArray[np.int16]  # rows of M
    weight_bytes: npt.NDArray[np.int8]  # the same; read only where they all fit
    chance: npt.NDArray[np.uint8]  # rows of 2 * M: what an event adds, and with what chance (255: always)
    stochastic: npt.NDArray[np.uint64]  # rows of W; bit n: the weight of neuron n is stochastic
    threshold: npt.NDArray[np.int32]  # rows of M
    floor: npt.NDArray[np.int32]  # rows of M; -beta
    reset_potential: npt.NDArray[np.int32]  # rows of M
    leak: npt.NDArray[np.int32]  # rows of M
    ceiling: npt.NDArray[np.int32]  # rows of M; V is held at or below this at the end of a tick
    noise_mask: npt.NDArray[np.int32]  # rows of M; 2^TM - 1
    flags: npt.NDArray[np.uint64]  # rows of FLAG_ROWS * W
    narrow_row: npt.NDArray[np.int64]  # [C] where the core's rows begin in ``narrow``; -1 where they do not fit 16 bits
    narrow: npt.NDArray[np.int16]  # NARROW_ROWS rows of M for each distinct core
    cores: int
    axons: int
    axon_words: int  # V
    neuron_words: int  # W
    axon_types: int  # G
    potential_limit: int
    stop_at_zero: bool
    per_word: int  # 2^32 / W, rounded up: a word's number times this, shifted by 32 bits, is its core's
    below: int  # V < -(beta + eta) is tested as V < below - (beta + eta): 0, or 1 where the test includes equality


def _pad(array: npt.NDArray[Scalar], width: int, fill: int) -> npt.NDArray[Scalar]:
    spare = width - array.shape[-1]
    if not spare:
        return np.ascontiguousarray(array)
    return np.concatenate([array, np.full((*array.shape[:-1], spare), fill, array.dtype)], axis=-1)


def _words(bits: npt.NDArray[np.bool_], words: int) -> npt.NDArray[np.uint64]:
    """bool[..., K] as uint64[..., words]."""
    padded = _pad(bits, words * 64, 0)
    return np.packbits(padded, axis=-1, bitorder="little").view("<u8").astype(np.uint64, copy=False)


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
    return _pad(np.where(goal >= 0, word, np.uint64(NO_TARGET)), width, NO_TARGET)


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


class _WeightRows(NamedTuple):
    """Where the rows of c cores and G axon types begin (-1: none), and the most that an event adds; int[c, G]."""

    weight: npt.NDArray[np.int64]
    stochastic: npt.NDArray[np.int64]
    chance: npt.NDArray[np.int64]
    size: npt.NDArray[np.int32]


class _Parameters:
    """Parameter rows of all cores, gathered a block of cores at a time."""

    def __init__(self, image: ChipImage) -> None:
        self._image = image
        m, w = image.spec.neuron_words * 64, image.spec.neuron_words
        self.rows = [DistinctRows(m, np.int32) for _ in range(FLAGS)] + [DistinctRows(FLAG_ROWS * w, np.uint64)]
        self.narrow = DistinctRows(NARROW_ROWS * m, np.int16)
        self.weight = DistinctRows(m, np.int16)
        self.stochastic = DistinctRows(w, np.uint64)
        self.chance = DistinctRows(2 * m, np.uint8)

    def add_parameters(
        self, cores: slice
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """Where the rows of some cores begin (int64[c, ROWS]), their modes (uint8[c]), their narrow rows (int64[c])."""
        image, neurons = self._image, self._image.neurons
        spec, used = image.spec, image.neuron_used[cores] > 0
        m, limit = spec.neuron_words * 64, spec.potential_limit

        def table(array: npt.NDArray[Any], idle: int) -> npt.NDArray[np.int32]:
            """Unused neurons get idle parameters, whatever the image says of them: they never fire."""
            return _pad(np.where(used, array, idle).astype(np.int32), m, idle)

        mask = (1 << neurons.threshold_noise_bits[cores].astype(np.int64)) - 1
        gamma = neurons.reset_mode[cores]
        ceiling = np.full(used.shape, limit, np.int64)
        if spec.nonreset_ceiling:
            held = np.minimum(limit, neurons.threshold[cores].astype(np.int64) + mask)
            ceiling = np.where(gamma == 2, held, ceiling)
        tables = [
            table(neurons.threshold[cores], limit + 1),
            table(-neurons.negative_threshold[cores].astype(np.int64), -limit),
            table(neurons.reset_potential[cores], 0),
            table(neurons.leak[cores], 0),
            table(ceiling, limit),
            table(mask, 0),
        ]
        leaking = neurons.leak[cores] != 0
        marks = (
            (neurons.leak_reversal[cores] > 0) & leaking,
            neurons.negative_saturation[cores] == 0,
            gamma == 1,
            gamma == 2,
            (neurons.stochastic_leak[cores] > 0) & leaking,
        )
        flags = np.stack([_words(mark & used, spec.neuron_words) for mark in marks], axis=1)
        held_by = np.asarray(flags.any(axis=2))
        modes = np.zeros(len(used), np.uint8)
        needed = {
            REVERSING: MODE_REVERSAL,
            UNSATURATED: MODE_UNSATURATED,
            SUBTRACTING: MODE_SUBTRACT,
            CHANCE: MODE_DRAW,
        }
        for flag, mode in needed.items():
            modes |= np.where(held_by[:, flag], mode, 0).astype(np.uint8)
        modes |= np.where(tables[NOISE].any(axis=1), MODE_DRAW, 0).astype(np.uint8)
        alike = ~(used & (gamma != 0)).any(axis=1) | ~(used & (gamma != 1)).any(axis=1)
        plain = (modes & (MODE_UNSATURATED | MODE_REVERSAL)) == 0
        plain &= ((neurons.threshold[cores] <= limit) & (neurons.negative_threshold[cores] <= limit) | ~used).all(
            axis=1
        )
        modes |= np.where(alike & plain, MODE_ALIKE, 0).astype(np.uint8)
        starts = [rows.add(part) for rows, part in zip(self.rows, tables, strict=False)]
        starts.append(self.rows[FLAGS].add(flags.reshape(len(used), -1)))
        return np.stack(starts, axis=1), modes, self._add_narrow(tables, used, (modes & MODE_ALIKE) > 0)

    def _add_narrow(
        self, tables: list[npt.NDArray[np.int32]], used: npt.NDArray[np.bool_], alike: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.int64]:
        """Where the narrow rows of some cores begin, int64[c]; -1 where some parameter is too large.

        A floor below what 16 bits hold is never reached by a narrow core, the threshold of an unused neuron neither.
        """
        used = _pad(used, tables[LEAK].shape[1], 0)
        fits = alike & (self._image.spec.potential_limit >= 2**15)
        fits &= ((tables[THRESHOLD] + tables[NOISE] <= NARROW_POTENTIALS) | ~used).all(axis=1)
        fits &= (np.abs(tables[RESET]) <= NARROW_POTENTIALS).all(axis=1)
        fits &= (np.abs(tables[LEAK]) <= NARROW_LEAK).all(axis=1)
        found = np.full(len(fits), -1, np.int64)
        if fits.any():
            order = (THRESHOLD, LEAK, FLOOR, RESET, NOISE)
            rows = [np.clip(tables[which][fits], -(2**15), 2**15 - 1).astype(np.int16) for which in order]
            found[fits] = self.narrow.add(np.concatenate(rows, axis=1))
        return found

    def add_weights(self, cores: slice) -> _WeightRows:
        """The weights of some cores and axon types."""
        image, spec = self._image, self._image.spec
        used = image.neuron_used[cores] > 0
        m = spec.neuron_words * 64
        weight = np.where(used[:, None, :], image.weight[cores].transpose(0, 2, 1), 0).astype(np.int16)
        shape = weight.shape[:2]
        found = self.weight.add(_pad(weight, m, 0).reshape(-1, m)).reshape(shape)
        size = np.abs(weight.astype(np.int32))
        drawn, chance = np.full(shape, -1, np.int64), np.full(shape, -1, np.int64)
        if not image.stochastic_weight[cores].any():
            return _WeightRows(found, drawn, chance, size.max(axis=2))
        types = np.arange(spec.axon_types, dtype=np.uint8)[None, :, None]
        by_chance = ((image.stochastic_weight[cores][:, None, :] >> types) & 1 > 0) & used[:, None, :]
        some = by_chance.any(axis=2)
        adds = np.where(by_chance, np.sign(weight), weight)
        odds = np.where(by_chance, np.minimum(size, 255), 255)
        rows = np.concatenate([_pad(part, m, 0) for part in (adds.astype(np.uint8), odds.astype(np.uint8))], axis=2)
        drawn[some] = self.stochastic.add(_words(by_chance[some], spec.neuron_words))
        chance[some] = self.chance.add(rows[some])
        return _WeightRows(found, drawn, chance, np.abs(adds.astype(np.int32)).max(axis=2))


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
    parameters = _Parameters(image)
    target = zeros_in_huge_pages(c * m, np.uint64).reshape(c, m)
    first_key = np.zeros(c, np.uint32)
    modes = np.zeros(c, np.uint8)
    row, narrow_row = np.empty((c, ROWS), np.int64), np.empty(c, np.int64)
    weight_row, stochastic_row, chance_row = (np.empty((c, g), np.int64) for _ in range(3))
    weight_size = np.empty((c, g), np.int64)
    axons_of_type = np.empty((c, g, spec.axon_words), np.uint64)
    types = np.arange(g, dtype=np.uint8)[:, None]
    for cores in blocks(c):
        row[cores], modes[cores], narrow_row[cores] = parameters.add_parameters(cores)
        weights = parameters.add_weights(cores)
        weight_row[cores], stochastic_row[cores], chance_row[cores], weight_size[cores] = weights
        first_key[cores], straight = _straight(image.neuron_key[cores], image.neuron_used[cores] > 0)
        modes[cores] |= np.where(straight, MODE_STRAIGHT, 0).astype(np.uint8)
        axons_of_type[cores] = _words(image.axon_type[cores][:, None, :] == types, spec.axon_words)
        target[cores] = _targets(image, cores, m)
    tables = [rows.table() for rows in parameters.rows]
    weight = parameters.weight.table()
    return ChipTables(
        crossbar=_crossbar(image),
        axon_type=np.ascontiguousarray(image.axon_type).reshape(-1),
        axons_of_type=axons_of_type.reshape(-1),
        axon_key=np.ascontiguousarray(image.axon_key).reshape(-1),
        neuron_key=_pad(image.neuron_key, m, 0).reshape(-1),
        first_key=first_key,
        target=target.reshape(-1),
        modes=modes,
        row=row.reshape(-1),
        weight_row=weight_row.reshape(-1),
        stochastic_row=stochastic_row.reshape(-1),
        chance_row=chance_row.reshape(-1),
        kinds=np.stack([weight_row, np.where(chance_row < 0, weight_size, ~weight_size)], axis=2).reshape(-1),
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
