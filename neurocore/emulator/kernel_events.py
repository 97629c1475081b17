"""Step 1 of a tick, compiled: the active axons of a core are listed and its scheduler slot cleared, some cores ahead.

Reading crossbar rows from memory takes longest (140 ns each where the cache does not hold them); asked for AHEAD cores
before their turn they come side by side.
"""

from __future__ import annotations

from neurocore.emulator.compiled import called, inlined, own_registers
from neurocore.emulator.kernel_bits import list_bits
from neurocore.emulator.lanes import (
    ask_for,
    get_byte,
    get_number,
    get_small,
    get_word,
    place,
    set_number,
    set_small,
    set_word,
)
from neurocore.emulator.tables import ZERO

__all__ = ["AHEAD", "BOUND", "BY_CHANCE", "LISTED", "PLAIN", "list_busy", "list_events"]

AHEAD = 4
"""Cores whose events are listed ahead; a power of two. 2, 8 and 16 take 1.1 times as long (a full chip, Zen 3)."""

LISTED = 4
PLAIN, BY_CHANCE, BOUND = range(3)
"""Columns of ``listed``: axons whose type has no stochastic weights; other axons; most that they add to a neuron."""


@called
def _weigh(axons, weight_at, count, last, axon_type, axon_key, kinds, crossbar, words, listed):
    """Find where the weights of active axons are, part those of types with stochastic weights from the rest, and ask
    for their crossbar rows, and the keys of those to be drawn.

    axons     : uint32[last + 1], the first ``count`` are given; the rest as list_events leaves them
    axon_type : uint8[A]; axon_key : uint32[A]; kinds : int64[G, 2], see ChipTables.kinds; crossbar : uint64[A, words]
    """
    own_registers()
    plain, by_chance, bound = 0, 0, 0
    for e in range(count):
        axon = get_small(axons, e)
        ask_for(crossbar, axon * words)
        kind = get_byte(axon_type, axon)
        size = get_number(kinds, 2 * kind + 1)
        if size >= 0:
            bound += size
            set_small(axons, plain, axon)
            set_number(weight_at, plain, get_number(kinds, 2 * kind))
            plain += 1
        else:
            bound += ~size
            ask_for(axon_key, axon >> 1)
            set_number(weight_at, last - by_chance, axon << 8 | kind)
            by_chance += 1
    set_number(listed, PLAIN, plain)
    set_number(listed, BY_CHANCE, by_chance)
    set_number(listed, BOUND, bound)


@called
def list_busy(slot, words, settled, first, count, agenda):
    """List the cores that have anything to do in a tick: active axons, or a state that moves by itself.

    slot : uint64[count, words], bitmaps of the cores from number ``first`` on; settled : uint8[count]
    agenda : uint32[count + 1], overwritten. Returns how many there are

    A core with nothing to do costs this look and no more.
    """
    own_registers()
    busy = 0
    for c in range(count):
        active = ZERO
        for v in range(words):
            active |= get_word(slot, c * words + v)
        set_small(agenda, busy, first + c)
        busy += (active != ZERO) | (get_byte(settled, c) == 0)
    return busy


@inlined
def list_events(tables, ring, core, turn, start, axons, weight_at, active, listed):
    """List a core's active axons at a place of the queue. turn : 0..AHEAD-1

    start     : of the core's words in the ring; they are cleared
    axons     : uint32[AHEAD * (A + SPARE)]; from the turn's front on: axons whose type has no stochastic weights
    weight_at : int64[AHEAD * (A + SPARE)]; where the weights of their types begin. From the turn's last place
                downwards: axons of the other types, axon * 256 + type
    active    : uint64[AHEAD * V], the bitmaps; not written for cores without active axons
    listed    : int64[AHEAD * LISTED], overwritten
    """
    slot = place(ring, start)
    any_active = ZERO
    for v in range(tables.axon_words):
        any_active |= get_word(slot, v)
    if any_active == ZERO:
        listed[turn * LISTED + PLAIN] = 0
        listed[turn * LISTED + BY_CHANCE] = 0
        return
    bitmap = place(active, turn * tables.axon_words)
    for v in range(tables.axon_words):
        set_word(bitmap, v, get_word(slot, v))
        set_word(slot, v, ZERO)
    room = weight_at.shape[0] // AHEAD
    found = place(axons, turn * room)
    count = list_bits(bitmap, tables.axon_words, 0, found)
    _weigh(
        found,
        place(weight_at, turn * room),
        count,
        room - 1,
        place(tables.axon_type, core * tables.axons),
        place(tables.axon_key, core * tables.axons),
        place(tables.kinds, core * tables.axon_types * 2),
        place(tables.crossbar, core * tables.axons * tables.neuron_words),
        tables.neuron_words,
        place(listed, turn * LISTED),
    )
