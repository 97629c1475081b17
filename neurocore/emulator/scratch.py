"""What a thread needs for the core in hand, and the packets on their way between ticks."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from neurocore.arch import RING_SLOTS
from neurocore.emulator.checks import THREADS_LIMIT
from neurocore.emulator.huge_pages import zeros_in_small_pages
from neurocore.emulator.kernel_bits import SPARE
from neurocore.emulator.kernel_counts import DIGITS
from neurocore.emulator.kernel_rng import DRAWN, TOGETHER
from neurocore.emulator.listed_columns import AHEAD, LISTED
from neurocore.emulator.table_columns import NO_TARGET, ChipTables

__all__ = ["SUMS", "Boxes", "Scratch", "boxes_for", "scratch_for"]
Scalar = TypeVar("Scalar", bound=np.generic)

SUMS = 16
"""Counts of a thread."""

LINES: Final = 128
"""Bytes of a pair of cache lines."""

APART = 8
"""Counts of different threads stand a cache line apart."""


PART_BYTES: Final = 2**18
"""Of a slot of the ring, for the cores of a part: half of the second-level cache of Zen 3."""
PARTS: Final = 16
"""Most parts of a thread's cores: sixteen boxes for each are streams of writes."""
BOXES: Final = THREADS_LIMIT
"""Most boxes of a thread for a tick."""


class Scratch(NamedTuple):
    """Flat arrays of one thread. C cores, A axons of a core, W words of its M = 64 * W neurons.

    agenda    : uint32[C + 1]              cores with something to do in the tick in hand
    axons     : uint32[AHEAD * (A + SPARE)]  active axons of the cores ahead (see kernel_events.list_events)
    weight_at : int64[AHEAD * (A + SPARE)]   where their weights begin, or which they are
    listed    : int64[AHEAD * LISTED]   how many events there are, and what they may add up to
    digits    : uint64[4 * DIGITS]      how many events reach 256 neurons, in binary
    draws     : int32[D]                a random word for each neuron, then a byte of each neuron for TOGETHER events;
                                        the last DRAWN are to pick from
    rho       : uint8[4 * D]            the same memory
    sums      : uint8[M]                what events add to each neuron of the core in hand, or how many reach it
    tallies   : int64[SUMS]             what the thread counts in the tick in hand; zeros
    fired     : uint64[W]               bit n: neuron n of the core in hand fired
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
    """Packets on their way during a call of the kernels: a box for each thread, part of the chip and tick of arrival.

    A packet is the number of a bit of a part's share of a slot of the ring. Each thread's cores are cut into parts
    whose share of a slot stays in the cache while its boxes are emptied. A box has room for all neurons that could fire
    into it, as a neuron has one delay. K threads, B boxes for a tick.

    packets : uint32[16 * R]        those for slot s of the ring are from s * R on
    start   : int64[K, B]           where the boxes from a thread begin there
    ends    : int64[K, 16 * B]      where the next packet goes, and APART more
    marks   : int64[K, 16 * B, 16]  where it went at the end of the last ticks, t at t mod 16
    box_of  : uint8[C]              the box for a core
    base    : int64[B]              the first bit of the part in a slot
    bounds  : int64[K + 1]          thread i owns cores bounds[i] .. bounds[i+1]-1
    boxes, room : B; R
    """

    packets: npt.NDArray[np.uint32]
    start: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    marks: npt.NDArray[np.int64]
    box_of: npt.NDArray[np.uint8]
    base: npt.NDArray[np.int64]
    bounds: npt.NDArray[np.int64]
    boxes: int
    room: int


def _own_lines(size: int, dtype: type[Scalar]) -> npt.NDArray[Scalar]:
    """zeros(size) in cache lines that hold nothing else; processors fetch them in pairs.

    Two threads that write to one line wait for each other: with rows of one array for each, a full chip where all is
    stochastic, or one at 1 Hz, took 1.6 times as long on two threads, others 1.1 times (Emerald Rapids).
    """
    memory = np.zeros(size * np.dtype(dtype).itemsize + 2 * LINES, np.uint8)
    start = -memory.ctypes.data % LINES
    found: npt.NDArray[Scalar] = memory[start : start + size * np.dtype(dtype).itemsize].view(dtype)
    return found


def scratch_for(tables: ChipTables) -> Scratch:
    """Scratch arrays for a thread."""
    neurons = 64 * tables.neuron_words
    draws = _own_lines(neurons + TOGETHER * neurons // 4 + DRAWN, np.int32)
    return Scratch(
        agenda=_own_lines(tables.cores + 1, np.uint32),
        axons=_own_lines(AHEAD * (tables.axons + SPARE), np.uint32),
        weight_at=_own_lines(AHEAD * (tables.axons + SPARE), np.int64),
        listed=_own_lines(AHEAD * LISTED, np.int64),
        digits=_own_lines(4 * DIGITS, np.uint64),
        draws=draws,
        rho=draws.view(np.uint8),
        sums=_own_lines(neurons, np.uint8),
        tallies=_own_lines(SUMS, np.int64),
        fired=_own_lines(tables.neuron_words, np.uint64),
    )


def boxes_for(tables: ChipTables, bounds: npt.NDArray[np.int64]) -> Boxes:
    """Boxes between threads that own the cores between ``bounds``. Memory that is never filled is never touched."""
    threads, most = len(bounds) - 1, int(np.diff(bounds).max(initial=0))
    fewest = -(-most // max(1, min(PARTS, BOXES // threads)))
    size = max(1, fewest, PART_BYTES // (8 * tables.axon_words))
    parts = max(1, -(-most // size))
    owner = np.repeat(np.arange(threads), np.diff(bounds))
    box_of = owner * parts + (np.arange(tables.cores) - bounds[owner]) // size
    base = np.add.outer(bounds[:-1], np.arange(parts) * size).ravel() * 64 * tables.axon_words
    count = np.zeros((threads, threads * parts), np.int64)
    neurons = 64 * tables.neuron_words
    for source in range(threads):
        for first in range(bounds[source] * neurons, bounds[source + 1] * neurons, 1 << 20):
            stop = min(first + (1 << 20), int(bounds[source + 1]) * neurons)
            goal = (tables.target[first:stop] & np.uint64(NO_TARGET)).astype(np.int64)
            count[source] += np.bincount(box_of[goal[goal != NO_TARGET]], minlength=threads * parts)
    room = int(count.sum())
    return Boxes(
        packets=zeros_in_small_pages(RING_SLOTS * room, np.uint32),
        start=(np.cumsum(count) - count.ravel()).reshape(count.shape),
        ends=np.zeros((threads, RING_SLOTS * threads * parts + APART), np.int64),
        marks=np.zeros((threads, RING_SLOTS * threads * parts, RING_SLOTS), np.int64),
        box_of=box_of.astype(np.uint8),
        base=base,
        bounds=bounds,
        boxes=threads * parts,
        room=room,
    )
