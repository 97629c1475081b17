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
def _list_tick(fired, i, words, at, spikes):
    for place in range(words):
        word = fired[i * words + place]
        while word != _ZERO:
            spikes[at] = place * 64 + trailing_zeros(word)
            word &= word - _ONE
            at += 1


@parallel_kernel
def list_spikes(fired, words, start, spikes):
    """Write the numbers of the set bits of fired, tick by tick.

    fired : uint64[T*words]; start : int64[T], where the spikes of each tick begin; spikes : uint32[S], overwritten
    """
    for i in prange(start.shape[0]):
        _list_tick(fired, i, words, start[i], spikes)


@kernel
def list_spikes_alone(fired, words, start, spikes):
    """list_spikes for a single thread."""
    for i in range(start.shape[0]):
        _list_tick(fired, i, words, start[i], spikes)
