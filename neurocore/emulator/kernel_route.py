"""Step 7 of a tick, compiled: spikes become packets in boxes; in the tick in which they arrive, packets set bits.

A box holds the packets from one thread to one part of the chip for one tick. It is emptied in that tick, by the thread
that owns the receiving cores. So no two threads write the same word; a part's bitmaps stay in the cache while their
bits are set; and a packet on its way is four bytes, written one behind the other, where a bit set at once would be a
cache line read and written somewhere in two megabytes. Delivery is an OR: the order of packets does not matter but for
the tick in which a merged spike is counted. Between two calls of the kernels all packets are bits of the ring.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from neurocore.arch import RING_SLOTS
from neurocore.emulator.compiled import called, inlined, own_registers
from neurocore.emulator.lanes import (
    ask_for,
    further,
    get_byte,
    get_number,
    get_small,
    get_word,
    place,
    set_number,
    set_small,
    set_word,
)
from neurocore.emulator.table_columns import AXON_SHIFT, DELAY_SHIFT, HOPS_SHIFT, NO_TARGET, ONE
from neurocore.recording import COUNTERS

__all__ = ["BEHIND", "inject", "open_boxes", "receive", "receive_rest", "seal", "send", "target_of"]

_NO_TARGET = np.uint64(NO_TARGET)
_AXON_SHIFT, _DELAY_SHIFT, _HOPS_SHIFT = np.uint64(AXON_SHIFT), np.uint64(DELAY_SHIFT), np.uint64(HOPS_SHIFT)
_AXON_MASK, _DELAY_MASK = np.uint64(1023), np.uint64(15)
_SIX, _63 = np.uint64(6), np.uint64(63)
_AHEAD = 16
"""Packets whose ring words are asked for before their turn."""
BEHIND = 24
"""Spikes whose targets are asked for before their turn: on a full chip a target is seldom in the cache."""
_ROOM = 32
"""Packets ahead whose place in a box is asked for."""
_HOPS: Final = COUNTERS.index("hops")
_MERGED: Final = COUNTERS.index("merged_spikes")
_COLUMNS: Final = len(COUNTERS)


@inlined
def target_of(word):
    """Core (or NO_TARGET), axon and delay of a neuron's target. word : see ChipTables.target"""
    core, axon = np.int64(word & _NO_TARGET), np.int64((word >> _AXON_SHIFT) & _AXON_MASK)
    return core, axon, np.int64((word >> _DELAY_SHIFT) & _DELAY_MASK)


@called
def send(tables, boxes, thread, tick, spikes, count, listed, counters):
    """Put the packets of some spikes of one tick into boxes (see scratch.py). Returns their hops.

    spikes   : uint32[listed], of which the first ``count`` are sent
    counters : int64[C, COLUMNS], whose hops are added to
    """
    own_registers()
    target, packets, hops = place(tables.target, 0), place(boxes.packets, 0), further(counters, 8 * _HOPS)
    box_of, base, ends = place(boxes.box_of, 0), place(boxes.base, 0), place(boxes.ends, thread * boxes.ends.shape[1])
    stride, total, from_one, before = tables.axon_words * 64, np.int64(0), np.int64(0), np.int64(-1)
    for k in range(count):
        ask_for(target, get_small(spikes, min(k + BEHIND, listed - 1)))
        spike = get_small(spikes, k)
        word = get_word(target, spike)
        core, axon, delay = target_of(word)
        if core == NO_TARGET:
            continue
        links = np.int64(word >> _HOPS_SHIFT)
        total += links
        sender = (spike >> 6) * tables.per_word >> 32
        known = get_number(hops, sender * _COLUMNS)
        from_one = (from_one if sender == before else known) + links
        before = sender
        set_number(hops, sender * _COLUMNS, from_one)
        box = get_byte(box_of, core)
        goal = ((tick + delay) & 15) * boxes.boxes + box
        at = get_number(ends, goal)
        set_small(packets, at, core * stride + axon - get_number(base, box))
        ask_for(packets, at + _ROOM >> 1)
        set_number(ends, goal, at + 1)
    return total


@inlined
def _set_bits(packets, count, bits, merged, axon_words):
    """Set bits of a part of the ring's slot. Returns how many were set already; the cores count these in ``merged``.

    packets : uint32[count]; merged : int64[cores of the part]
    """
    merges = 0
    for k in range(count):
        ask_for(bits, get_small(packets, min(k + _AHEAD, count - 1)) >> 6)
        packet = np.uint64(get_small(packets, k))
        index, bit = np.int64(packet >> _SIX), ONE << (packet & _63)
        old = get_word(bits, index)
        set_word(bits, index, old | bit)
        if old & bit:
            core = index // axon_words
            set_number(merged, core, get_number(merged, core) + 1)
            merges += 1
    return merges


@called
def open_boxes(boxes, thread):
    """Empty all boxes of a thread."""
    own_registers()
    for slot in range(RING_SLOTS):
        _clear(boxes, thread, slot)


@inlined
def _clear(boxes, thread, slot):
    """Empty the boxes of a thread for one tick."""
    for box in range(boxes.boxes):
        boxes.ends[thread, slot * boxes.boxes + box] = boxes.start[thread, box] + slot * boxes.room


@called
def seal(boxes, thread, tick):
    """Note how far the boxes of a thread are filled at the end of a tick; those for this tick are empty from now on."""
    own_registers()
    _clear(boxes, thread, tick & 15)
    for at in range(RING_SLOTS * boxes.boxes):
        boxes.marks[thread, at, tick & 15] = boxes.ends[thread, at]


@called
def receive(tables, ring, boxes, thread, tick, oldest, newest, i, results):
    """Set the bits of the packets that arrive at a thread's cores in ``tick``, sent in the ticks oldest..newest.

    i : of ``tick`` in the results, to which merged spikes are added: those of the tick in which the later one was sent
    """
    own_registers()
    slot, threads = tick & 15, boxes.bounds.shape[0] - 1
    parts = boxes.boxes // threads
    oldest, newest = max(oldest, tick - 15), min(newest, tick - 1)
    for box in range(thread * parts, (thread + 1) * parts):
        at = slot * boxes.boxes + box
        first = boxes.base[box] // (64 * tables.axon_words)
        bits, counts = place(ring, (slot * tables.cores + first) * tables.axon_words), place(results.merged, first)
        for sent in range(oldest, newest + 1):
            for source in range(threads):
                begin = boxes.start[source, box] + slot * boxes.room
                if sent > oldest:
                    begin = boxes.marks[source, at, (sent - 1) & 15]
                count = boxes.marks[source, at, sent & 15] - begin
                if count:
                    merges = _set_bits(place(boxes.packets, begin), count, bits, counts, tables.axon_words)
                    results.tick_counters[thread, i + sent - tick, _MERGED] += merges


@called
def receive_rest(tables, ring, boxes, thread, ticks, first_tick, i, results):
    """Set the bits of all packets that are still on their way after some ticks. i : of the first of these ticks"""
    own_registers()
    last = first_tick + ticks - 1
    for late in range(1, RING_SLOTS):
        receive(tables, ring, boxes, thread, last + late, first_tick, last, i + ticks - 1 + late, results)


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
