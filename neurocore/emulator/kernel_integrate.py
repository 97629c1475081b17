"""Step 2 of a tick, compiled: the weights of active axons are added to the potentials of a core.

A crossbar word is the mask of an addition to 64 potentials; see lanes.py. Weights are loaded once for all axons of a type.
"""

from __future__ import annotations

import numpy as np

from neurocore.emulator.compiled import inlined
from neurocore.emulator.intrinsics import popcount, prefetch, trailing_zeros
from neurocore.emulator.kernel_rng import draws_of_keys, draws_of_run
from neurocore.emulator.lanes import add_where, greatest, least, load, load_bytes, load_short, reaches, splat, store
from neurocore.emulator.tables import MODE_STOCHASTIC, MODE_STRAIGHT

__all__ = ["arrivals", "integrate", "prefetch_rows"]

_ONE = np.uint64(1)
_ZERO = np.uint64(0)
_KIND_SYNAPSE = np.uint64(1)


@inlined
def arrivals(ring, start, axon_words):
    """The OR of a core's words in a slot of the ring: 0 where nothing has arrived."""
    word = _ZERO
    for v in range(axon_words):
        word |= ring[start + v]
    return word


@inlined
def prefetch_rows(tables, ring, core, start):
    """Ask for the crossbar rows that a core will need: reading them is what integration waits for."""
    for v in range(tables.axon_words):
        word = ring[start + v]
        while word != _ZERO:
            axon = v * 64 + trailing_zeros(word)
            word &= word - _ONE
            prefetch(tables.crossbar, (core * tables.axons + axon) * tables.neuron_words)


@inlined
def _list_events(tables, ring, start, core, events, type_start):
    """Write the active axons into ``events``, by type; clears the core's slot. Returns their number."""
    count = 0
    for kind in range(tables.axon_types):
        type_start[kind] = count
        base = (core * tables.axon_types + kind) * tables.axon_words
        for v in range(tables.axon_words):
            word = ring[start + v] & tables.axons_of_type[base + v]
            while word != _ZERO:
                events[count] = v * 64 + trailing_zeros(word)
                word &= word - _ONE
                count += 1
    type_start[tables.axon_types] = count
    for v in range(tables.axon_words):
        ring[start + v] = _ZERO
    return count


@inlined
def _add_deterministic(tables, potential, core, events, type_start):
    """Add the rows of all events whose type has no stochastic weights. Returns the synaptic operations."""
    operations = 0
    rows = core * tables.axons
    for w in range(tables.neuron_words):
        at = (core * tables.neuron_words + w) * 64
        v = load(potential, at)
        for kind in range(tables.axon_types):
            low, high = type_start[kind], type_start[kind + 1]
            if low == high or tables.stochastic_row[core * tables.axon_types + kind] >= 0:
                continue
            weight = load_short(tables.weight, tables.weight_row[core * tables.axon_types + kind] + w * 64)
            for e in range(low, high):
                word = tables.crossbar[(rows + events[e]) * tables.neuron_words + w]
                operations += popcount(word)
                v = add_where(word, v, weight)
        store(potential, at, v)
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
        store(
            draws, spare, draws_of_keys(seed, tick, _KIND_SYNAPSE, tables.neuron_key, at, np.uint64(4), key)
        )
        for b in range(16):
            rho[w * 64 + part * 16 + b] = rho[spare * 4 + 16 * b + (tables.neuron_key[at + b] & np.uint32(15))]


@inlined
def _add_stochastic(tables, potential, core, kind, axon, seed, tick, draws, rho):
    """Add one event of a type with stochastic weights: sgn(s) where |s| >= rho. Returns the synaptic operations."""
    operations = 0
    straight = (tables.modes[core] & MODE_STRAIGHT) != 0
    if straight:
        _draw_straight(tables, core, axon, seed, tick, draws)
    chances = tables.stochastic_row[core * tables.axon_types + kind]
    weights = tables.weight_row[core * tables.axon_types + kind]
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
def integrate(tables, ring, potential, core, start, seed, tick, events, type_start, draws, rho):
    """Integrate what has arrived at a core and clear its slot. Returns (axon events, synaptic operations).

    start : of the core's words in the ring; other arrays as in scratch.py, of one thread
    """
    count = _list_events(tables, ring, start, core, events, type_start)
    operations = _add_deterministic(tables, potential, core, events, type_start)
    if tables.modes[core] & MODE_STOCHASTIC:
        for kind in range(tables.axon_types):
            if tables.stochastic_row[core * tables.axon_types + kind] >= 0:
                for e in range(type_start[kind], type_start[kind + 1]):
                    operations += _add_stochastic(
                        tables, potential, core, kind, events[e], seed, tick, draws, rho
                    )
    return count, operations
