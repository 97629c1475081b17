"""Step 2 of a tick for many events or large sums, compiled: the events of each axon type are counted, then weighed.

Events are counted bit-sliced, 256 neurons at a time: eight rows of bits hold a binary number for each neuron, and a
crossbar row is added to all of them by a few logic operations (a carry-save adder for every four rows: 7 operations a
row, where a masked addition of bytes takes 40). The counts become bytes once a tick, and a weight is read once a tick.
Types with stochastic weights are left out: their events are drawn one by one.
"""

from __future__ import annotations

from neurocore.emulator.byte_lanes import add_bytes, count_where, no_bytes, splat_bytes, store_row
from neurocore.emulator.compiled import called, inlined, own_registers, spliced
from neurocore.emulator.intrinsics import popcount
from neurocore.emulator.kernel_bits import list_bits
from neurocore.emulator.kernel_narrow import weigh_narrow
from neurocore.emulator.lanes import (
    WIDTH,
    get_small,
    get_word,
    load,
    load_bytes,
    load_short,
    place,
    set_word,
    store,
)
from neurocore.emulator.row_lanes import load_four, no_bits, store_four
from neurocore.emulator.tables import ZERO

__all__ = ["DIGITS", "MOST", "integrate_counts"]

DIGITS = 8
MOST = 255
"""A count is a byte, and a number of eight binary digits before."""


@inlined
def _weigh(potential, weights, counts, neurons):
    """Add counts * weights to potentials."""
    for n in range(0, neurons, WIDTH):
        store(potential, n, load(potential, n) + load_bytes(counts, n) * load_short(weights, n))


@inlined
def _plus(carry, digit):
    """A half adder: (the new carry, the new digit)."""
    return carry & digit, carry ^ digit


@inlined
def _plus_two(digit, a, b):
    """A full adder: (the carry, the new digit)."""
    half = digit ^ a
    return (digit & a) | (half & b), half ^ b


@called
def _count_four_words(crossbar, words, axons, count, digits):
    """Count the events that reach each of 256 neurons, at most 255. digits : uint64[DIGITS, 4], overwritten

    crossbar : of the core's axon 0, from the first of the four words on; words : of a row; axons : uint32[count]
    """
    own_registers()
    d0, d1, d2, d3 = no_bits(), no_bits(), no_bits(), no_bits()
    d4, d5, d6, d7 = no_bits(), no_bits(), no_bits(), no_bits()
    fours = count >> 2 << 2
    for e in range(0, fours, 4):
        a = load_four(crossbar, get_small(axons, e) * words)
        b = load_four(crossbar, get_small(axons, e + 1) * words)
        c = load_four(crossbar, get_small(axons, e + 2) * words)
        d = load_four(crossbar, get_small(axons, e + 3) * words)
        first, d0 = _plus_two(d0, a, b)
        second, d0 = _plus_two(d0, c, d)
        carry, d1 = _plus_two(d1, first, second)
        carry, d2 = _plus(carry, d2)
        carry, d3 = _plus(carry, d3)
        carry, d4 = _plus(carry, d4)
        carry, d5 = _plus(carry, d5)
        carry, d6 = _plus(carry, d6)
        d7 = d7 ^ carry
    for e in range(fours, count):
        carry, d0 = _plus(load_four(crossbar, get_small(axons, e) * words), d0)
        carry, d1 = _plus(carry, d1)
        carry, d2 = _plus(carry, d2)
        carry, d3 = _plus(carry, d3)
        carry, d4 = _plus(carry, d4)
        carry, d5 = _plus(carry, d5)
        carry, d6 = _plus(carry, d6)
        d7 = d7 ^ carry
    store_four(digits, 0, d0)
    store_four(digits, 4, d1)
    store_four(digits, 8, d2)
    store_four(digits, 12, d3)
    store_four(digits, 16, d4)
    store_four(digits, 20, d5)
    store_four(digits, 24, d6)
    store_four(digits, 28, d7)


@called
def _weigh_four_words(digits, count, potential, narrow, weights, counts):
    """Add counted events of one type to 256 neurons. Returns the synaptic operations.

    count : of events, which says how many digits there are; counts : uint8[256], overwritten
    narrow : whether the potentials are int16
    """
    own_registers()
    operations = 0
    for w in range(4):
        total = no_bytes()
        k, value = w, 1
        while value <= count:
            word = get_word(digits, k)
            operations += popcount(word) * value
            total = add_bytes(word, total, splat_bytes(value))
            k += 4
            value += value
        store_row(counts, w * 64, total)
    if narrow:
        weigh_narrow(potential, weights, counts, 256)
    else:
        _weigh(potential, weights, counts, 256)
    return operations


@called
def _count_word(crossbar, words, axons, count, potential, narrow, weights, counts):
    """Count and weigh at most 255 events of one type for 64 neurons. Returns the synaptic operations."""
    own_registers()
    operations = 0
    total = no_bytes()
    for e in range(count):
        word = get_word(crossbar, get_small(axons, e) * words)
        operations += popcount(word)
        total = count_where(word, total)
    store_row(counts, 0, total)
    if narrow:
        weigh_narrow(potential, weights, counts, 64)
    else:
        _weigh(potential, weights, counts, 64)
    return operations


@spliced
def _goal(state, neuron, narrow):
    """Where the potential of a neuron is."""
    return place(state.short, neuron) if narrow else place(state.potential, neuron)


@spliced
def integrate_counts(tables, state, core, turn, active, axons, digits, counts):
    """Integrate a core's active axons of types without stochastic weights. Returns the synaptic operations.

    active : uint64[AHEAD * V], see kernel_events.py; the core's bitmap is overwritten
    axons  : uint32[A + SPARE], digits : uint64[DIGITS * 4 + V], counts : uint8[M], overwritten
    """
    operations = 0
    words, axon_words = tables.neuron_words, tables.axon_words
    row, first, narrow = core * tables.axons * words, core * words * 64, state.is_narrow[core] != 0
    bitmap, digit, of_type = (
        place(active, turn * axon_words),
        place(digits, 0),
        place(digits, 4 * DIGITS),
    )
    for kind in range(core * tables.axon_types, (core + 1) * tables.axon_types):
        if tables.chance_row[kind] >= 0:
            continue
        some = ZERO
        for v in range(axon_words):
            word = get_word(bitmap, v) & tables.axons_of_type[kind * axon_words + v]
            set_word(of_type, v, word)
            some |= word
        if some == ZERO:
            continue
        weight = tables.weight_row[kind]
        found = list_bits(of_type, axon_words, 0, place(axons, 0))
        for e in range(0, found, MOST):
            listed, count = place(axons, e), min(found - e, MOST)
            fours = words >> 2 << 2
            for w in range(0, fours, 4):
                _count_four_words(place(tables.crossbar, row + w), words, listed, count, digit)
                goal, weights = _goal(state, first + w * 64, narrow), place(tables.weight, weight + w * 64)
                operations += _weigh_four_words(digit, count, goal, narrow, weights, place(counts, 0))
            for w in range(fours, words):
                goal, weights = _goal(state, first + w * 64, narrow), place(tables.weight, weight + w * 64)
                crossbar = place(tables.crossbar, row + w)
                operations += _count_word(crossbar, words, listed, count, goal, narrow, weights, place(counts, 0))
    return operations
