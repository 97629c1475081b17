"""Merged spikes belong to the tick in which the later packet was sent, though packets of other ranks set bits late.

Ranks exchange packets when several ticks are done. A packet from elsewhere may then find its bit set by a packet of the
own rank that was sent after it: of the two, the own one is the merged one, and the tick it was sent in counts it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.emulator.ranks.kernel_exchange import first_to_each
from neurocore.emulator.table_columns import ChipTables

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
    by_own = np.full(len(key), -1, np.int64)
    first_to_each(tables.target, spikes, per_tick, first_tick, width, 64 * tables.axon_words, key, by_own)
    later = by_own > by_packet
    return by_packet[later], by_own[later]
