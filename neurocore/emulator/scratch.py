"""What a thread needs for the core in hand, and the packets on their way between ticks."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from neurocore.arch import RING_SLOTS
from neurocore.emulator.huge_pages import zeros_in_huge_pages
from neurocore.emulator.kernel_bits import SPARE
from neurocore.emulator.kernel_counts import DIGITS
from neurocore.emulator.kernel_events import AHEAD, LISTED
from neurocore.emulator.kernel_rng import DRAWN
from neurocore.emulator.table_columns import NO_TARGET, ChipTables

__all__ = ["SUMS", "Boxes", "Scratch", "boxes_for", "scratch_for"]


SUMS = 16
"""Counts of a thread: two cache lines."""

APART = 8
"""Counts of different threads stand a cache line apart."""


PART_BYTES: Final = 2**18
"""Of the ring, for the cores of a part: half of the second-level cache of Zen 3."""
PARTS: Final = 16
"""Most parts of a thread's cores: each box is a stream of writes."""


class Scratch(NamedTuple):
    """Arrays for each of K threads. C cores, A axons of a core, V words of them, W words of M = 64 * W neurons.

    agenda    : uint32[K, C + 1]                cores with something to do in the tick in hand
    axons     : uint32[K, AHEAD * (A + SPARE)]  active axons of the cores ahead (see kernel_events.list_events)
    weight_at : int64[K, AHEAD * (A + SPARE)]   where their weights begin, or which they are
    listed    : int64[K, AHEAD * LISTED]   how many events there are, and what they may add up to
    digits    : uint64[K, 4 * DIGITS]      how many events reach 256 neurons, in binary
    draws     : int32[K, M + DRAWN]        random words, or a byte per neuron; the last DRAWN to pick from
    rho       : uint8[K, 4 * (M + DRAWN)]  the same memory
    sums      : uint8[K, M]                what events add to each neuron of the core in hand, or how many reach it
    tallies   : int64[K, SUMS]             what a thread counts in the tick in hand; zeros
    fired     : uint64[K, W]               bit n: neuron n of the core in hand fired
    """

    agenda: npt.NDArray[np.uint32]
    axons: npt.NDArray[np.uint32]
    weight_at: npt.NDArray[np.int64]
    listed: npt.NDArray[np.int64]
    digits: npt.NDArray[np.uint64]
    draws: npt.NDArray[np.int32]
    rho: npt.NDArray[np.uint8]
    sums: npt.NDArray[np.uint8]
    tallies: npt.NDArray[np.int64]
    fired: npt.NDArray[np.uint64]


class Boxes(NamedTuple):
    """Packets on their way, two sets that take turns: one is filled, the other emptied.

    A packet is the number of a bit of the ring. Each thread's cores are cut into parts of 2^shift cores, whose share of
    the ring stays in the cache while its boxes are emptied. The box from a thread to a part has room for all neurons
    that could fire into it.

    packets : uint64[2 * P]
    start   : int64[K * K * B]         box (i * K + j) * B + b, thread i to part b of j; the second set lies P further
    filled  : int64[2 * K * K * B * 8] packets in each box, a cache line apart
    bounds  : int64[K + 1]             thread i owns cores bounds[i] .. bounds[i+1]-1
    shift, parts : part b of a thread's cores are those from bounds[i] + (b << shift) on; B = parts
    """

    packets: npt.NDArray[np.uint64]
    start: npt.NDArray[np.int64]
    filled: npt.NDArray[np.int64]
    bounds: npt.NDArray[np.int64]
    shift: int
    parts: int


def scratch_for(tables: ChipTables, threads: int) -> Scratch:
    """Scratch arrays for some threads."""
    neurons = 64 * tables.neuron_words
    draws = np.zeros((threads, neurons + DRAWN), np.int32)
    return Scratch(
        agenda=np.zeros((threads, tables.cores + 1), np.uint32),
        axons=np.zeros((threads, AHEAD * (tables.axons + SPARE)), np.uint32),
        weight_at=np.zeros((threads, AHEAD * (tables.axons + SPARE)), np.int64),
        listed=np.zeros((threads, AHEAD * LISTED), np.int64),
        digits=np.zeros((threads, 4 * DIGITS), np.uint64),
        draws=draws,
        rho=draws.view(np.uint8),
        sums=np.zeros((threads, neurons), np.uint8),
        tallies=np.zeros((threads, SUMS), np.int64),
        fired=np.zeros((threads, tables.neuron_words), np.uint64),
    )


def boxes_for(tables: ChipTables, bounds: npt.NDArray[np.int64]) -> Boxes:
    """Boxes between threads that own the cores between ``bounds``. Memory that is never filled is never touched."""
    threads, most = len(bounds) - 1, int(np.diff(bounds).max(initial=0))
    shift = max(0, (PART_BYTES // (RING_SLOTS * 8 * tables.axon_words)).bit_length() - 1)
    while most > PARTS << shift:
        shift += 1
    parts = max(1, -(-most >> shift))
    room = np.zeros((threads, threads * parts), np.int64)
    neurons = 64 * tables.neuron_words
    for source in range(threads):
        for first in range(bounds[source] * neurons, bounds[source + 1] * neurons, 1 << 20):
            stop = min(first + (1 << 20), int(bounds[source + 1]) * neurons)
            goal = (tables.target[first:stop] & np.uint64(NO_TARGET)).astype(np.int64)
            goal = goal[goal != NO_TARGET]
            owner = np.searchsorted(bounds, goal, side="right") - 1
            part = owner * parts + ((goal - bounds[owner]) >> shift)
            room[source] += np.bincount(part, minlength=threads * parts)
    total = room.sum()
    return Boxes(
        packets=zeros_in_huge_pages(2 * total, np.uint64),
        start=(np.cumsum(room) - room.ravel()).astype(np.int64),
        filled=np.zeros(2 * room.size * APART, np.int64),
        bounds=bounds,
        shift=shift,
        parts=parts,
    )
