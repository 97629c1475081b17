"""A narrow core with few events in a tick and anything stochastic, compiled: as kernel_few.py, with what is drawn.

What is drawn for the events and for the neurons is written to memory once; all else stays in registers.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from neurocore.emulator.compiled import called, inlined, own_registers
from neurocore.emulator.kernel_few import end_few, sum_rows, update_half
from neurocore.emulator.kernel_integrate import add_by_chance, draw_events
from neurocore.emulator.kernel_narrow import leak_by_chance
from neurocore.emulator.kernel_update import draw_neurons
from neurocore.emulator.lanes import further, get_word, place
from neurocore.emulator.short_lanes import (
    HALF,
    choose,
    high_sums,
    larger,
    load_half,
    load_low,
    load_top,
    low_sums,
    same_short,
)
from neurocore.emulator.table_columns import (
    CHANCE,
    FLAGS,
    MODE_DRAW,
    MODE_SUBTRACT,
    ROWS,
)

__all__ = ["run_few_by_chance"]

_WIDTH: Final = 256


def _variant(subtract):
    """subtract : gamma is 1 for all neurons, else 0 for all."""

    @inlined
    def by_draws(potential, rows, n, sums, by_chance, draws):
        """As update_half, by what was drawn. by_chance : bit i: the leak of neuron n + i is stochastic"""
        alpha = load_half(rows, n) + (load_low(draws, n) & load_half(rows, n + 4 * _WIDTH))
        step = load_half(rows, n + _WIDTH)
        step = choose(by_chance, leak_by_chance(step, load_top(draws, n)), step)
        return update_half(potential, rows, n, alpha, step, sums, subtract)

    @inlined
    def update_word(potential, rows, w, sums, chance, draws, highest):
        """Update the neurons of a word. Returns the word of those that fired, and the highest potentials so far."""
        by_chance, n = get_word(chance, w), 64 * w
        quiet, first = by_draws(potential, rows, n, low_sums(sums), by_chance, draws)
        by_chance >>= np.uint64(HALF)
        more, second = by_draws(potential, rows, n + HALF, high_sums(sums), by_chance, draws)
        return ~(quiet | more << HALF), larger(highest, larger(first, second)) if subtract else highest

    @called
    def few(tables, state, core, axons, weight_at, plain, events, by_chance, draws, rho, counters, spikes):
        """As run_few_by_chance says, once all is drawn."""
        own_registers()
        potential, rows = place(state.short, core * _WIDTH), place(tables.narrow, tables.narrow_row[core])
        crossbar = place(tables.crossbar, core * tables.axons * 4)
        a, b, c, d, operations = sum_rows(crossbar, np.int64(4), axons, place(tables.weight_bytes, 0), weight_at, plain)
        chance, chance_row = place(tables.chance, 0), place(tables.chance_row, core * tables.axon_types)
        a, b, c, d, more = add_by_chance(
            crossbar, np.int64(4), events, by_chance, chance, chance_row, rho, (a, b, c, d)
        )
        operations += more
        leaks = place(tables.flags, tables.row[core * ROWS + FLAGS] + CHANCE * 4)
        highest = same_short(0)
        first, highest = update_word(potential, rows, np.int64(0), a, leaks, draws, highest)
        second, highest = update_word(potential, rows, np.int64(1), b, leaks, draws, highest)
        third, highest = update_word(potential, rows, np.int64(2), c, leaks, draws, highest)
        last, highest = update_word(potential, rows, np.int64(3), d, leaks, draws, highest)
        words = first, second, third, last
        fired = end_few(tables, state, core, words, subtract, highest, plain + by_chance, operations, counters, spikes)
        return operations, fired

    return few


_reset, _subtract = _variant(False), _variant(True)


@inlined
def run_few_by_chance(
    tables, state, core, axons, weight_at, plain, events, by_chance, seed, tick, draws, rho, counters, spikes
):
    """Integrate the listed events of a core (see kernel_events.list_events) and update it; its spikes are listed.

    axons : uint32[plain]; weight_at : int64[plain]; events : int64[by_chance], of types with stochastic weights
    draws, rho : see scratch.py; counters : int64[6], of the core, added to
    spikes : where those of the core go. Returns (synaptic operations, spikes)
    """
    modes, first = tables.modes[core], np.uint64(tables.first_key[core])
    if by_chance:
        keys, bytes_drawn = place(tables.axon_key, core * tables.axons), further(draws, 4 * _WIDTH)
        draw_events(bytes_drawn, np.int64(16), seed, tick, first >> np.uint64(4), events, by_chance, keys)
    if modes & MODE_DRAW:  # else what stands there does not matter: no leak and no threshold is stochastic
        draw_neurons(draws, np.int64(64), seed, tick, first >> np.uint64(2))
    given = (axons, weight_at, plain, events, by_chance, draws, further(rho, 4 * _WIDTH), counters, spikes)
    if modes & MODE_SUBTRACT:
        return _subtract(tables, state, core, *given)
    return _reset(tables, state, core, *given)
