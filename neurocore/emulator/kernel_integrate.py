"""Step 2 of a tick, compiled: the weights of active axons are added to the potentials of a core.

A crossbar word is the mask of an addition to 64 potentials; see lanes.py.
"""

from __future__ import annotations

import numpy as np

from neurocore.emulator.compiled import inlined
from neurocore.emulator.intrinsics import popcount, prefetch, trailing_zeros
from neurocore.emulator.kernel_dense import is_dense, keep_bitmap
from neurocore.emulator.kernel_rng import draws_of_keys, draws_of_run
from neurocore.emulator.lanes import add_where, greatest, least, load, load_bytes, load_short, reaches, splat, store
from neurocore.emulator.tables import MODE_STRAIGHT

__all__ = ["integrate", "list_events"]

_ONE = np.uint64(1)
_ZERO = np.uint64(0)
_KIND_SYNAPSE = np.uint64(1)


@inlined
def list_events(tables, ring, core, start, events, weight_at, first, active, half):
    """List a core's active axons, clear its slot, and ask for the crossbar rows: reading them takes longest.

    start : of the core's words in the ring
    active : uint64[2 * V]; where the core is dense, its bitmap goes to active[half : half + V] and nothing is listed
    events, weight_at : int32[2 * A] and int64[2 * A]. From ``first`` on: axons whose type has no stochastic weights,
    and where the weights of their type begin. From first + A - 1 downwards: the other axons, and their types
    Returns the numbers of the two kinds of axons.
    """
    plain, by_chance = 0, 0
    count = 0
    for v in range(tables.axon_words):
        count += popcount(ring[start + v])
    if count == 0:
        return 0, 0
    if is_dense(tables, core, count):
        keep_bitmap(tables, ring, core, start, active, half)
        return count, 0
    for v in range(tables.axon_words):
        word = ring[start + v]
        ring[start + v] = _ZERO
        while word != _ZERO:
            axon = v * 64 + trailing_zeros(word)
            word &= word - _ONE
            prefetch(tables.crossbar, (core * tables.axons + axon) * tables.neuron_words)
            kind = core * tables.axon_types + np.int64(tables.axon_type[core * tables.axons + axon])
            if tables.stochastic_row[kind] < 0:
                events[first + plain] = axon
                weight_at[first + plain] = tables.weight_row[kind]
                plain += 1
            else:
                by_chance += 1
                events[first + tables.axons - by_chance] = axon
                weight_at[first + tables.axons - by_chance] = kind
    return plain, by_chance


@inlined
def _add_four_words(tables, potential, core, events, weight_at, first, count, w):
    """Add the rows of some events to words w .. w+3 of a core. Returns the synaptic operations.

    The potentials stay in registers from the first event to the last, and one loop over events of all types is
    mispredicted once: loops for each word took 1.5 times as long at 5 events a tick, loops for each type twice.
    """
    operations = 0
    at = (core * tables.neuron_words + w) * 64
    a, b = load(potential, at), load(potential, at + 64)
    c, d = load(potential, at + 128), load(potential, at + 192)
    for e in range(first, first + count):
        row = (core * tables.axons + events[e]) * tables.neuron_words + w
        weights = weight_at[e] + w * 64
        word = tables.crossbar[row]
        operations += popcount(word)
        a = add_where(word, a, load_short(tables.weight, weights))
        word = tables.crossbar[row + 1]
        operations += popcount(word)
        b = add_where(word, b, load_short(tables.weight, weights + 64))
        word = tables.crossbar[row + 2]
        operations += popcount(word)
        c = add_where(word, c, load_short(tables.weight, weights + 128))
        word = tables.crossbar[row + 3]
        operations += popcount(word)
        d = add_where(word, d, load_short(tables.weight, weights + 192))
    store(potential, at, a)
    store(potential, at + 64, b)
    store(potential, at + 128, c)
    store(potential, at + 192, d)
    return operations


@inlined
def _add_word(tables, potential, core, events, weight_at, first, count, w):
    """Add the rows of some events to word w of a core. Returns the synaptic operations."""
    operations = 0
    at = (core * tables.neuron_words + w) * 64
    v = load(potential, at)
    for e in range(first, first + count):
        word = tables.crossbar[(core * tables.axons + events[e]) * tables.neuron_words + w]
        operations += popcount(word)
        v = add_where(word, v, load_short(tables.weight, weight_at[e] + w * 64))
    store(potential, at, v)
    return operations


@inlined
def _add_deterministic(tables, potential, core, events, weight_at, first, count):
    """Add the rows of events first .. first+count-1. Returns the synaptic operations."""
    operations = 0
    fours = tables.neuron_words >> 2 << 2
    for w in range(0, fours, 4):
        operations += _add_four_words(tables, potential, core, events, weight_at, first, count, w)
    for w in range(fours, tables.neuron_words):
        operations += _add_word(tables, potential, core, events, weight_at, first, count, w)
    return operations


@inlined
def _draw_straight(tables, core, axon, seed, tick, draws):
    """rho of every neuron of a core whose keys follow one another: byte n of ``draws`` is that of neuron n."""
    first = np.uint64(tables.first_key[core]) >> np.uint64(4)
    key = np.uint64(tables.axon_key[core * tables.axons + axon])
    for part in range((tables.neuron_words + 3) >> 2):
        store(draws, part * 64, draws_of_run(seed, tick, _KIND_SYNAPSE, first + np.uint64(part * 16), key))


@inlined
def _draw_word(tables, core, axon, w, seed, tick, draws, rho):
    """rho of the 64 neurons of word w, whatever their keys: a block for each, of which one byte is kept."""
    key = np.uint64(tables.axon_key[core * tables.axons + axon])
    spare = draws.shape[0] - 64
    for part in range(4):
        at = (core * tables.neuron_words + w) * 64 + part * 16
        store(draws, spare, draws_of_keys(seed, tick, _KIND_SYNAPSE, tables.neuron_key, at, np.uint64(4), key))
        for b in range(16):
            rho[w * 64 + part * 16 + b] = rho[spare * 4 + 16 * b + (tables.neuron_key[at + b] & np.uint32(15))]


@inlined
def _add_stochastic(tables, potential, core, kind, axon, seed, tick, draws, rho):
    """Add one event of a type with stochastic weights: sgn(s) where |s| >= rho. Returns the synaptic operations.

    kind : core * G + axon type
    """
    operations = 0
    straight = (tables.modes[core] & MODE_STRAIGHT) != 0
    if straight:
        _draw_straight(tables, core, axon, seed, tick, draws)
    chances = tables.stochastic_row[kind]
    weights = tables.weight_row[kind]
    for w in range(tables.neuron_words):
        word = tables.crossbar[(core * tables.axons + axon) * tables.neuron_words + w]
        if word == _ZERO:
            continue
        operations += popcount(word)
        at = (core * tables.neuron_words + w) * 64
        weight = load_short(tables.weight, weights + w * 64)
        chance = tables.stochastic[chances + w]
        v = add_where(word & ~chance, load(potential, at), weight)
        if word & chance:
            if not straight:
                _draw_word(tables, core, axon, w, seed, tick, draws, rho)
            size = greatest(weight, splat(np.int32(0)) - weight)
            sign = least(greatest(weight, splat(np.int32(-1))), splat(np.int32(1)))
            taken = reaches(size, load_bytes(rho, w * 64))
            v = add_where(word & chance & taken, v, sign)
        store(potential, at, v)
    return operations


@inlined
def integrate(tables, potential, core, seed, tick, events, weight_at, first, plain, by_chance, draws, rho):
    """Integrate the events that list_events found. Returns the synaptic operations."""
    operations = 0
    if plain:
        operations += _add_deterministic(tables, potential, core, events, weight_at, first, plain)
    for e in range(first + tables.axons - by_chance, first + tables.axons):
        operations += _add_stochastic(tables, potential, core, weight_at[e], events[e], seed, tick, draws, rho)
    return operations
