"""The state that moves: a named tuple of flat arrays; potentials that fit 16 bits are kept in 16."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neurocore.arch import RING_SLOTS
from neurocore.emulator.huge_pages import zeros_in_huge_pages
from neurocore.emulator.table_columns import NARROW_POTENTIALS, NEVER, ChipTables
from neurocore.emulator.tables import BLOCK, blocks
from neurocore.image import ChipImage

__all__ = ["ChipState", "fresh_state", "potentials", "set_potentials"]


class ChipState(NamedTuple):
    """What the kernels change, besides the counters.

    potential : int32[C*M]        membrane potentials of cores that are not narrow
    short     : int16[C*M]        membrane potentials of narrow cores
    is_narrow : uint8[C]          1 where a core's potentials are in ``short``; a core may be widened, never back
    ring      : uint64[16*C*V]    axon bitmaps, flat over [slot, core, word]
    wake      : int64[C]          by which tick a core must run though nothing arrives (see kernel_rest.py); 0: in any
    upto      : int64[C]          where ``wake`` is a later tick, but not NEVER: the first one not in the potentials
    """

    potential: npt.NDArray[np.int32]
    short: npt.NDArray[np.int16]
    is_narrow: npt.NDArray[np.uint8]
    ring: npt.NDArray[np.uint64]
    wake: npt.NDArray[np.int64]
    upto: npt.NDArray[np.int64]


def fresh_state(image: ChipImage, tables: ChipTables) -> ChipState:
    """Initial potentials, an empty ring, no core at rest."""
    size = image.cores * image.spec.neuron_words * 64
    state = ChipState(
        potential=zeros_in_huge_pages(size, np.int32),
        short=zeros_in_huge_pages(size, np.int16),
        is_narrow=np.zeros(image.cores, np.uint8),
        ring=zeros_in_huge_pages(RING_SLOTS * image.cores * image.spec.axon_words, np.uint64),
        wake=np.zeros(image.cores, np.int64),
        upto=np.zeros(image.cores, np.int64),
    )
    set_potentials(state, tables, image.neurons.initial_potential)
    return state


def set_potentials(state: ChipState, tables: ChipTables, potential: npt.NDArray[np.int32]) -> None:
    """Give all cores new potentials, int32[C, N]; those that can be narrow are."""
    width, neurons = 64 * tables.neuron_words, potential.shape[1]
    wide, short = state.potential.reshape(-1, width), state.short.reshape(-1, width)
    for cores in blocks(tables.cores):
        own = potential[cores]
        narrow = (tables.narrow_row[cores] >= 0) & (np.abs(own) <= NARROW_POTENTIALS).all(axis=1)
        state.is_narrow[cores] = narrow
        short[cores][narrow, :neurons] = own[narrow]
        wide[cores][~narrow, :neurons] = own[~narrow]


def potentials(state: ChipState, tables: ChipTables, tick: int) -> npt.NDArray[np.int32]:
    """int32[C, M]: a copy of the membrane potentials at the beginning of a tick, the next to be run."""
    width = 64 * tables.neuron_words
    found = state.short.reshape(-1, width).astype(np.int32)
    resting = np.flatnonzero((state.wake > 0) & (state.wake < NEVER))
    for first in range(0, len(resting), BLOCK):
        cores = resting[first : first + BLOCK]
        rows = tables.narrow_row[cores][:, None] + np.arange(width)
        leaks = tables.narrow[rows + width] * (tick - state.upto[cores])[:, None]
        found[cores] = np.maximum(found[cores] + leaks, tables.narrow[rows + 2 * width])
    wide = state.is_narrow == 0
    found[wide] = state.potential.reshape(found.shape)[wide]
    return found
