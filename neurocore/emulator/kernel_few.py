"""A narrow core with few events in a tick, compiled: its 256 neurons are summed and updated in one function.

What events add never leaves the registers, and neither of the questions of kernel_narrow.py has to be asked that only
cores without events (does anything move?) or without a bound below (does anything sink too far?) need.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from neurocore.emulator.byte_lanes import add_bytes, load_row, no_bytes
from neurocore.emulator.compiled import called, inlined, own_registers
from neurocore.emulator.intrinsics import popcount
from neurocore.emulator.kernel_bits import list_four
from neurocore.emulator.kernel_narrow import go_wide
from neurocore.emulator.lanes import get_number, get_small, get_word, place, set_number
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
from neurocore.emulator.table_columns import MODE_SUBTRACT, NARROW_POTENTIALS, ZERO
from neurocore.recording import COUNTERS

__all__ = ["end_few", "run_few", "sum_rows", "update_half"]

_WIDTH: Final = 256
_AXON_EVENTS, _OPERATIONS, _SPIKES = (COUNTERS.index(name) for name in ("axon_events", "synaptic_operations", "spikes"))


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
def update_half(potential, rows, n, alpha, step, sums, subtract):
    """Update 32 neurons from number n on. Returns a word of those that did not fire, and the potentials.

    alpha, step : threshold and leak of this tick; subtract : a constant
    """
    v = load_half(potential, n) + step + sums
    below = are_less(v, alpha)
    held = larger(v, load_half(rows, n + 2 * _WIDTH))
    if subtract:
        after = choose(below, held, v - alpha)
    else:
        after = choose(below, held, load_half(rows, n + 3 * _WIDTH))
    store_half(potential, n, after)
    return below, after


@inlined
def end_few(tables, state, core, fired_words, subtract, highest, events, operations, counters, spikes):
    """List the spikes of a core's four words, count for it, and widen it where its potentials grew too far.

    subtract : a constant; highest : potentials, looked at where it is true. Returns how many fired
    """
    fired = list_four(fired_words, core * _WIDTH, spikes)
    set_number(counters, _AXON_EVENTS, get_number(counters, _AXON_EVENTS) + events)
    set_number(counters, _OPERATIONS, get_number(counters, _OPERATIONS) + operations)
    set_number(counters, _SPIKES, get_number(counters, _SPIKES) + fired)
    if subtract and are_less(same_short(NARROW_POTENTIALS), highest) != ZERO:
        go_wide(tables, state, core)
    return fired


def _variant(subtract):
    """subtract : gamma is 1 for all neurons, else 0 for all."""

    @inlined
    def as_they_are(potential, rows, n, sums):
        return update_half(potential, rows, n, load_half(rows, n), load_half(rows, n + _WIDTH), sums, subtract)

    @inlined
    def update_word(potential, rows, w, sums, highest):
        """Update the neurons of a word. Returns the word of those that fired, and the highest potentials so far."""
        quiet, first = as_they_are(potential, rows, 64 * w, low_sums(sums))
        more, second = as_they_are(potential, rows, 64 * w + HALF, high_sums(sums))
        return ~(quiet | more << HALF), larger(highest, larger(first, second)) if subtract else highest

    @called
    def few(tables, state, core, axons, weight_at, count, counters, spikes):
        """As run_few says. Places are int64: numba would compile a part anew for each plain constant."""
        own_registers()
        potential, rows = place(state.short, core * _WIDTH), place(tables.narrow, tables.narrow_row[core])
        crossbar = place(tables.crossbar, core * tables.axons * 4)
        a, b, c, d, operations = sum_rows(crossbar, np.int64(4), axons, place(tables.weight_bytes, 0), weight_at, count)
        highest = same_short(0)
        first, highest = update_word(potential, rows, np.int64(0), a, highest)
        second, highest = update_word(potential, rows, np.int64(1), b, highest)
        third, highest = update_word(potential, rows, np.int64(2), c, highest)
        last, highest = update_word(potential, rows, np.int64(3), d, highest)
        words = first, second, third, last
        fired = end_few(tables, state, core, words, subtract, highest, count, operations, counters, spikes)
        return operations, fired

    return few


_reset, _subtract = _variant(False), _variant(True)


@inlined
def run_few(tables, state, core, axons, weight_at, count, counters, spikes):
    """Integrate the listed events of a core (see kernel_events.list_events) and update it; its spikes are listed.

    axons : uint32[count]; weight_at : int64[count]; counters : int64[6], of the core, added to
    spikes : where those of the core go. Returns (synaptic operations, spikes)
    """
    if tables.modes[core] & MODE_SUBTRACT:
        return _subtract(tables, state, core, axons, weight_at, count, counters, spikes)
    return _reset(tables, state, core, axons, weight_at, count, counters, spikes)
