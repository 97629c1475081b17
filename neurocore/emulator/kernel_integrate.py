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
from neurocore.emulator.kernel_events import AHEAD
from neurocore.emulator.kernel_few import sum_rows
from neurocore.emulator.kernel_narrow import go_wide
from neurocore.emulator.kernel_rng import BLOCKS, DRAWN, draw_keys, draw_run
from neurocore.emulator.lanes import (
    WIDTH,
    add_where,
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
from neurocore.emulator.table_columns import MODE_STRAIGHT, NARROW_SUMS

__all__ = ["integrate"]

_KIND_SYNAPSE = np.uint64(1)
_SHIFT = np.uint64(WIDTH)


@called
def _sum_four_words(crossbar, words, axons, weights, weight_at, count, sums):
    """Sum the rows of some axons for four words of a core: sums[: 256] are overwritten.

    crossbar : of the core's axon 0, from the first of the words on; words : of a row
    axons    : uint32[count]; weight_at : int64[count], where their rows are in ``weights``

    The sums stay in registers from the first event to the last. Returns the synaptic operations.
    """
    own_registers()
    a, b, c, d, operations = sum_rows(crossbar, words, axons, weights, weight_at, count)
    store_row(sums, 0, a)
    store_row(sums, 64, b)
    store_row(sums, 128, c)
    store_row(sums, 192, d)
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
def _draw_straight(draws, blocks, seed, tick, first, key):
    """The bytes of consecutive blocks from ``first`` on, BLOCKS at a time."""
    own_registers()
    for part in range((blocks + BLOCKS - 1) // BLOCKS):
        draw_run(draws, part * DRAWN, seed, tick, _KIND_SYNAPSE, first + np.uint64(part * BLOCKS), key)


@inlined
def _draw_scattered(tables, core, key, seed, tick, draws, rho):
    """rho of every neuron of a core whatever their keys: a block for each, of which one byte is kept."""
    spare = draws.shape[0] - DRAWN
    keys = place(tables.neuron_key, core * tables.neuron_words * 64)
    for n in range(0, tables.neuron_words * 64, BLOCKS):
        draw_keys(place(draws, spare), 0, seed, tick, _KIND_SYNAPSE, keys, n, np.uint64(4), key)
        for b in range(BLOCKS):
            which = tables.neuron_key[core * tables.neuron_words * 64 + n + b] & np.uint32(15)
            rho[n + b] = rho[spare * 4 + 16 * b + which]


@inlined
def _draw(tables, core, axon, seed, tick, draws, rho):
    """rho of every neuron of a core for an event of an axon, to rho[:M] (the memory of ``draws``)."""
    key = np.uint64(tables.axon_key[core * tables.axons + axon])
    if tables.modes[core] & MODE_STRAIGHT:
        first = np.uint64(tables.first_key[core]) >> np.uint64(4)
        _draw_straight(place(draws, 0), 4 * tables.neuron_words, seed, tick, first, key)
    else:
        _draw_scattered(tables, core, key, seed, tick, draws, rho)


@called
def _sum_chances(crossbar, signs, sizes, rho, words, sums):
    """Sum one event whose type has stochastic weights, over the words of its row. Returns the synaptic operations.

    A stochastic weight counts as its sign, with the chance of its size; others count in full, with chance 255.
    """
    own_registers()
    operations = 0
    for w in range(words):
        word = get_word(crossbar, w)
        operations += popcount(word)
        at = w * 64
        taken = add_taken(word, load_row(sums, at), load_row(signs, at), load_row(sizes, at), load_row(rho, at))
        store_row(sums, at, taken)
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
    for e in range(room - by_chance, room):
        event = get_number(weights, e)
        axon, kind = event >> 8, core * tables.axon_types + (event & 255)
        _draw(tables, core, axon, seed, tick, draws, rho)
        signs = tables.chance_row[kind]
        operations += _sum_chances(
            place(tables.crossbar, row + axon * words),
            place(tables.chance, signs),
            place(tables.chance, signs + 64 * words),
            place(rho, 0),
            words,
            place(sums, 0),
        )
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
        _draw(tables, core, axon, seed, tick, draws, rho)
        operations += _add_chances(
            place(state.potential, first),
            place(tables.crossbar, (core * tables.axons + axon) * tables.neuron_words),
            place(tables.weight, tables.weight_row[kind]),
            place(tables.stochastic, tables.stochastic_row[kind]),
            place(rho, 0),
            tables.neuron_words,
        )
    return operations, False
