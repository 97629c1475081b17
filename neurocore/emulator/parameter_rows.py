"""A chip's parameters as rows that cores share: thresholds, leaks, weights ..., a block of cores at a time."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from neurocore.emulator.distinct_rows import DistinctRows
from neurocore.emulator.table_columns import (
    CHANCE,
    FEW_KINDS,
    FLAG_ROWS,
    FLAGS,
    FLOOR,
    LEAK,
    MODE_ALIKE,
    MODE_DRAW,
    MODE_FEW,
    MODE_REVERSAL,
    MODE_SUBTRACT,
    MODE_UNSATURATED,
    NARROW_LEAK,
    NARROW_POTENTIALS,
    NARROW_ROWS,
    NOISE,
    RESET,
    REVERSING,
    SUBTRACTING,
    THRESHOLD,
    UNSATURATED,
)
from neurocore.image import ChipImage

__all__ = ["ParameterRows", "WeightRows", "bit_words", "padded"]

Scalar = TypeVar("Scalar", bound=np.generic)


def padded(array: npt.NDArray[Scalar], width: int, fill: int) -> npt.NDArray[Scalar]:
    """array[..., K] as array[..., width], contiguous; what is added holds ``fill``."""
    spare = width - array.shape[-1]
    if not spare:
        return np.ascontiguousarray(array)
    return np.concatenate([array, np.full((*array.shape[:-1], spare), fill, array.dtype)], axis=-1)


def bit_words(bits: npt.NDArray[np.bool_], words: int) -> npt.NDArray[np.uint64]:
    """bool[..., K] as uint64[..., words]."""
    wide = padded(bits, words * 64, 0)
    return np.packbits(wide, axis=-1, bitorder="little").view("<u8").astype(np.uint64, copy=False)


class WeightRows(NamedTuple):
    """Where the rows of c cores and G axon types begin (-1: none), and the most that an event adds; int[c, G]."""

    weight: npt.NDArray[np.int64]
    stochastic: npt.NDArray[np.int64]
    chance: npt.NDArray[np.int64]
    size: npt.NDArray[np.int32]


class ParameterRows:
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
            return padded(np.where(used, array, idle).astype(np.int32), m, idle)

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
        flags = np.stack([bit_words(mark & used, spec.neuron_words) for mark in marks], axis=1)
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
        narrow = self._add_narrow(tables, used, (modes & MODE_ALIKE) > 0)
        above = ((tables[FLOOR] >= -NARROW_POTENTIALS) | ~padded(used, m, 0)).all(axis=1)
        shaped = spec.axons == 256 and spec.neuron_words == 4 and spec.axon_types <= FEW_KINDS
        few = (narrow >= 0) & above & shaped
        modes |= np.where(few, MODE_FEW, 0).astype(np.uint8)
        return np.stack(starts, axis=1), modes, narrow

    def _add_narrow(
        self, tables: list[npt.NDArray[np.int32]], used: npt.NDArray[np.bool_], alike: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.int64]:
        """Where the narrow rows of some cores begin, int64[c]; -1 where some parameter is too large.

        A floor below what 16 bits hold is never reached by a narrow core, the threshold of an unused neuron neither.
        """
        used = padded(used, tables[LEAK].shape[1], 0)
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

    def add_weights(self, cores: slice) -> WeightRows:
        """The weights of some cores and axon types."""
        image, spec = self._image, self._image.spec
        used = image.neuron_used[cores] > 0
        m = spec.neuron_words * 64
        weight = np.where(used[:, None, :], image.weight[cores].transpose(0, 2, 1), 0).astype(np.int16)
        shape = weight.shape[:2]
        found = self.weight.add(padded(weight, m, 0).reshape(-1, m)).reshape(shape)
        size = np.abs(weight.astype(np.int32))
        drawn, chance = np.full(shape, -1, np.int64), np.full(shape, -1, np.int64)
        if not image.stochastic_weight[cores].any():
            return WeightRows(found, drawn, chance, size.max(axis=2))
        types = np.arange(spec.axon_types, dtype=np.uint8)[None, :, None]
        by_chance = ((image.stochastic_weight[cores][:, None, :] >> types) & 1 > 0) & used[:, None, :]
        some = by_chance.any(axis=2)
        adds = np.where(by_chance, np.sign(weight), weight)
        odds = np.where(by_chance, np.minimum(size, 255), 255)
        rows = np.concatenate([padded(part, m, 0) for part in (adds.astype(np.uint8), odds.astype(np.uint8))], axis=2)
        drawn[some] = self.stochastic.add(bit_words(by_chance[some], spec.neuron_words))
        chance[some] = self.chance.add(rows[some])
        return WeightRows(found, drawn, chance, np.abs(adds.astype(np.int32)).max(axis=2))
