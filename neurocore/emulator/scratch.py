"""What a thread needs for the core in hand, and the packets on their way between ticks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neurocore.emulator.tables import NO_TARGET, ChipTables

__all__ = ["Boxes", "Scratch", "boxes_for", "scratch_for"]

SPARE = 64
"""Words of ``draws`` behind the ones of a whole core: for drawing 64 at a time and picking from them."""

APART = 8
"""Counts of different threads stand a cache line apart."""


class Scratch(NamedTuple):
    """Arrays for each of K threads. A axons of a core, V words of them, W words of neurons.

    events    : int32[K, 2 * A]    active axons: of the core in hand and of the next, in turn
    weight_at : int64[K, 2 * A]    where their weights begin, or their types (see kernel_integrate.list_events)
    active    : uint64[K, 2 * V]   the bitmaps of the same two cores
    draws     : int32[K, D]        random words: one byte per neuron, then SPARE words
    bytes     : uint8[K, 4 * D]    the same memory
    fired     : uint64[K, W]       bit n: neuron n of the core in hand fired
    """

    events: npt.NDArray[np.int32]
    weight_at: npt.NDArray[np.int64]
    active: npt.NDArray[np.uint64]
    draws: npt.NDArray[np.int32]
    bytes: npt.NDArray[np.uint8]
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
    draws = np.zeros((threads, 64 * -(-neurons // 256) + SPARE), np.int32)
    return Scratch(
        events=np.zeros((threads, 2 * tables.axons), np.int32),
        weight_at=np.zeros((threads, 2 * tables.axons), np.int64),
        active=np.zeros((threads, 2 * tables.axon_words), np.uint64),
        draws=draws,
        bytes=draws.view(np.uint8),
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
        packets=np.empty(2 * total, np.uint64),
        start=(np.cumsum(room) - room.ravel()).astype(np.int64),
        filled=np.zeros(2 * threads * threads * APART, np.int64),
        bounds=bounds,
    )
