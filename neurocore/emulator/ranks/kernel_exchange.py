"""Spikes that leave a rank and packets that arrive, compiled: what happens between two calls of the tick kernels."""

from __future__ import annotations

import numpy as np

from neurocore.emulator.compiled import kernel
from neurocore.emulator.intrinsics import popcount
from neurocore.emulator.ranks.block import CORE_SHIFT, DELAY_SHIFT, SENT_SHIFT
from neurocore.recording import COUNTERS

__all__ = ["collect", "receive"]

_MERGED, _HOPS = COUNTERS.index("merged_spikes"), COUNTERS.index("hops")
_ONE, _63, _AXON, _DELAY = np.uint64(1), np.uint64(63), np.uint64(1023), np.uint64(15)
_DELAY_SHIFT, _SENT_SHIFT, _CORE_SHIFT = np.uint64(DELAY_SHIFT), np.uint64(SENT_SHIFT), np.uint64(CORE_SHIFT)
_SENT = np.uint64(2**18 - 1)


@kernel
def collect(spikes, per_tick, leaving, out, start, filled, counters, tick_counters):
    """Put the packets of a window's spikes into one box for each rank, in the order of ticks.

    spikes : uint32[S], in the order of ticks; per_tick : int64[T]; leaving : see block.Leaving
    out : uint64[P]; start : int64[K], where a rank's box begins; filled : int64[K], overwritten
    counters, tick_counters : int64[c, 6] and int64[T, 6]; hops are added
    """
    filled[:] = 0
    k = 0
    for i in range(per_tick.shape[0]):
        for _ in range(per_tick[i]):
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
    merges = 0
    for i in range(tick_counters.shape[0]):
        for rank in range(ranks):
            while at[rank] < start[rank + 1] and (packets[at[rank]] >> _SENT_SHIFT) & _SENT == np.uint64(i):
                packet = packets[at[rank]]
                at[rank] += 1
                tick = first_tick + i + np.int64((packet >> _DELAY_SHIFT) & _DELAY)
                core, axon = np.int64(packet >> _CORE_SHIFT), packet & _AXON
                place = core * axon_words + np.int64(axon >> np.uint64(6))
                word, bit = (tick & 15) * cores * axon_words + place, _ONE << (axon & _63)
                old = ring[word]
                ring[word] = old | bit
                if old & bit:
                    counters[core, _MERGED] += 1
                    tick_counters[i, _MERGED] += 1
                    late[merges, 0], late[merges, 1] = tick, place * 64 + np.int64(axon & _63)
                    late[merges, 2] = i
                    merges += 1
    return merges
