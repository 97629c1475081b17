"""The tick, compiled: integrate, update and deliver over flat arrays, cores shared out to threads.

Within a tick cores do not depend on each other (the smallest delay is one tick, and slot t mod 16 is never written in
tick t except from outside, before the cores start), and delivery is an OR, so neither threads nor their order matter.

Rules and their order: docs/hardware.md. The plain-Python twin is neurocore.emulator.reference.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from neurocore.emulator.intrinsics import fetch_add, fetch_or, popcount, trailing_zeros
from neurocore.emulator.kernel_rng import philox_block

__all__ = ["count_spikes", "inject", "list_spikes", "run_ticks", "run_ticks_alone"]

_ONE = np.uint64(1)
_ZERO = np.uint64(0)
_KIND_NEURON = np.uint64(0)
_KIND_SYNAPSE = np.uint64(1)
_BYTE = np.uint64(255)

# Columns of the counters, as in neurocore.recording.COUNTERS.
_AXON_EVENTS = 0
_SYNAPTIC_OPERATIONS = 1
_SPIKES = 3
_MERGED = 4
_HOPS = 5
_COLUMNS = 6


@njit(cache=True)
def _add_row(row, weight, potential):
    """potential[n] += weight[n] where bit n of the crossbar row is set.

    row : uint64[W]; weight : int16[M]; potential : int32[M], changed in place
    Returns the number of set bits.
    """
    operations = 0
    for w in range(row.shape[0]):
        word = row[w]
        if word == _ZERO:
            continue
        operations += popcount(word)
        base = w * 64
        for bit in range(64):
            if (word >> np.uint64(bit)) & _ONE:
                potential[base + bit] += np.int32(weight[base + bit])
    return operations


@njit(cache=True)
def _add_row_stochastic(row, weight, stochastic, seed, tick, axon_key, neuron_key, block, potential):
    """As _add_row, but where ``stochastic`` is set the sign of the weight is added, if |weight| >= rho.

    stochastic : uint64[W]; neuron_key : uint32[M]; block : uint64[4], scratch
    """
    operations = 0
    drawn = np.int64(-1)
    for w in range(row.shape[0]):
        word = row[w]
        operations += popcount(word)
        while word != _ZERO:
            bit = trailing_zeros(word)
            word &= word - _ONE
            n = w * 64 + bit
            size = np.int32(weight[n])
            if (stochastic[w] >> np.uint64(bit)) & _ONE:
                key = np.int64(neuron_key[n])
                if key >> 4 != drawn:
                    drawn = key >> 4
                    philox_block(seed, np.uint64(tick), _KIND_SYNAPSE, np.uint64(drawn), np.uint64(axon_key), block)
                rho = np.int32((block[(key >> 2) & 3] >> np.uint64(8 * (key & 3))) & _BYTE)
                if abs(size) >= rho:
                    potential[n] += np.int32(size > 0) - np.int32(size < 0)
            else:
                potential[n] += size
    return operations


@njit(cache=True)
def _integrate(tables, core, tick, active, block, potential):
    """Step 2: add the weights of every active axon. Returns (axon events, synaptic operations).

    active : uint64[V], the core's scheduler slot; potential : int32[M], changed in place
    """
    events = 0
    operations = 0
    for v in range(active.shape[0]):
        word = active[v]
        while word != _ZERO:
            axon = v * 64 + trailing_zeros(word)
            word &= word - _ONE
            events += 1
            kind = tables.axon_type[core, axon]
            if tables.any_stochastic[core, kind]:
                operations += _add_row_stochastic(
                    tables.crossbar[core, axon],
                    tables.weight[core, kind],
                    tables.stochastic_type[core, kind],
                    tables.seed,
                    tick,
                    tables.axon_key[core, axon],
                    tables.neuron_key[core],
                    block,
                    potential,
                )
            else:
                operations += _add_row(tables.crossbar[core, axon], tables.weight[core, kind], potential)
    return events, operations


@njit(cache=True)
def _settle_neuron(tables, core, n, v, eta):
    """Steps 4 to 6 for one neuron: threshold, negative threshold, clamps. Returns (V, fired)."""
    alpha = tables.threshold[core, n] + eta
    mode = tables.reset_mode[core, n]
    fired = v >= alpha
    if fired:
        if mode == 0:
            v = tables.reset_potential[core, n]
        elif mode == 1:
            v -= alpha
    else:
        beta = tables.negative_threshold[core, n]
        if tables.negative_saturation[core, n]:
            if v < tables.below - beta:
                v = -beta
        elif v < tables.below - (beta + eta):
            if mode == 0:
                v = -tables.reset_potential[core, n]
            elif mode == 1:
                v += beta + eta
    return min(max(v, -tables.potential_limit), tables.ceiling[core, n]), fired


@njit(cache=True)
def _update(tables, core, potential, fired):
    """Steps 3 to 6 for a core that draws nothing. Returns whether anything changed or fired.

    potential : int32[M], changed in place; fired : uint64[W], overwritten
    """
    changed = False
    for w in range(fired.shape[0]):
        word = _ZERO
        for bit in range(64):
            n = w * 64 + bit
            before = potential[n]
            step = np.int32(tables.leak[core, n])
            v = before
            if tables.leak_reversal[core, n]:
                if tables.stop_at_zero and step < 0 and abs(v) < -step:
                    v = np.int32(0)
                else:
                    v += step * (np.int32(v > 0) - np.int32(v < 0))
            else:
                v += step
            v, spike = _settle_neuron(tables, core, n, v, np.int32(0))
            potential[n] = v
            changed |= spike or v != before
            word |= np.uint64(spike) << np.uint64(bit)
        fired[w] = word
    return changed


@njit(cache=True)
def _update_drawing(tables, core, tick, block, potential, fired):
    """Steps 3 to 6 for a core with threshold noise or stochastic leaks: one 32-bit word per neuron that draws."""
    drawn = np.int64(-1)
    for w in range(fired.shape[0]):
        word = _ZERO
        for bit in range(64):
            n = w * 64 + bit
            v = potential[n]
            mask = tables.noise_mask[core, n]
            leak = np.int32(tables.leak[core, n])
            chance = tables.stochastic_leak[core, n]
            noise = _ZERO
            if mask or chance:
                key = np.int64(tables.neuron_key[core, n])
                if key >> 2 != drawn:
                    drawn = key >> 2
                    philox_block(tables.seed, np.uint64(tick), _KIND_NEURON, np.uint64(drawn), _ZERO, block)
                noise = block[key & 3]
            if chance:
                rho = np.int32(noise >> np.uint64(24))
                step = np.int32(leak > 0) - np.int32(leak < 0) if abs(leak) >= rho else np.int32(0)
            else:
                step = leak
            if tables.leak_reversal[core, n]:
                if tables.stop_at_zero and step < 0 and abs(v) < -step:
                    v = np.int32(0)
                else:
                    v += step * (np.int32(v > 0) - np.int32(v < 0))
            else:
                v += step
            v, spike = _settle_neuron(tables, core, n, v, np.int32(np.int64(noise) & np.int64(mask)))
            potential[n] = v
            word |= np.uint64(spike) << np.uint64(bit)
        fired[w] = word


@njit(cache=True)
def _deliver(tables, state, core, tick, fired, merged):
    """Step 7: set the target axons' bits in the ring. Returns (spikes, hops); merges go to the receivers' counts.

    fired : uint64[W]; merged : int64[C], changed in place, atomically
    """
    cores, axon_words = tables.axon_type.shape[0], state.ring.shape[0] // (16 * tables.axon_type.shape[0])
    spikes = 0
    hops = np.int64(0)
    for w in range(fired.shape[0]):
        word = fired[w]
        while word != _ZERO:
            n = w * 64 + trailing_zeros(word)
            word &= word - _ONE
            spikes += 1
            target = tables.target_core[core, n]
            if target >= 0:
                axon = tables.target_axon[core, n]
                slot = (tick + np.int64(tables.delay[core, n])) & 15
                bit = _ONE << np.uint64(axon & 63)
                old = fetch_or(state.ring, (slot * cores + target) * axon_words + (axon >> 6), bit)
                if old & bit:
                    fetch_add(merged, target, 1)
                hops += tables.hops[core, n]
    return spikes, hops


@njit(cache=True)
def _tick_of_cores(tables, state, tick, first, last, fired, counters, merged, sums):
    """One tick of cores first..last-1.

    fired : uint64[C, W], their rows overwritten; counters : int64[C, 6]; sums : int64[6], both added to
    """
    cores = tables.axon_type.shape[0]
    axon_words = state.ring.shape[0] // (16 * max(1, cores))
    block = np.empty(4, np.uint64)
    for core in range(first, last):
        start = ((tick & 15) * cores + core) * axon_words
        active = state.ring[start : start + axon_words]
        arrived = _ZERO
        for v in range(axon_words):
            arrived |= active[v]
        if arrived == _ZERO and state.settled[core]:
            for w in range(fired.shape[1]):
                fired[core, w] = _ZERO
            continue
        potential = state.potential[core]
        if arrived != _ZERO:
            events, operations = _integrate(tables, core, tick, active, block, potential)
            counters[core, _AXON_EVENTS] += events
            counters[core, _SYNAPTIC_OPERATIONS] += operations
            sums[_AXON_EVENTS] += events
            sums[_SYNAPTIC_OPERATIONS] += operations
            for v in range(axon_words):
                active[v] = _ZERO
        if tables.draws[core]:
            _update_drawing(tables, core, tick, block, potential, fired[core])
        else:
            changed = _update(tables, core, potential, fired[core])
            state.settled[core] = np.uint8(arrived == _ZERO and not changed)
        spikes, hops = _deliver(tables, state, core, tick, fired[core], merged)
        counters[core, _SPIKES] += spikes
        counters[core, _HOPS] += hops
        sums[_SPIKES] += spikes
        sums[_HOPS] += hops


@njit(cache=True)
def inject(ring, cores, axon_words, tick, first, last, event_core, event_axon, merged):
    """Set the bits of external events first..last-1, all integrated in ``tick``.

    ring : uint64[16*C*V], changed in place; event_core, event_axon : int32[E]; merged : int64[C], added to
    """
    for e in range(first, last):
        core, axon = event_core[e], event_axon[e]
        index = ((tick & 15) * cores + core) * axon_words + (axon >> 6)
        bit = _ONE << np.uint64(axon & 63)
        if ring[index] & bit:
            merged[core] += 1
        ring[index] |= bit


@njit(cache=True)
def _begin_tick(state, cores, tick, i, event_start, event_core, event_axon, merged):
    """Set the external events of tick i of the chunk. Returns the merged spikes counted before it."""
    axon_words = state.ring.shape[0] // (16 * max(1, cores))
    before = merged.sum()
    inject(state.ring, cores, axon_words, tick, event_start[i], event_start[i + 1], event_core, event_axon, merged)
    return before


@njit(cache=True)
def _end_tick(state, i, before, merged, sums, tick_counters, probe_core, probe_neuron, probe_row, potentials):
    """Add up what the threads counted in tick i of the chunk (``sums`` is cleared) and keep the probed potentials."""
    tick_counters[i, _MERGED] += merged.sum() - before
    for thread in range(sums.shape[0]):
        for column in range(_COLUMNS):
            tick_counters[i, column] += sums[thread, column]
            sums[thread, column] = 0
    if probe_row[i] >= 0:
        for p in range(probe_core.shape[0]):
            potentials[probe_row[i], p] = state.potential[probe_core[p], probe_neuron[p]]


@njit(cache=True, parallel=True)
def run_ticks(
    tables,
    state,
    first_tick,
    bounds,
    event_start,
    event_core,
    event_axon,
    probe_core,
    probe_neuron,
    probe_row,
    fired,
    counters,
    merged,
    tick_counters,
    potentials,
):
    """Run T ticks from first_tick on.

    bounds        : int64[threads + 1]  thread i owns cores bounds[i] .. bounds[i+1]-1
    event_start   : int64[T + 1]        events of tick i are event_start[i] .. event_start[i+1]-1
    event_core, event_axon   : int32[E]
    probe_core, probe_neuron : int32[P]
    probe_row     : int64[T]            row of ``potentials`` for tick i, or -1
    Outputs: fired uint64[T, C, W] (overwritten); counters int64[C, 6], merged int64[C], tick_counters int64[T, 6]
    (added to); potentials int32[Q, P].
    """
    threads = bounds.shape[0] - 1
    cores = tables.axon_type.shape[0]
    sums = np.zeros((threads, 16), np.int64)  # one cache line or more apart
    for i in range(fired.shape[0]):
        tick = np.int64(first_tick + i)
        before = _begin_tick(state, cores, tick, i, event_start, event_core, event_axon, merged)
        for thread in prange(threads):
            _tick_of_cores(
                tables, state, tick, bounds[thread], bounds[thread + 1], fired[i], counters, merged, sums[thread]
            )
        _end_tick(state, i, before, merged, sums, tick_counters, probe_core, probe_neuron, probe_row, potentials)


@njit(cache=True)
def run_ticks_alone(
    tables,
    state,
    first_tick,
    bounds,
    event_start,
    event_core,
    event_axon,
    probe_core,
    probe_neuron,
    probe_row,
    fired,
    counters,
    merged,
    tick_counters,
    potentials,
):
    """run_ticks for a single thread: no thread is started, so small chips pay no waiting between ticks."""
    cores = tables.axon_type.shape[0]
    sums = np.zeros((1, 16), np.int64)
    for i in range(fired.shape[0]):
        tick = np.int64(first_tick + i)
        before = _begin_tick(state, cores, tick, i, event_start, event_core, event_axon, merged)
        _tick_of_cores(tables, state, tick, 0, cores, fired[i], counters, merged, sums[0])
        _end_tick(state, i, before, merged, sums, tick_counters, probe_core, probe_neuron, probe_row, potentials)


@njit(cache=True)
def count_spikes(fired):
    """Number of set bits of fired : uint64[T, C, W]."""
    total = 0
    for word in fired.ravel():
        total += popcount(word)
    return total


@njit(cache=True)
def list_spikes(fired, first_tick, tick, core, neuron):
    """Write the set bits of fired : uint64[T, C, W] as (tick, core, neuron), in that order.

    tick : int64[S]; core, neuron : int32[S], overwritten
    """
    at = 0
    for i in range(fired.shape[0]):
        for c in range(fired.shape[1]):
            for w in range(fired.shape[2]):
                word = fired[i, c, w]
                while word != _ZERO:
                    tick[at] = first_tick + i
                    core[at] = c
                    neuron[at] = w * 64 + trailing_zeros(word)
                    word &= word - _ONE
                    at += 1
