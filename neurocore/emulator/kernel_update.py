"""Steps 3 to 6 of a tick, compiled: leak, threshold, negative threshold, clamp, for sixteen neurons at a time.

What no neuron of a core needs is left out (ChipTables.modes); all else is done for all lanes and chosen by masks.
"""

from __future__ import annotations

import numpy as np

from neurocore.emulator.byte_lanes import no_bytes, store_row
from neurocore.emulator.compiled import called, inlined, own_registers
from neurocore.emulator.kernel_narrow import CHANGED, OUTGROWN, go_wide, update_narrow
from neurocore.emulator.kernel_rng import BLOCKS, DRAWN, draw_keys, draw_run
from neurocore.emulator.lanes import (
    WIDTH,
    any_bit,
    get_word,
    greatest,
    is_less,
    least,
    load,
    load_signed_bytes,
    place,
    reaches,
    set_word,
    splat,
    store,
    top_byte,
    where,
)
from neurocore.emulator.table_columns import (
    CEILING,
    CHANCE,
    FLAGS,
    FLOOR,
    KEEPING,
    LEAK,
    MODE_ALIKE,
    MODE_DRAW,
    MODE_REVERSAL,
    MODE_STRAIGHT,
    MODE_SUBTRACT,
    MODE_UNSATURATED,
    NOISE,
    RESET,
    REVERSING,
    ROWS,
    SUBTRACTING,
    THRESHOLD,
    UNSATURATED,
    ZERO,
)

__all__ = ["draw_neurons", "update"]

_KIND_NEURON = np.uint64(0)


@called
def draw_neurons(draws, blocks, seed, tick, first):
    """The words of consecutive blocks from ``first`` on, BLOCKS at a time."""
    own_registers()
    for part in range(blocks // BLOCKS):
        draw_run(draws, part * DRAWN, seed, tick, _KIND_NEURON, first + np.uint64(part * BLOCKS), ZERO)


@inlined
def _draw(tables, core, seed, tick, draws):
    """One random word for each neuron of a core, to draws[:M]."""
    neurons = tables.neuron_words * 64
    if tables.modes[core] & MODE_STRAIGHT:
        first = np.uint64(tables.first_key[core]) >> np.uint64(2)
        draw_neurons(place(draws, 0), neurons >> 2, seed, tick, first)
        return
    spare = draws.shape[0] - DRAWN
    keys = place(tables.neuron_key, core * neurons)
    for n in range(0, neurons, BLOCKS):
        draw_keys(place(draws, spare), 0, seed, tick, _KIND_NEURON, keys, n, np.uint64(2), ZERO)
        for b in range(BLOCKS):
            draws[n + b] = draws[spare + 4 * b + (tables.neuron_key[core * neurons + n + b] & np.uint32(3))]


@inlined
def _by_chance(step, noise):
    """A stochastic leak of a tick: its sign where its size reaches rho, else 0."""
    zero, one = splat(np.int32(0)), splat(np.int32(1))
    size = greatest(step, zero - step)
    return where(reaches(size, top_byte(noise)), least(greatest(step, zero - one), one), zero)


def _update_alike(subtract, drawn):
    """The update of neurons without leak reversal that saturate below and reset alike: few masks are needed.

    subtract : gamma is 1 for all, else 0 for all; drawn : with chance
    Constants, not arguments: a loop without branches takes half the time.
    """

    @called
    def update_alike(potential, threshold, leak, floor, reset, noise_mask, chance, draws, words, limit, sums, fired):
        """Returns whether a neuron fired, was drawn or its potential changed. chance : uint64[words], stochastic leaks

        V < -beta and V <= -beta both end in -beta, and what fired is at or above it; what did not is below alpha, which
        is at most the limit, but for the noise.
        """
        own_registers()
        highest, moved, spikes = splat(np.int32(limit)), splat(np.int32(0)), ZERO
        for w in range(words):
            quiet, by_chance = ZERO, ZERO
            if drawn:
                by_chance = get_word(chance, w)
            for part in range(0, 64, WIDTH):
                n = w * 64 + part
                before = load(potential, n)
                alpha, step = load(threshold, n), load(leak, n)
                if drawn:
                    noise = load(draws, n)
                    alpha = alpha + (noise & load(noise_mask, n))
                    step = where(by_chance >> np.uint64(part), _by_chance(step, noise), step)
                v = before + step + load_signed_bytes(sums, n)
                below = is_less(v, alpha)
                held = greatest(v, load(floor, n))
                if drawn:
                    held = least(held, highest)
                if subtract:
                    after = where(below, held, least(v - alpha, highest))
                else:
                    after = where(below, held, load(reset, n))
                store(potential, n, after)
                quiet |= below << np.uint64(part)
                if not drawn:
                    moved = moved | (before ^ after)
            set_word(fired, w, ~quiet)
            spikes |= ~quiet
        return drawn or spikes != ZERO or any_bit(moved)

    return update_alike


_plain_reset, _plain_subtract = _update_alike(False, False), _update_alike(True, False)
_drawn_reset, _drawn_subtract = _update_alike(False, True), _update_alike(True, True)


@called
def _clear(sums, words):
    """sums[: 64 * words] = 0."""
    own_registers()
    for w in range(words):
        store_row(sums, w * 64, no_bytes())


@inlined
def _reversed_leak(v, step, stop_at_zero):
    """Leak away from zero or towards it, as its sign says; with ``stop_at_zero`` never across."""
    zero = splat(np.int32(0))
    turned = where(is_less(v, zero), v - step, where(is_less(zero, v), v + step, v))
    if stop_at_zero:
        size = greatest(v, zero - v)
        turned = where(is_less(size, zero - step), zero, turned)
    return turned


@inlined
def _after(v, alpha, eta, fired, floor, reset, subtracting, keeping, open_below, below, modes):
    """The potential after the threshold and the negative threshold, whatever the neurons' modes. floor : -beta"""
    tested = floor + splat(np.int32(below))
    if modes & MODE_UNSATURATED:
        under = is_less(v, where(open_below, tested - eta, tested)) & ~fired
        after = where(under & ~open_below, floor, v)
        after = where(under & open_below & subtracting, v - floor + eta, after)
        after = where(under & open_below & ~(subtracting | keeping), splat(np.int32(0)) - reset, after)
    else:
        after = where(is_less(v, tested) & ~fired, floor, v)
    after = where(fired & ~(subtracting | keeping), reset, after)
    if modes & MODE_SUBTRACT:
        after = where(fired & subtracting, v - alpha, after)
    return after


@called
def _update_mixed(
    potential,
    threshold,
    leak,
    floor,
    reset,
    ceiling,
    noise_mask,
    flags,
    words,
    modes,
    lowest,
    below,
    stop_at_zero,
    draws,
    sums,
    fired,
):
    """Update neurons of any modes. Returns whether one fired or its potential changed."""
    own_registers()
    zero, bottom = splat(np.int32(0)), splat(np.int32(lowest))
    moved, any_spike = zero, ZERO
    for w in range(words):
        spikes = ZERO
        reversing = get_word(flags, REVERSING * words + w)
        open_below = get_word(flags, UNSATURATED * words + w)
        subtracting = get_word(flags, SUBTRACTING * words + w)
        keeping = get_word(flags, KEEPING * words + w)
        chance = get_word(flags, CHANCE * words + w)
        for part in range(0, 64, WIDTH):
            n, by = w * 64 + part, np.uint64(part)
            start = load(potential, n)
            before = start + load_signed_bytes(sums, n)
            alpha, step, eta = load(threshold, n), load(leak, n), zero
            if modes & MODE_DRAW:
                noise = load(draws, n)
                eta = noise & load(noise_mask, n)
                alpha = alpha + eta
                step = where(chance >> by, _by_chance(step, noise), step)
            v = before + step
            if modes & MODE_REVERSAL:
                v = where(reversing >> by, _reversed_leak(before, step, stop_at_zero), v)
            now = reaches(v, alpha)
            own_floor, back = load(floor, n), load(reset, n)
            after = _after(
                v, alpha, eta, now, own_floor, back, subtracting >> by, keeping >> by, open_below >> by, below, modes
            )
            after = least(greatest(after, bottom), load(ceiling, n))
            store(potential, n, after)
            spikes |= now << by
            moved = moved | (start ^ after)
        set_word(fired, w, spikes)
        any_spike |= spikes
    return any_spike != ZERO or any_bit(moved)


@inlined
def update(tables, state, core, seed, tick, draws, sums, summed, fired):
    """Update all neurons of a core, after adding ``sums`` to the potentials if they are ``summed``.

    draws : int32[D], see scratch.py; sums : uint8[M], cleared where not ``summed``
    fired : uint64[W], the core's spikes, overwritten
    Returns whether anything fired, was drawn or changed.
    """
    modes, row, words = tables.modes[core], core * ROWS, tables.neuron_words
    first, limit = core * words * 64, tables.potential_limit
    adds, spikes, noise = place(sums, 0), place(fired, 0), place(draws, 0)
    drawn, subtract = (modes & MODE_DRAW) != 0, (modes & MODE_SUBTRACT) != 0
    if not summed:
        _clear(adds, words)
    if drawn:
        _draw(tables, core, seed, tick, draws)
    chance = place(tables.flags, tables.row[row + FLAGS] + CHANCE * words)
    if state.is_narrow[core]:
        own, rows = place(state.short, first), place(tables.narrow, tables.narrow_row[core])
        found = update_narrow(own, rows, chance, noise, words, adds, spikes, subtract, drawn)
        if found & OUTGROWN:
            go_wide(tables, state, core)
        return (found & CHANGED) != 0
    own = place(state.potential, first)
    threshold = place(tables.threshold, tables.row[row + THRESHOLD])
    leak = place(tables.leak, tables.row[row + LEAK])
    floor = place(tables.floor, tables.row[row + FLOOR])
    reset = place(tables.reset_potential, tables.row[row + RESET])
    mask = place(tables.noise_mask, tables.row[row + NOISE])
    if (modes & MODE_ALIKE) == 0:
        ceiling, flags = place(tables.ceiling, tables.row[row + CEILING]), place(tables.flags, tables.row[row + FLAGS])
        below, stop = tables.below, tables.stop_at_zero
        changed = _update_mixed(
            *(own, threshold, leak, floor, reset, ceiling, mask, flags, words, modes, -limit, below, stop, noise),
            *(adds, spikes),
        )
        return drawn or changed
    given = (own, threshold, leak, floor, reset, mask, chance, noise, words, limit, adds, spikes)
    if subtract:
        return _drawn_subtract(*given) if drawn else _plain_subtract(*given)
    return _drawn_reset(*given) if drawn else _plain_reset(*given)
