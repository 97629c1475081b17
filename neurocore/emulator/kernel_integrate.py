"""Step 2 of a tick, compiled: the weights of active axons are added to the potentials of a core, in one of two ways.

Where all that the active axons can add to a neuron fits a byte, it is summed in bytes, 64 neurons at a time; the update
adds the sums to the potentials. Otherwise the events of each axon type are counted in bytes, weighed and added at once
(kernel_counts.py); there stochastic synapses are drawn and added event by event.
"""

from __future__ import annotations

import numpy as np

from neurocore.emulator.byte_lanes import add_bytes, add_taken, load_row, no_bytes, store_row
from neurocore.emulator.compiled import called, inlined, own_registers
from neurocore.emulator.intrinsics import popcount
from neurocore.emulator.kernel_ahead import BYTE_LIMIT, DENSE
from neurocore.emulator.kernel_counts import integrate_counts
from neurocore.emulator.kernel_few import sum_rows
from neurocore.emulator.kernel_narrow import go_wide
from neurocore.emulator.kernel_rng import BLOCKS, DRAWN, TOGETHER, draw_keys, draw_run, draw_two
from neurocore.emulator.lanes import (
    WIDTH,
    add_where,
    further,
    get_number,
    get_small,
    get_word,
    greatest,
    least,
    load,
    load_bytes,
    load_short,
    place,
    reaches,
    splat,
    store,
)
from neurocore.emulator.listed_columns import AHEAD
from neurocore.emulator.table_columns import MODE_STRAIGHT, NARROW_SUMS

__all__ = ["add_by_chance", "draw_events", "integrate"]

_KIND_SYNAPSE = np.uint64(1)
_SHIFT = np.uint64(WIDTH)


@inlined
def _store_four(sums, a, b, c, d):
    """sums[: 256] = four rows of bytes."""
    store_row(sums, 0, a)
    store_row(sums, 64, b)
    store_row(sums, 128, c)
    store_row(sums, 192, d)


@called
def _sum_four_words(crossbar, words, axons, weights, weight_at, count, sums):
    """Sum the rows of some axons for four words of a core: sums[: 256] are overwritten.

    crossbar : of the core's axon 0, from the first of the words on; words : of a row
    axons    : uint32[count]; weight_at : int64[count], where their rows are in ``weights``

    The sums stay in registers from the first event to the last. Returns the synaptic operations.
    """
    own_registers()
    a, b, c, d, operations = sum_rows(crossbar, words, axons, weights, weight_at, count)
    _store_four(sums, a, b, c, d)
    return operations


@called
def _sum_word(crossbar, words, axons, weights, weight_at, count, sums):
    """The same for one word of a core: sums[: 64] are overwritten."""
    own_registers()
    operations = 0
    a = no_bytes()
    for e in range(count):
        word = get_word(crossbar, get_small(axons, e) * words)
        operations += popcount(word)
        a = add_bytes(word, a, load_row(weights, get_number(weight_at, e)))
    store_row(sums, 0, a)
    return operations


@called
def draw_events(draws, blocks, seed, tick, first, events, count, axon_key):
    """The bytes of consecutive blocks from ``first`` on for some events, one event behind the other.

    events : int64[count], axon * 256 + type; axon_key : uint32[A]

    One call for some events: what Philox needs of the seed is spread over vectors once, and not for each.
    """
    own_registers()
    pairs = count >> 1 << 1 if blocks == BLOCKS else 0
    for e in range(0, pairs, 2):
        key = np.uint64(get_small(axon_key, get_number(events, e) >> 8))
        other = np.uint64(get_small(axon_key, get_number(events, e + 1) >> 8))
        draw_two(draws, DRAWN * e, seed, tick, _KIND_SYNAPSE, first, key, other)
    for e in range(pairs, count):
        key = np.uint64(get_small(axon_key, get_number(events, e) >> 8))
        for part in range((blocks + BLOCKS - 1) // BLOCKS):
            at = 4 * blocks * e + part * DRAWN
            draw_run(draws, at, seed, tick, _KIND_SYNAPSE, first + np.uint64(part * BLOCKS), key)


@inlined
def _draw_scattered(tables, core, key, seed, tick, draws, rho, at):
    """rho of every neuron of a core whatever their keys, to rho[at :]: a block for each, of which one byte is kept."""
    spare = draws.shape[0] - DRAWN
    keys = place(tables.neuron_key, core * tables.neuron_words * 64)
    for n in range(0, tables.neuron_words * 64, BLOCKS):
        draw_keys(place(draws, spare), 0, seed, tick, _KIND_SYNAPSE, keys, n, np.uint64(4), key)
        for b in range(BLOCKS):
            which = tables.neuron_key[core * tables.neuron_words * 64 + n + b] & np.uint32(15)
            rho[at + n + b] = rho[spare * 4 + 16 * b + which]


@inlined
def _draw(tables, core, events, count, seed, tick, draws, rho):
    """rho of every neuron of a core for at most TOGETHER events, to rho[: count * M] (the memory of ``draws``).

    events : int64[count], axon * 256 + type
    """
    if tables.modes[core] & MODE_STRAIGHT:
        first = np.uint64(tables.first_key[core]) >> np.uint64(4)
        keys = place(tables.axon_key, core * tables.axons)
        draw_events(place(draws, 0), 4 * tables.neuron_words, seed, tick, first, events, count, keys)
        return
    for e in range(count):
        key = np.uint64(tables.axon_key[core * tables.axons + (get_number(events, e) >> 8)])
        _draw_scattered(tables, core, key, seed, tick, draws, rho, e * 64 * tables.neuron_words)


@inlined
def add_by_chance(crossbar, words, events, count, chance, chance_row, rho, sums):
    """Add events whose types have stochastic weights to the sums of four words. Returns these and the operations.

    crossbar, chance : from the first of the words on; words : of a row; events : int64[count], axon * 256 + type
    chance_row : int64[G]; rho : uint8[count, 64 * words], from the first word on; sums : four rows of bytes
    A stochastic weight counts as its sign, with the chance of its size; others count in full, with chance 255.
    """
    a, b, c, d = sums
    operations, width = 0, 64 * words
    for e in range(count):
        event, at = get_number(events, e), e * width
        row, signs = (event >> 8) * words, get_number(chance_row, event & 255)
        sizes = signs + width
        word = get_word(crossbar, row)
        operations += popcount(word)
        a = add_taken(word, a, load_row(chance, signs), load_row(chance, sizes), load_row(rho, at))
        word = get_word(crossbar, row + 1)
        operations += popcount(word)
        b = add_taken(word, b, load_row(chance, signs + 64), load_row(chance, sizes + 64), load_row(rho, at + 64))
        word = get_word(crossbar, row + 2)
        operations += popcount(word)
        c = add_taken(word, c, load_row(chance, signs + 128), load_row(chance, sizes + 128), load_row(rho, at + 128))
        word = get_word(crossbar, row + 3)
        operations += popcount(word)
        d = add_taken(word, d, load_row(chance, signs + 192), load_row(chance, sizes + 192), load_row(rho, at + 192))
    return a, b, c, d, operations


@called
def _sum_four_words_by_chance(crossbar, words, events, count, chance, chance_row, rho, sums):
    """The same, with sums in memory from the first of the words on, as those of ``rho``. Returns the operations."""
    own_registers()
    before = load_row(sums, 0), load_row(sums, 64), load_row(sums, 128), load_row(sums, 192)
    a, b, c, d, operations = add_by_chance(crossbar, words, events, count, chance, chance_row, rho, before)
    _store_four(sums, a, b, c, d)
    return operations


@called
def _sum_word_by_chance(crossbar, words, events, count, chance, chance_row, rho, sums):
    """The same for one word of a core."""
    own_registers()
    operations, width = 0, 64 * words
    a = load_row(sums, 0)
    for e in range(count):
        event = get_number(events, e)
        signs = get_number(chance_row, event & 255)
        word = get_word(crossbar, (event >> 8) * words)
        operations += popcount(word)
        a = add_taken(word, a, load_row(chance, signs), load_row(chance, signs + width), load_row(rho, e * width))
    store_row(sums, 0, a)
    return operations


@inlined
def _integrate_sums(tables, core, turn, seed, tick, axons, weight_at, plain, by_chance, draws, rho, sums):
    """Sum events that add no more than a byte to any neuron. Returns the synaptic operations."""
    operations = 0
    room = weight_at.shape[0] // AHEAD
    first = turn * room
    words, row = tables.neuron_words, core * tables.axons * tables.neuron_words
    active, weights = place(axons, first), place(weight_at, first)
    fours = words >> 2 << 2
    for w in range(0, fours, 4):
        crossbar, weight = place(tables.crossbar, row + w), place(tables.weight_bytes, w * 64)
        operations += _sum_four_words(crossbar, words, active, weight, weights, plain, place(sums, w * 64))
    for w in range(fours, words):
        crossbar, weight = place(tables.crossbar, row + w), place(tables.weight_bytes, w * 64)
        operations += _sum_word(crossbar, words, active, weight, weights, plain, place(sums, w * 64))
    chance_row, listed = place(tables.chance_row, core * tables.axon_types), room - by_chance
    while listed < room:
        count, events = min(TOGETHER, room - listed), further(weights, 8 * listed)
        _draw(tables, core, events, count, seed, tick, draws, rho)
        for w in range(0, fours, 4):
            crossbar, own = place(tables.crossbar, row + w), place(tables.chance, w * 64)
            bytes_drawn, goal = place(rho, w * 64), place(sums, w * 64)
            operations += _sum_four_words_by_chance(crossbar, words, events, count, own, chance_row, bytes_drawn, goal)
        for w in range(fours, words):
            crossbar, own = place(tables.crossbar, row + w), place(tables.chance, w * 64)
            bytes_drawn, goal = place(rho, w * 64), place(sums, w * 64)
            operations += _sum_word_by_chance(crossbar, words, events, count, own, chance_row, bytes_drawn, goal)
        listed += count
    return operations


@called
def _add_chances(potential, crossbar, weights, stochastic, rho, words):
    """Add one event whose type has stochastic weights: sgn(s) where |s| >= rho. Returns the synaptic operations."""
    own_registers()
    operations = 0
    zero, one = splat(np.int32(0)), splat(np.int32(1))
    for w in range(words):
        word, chance = get_word(crossbar, w), get_word(stochastic, w)
        operations += popcount(word)
        for n in range(w * 64, w * 64 + 64, WIDTH):
            weight = load_short(weights, n)
            size = greatest(weight, zero - weight)
            sign = least(greatest(weight, zero - one), one)
            taken = reaches(size, load_bytes(rho, n))
            v = add_where(word & ~chance, load(potential, n), weight)
            store(potential, n, add_where(word & chance & taken, v, sign))
            word >>= _SHIFT
            chance >>= _SHIFT
    return operations


@inlined
def integrate(
    tables,
    state,
    core,
    turn,
    seed,
    tick,
    axons,
    weight_at,
    listed,
    plain,
    by_chance,
    bound,
    digits,
    draws,
    rho,
    sums,
):
    """Integrate the events that list_events found for a core at its turn.

    Returns (synaptic operations, whether ``sums`` are to be added).

    sums : uint8[M], overwritten; digits, draws, rho : see scratch.py
    """
    if bound <= BYTE_LIMIT and plain < DENSE:
        return _integrate_sums(
            tables, core, turn, seed, tick, axons, weight_at, plain, by_chance, draws, rho, sums
        ), True
    operations, first = 0, core * tables.neuron_words * 64
    if state.is_narrow[core] and (by_chance or bound > NARROW_SUMS):
        go_wide(tables, state, core)
    if plain:
        operations += integrate_counts(tables, state, core, turn, axons, listed, digits, sums)
    room = weight_at.shape[0] // AHEAD
    last = turn * room + room
    for e in range(last - by_chance, last):
        axon, kind = weight_at[e] >> 8, core * tables.axon_types + (weight_at[e] & 255)
        _draw(tables, core, place(weight_at, e), np.int64(1), seed, tick, draws, rho)
        operations += _add_chances(
            place(state.potential, first),
            place(tables.crossbar, (core * tables.axons + axon) * tables.neuron_words),
            place(tables.weight, tables.weight_row[kind]),
            place(tables.stochastic, tables.stochastic_row[kind]),
            place(rho, 0),
            tables.neuron_words,
        )
    return operations, False
