"""Step 1 of a tick, compiled: the active axons of a core are listed and its scheduler slot cleared, some cores ahead.

Reading crossbar rows from memory takes longest (140 ns each where the cache does not hold them); asked for AHEAD cores
before their turn they come side by side.
"""

from __future__ import annotations

from neurocore.emulator.compiled import called, inlined, own_registers
from neurocore.emulator.intrinsics import popcount, trailing_zeros, without_lowest
from neurocore.emulator.kernel_ahead import BYTE_LIMIT, DENSE, FEWEST, ask_for_potentials
from neurocore.emulator.kernel_bits import SPARE, list_bits
from neurocore.emulator.kernel_few_events import list_few, list_few_by_chance, most_added
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
from neurocore.emulator.listed_columns import BOUND, BY_CHANCE, FEW, LISTED, MANY, OF_TYPE, PLAIN
from neurocore.emulator.table_columns import FEW_WORDS, MODE_FEW, MODE_FEW_BY_CHANCE, ZERO

__all__ = ["list_busy", "list_events"]

_FURTHER = 8
"""Cores ahead of those listed whose bitmaps and axon types are asked for, as if all cores were busy."""


@inlined
def _list_one_by_one(axons, weight_at, count, last, axon_type, axon_key, kinds, crossbar, words, listed):
    """Find where the weights of active axons are, part those of types with stochastic weights from the rest, and ask
    for their crossbar rows, and the keys of those to be drawn.

    axons : uint32[last + 1], the first ``count`` are given; other arguments as for _list_core
    """
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


@inlined
def _list_by_type(
    bitmap, axon_words, axons, weight_at, last, axon_types, axons_of_type, axon_key, kinds, crossbar, words, listed
):
    """The same, the plain axons one type behind the other; the rows of these are asked for later (ask_for_rows)."""
    plain, by_chance, bound = 0, 0, 0
    for kind in range(axon_types):
        size, before = get_number(kinds, 2 * kind + 1), plain
        for v in range(axon_words):
            word = get_word(bitmap, v) & get_word(axons_of_type, kind * axon_words + v)
            while word != ZERO:
                axon = v * 64 + trailing_zeros(word)
                word = without_lowest(word)
                if size >= 0:
                    set_small(axons, plain, axon)
                    plain += 1
                else:
                    ask_for(crossbar, axon * words)
                    ask_for(axon_key, axon >> 1)
                    set_number(weight_at, last - by_chance, axon << 8 | kind)
                    by_chance += 1
                    bound += ~size
        set_number(listed, OF_TYPE + kind, plain - before)
        bound += (plain - before) * size
    set_number(listed, PLAIN, plain)
    set_number(listed, MANY, plain)
    set_number(listed, BY_CHANCE, by_chance)
    set_number(listed, BOUND, bound)


@called
def _list_core(
    slot,
    axon_words,
    axons,
    weight_at,
    last,
    axon_types,
    axon_type,
    axons_of_type,
    axon_key,
    kinds,
    crossbar,
    words,
    listed,
):
    """List a core's active axons and clear its bitmap. Few are listed with their weights, many or heavy ones by type.

    slot      : uint64[axon_words], cleared
    axons     : uint32[last + 1]: from the front on, axons whose type has no stochastic weights
    weight_at : int64[last + 1]: where their weights begin, for few; from the last place downwards, axons of the other
                types, axon * 256 + type
    axon_type : uint8[A]; axons_of_type : uint64[axon_types, axon_words]; axon_key : uint32[A]
    kinds     : int64[G, 2], see ChipTables.kinds; crossbar : uint64[A, words]
    listed    : int64[LISTED], overwritten

    Many are listed once, by type, without looking up each one's type and weights: with boxes for parts of the ring
    (scratch.py), a busy chip in the cache went from 0.94 to 0.89 of the time before (8 x 8 cores, 200 Hz x 256, Zen 3).
    """
    own_registers()
    count = 0
    for v in range(axon_words):
        count += popcount(get_word(slot, v))
    set_number(listed, PLAIN, 0)
    set_number(listed, BY_CHANCE, 0)
    set_number(listed, MANY, 0)
    if count == 0:
        return
    one_by_one = count < FEWEST
    if DENSE > FEWEST and not one_by_one and count < DENSE:
        one_by_one = most_added(slot, axon_words, axon_types, axons_of_type, kinds) <= BYTE_LIMIT
    if one_by_one:
        list_bits(slot, axon_words, 0, axons)
        _list_one_by_one(axons, weight_at, count, last, axon_type, axon_key, kinds, crossbar, words, listed)
    if not one_by_one or get_number(listed, BOUND) > BYTE_LIMIT:
        _list_by_type(
            slot,
            axon_words,
            axons,
            weight_at,
            last,
            axon_types,
            axons_of_type,
            axon_key,
            kinds,
            crossbar,
            words,
            listed,
        )
        if not one_by_one and get_number(listed, PLAIN) < DENSE and get_number(listed, BOUND) <= BYTE_LIMIT:
            list_bits(slot, axon_words, 0, axons)
            _list_one_by_one(axons, weight_at, count, last, axon_type, axon_key, kinds, crossbar, words, listed)
            set_number(listed, MANY, 0)
    for v in range(axon_words):
        set_word(slot, v, ZERO)


@called
def list_busy(slot, words, wake, tick, first, count, agenda):
    """List the cores that have anything to do in a tick: active axons, or a state that moves by itself.

    slot : uint64[count, words], bitmaps of the cores from number ``first`` on; wake : int64[count], see ChipState
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
        busy += (active != ZERO) | (get_number(wake, c) <= tick)
    return busy


@called
def list_events(tables, state, core, turn, start, axons, weight_at, listed, told_apart, soon):
    """List a core's active axons at a place of the queue, see _list_core. turn : 0..AHEAD-1

    soon      : a core whose turn comes before, and whose potentials are asked for
    start     : of the core's words in the ring; they are cleared
    axons     : uint32[AHEAD * (A + SPARE)]; weight_at : int64[AHEAD * (A + SPARE)]
    listed    : int64[AHEAD * LISTED]
    told_apart : whether cores with few events are to be listed like others
    """
    own_registers()
    room, first, kind = tables.axons + SPARE, core * tables.axons, core * tables.axon_types
    slot, crossbar = place(state.ring, start), place(tables.crossbar, first * tables.neuron_words)
    axons, weight_at = further(axons, 4 * turn * room), further(weight_at, 8 * turn * room)
    listed = further(listed, 8 * turn * LISTED)
    of_type, kinds = place(tables.axons_of_type, kind * tables.axon_words), place(tables.kinds, kind * 2)
    ask_for_potentials(tables, state, soon)
    ask_for(slot, _FURTHER * tables.axon_words)
    few, modes = 0, tables.modes[core]
    if not told_apart and modes & (MODE_FEW | MODE_FEW_BY_CHANCE) and state.is_narrow[core]:
        head = place(tables.few, core * FEW_WORDS)
        if modes & MODE_FEW:
            few = list_few(slot, axons, weight_at, head, tables.axon_types, of_type, kinds, crossbar)
        else:
            keys = place(tables.axon_key, first)
            few = list_few_by_chance(slot, axons, weight_at, room - 1, head, keys, crossbar, listed)
        ask_for(head, _FURTHER * FEW_WORDS)
        ask_for(head, _FURTHER * FEW_WORDS + 8)
    set_number(listed, FEW, few)
    set_number(listed, MANY, 0)
    if few == 0:
        ask_for(of_type, _FURTHER * tables.axon_types * tables.axon_words)
        ask_for(of_type, _FURTHER * tables.axon_types * tables.axon_words + 8)
        _list_core(
            slot,
            tables.axon_words,
            axons,
            weight_at,
            room - 1,
            tables.axon_types,
            place(tables.axon_type, first),
            of_type,
            place(tables.axon_key, first),
            kinds,
            crossbar,
            tables.neuron_words,
            listed,
        )
