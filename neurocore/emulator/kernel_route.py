"""Step 7 of a tick, compiled: spikes become packets in boxes, one for each pair of threads; later they set bits.

Boxes are emptied at the start of the next tick, by the thread that owns the receiving cores. So no two threads write
the same word, and the many scattered writes stand in a short loop of their own, where they overlap (1.4 times faster
than setting bits at once, on a full chip at 200 Hz). Delivery is an OR: the order of packets does not matter.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from neurocore.emulator.compiled import called, inlined, own_registers
from neurocore.emulator.lanes import ask_for, get_number, get_small, get_word, place, set_number, set_word
from neurocore.emulator.scratch import APART
from neurocore.emulator.table_columns import AXON_SHIFT, DELAY_SHIFT, HOPS_SHIFT, NO_TARGET, ONE
from neurocore.recording import COUNTERS

__all__ = ["deliver", "empty_boxes", "inject"]

_NO_TARGET = np.uint64(NO_TARGET)
_AXON_SHIFT, _DELAY_SHIFT, _HOPS_SHIFT = np.uint64(AXON_SHIFT), np.uint64(DELAY_SHIFT), np.uint64(HOPS_SHIFT)
_AXON_MASK, _DELAY_MASK = np.uint64(1023), np.uint64(15)
_SIX, _63 = np.uint64(6), np.uint64(63)
_AHEAD = 16
"""Packets whose targets and ring words are asked for before their turn."""
_HOPS: Final = COUNTERS.index("hops")
_COLUMNS: Final = len(COUNTERS)


@called
def _box(
    spikes,
    count,
    target,
    tick,
    cores,
    axon_words,
    per_word,
    hops,
    threads,
    bounds,
    shift,
    parts,
    packets,
    start,
    filled,
):
    """Put the packets of some spikes of one tick into boxes. Returns their hops.

    spikes   : uint32[count]; target, per_word : as in ChipTables
    hops     : int64[C, COLUMNS], the column of the counters that the sending cores' hops are added to
    bounds, shift, parts, packets, start, filled : as in Boxes, the last three of this tick's set and of this thread

    All of a tick's packets stand in one loop, their targets asked for some packets ahead: on a full chip a target is
    seldom in the cache, and its 140 ns would be waited for.
    """
    own_registers()
    total = np.int64(0)
    for k in range(min(_AHEAD, count)):
        ask_for(target, get_small(spikes, k))
    for k in range(count):
        ask_for(target, get_small(spikes, min(k + _AHEAD, count - 1)))
        spike = get_small(spikes, k)
        word = get_word(target, spike)
        core = np.int64(word & _NO_TARGET)
        if core == NO_TARGET:
            continue
        links = np.int64(word >> _HOPS_SHIFT)
        total += links
        sender = (spike >> 6) * per_word >> 32
        set_number(hops, sender * _COLUMNS, get_number(hops, sender * _COLUMNS) + links)
        owner = 0
        for other in range(1, threads):  # a count, not a search: there is no branch to mispredict
            owner += core >= get_number(bounds, other)
        box = owner * parts + (core - get_number(bounds, owner) >> shift)
        slot = (np.int64((word >> _DELAY_SHIFT) & _DELAY_MASK) + tick) & 15
        packet = np.uint64((slot * cores + core) * axon_words * 64) + ((word >> _AXON_SHIFT) & _AXON_MASK)
        at = get_number(filled, box * APART)
        set_word(packets, get_number(start, box) + at, packet)
        set_number(filled, box * APART, at + 1)
    return total


@inlined
def deliver(tables, boxes, thread, tick, spikes, first, last, counters):
    """Put the packets of spikes[first : last] into boxes (see scratch.py). Returns their hops.

    counters : int64[C, COLUMNS], whose hops are added to
    """
    threads = boxes.bounds.shape[0] - 1
    own, boxes_of_all = thread * threads * boxes.parts, threads * threads * boxes.parts
    return _box(
        place(spikes, first),
        last - first,
        place(tables.target, 0),
        tick,
        tables.cores,
        tables.axon_words,
        tables.per_word,
        place(counters, _HOPS),
        threads,
        place(boxes.bounds, 0),
        boxes.shift,
        boxes.parts,
        place(boxes.packets, boxes.packets.shape[0] // 2 * (tick & 1)),
        place(boxes.start, own),
        place(boxes.filled, ((tick & 1) * boxes_of_all + own) * APART),
    )


@called
def _set_bits(packets, count, ring, merged, axon_words, cores):
    """Set bits of the ring. Returns how many were set already; the receiving cores count these in ``merged``.

    packets : uint64[count]; merged : int64[C]
    """
    own_registers()
    merges = 0
    for k in range(count):
        ask_for(ring, np.int64(get_word(packets, min(k + _AHEAD, count - 1)) >> _SIX))
        packet = get_word(packets, k)
        index, bit = np.int64(packet >> _SIX), ONE << (packet & _63)
        old = get_word(ring, index)
        set_word(ring, index, old | bit)
        if old & bit:
            core = (index // axon_words) % cores
            set_number(merged, core, get_number(merged, core) + 1)
            merges += 1
    return merges


@inlined
def empty_boxes(tables, ring, boxes, thread, tick, merged):
    """Set the bits of the packets that were sent to a thread's cores in ``tick``. Returns the merged spikes."""
    threads = boxes.bounds.shape[0] - 1
    half = boxes.packets.shape[0] // 2 * (tick & 1)
    merges = 0
    for k in range(threads * boxes.parts):  # part by part, as their share of the ring fits the cache
        box = (k % threads * threads + thread) * boxes.parts + k // threads
        counter = ((tick & 1) * threads * threads * boxes.parts + box) * APART
        packets = place(boxes.packets, half + boxes.start[box])
        goal, counts = place(ring, 0), place(merged, 0)
        merges += _set_bits(packets, boxes.filled[counter], goal, counts, tables.axon_words, tables.cores)
        boxes.filled[counter] = 0
    return merges


@inlined
def inject(tables, ring, low, high, tick, i, events, merged):
    """Set the bits of the external events of tick i of the chunk for cores low..high-1. Returns the merged spikes.

    events : EventSlice; merged : int64[C], added to
    """
    merges = 0
    base = (tick & 15) * tables.cores
    for e in range(events.start[i], events.start[i + 1]):
        core = np.int64(events.core[e])
        if low <= core < high:
            axon = np.uint64(events.axon[e])
            index, bit = (base + core) * tables.axon_words + np.int64(axon >> _SIX), ONE << (axon & _63)
            old = ring[index]
            ring[index] = old | bit
            if old & bit:
                merged[core] += 1
                merges += 1
    return merges
