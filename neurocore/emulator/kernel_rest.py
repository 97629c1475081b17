"""Cores that only leak, compiled: left out until the first of their neurons could fire, their leaks added when needed.

Without events a neuron's potential is max(V + n * leak, -beta) after n ticks, until it reaches its threshold; no other
tick of a core needs to be looked at. A full chip at 1 Hz takes 0.62 of the time (Emerald Rapids).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from neurocore.emulator.compiled import called, inlined, own_registers
from neurocore.emulator.lanes import place
from neurocore.emulator.short_lanes import (
    HALF,
    any_short,
    are_less,
    held_difference,
    larger,
    least_short,
    load_half,
    same_short,
    smaller,
    store_half,
)
from neurocore.emulator.table_columns import MODE_FEW, NEVER, ZERO

__all__ = ["QUIET", "let_rest", "narrow_potential", "wake_up"]

QUIET: Final = 2
"""Events of a tick after which a core may rest; after more it would be woken too soon to be worth asking."""

_WIDTH: Final = 256


@called
def _catch_up(potential, rows, ticks):
    """Add the leaks of some ticks to the potentials of a core."""
    own_registers()
    count = same_short(ticks)
    for n in range(0, _WIDTH, HALF):
        v = load_half(potential, n) + load_half(rows, n + _WIDTH) * count
        store_half(potential, n, larger(v, load_half(rows, n + 2 * _WIDTH)))


@called
def _least_gap(potential, rows):
    """What the neuron nearest to its threshold lacks; 0 where a neuron lies below -beta, and will not just leak.

    Returns also whether a leak changes anything.
    """
    own_registers()
    least, under, moved = same_short(2**15 - 1), ZERO, same_short(0)
    for n in range(0, _WIDTH, HALF):
        v, floor = load_half(potential, n), load_half(rows, n + 2 * _WIDTH)
        least = smaller(least, held_difference(load_half(rows, n), v))
        under |= are_less(v, floor)
        moved = moved | (v ^ larger(v + load_half(rows, n + _WIDTH), floor))
    return least_short(least) if under == ZERO else np.int64(0), any_short(moved)


@inlined
def wake_up(tables, state, core, tick):
    """Bring a core to the beginning of a tick."""
    wake = state.wake[core]
    if wake != 0:
        if wake != NEVER:
            rows = place(tables.narrow, tables.narrow_row[core])
            _catch_up(place(state.short, core * _WIDTH), rows, tick - state.upto[core])
        state.wake[core] = 0


@inlined
def let_rest(tables, state, core, tick):
    """Leave a core out for as many ticks after this one as none of its neurons can fire by its leak alone."""
    if tables.modes[core] & MODE_FEW and state.is_narrow[core]:
        gap, moves = _least_gap(place(state.short, core * _WIDTH), place(tables.narrow, tables.narrow_row[core]))
        rise, ticks = tables.rise[core], tables.longest_rest[core]
        if rise > 0:
            ticks = min(ticks, (gap - 1) // rise)
        if gap > 0 and not moves:
            state.wake[core] = NEVER
        elif gap > 0 and ticks > 0:
            state.upto[core] = tick + 1
            state.wake[core] = tick + 1 + ticks


@inlined
def narrow_potential(tables, state, core, neuron, tick):
    """The potential of a neuron of a narrow core at the beginning of a tick; the core rests on."""
    width = 64 * tables.neuron_words
    v, wake = np.int64(state.short[core * width + neuron]), state.wake[core]
    if wake == 0 or wake == NEVER:
        return v
    row = tables.narrow_row[core] + neuron
    leaks = np.int64(tables.narrow[row + width]) * (tick - state.upto[core])
    return max(v + leaks, np.int64(tables.narrow[row + 2 * width]))
