"""What a core will need of memory, compiled: asked for before its turn, no faster than the processor can take it."""

from __future__ import annotations

from typing import Final

import numpy as np

from neurocore.emulator.compiled import called, inlined, own_registers
from neurocore.emulator.kernel_bits import SPARE
from neurocore.emulator.lanes import ask_for, further, get_small, place
from neurocore.emulator.machine_code import adds_bytes_where

__all__ = ["BYTE_LIMIT", "DENSE", "FEWEST", "ask_for_potentials", "ask_for_rows"]

BYTE_LIMIT: Final = 127
"""Most that events may add to a neuron, or take, where they are summed in bytes."""

FEWEST: Final = 16
"""Fewer active axons are summed in bytes if these hold."""

DENSE: Final = BYTE_LIMIT + 1 if adds_bytes_where() else FEWEST
"""Active axons from which they are counted by type whatever they add. At 46 events counting takes 0.94 of the time of
summing bytes on Zen 3 (full crossbars, two axon types, weighing included), but 1.3 times as long with AVX-512 (Emerald
Rapids), and at 120 as long."""


@called
def _ask_for_quarter(tables, core, turn, axons, many, part):
    """As ask_for_rows says, where there are many."""
    own_registers()
    rows = place(tables.crossbar, core * tables.axons * tables.neuron_words)
    own = further(axons, 4 * turn * (tables.axons + SPARE))
    for e in range(many * part >> 2, many * (part + 1) >> 2):
        ask_for(rows, get_small(own, e) * tables.neuron_words)


@inlined
def ask_for_rows(tables, core, turn, axons, many, part):
    """Ask for a quarter of the crossbar rows of a listed core with many events. part : 0..3, in the course of a core

    axons : see kernel_events.list_events; many : those listed by type, 0 where all rows were asked for

    Zen 3 has 24 misses of the first-level cache under way; what is asked for beyond them is dropped. With all of 46
    rows asked for at once, a core took 1.2 times as long (a full chip at 200 Hz, 256 synapses).
    """
    if many:
        _ask_for_quarter(tables, core, turn, axons, many, np.int64(part))


@inlined
def _ask_for_lines(start, lines):
    """Ask for consecutive cache lines of 64 bytes."""
    for line in range(lines):
        ask_for(start, 8 * line)


@inlined
def ask_for_potentials(tables, state, core):
    """Ask for a core's potentials."""
    if state.is_narrow[core]:
        _ask_for_lines(place(state.short, core * 64 * tables.neuron_words), 2 * tables.neuron_words)
    else:
        _ask_for_lines(place(state.potential, core * 64 * tables.neuron_words), 4 * tables.neuron_words)
