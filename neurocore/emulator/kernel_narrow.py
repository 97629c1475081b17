"""Potentials in 16 bits, compiled: updating, weighing and widening cores whose potentials and parameters are small.

A core is narrow while all its potentials lie in -POTENTIALS..POTENTIALS and no tick's events can add more than SUMS;
its parameters decide before the first tick whether it may be (parameter_rows.py). Then every value of a tick fits 16
bits. A core that outgrows this goes on in 32 bits for good, from the very next step: no result depends on it.
"""

from __future__ import annotations

import numpy as np

from neurocore.emulator.compiled import called, inlined, own_registers
from neurocore.emulator.lanes import WIDTH, get_word, load_short, place, set_word, store
from neurocore.emulator.short_lanes import (
    HALF,
    any_short,
    are_less,
    choose,
    larger,
    load_counts,
    load_half,
    load_low,
    load_sums,
    load_top,
    same_short,
    shorts_reach,
    smaller,
    store_half,
)
from neurocore.emulator.table_columns import NARROW_POTENTIALS, ZERO

__all__ = ["CHANGED", "OUTGROWN", "go_wide", "leak_by_chance", "update_narrow", "weigh_narrow"]

CHANGED, OUTGROWN = 1, 2
"""Bits of what an update returns."""


@inlined
def leak_by_chance(step, rho):
    """A stochastic leak of a tick: its sign where its size reaches rho, else 0."""
    zero, one = same_short(0), same_short(1)
    size = larger(step, zero - step)
    return choose(shorts_reach(size, rho), smaller(larger(step, zero - one), one), zero)


def _variant(subtract, drawn):
    """The update of a narrow core. subtract, drawn : as in kernel_update._update_alike"""

    @called
    def update_core(potential, rows, chance, draws, words, sums, fired):
        """Returns CHANGED where a neuron fired, was drawn or changed, and OUTGROWN where the core is to be widened.

        potential : int16[M]; rows : int16[NARROW_ROWS, M], see ChipTables.narrow; chance : uint64[words]
        sums : int8[M], added first; fired : uint64[words], overwritten
        """
        own_registers()
        width = words * 64
        moved, lowest, highest, spikes = same_short(0), same_short(0), same_short(0), ZERO
        for w in range(words):
            quiet, by_chance = ZERO, ZERO
            if drawn:
                by_chance = get_word(chance, w)
            for part in range(0, 64, HALF):
                n = w * 64 + part
                before = load_half(potential, n)
                alpha, step = load_half(rows, n), load_half(rows, n + width)
                if drawn:
                    alpha = alpha + (load_low(draws, n) & load_half(rows, n + 4 * width))
                    step = choose(by_chance >> np.uint64(part), leak_by_chance(step, load_top(draws, n)), step)
                v = before + step + load_sums(sums, n)
                below = are_less(v, alpha)
                if subtract:
                    after = choose(below, larger(v, load_half(rows, n + 2 * width)), v - alpha)
                else:
                    after = choose(below, larger(v, load_half(rows, n + 2 * width)), load_half(rows, n + 3 * width))
                store_half(potential, n, after)
                quiet |= below << np.uint64(part)
                lowest, highest = smaller(lowest, after), larger(highest, after)
                if not drawn:
                    moved = moved | (before ^ after)
            set_word(fired, w, ~quiet)
            spikes |= ~quiet
        outgrown = are_less(same_short(NARROW_POTENTIALS), highest) | are_less(lowest, same_short(-NARROW_POTENTIALS))
        found = OUTGROWN if outgrown != ZERO else 0
        return found | CHANGED if drawn or spikes != ZERO or any_short(moved) else found

    return update_core


_plain_reset, _plain_subtract = _variant(False, False), _variant(True, False)
_drawn_reset, _drawn_subtract = _variant(False, True), _variant(True, True)


@inlined
def update_narrow(potential, rows, chance, draws, words, sums, fired, subtract, drawn):
    """Update a narrow core; returns as update_core."""
    given = (potential, rows, chance, draws, words, sums, fired)
    if subtract:
        return _drawn_subtract(*given) if drawn else _plain_subtract(*given)
    return _drawn_reset(*given) if drawn else _plain_reset(*given)


@inlined
def weigh_narrow(potential, weights, counts, neurons):
    """Add counts * weights to the potentials of a narrow core; parts may overflow, where the whole does not."""
    for n in range(0, neurons, HALF):
        store_half(potential, n, load_half(potential, n) + load_counts(counts, n) * load_half(weights, n))


@called
def _widen(narrow, potential, neurons):
    """Copy int16 potentials to int32 ones."""
    own_registers()
    for n in range(0, neurons, WIDTH):
        store(potential, n, load_short(narrow, n))


@inlined
def go_wide(tables, state, core):
    """Let a narrow core go on in 32 bits: its potentials move to their place among those."""
    neurons = 64 * tables.neuron_words
    _widen(place(state.short, core * neurons), place(state.potential, core * neurons), neurons)
    state.is_narrow[core] = np.uint8(0)
