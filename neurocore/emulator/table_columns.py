"""The tables that the kernels read: a named tuple of flat arrays, its columns and bits."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["ONE", "ZERO", "ChipTables"]

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

MODE_FEW = 1 << 6
"""256 axons and neurons whose parameters fit 16 bits, without chance, and none of whose potentials can sink below the
bound: few events are summed and the neurons updated in one function."""

MODE_FEW_BY_CHANCE = 1 << 7
"""The same for cores with chance whose neurons' keys are straight."""

# Columns of ChipTables.few: types of axons, two bits each, after what is known of each type.
FEW_KINDS: Final = 4
FEW_WORDS: Final = 12

# Cores within these bounds work in 16 bits (kernel_narrow.py): the sum of the three is below 2^15.
NARROW_POTENTIALS, NARROW_SUMS, NARROW_LEAK = 23 * 2**10 - 1, 2**13 - 1, 2**10 - 1
NARROW_ROWS: Final = 5
"""Threshold, leak, floor, reset potential and noise mask of a narrow core, one behind the other."""

NEVER: Final = 2**63 - 1
"""The tick by which a core must run where nothing but arrivals will ever change it."""

ZERO, ONE = np.uint64(0), np.uint64(1)
"""numba makes a signed number of a uint64 and a plain one."""

# A neuron's target in one word: core, axon, delay, hops.
NO_TARGET: Final = 2**32 - 1
AXON_SHIFT, DELAY_SHIFT, HOPS_SHIFT = 32, 42, 46
HOPS_LIMIT: Final = 2**18 - 1


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
    few: npt.NDArray[
        np.uint64
    ]  # [C, FEW_WORDS] of cores with MODE_FEW...: each type's weight_row * 256 + most (~most where
    # its weights are stochastic), axon types
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
    rise: npt.NDArray[np.int64]  # [C] the largest leak of a neuron; 0 where none is positive
    longest_rest: npt.NDArray[np.int64]  # [C] ticks whose leaks together fit 16 bits
    cores: int
    axons: int
    axon_words: int  # V
    neuron_words: int  # W
    axon_types: int  # G
    potential_limit: int
    stop_at_zero: bool
    per_word: int  # 2^32 / W, rounded up: a word's number times this, shifted by 32 bits, is its core's
    below: int  # V < -(beta + eta) is tested as V < below - (beta + eta): 0, or 1 where the test includes equality
