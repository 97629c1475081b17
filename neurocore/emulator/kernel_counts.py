"""Step 2 of a tick for many events or large sums, compiled: the events of each axon type are counted, then weighed.

Events are counted bit-sliced, 256 neurons at a time: eight rows of bits hold a binary number for each neuron, and a
crossbar row is added to all of them by a few logic operations (a carry-save adder for every four rows: 7 operations a
row, where a masked addition of bytes takes 40). The counts become bytes once a tick, and a weight is read once a tick.
Types with stochastic weights are left out: their events are drawn one by one.
"""

from __future__ import annotations

from neurocore.emulator.byte_lanes import add_bytes, count_where, no_bytes, splat_bytes, store_row
from neurocore.emulator.compiled import called, inlined, own_registers
from neurocore.emulator.intrinsics import popcount
from neurocore.emulator.kernel_narrow import weigh_narrow
from neurocore.emulator.lanes import WIDTH, further, get_small, get_word, load, load_bytes, load_short, place, store
from neurocore.emulator.listed_columns import AHEAD, LISTED, OF_TYPE
from neurocore.emulator.row_lanes import load_four, no_bits, store_four

__all__ = ["DIGITS", "MOST", "integrate_counts"]

DIGITS = 8
MOST = 255
"""A count is a byte, and a number of eight binary digits before."""


@inlined
def _weigh(potential, narrow, weights, counts, neurons):
    """Add counts * weights to potentials. narrow : whether these are int16"""
    if narrow:
        weigh_narrow(potential, weights, counts, neurons)
    else:
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
    _weigh(potential, narrow, weights, counts, 256)
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
    _weigh(potential, narrow, weights, counts, 64)
    return operations


@called
def _count_type(axons, found, crossbar, words, potential, narrow, weights, digits, counts):
    """Count and weigh the events of one type for all neurons of a core. Returns the synaptic operations.

    axons : uint32[found]; crossbar : uint64[A, words]; potential : of the core's neuron 0; weights : int16[M]
    """
    own_registers()
    operations, size = 0, 2 if narrow else 4
    for e in range(0, found, MOST):
        listed, count = further(axons, 4 * e), min(found - e, MOST)
        fours = words >> 2 << 2
        for w in range(0, fours, 4):
            _count_four_words(further(crossbar, 8 * w), words, listed, count, digits)
            goal, weight = further(potential, size * 64 * w), further(weights, 2 * 64 * w)
            operations += _weigh_four_words(digits, count, goal, narrow, weight, counts)
        for w in range(fours, words):
            goal, weight = further(potential, size * 64 * w), further(weights, 2 * 64 * w)
            operations += _count_word(further(crossbar, 8 * w), words, listed, count, goal, narrow, weight, counts)
    return operations


@inlined
def integrate_counts(tables, state, core, turn, axons, listed, digits, counts):
    """Integrate a core's active axons of types without stochastic weights. Returns the synaptic operations.

    axons  : uint32[AHEAD * (A + SPARE)], listed : int64[AHEAD * LISTED], see listed_columns.py
    digits : uint64[DIGITS * 4], counts : uint8[M], overwritten
    """
    operations, words, narrow = 0, tables.neuron_words, state.is_narrow[core] != 0
    row, neuron, at = core * tables.axons * words, core * words * 64, turn * (axons.shape[0] // AHEAD)
    for kind in range(tables.axon_types):
        found = listed[turn * LISTED + OF_TYPE + kind]
        if found == 0:
            continue
        operations += _count_type(
            place(axons, at),
            found,
            place(tables.crossbar, row),
            words,
            place(state.short, neuron) if narrow else place(state.potential, neuron),
            narrow,
            place(tables.weight, tables.weight_row[core * tables.axon_types + kind]),
            place(digits, 0),
            place(counts, 0),
        )
        at += found
    return operations
