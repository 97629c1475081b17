"""The state that moves: a named tuple of flat arrays; potentials that fit 16 bits are kept in 16."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neurocore.arch import RING_SLOTS
from neurocore.emulator.huge_pages import zeros_in_huge_pages
from neurocore.emulator.table_columns import NARROW_POTENTIALS, ChipTables
from neurocore.emulator.tables import blocks
from neurocore.image import ChipImage

__all__ = ["ChipState", "fresh_state", "potentials", "set_potentials"]


class ChipState(NamedTuple):
    """What the kernels change, besides the counters.

    potential : int32[C*M]        membrane potentials of cores that are not narrow
    short     : int16[C*M]        membrane potentials of narrow cores
    is_narrow : uint8[C]          1 where a core's potentials are in ``short``; a core may be widened, never back
    ring      : uint64[16*C*V]    axon bitmaps, flat over [slot, core, word]
    settled   : uint8[C]          1 where a tick without arrivals would change nothing and fire nothing
    """

    potential: npt.NDArray[np.int32]
    short: npt.NDArray[np.int16]
    is_narrow: npt.NDArray[np.uint8]
    ring: npt.NDArray[np.uint64]
    settled: npt.NDArray[np.uint8]


def fresh_state(image: ChipImage, tables: ChipTables) -> ChipState:
    """Initial potentials, an empty ring, nothing settled."""
    size = image.cores * image.spec.neuron_words * 64
    state = ChipState(
        potential=zeros_in_huge_pages(size, np.int32),
        short=zeros_in_huge_pages(size, np.int16),
        is_narrow=np.zeros(image.cores, np.uint8),
        ring=zeros_in_huge_pages(RING_SLOTS * image.cores * image.spec.axon_words, np.uint64),
        settled=np.zeros(image.cores, np.uint8),
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


def potentials(state: ChipState, tables: ChipTables) -> npt.NDArray[np.int32]:
    """int32[C, M]: a copy of the membrane potentials."""
    found = state.short.reshape(-1, 64 * tables.neuron_words).astype(np.int32)
    wide = state.is_narrow == 0
    found[wide] = state.potential.reshape(found.shape)[wide]
    return found
