"""Merged spikes belong to the tick in which the later packet was sent, though packets of other ranks set bits late.

Ranks exchange packets when several ticks are done. A packet from elsewhere may then find its bit set by a packet of the
own rank that was sent after it: of the two, the own one is the merged one, and the tick it was sent in counts it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.emulator.table_columns import AXON_SHIFT, DELAY_SHIFT, NO_TARGET, ChipTables

__all__ = ["later_ones"]


def later_ones(
    tables: ChipTables,
    late: npt.NDArray[np.int64],
    before: npt.NDArray[np.uint64],
    first_tick: int,
    spikes: npt.NDArray[np.uint32],
    per_tick: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Ticks (from first_tick on) that counted a merged spike, and those that should have; int64[k] each.

    late   : int64[P, 3], the merged packets, as kernel_exchange.receive lists them, in the order of ticks sent
    before : uint64[16 * c * V], the ring as it was after tick ``first_tick``: what was set then was sent no later
    spikes : uint32[S], of the rank's neurons, in the order of ticks; per_tick : int64[T], from first_tick on
    """
    arrival, place, sent = late.T
    span = tables.cores * tables.axon_words
    set_before = before[(arrival & 15) * span + (place >> 6)] >> (place & 63).astype(np.uint64) & np.uint64(1) > 0
    set_before &= arrival - 16 <= first_tick  # else the slot was another tick's
    width = span * 64
    key, at = np.unique((arrival * width + place)[~set_before], return_index=True)
    if not len(key):
        return sent[:0], sent[:0]
    by_packet = sent[~set_before][at]
    word = tables.target[spikes]
    core, axon = (word & np.uint64(NO_TARGET)).astype(np.int64), (word >> np.uint64(AXON_SHIFT) & np.uint64(1023))
    delay = (word >> np.uint64(DELAY_SHIFT) & np.uint64(15)).astype(np.int64)
    tick = np.repeat(np.arange(len(per_tick)), per_tick)
    own = (first_tick + tick + delay) * width + core * tables.axon_words * 64 + axon.astype(np.int64)
    inside = core != NO_TARGET
    inside &= key[np.minimum(np.searchsorted(key, own), len(key) - 1)] == own  # few are: the rest need not be sorted
    found, first = np.unique(own[inside], return_index=True)
    _, which, where = np.intersect1d(key, found, assume_unique=True, return_indices=True)
    by_own, by_packet = tick[inside][first[where]], by_packet[which]
    later = by_own > by_packet
    return by_packet[later], by_own[later]
