"""Spike words to lists of spikes, compiled: ticks shared out to threads, each writing at a place known beforehand."""

from __future__ import annotations

import numpy as np
from numba import prange

from neurocore.emulator.compiled import inlined, kernel, parallel_kernel
from neurocore.emulator.intrinsics import trailing_zeros

__all__ = ["list_spikes", "list_spikes_alone"]

_ONE = np.uint64(1)
_ZERO = np.uint64(0)


@inlined
def _list_tick(fired, i, cores, words, tick, at, spike_tick, spike_core, spike_neuron):
    place = i * cores * words
    for c in range(cores):
        for w in range(words):
            word = fired[place]
            place += 1
            while word != _ZERO:
                spike_tick[at] = tick
                spike_core[at] = c
                spike_neuron[at] = w * 64 + trailing_zeros(word)
                word &= word - _ONE
                at += 1


@parallel_kernel
def list_spikes(fired, cores, words, first_tick, start, spike_tick, spike_core, spike_neuron):
    """Write the set bits of fired as (tick, core, neuron), in that order.

    fired : uint64[T*C*W]; start : int64[T], where the spikes of each tick begin in the outputs
    spike_tick : int64[S]; spike_core, spike_neuron : int32[S], overwritten
    """
    for i in prange(start.shape[0]):
        _list_tick(fired, i, cores, words, first_tick + i, start[i], spike_tick, spike_core, spike_neuron)


@kernel
def list_spikes_alone(fired, cores, words, first_tick, start, spike_tick, spike_core, spike_neuron):
    """list_spikes for a single thread."""
    for i in range(start.shape[0]):
        _list_tick(fired, i, cores, words, first_tick + i, start[i], spike_tick, spike_core, spike_neuron)
