"""Few events of a core of 256 axons and neurons, listed from the few words that hold all of its types and weights."""

from __future__ import annotations

import numpy as np

from neurocore.emulator.compiled import inlined
from neurocore.emulator.intrinsics import popcount
from neurocore.emulator.kernel_ahead import BYTE_LIMIT, DENSE, FEWEST
from neurocore.emulator.kernel_bits import list_four
from neurocore.emulator.kernel_rng import TOGETHER
from neurocore.emulator.lanes import ask_for, get_number, get_small, get_word, set_number, set_small, set_word
from neurocore.emulator.listed_columns import BY_CHANCE, PLAIN
from neurocore.emulator.table_columns import FEW_KINDS, ZERO

__all__ = ["list_few", "list_few_by_chance", "most_added"]

_THREE = np.uint64(3)


@inlined
def most_added(bitmap, axon_words, axon_types, axons_of_type, kinds):
    """The most that active axons add to a neuron, or take, without listing them (arguments as in kernel_events.py)."""
    bound = 0
    for kind in range(axon_types):
        count, size = 0, get_number(kinds, 2 * kind + 1)
        for v in range(axon_words):
            count += popcount(get_word(bitmap, v) & get_word(axons_of_type, kind * axon_words + v))
        bound += count * (size if size >= 0 else ~size)
    return bound


@inlined
def _type_of(head, axon):
    """The type of an axon. head : uint64[FEW_WORDS], see ChipTables.few"""
    return np.int64((get_word(head, FEW_KINDS + (axon >> 5)) >> np.uint64(2 * (axon & 31))) & _THREE)


@inlined
def list_few(slot, axons, weight_at, head, axon_types, axons_of_type, kinds, crossbar):
    """List the active axons of a core of 256 axons and neurons without stochastic weights, if they are few and light.

    head : uint64[FEW_WORDS], see ChipTables.few; other arguments as for kernel_events._list_core
    Returns how many there are, and 1 more, and clears the slot; or returns 0, and does not.
    """
    a, b, c, d = get_word(slot, 0), get_word(slot, 1), get_word(slot, 2), get_word(slot, 3)
    count = popcount(a) + popcount(b) + popcount(c) + popcount(d)
    if count >= DENSE:
        return 0
    if DENSE > FEWEST and count >= FEWEST and most_added(slot, 4, axon_types, axons_of_type, kinds) > BYTE_LIMIT:
        return 0
    list_four((a, b, c, d), np.int64(0), axons)
    bound = 0
    for e in range(count):
        axon = get_small(axons, e)
        ask_for(crossbar, axon * 4)
        weight = get_number(head, _type_of(head, axon))
        bound += weight & 255
        set_number(weight_at, e, weight >> 8)
    if bound > BYTE_LIMIT:
        return 0
    for v in range(4):
        set_word(slot, v, ZERO)
    return count + 1


@inlined
def list_few_by_chance(slot, axons, weight_at, last, head, axon_key, crossbar, listed):
    """The same where weights may be stochastic; by chance, or plainly, as kernel_events lists them one by one.

    No more than TOGETHER, and PLAIN and BY_CHANCE are set if they are few and light.
    """
    a, b, c, d = get_word(slot, 0), get_word(slot, 1), get_word(slot, 2), get_word(slot, 3)
    count = popcount(a) + popcount(b) + popcount(c) + popcount(d)
    if count > TOGETHER:
        return 0
    list_four((a, b, c, d), np.int64(0), axons)
    plain, by_chance, bound = 0, 0, 0
    for e in range(count):
        axon = get_small(axons, e)
        ask_for(crossbar, axon * 4)
        kind = _type_of(head, axon)
        weight = get_number(head, kind)
        if weight >= 0:
            bound += weight & 255
            set_small(axons, plain, axon)
            set_number(weight_at, plain, weight >> 8)
            plain += 1
        else:
            bound += ~weight
            ask_for(axon_key, axon >> 1)
            set_number(weight_at, last - by_chance, axon << 8 | kind)
            by_chance += 1
    if bound > BYTE_LIMIT:
        return 0
    set_number(listed, PLAIN, plain)
    set_number(listed, BY_CHANCE, by_chance)
    for v in range(4):
        set_word(slot, v, ZERO)
    return count + 1
