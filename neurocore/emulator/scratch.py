"""What a thread needs for the core in hand, and the packets on their way between ticks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neurocore.emulator.huge_pages import zeros_in_huge_pages
from neurocore.emulator.kernel_bits import SPARE
from neurocore.emulator.kernel_counts import DIGITS
from neurocore.emulator.kernel_events import AHEAD, LISTED
from neurocore.emulator.kernel_rng import DRAWN
from neurocore.emulator.tables import NO_TARGET, ChipTables

__all__ = ["SUMS", "Boxes", "Scratch", "boxes_for", "scratch_for"]


SUMS = 16
"""Counts of a thread: two cache lines."""

APART = 8
"""Counts of different threads stand a cache line apart."""


class Scratch(NamedTuple):
    """Arrays for each of K threads. C cores, A axons of a core, V words of them, W words of M = 64 * W neurons.

    agenda    : uint32[K, C + 1]                cores with something to do in the tick in hand
    axons     : uint32[K, AHEAD * (A + SPARE)]  active axons of the cores ahead (see kernel_events.list_events)
    weight_at : int64[K, AHEAD * (A + SPARE)]   where their weights begin, or which they are
    active    : uint64[K, AHEAD * V]       the cores' bitmaps
    listed    : int64[K, AHEAD * LISTED]   how many events there are, and what they may add up to
    found     : uint32[K, A + SPARE]       active axons of one type of the core in hand
    digits    : uint64[K, 4 * DIGITS + V]  how many events reach 256 neurons, in binary; a bitmap
    draws     : int32[K, M + DRAWN]        random words, or a byte per neuron; the last DRAWN to pick from
    rho       : uint8[K, 4 * (M + DRAWN)]  the same memory
    sums      : uint8[K, M]                what events add to each neuron of the core in hand, or how many reach it
    tallies   : int64[K, SUMS]             what a thread counts in the tick in hand; zeros
    fired     : uint64[K, W]               bit n: neuron n of the core in hand fired
    """

    agenda: npt.NDArray[np.uint32]
    axons: npt.NDArray[np.uint32]
    weight_at: npt.NDArray[np.int64]
    active: npt.NDArray[np.uint64]
    listed: npt.NDArray[np.int64]
    found: npt.NDArray[np.uint32]
    digits: npt.NDArray[np.uint64]
    draws: npt.NDArray[np.int32]
    rho: npt.NDArray[np.uint8]
    sums: npt.NDArray[np.uint8]
    tallies: npt.NDArray[np.int64]
    fired: npt.NDArray[np.uint64]


class Boxes(NamedTuple):
    """Packets on their way, two sets that take turns: one is filled, the other emptied.

    A packet is the number of a bit of the ring. The box from thread i to thread j has room for all neurons that could
    fire into it.

    packets : uint64[2 * P]
    start   : int64[K * K]           box i * K + j; the second set lies P further
    filled  : int64[2 * K * K * 8]   packets in each box, a cache line apart
    bounds  : int64[K + 1]           thread i owns cores bounds[i] .. bounds[i+1]-1
    """

    packets: npt.NDArray[np.uint64]
    start: npt.NDArray[np.int64]
    filled: npt.NDArray[np.int64]
    bounds: npt.NDArray[np.int64]


def scratch_for(tables: ChipTables, threads: int) -> Scratch:
    """Scratch arrays for some threads."""
    neurons = 64 * tables.neuron_words
    draws = np.zeros((threads, neurons + DRAWN), np.int32)
    return Scratch(
        agenda=np.zeros((threads, tables.cores + 1), np.uint32),
        axons=np.zeros((threads, AHEAD * (tables.axons + SPARE)), np.uint32),
        weight_at=np.zeros((threads, AHEAD * (tables.axons + SPARE)), np.int64),
        active=np.zeros((threads, AHEAD * tables.axon_words), np.uint64),
        listed=np.zeros((threads, AHEAD * LISTED), np.int64),
        found=np.zeros((threads, tables.axons + SPARE), np.uint32),
        digits=np.zeros((threads, 4 * DIGITS + tables.axon_words), np.uint64),
        draws=draws,
        rho=draws.view(np.uint8),
        sums=np.zeros((threads, neurons), np.uint8),
        tallies=np.zeros((threads, SUMS), np.int64),
        fired=np.zeros((threads, tables.neuron_words), np.uint64),
    )


def boxes_for(tables: ChipTables, bounds: npt.NDArray[np.int64]) -> Boxes:
    """Boxes between threads that own the cores between ``bounds``. Memory that is never filled is never touched."""
    threads = len(bounds) - 1
    room = np.zeros((threads, threads), np.int64)
    neurons = 64 * tables.neuron_words
    for source in range(threads):
        for first in range(bounds[source] * neurons, bounds[source + 1] * neurons, 1 << 20):
            stop = min(first + (1 << 20), int(bounds[source + 1]) * neurons)
            goal = (tables.target[first:stop] & np.uint64(NO_TARGET)).astype(np.int64)
            owner = np.searchsorted(bounds, goal[goal != NO_TARGET], side="right") - 1
            room[source] += np.bincount(owner, minlength=threads)
    total = room.sum()
    return Boxes(
        packets=zeros_in_huge_pages(2 * total, np.uint64),
        start=(np.cumsum(room) - room.ravel()).astype(np.int64),
        filled=np.zeros(2 * threads * threads * APART, np.int64),
        bounds=bounds,
    )
