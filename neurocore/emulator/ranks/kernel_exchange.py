"""Spikes that leave a rank and packets that arrive, compiled: what happens between two calls of the tick kernels."""

from __future__ import annotations

import numpy as np

from neurocore.emulator.compiled import inlined, kernel
from neurocore.emulator.intrinsics import popcount
from neurocore.emulator.kernel_route import target_of
from neurocore.emulator.lanes import ask_for, place
from neurocore.emulator.ranks.block import CORE_SHIFT, DELAY_SHIFT, SENT_SHIFT
from neurocore.emulator.table_columns import NO_TARGET
from neurocore.recording import COUNTERS

__all__ = ["collect", "first_to_each", "receive"]

_MERGED, _HOPS = COUNTERS.index("merged_spikes"), COUNTERS.index("hops")
_ONE, _AXON, _DELAY = np.uint64(1), np.uint64(1023), np.uint64(15)
_DELAY_SHIFT, _SENT_SHIFT, _CORE_SHIFT = np.uint64(DELAY_SHIFT), np.uint64(SENT_SHIFT), np.uint64(CORE_SHIFT)
_SENT = np.uint64(2**18 - 1)

_FILTER = 2**16
"""Bits that tell most packets that are wanted from others."""

_AHEAD = 16
"""Spikes and packets ahead whose memory is asked for."""


@kernel
def collect(spikes, per_tick, leaving, out, start, filled, counters, tick_counters):
    """Put the packets of a window's spikes into one box for each rank, in the order of ticks.

    spikes : uint32[S], in the order of ticks; per_tick : int64[T]; leaving : see block.Leaving
    out : uint64[P]; start : int64[K], where a rank's box begins; filled : int64[K], overwritten
    counters, tick_counters : int64[c, 6] and int64[T, 6]; hops are added
    """
    filled[:] = 0
    k, last = 0, spikes.shape[0] - 1
    packets, hops_of, rank_of = place(leaving.packet, 0), place(leaving.hops, 0), place(leaving.rank, 0)
    for i in range(per_tick.shape[0]):
        for _ in range(per_tick[i]):
            soon = np.int64(spikes[min(k + _AHEAD, last)])
            there = leaving.before[soon >> 6]
            there += popcount(leaving.mask[soon >> 6] & ((_ONE << np.uint64(soon & 63)) - _ONE))
            ask_for(packets, there)
            ask_for(hops_of, there)
            ask_for(rank_of, there)
            spike = np.int64(spikes[k])
            k += 1
            word, bit = spike >> 6, _ONE << np.uint64(spike & 63)
            mask = leaving.mask[word]
            if not mask & bit:
                continue
            which = leaving.before[word] + np.int64(popcount(mask & (bit - _ONE)))
            hops, rank = leaving.hops[which], leaving.rank[which]
            core = word * counters.shape[0] // leaving.mask.shape[0]
            counters[core, _HOPS] += hops
            tick_counters[i, _HOPS] += hops
            out[start[rank] + filled[rank]] = leaving.packet[which] | np.uint64(i) << _SENT_SHIFT
            filled[rank] += 1


@inlined
def _arrival(packet, sent):
    """Tick of arrival, core and axon of a packet that was sent in a tick."""
    tick = sent + np.int64((packet >> _DELAY_SHIFT) & _DELAY)
    return tick, np.int64(packet >> _CORE_SHIFT), np.int64(packet & _AXON)


@kernel
def receive(ring, axon_words, packets, start, first_tick, counters, tick_counters, late):
    """Set the bits of the packets that other ranks sent in a window, in the order of the ticks they were sent in.

    packets : uint64[P]; start : int64[K + 1], those of rank k are start[k] .. start[k + 1] - 1
    counters, tick_counters : int64[c, 6] and int64[T, 6]; merged spikes are added, to the tick of the packet
    late : int64[P, 3], filled with tick of arrival, index of ring bit without the slot, and tick sent, of each merged
    packet. Returns how many there are
    """
    cores = counters.shape[0]
    ranks = start.shape[0] - 1
    at = start[:ranks].copy()
    merges, last, bits = 0, packets.shape[0] - 1, place(ring, 0)
    for i in range(tick_counters.shape[0]):
        for rank in range(ranks):
            while at[rank] < start[rank + 1] and (packets[at[rank]] >> _SENT_SHIFT) & _SENT == np.uint64(i):
                soon = packets[min(at[rank] + _AHEAD, last)]
                tick, core, axon = _arrival(soon, first_tick + i)
                ask_for(bits, ((tick & 15) * cores + core) * axon_words + (axon >> 6))
                packet = packets[at[rank]]
                at[rank] += 1
                tick, core, axon = _arrival(packet, first_tick + i)
                word, bit = ((tick & 15) * cores + core) * axon_words + (axon >> 6), _ONE << np.uint64(axon & 63)
                old = ring[word]
                ring[word] = old | bit
                if old & bit:
                    counters[core, _MERGED] += 1
                    tick_counters[i, _MERGED] += 1
                    late[merges, 0], late[merges, 1] = tick, core * axon_words * 64 + axon
                    late[merges, 2] = i
                    merges += 1
    return merges


@kernel
def first_to_each(target, spikes, per_tick, first_tick, width, stride, wanted, found):
    """Find the ticks of the first spikes of a rank whose packets arrive somewhere at some tick.

    target : as in ChipTables; spikes : uint32[S], in the order of ticks; per_tick : int64[T]
    width  : bits of a slot of the ring; stride : bits of a core in it
    wanted : int64[P], tick of arrival * width + bit of the slot, in ascending order
    found  : int64[P], -1 at first; the tick of the first such spike, counted from first_tick
    """
    some = np.zeros(_FILTER >> 6, np.uint64)  # few packets are wanted: one bit tells most others apart
    for p in range(wanted.shape[0]):
        some[(wanted[p] & (_FILTER - 1)) >> 6] |= _ONE << np.uint64(wanted[p] & 63)
    k, last, targets = 0, spikes.shape[0] - 1, place(target, 0)
    for i in range(per_tick.shape[0]):
        for _ in range(per_tick[i]):
            ask_for(targets, np.int64(spikes[min(k + _AHEAD, last)]))
            core, axon, delay = target_of(target[spikes[k]])
            k += 1
            if core == NO_TARGET:
                continue
            own = (first_tick + i + delay) * width + core * stride + axon
            if not (some[(own & (_FILTER - 1)) >> 6] >> np.uint64(own & 63)) & _ONE:
                continue
            at = np.searchsorted(wanted, own)
            if at < wanted.shape[0] and wanted[at] == own and found[at] < 0:
                found[at] = i
