"""A narrow core with few events in a tick, compiled: its 256 neurons are summed and updated in one function.

What events add never leaves the registers, and neither of the questions of kernel_narrow.py has to be asked that only
cores without events (does anything move?) or without a bound below (does anything sink too far?) need.
"""

from __future__ import annotations

from neurocore.emulator.byte_lanes import add_bytes, load_row, no_bytes
from neurocore.emulator.compiled import called, inlined, own_registers
from neurocore.emulator.intrinsics import popcount
from neurocore.emulator.kernel_events import AHEAD, BYTE_LIMIT, DENSE
from neurocore.emulator.kernel_narrow import CHANGED, OUTGROWN, go_wide
from neurocore.emulator.lanes import get_number, get_small, get_word, place, set_word
from neurocore.emulator.short_lanes import (
    HALF,
    are_less,
    choose,
    high_sums,
    larger,
    load_half,
    low_sums,
    same_short,
    store_half,
)
from neurocore.emulator.table_columns import MODE_FEW, MODE_SUBTRACT, NARROW_POTENTIALS, ZERO

__all__ = ["has_few", "integrate_and_update_few", "sum_rows"]

_WIDTH = 256


@inlined
def sum_rows(crossbar, words, axons, weights, weight_at, count):
    """Sum the rows of some axons for four words of a core. Returns the sums of each word, and the synaptic operations.

    crossbar : of the core's axon 0, from the first of the words on; words : of a row
    axons    : uint32[count]; weight_at : int64[count], where their rows are in ``weights``
    """
    operations = 0
    a, b, c, d = no_bytes(), no_bytes(), no_bytes(), no_bytes()
    for e in range(count):
        row = get_small(axons, e) * words
        weight = get_number(weight_at, e)
        word = get_word(crossbar, row)
        operations += popcount(word)
        a = add_bytes(word, a, load_row(weights, weight))
        word = get_word(crossbar, row + 1)
        operations += popcount(word)
        b = add_bytes(word, b, load_row(weights, weight + 64))
        word = get_word(crossbar, row + 2)
        operations += popcount(word)
        c = add_bytes(word, c, load_row(weights, weight + 128))
        word = get_word(crossbar, row + 3)
        operations += popcount(word)
        d = add_bytes(word, d, load_row(weights, weight + 192))
    return a, b, c, d, operations


@inlined
def _update_half(potential, rows, n, sums, subtract):
    """Update 32 neurons from number n on. Returns a word of those that did not fire, and the potentials."""
    alpha = load_half(rows, n)
    v = load_half(potential, n) + load_half(rows, n + _WIDTH) + sums
    below = are_less(v, alpha)
    held = larger(v, load_half(rows, n + 2 * _WIDTH))
    if subtract:
        after = choose(below, held, v - alpha)
    else:
        after = choose(below, held, load_half(rows, n + 3 * _WIDTH))
    store_half(potential, n, after)
    return below, after


def _variant(subtract):
    """subtract : gamma is 1 for all neurons, else 0 for all."""

    @inlined
    def update_word(potential, rows, fired, w, sums, highest):
        """Update the neurons of a word. Returns the word of those that fired, and the highest potentials so far."""
        quiet, first = _update_half(potential, rows, 64 * w, low_sums(sums), subtract)
        more, second = _update_half(potential, rows, 64 * w + HALF, high_sums(sums), subtract)
        spikes = ~(quiet | more << HALF)
        set_word(fired, w, spikes)
        return spikes, larger(highest, larger(first, second)) if subtract else highest

    @called
    def few(potential, rows, crossbar, axons, weights, weight_at, count, fired):
        """Returns 4 * synaptic operations, with CHANGED where a neuron fired, OUTGROWN where the core is to be widened.

        potential : int16[256]; rows : see ChipTables.narrow; fired : uint64[4], overwritten; others as for sum_rows
        """
        own_registers()
        a, b, c, d, operations = sum_rows(crossbar, 4, axons, weights, weight_at, count)
        found, highest = operations << 2, same_short(0)
        spikes, highest = update_word(potential, rows, fired, 0, a, highest)
        more, highest = update_word(potential, rows, fired, 1, b, highest)
        spikes |= more
        more, highest = update_word(potential, rows, fired, 2, c, highest)
        spikes |= more
        more, highest = update_word(potential, rows, fired, 3, d, highest)
        spikes |= more
        if subtract and are_less(same_short(NARROW_POTENTIALS), highest) != ZERO:
            found |= OUTGROWN
        return found | CHANGED if spikes != ZERO else found

    return few


_reset, _subtract = _variant(False), _variant(True)


@inlined
def has_few(tables, state, core, plain, by_chance, bound):
    """Whether a core is one of these in this tick. plain, by_chance, bound : as list_events found them"""
    few = plain > 0 and by_chance == 0 and plain < DENSE and bound <= BYTE_LIMIT
    return few and state.is_narrow[core] != 0 and (tables.modes[core] & MODE_FEW) != 0


@inlined
def integrate_and_update_few(tables, state, core, turn, axons, weight_at, count, fired):
    """Integrate the events of a core, listed at its turn, and update it. Returns as ``few``.

    axons, weight_at : of all turns, see kernel_events.list_events; fired : uint64[4], overwritten
    """
    at = turn * (weight_at.shape[0] // AHEAD)
    given = (
        place(state.short, core * _WIDTH),
        place(tables.narrow, tables.narrow_row[core]),
        place(tables.crossbar, core * tables.axons * tables.neuron_words),
        place(axons, at),
        place(tables.weight_bytes, 0),
        place(weight_at, at),
        count,
        place(fired, 0),
    )
    found = _subtract(*given) if tables.modes[core] & MODE_SUBTRACT else _reset(*given)
    if found & OUTGROWN:
        go_wide(tables, state, core)
    return found
