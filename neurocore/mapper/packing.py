"""Packing neurons into cores in a given order: the inner loop, plain Python that numba can compile."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["pack"]

COMPILE_FROM = 300_000
"""Below this many crossbar bits plain Python is quicker than loading a compiler."""


def pack(
    order: npt.NDArray[np.int64],
    start: npt.NDArray[np.int64],
    reads: npt.NDArray[np.int32],
    slots: npt.NDArray[np.int64],
    axon_kinds: int,
    axons: int,
    neurons: int,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Fill core after core; a neuron that does not fit the open core opens the next.

    order         : int64[]   neurons to pack, in this order
    start, reads  : axons of each neuron, as in Wiring
    slots         : int64[L]  neurons that each one takes in its core, copies included
    axon_kinds    : K, number of different axons
    axons, neurons : of a core
    Returns core int32[L] (-1 for neurons that ``order`` leaves out), and the axons of each core as pair_core, pair_axon
    int32[P], cores ascending.
    """
    core = np.full(len(start) - 1, -1, np.int32)
    pair_core = np.empty(len(reads), np.int32)
    pair_axon = np.empty(len(reads), np.int32)
    seen = np.full(axon_kinds, -1, np.int32)
    fill = _compiled() if len(reads) >= COMPILE_FROM else _fill
    pairs = fill(order, start, reads, slots, axons, neurons, seen, core, pair_core, pair_axon)
    return core, pair_core[:pairs].copy(), pair_axon[:pairs].copy()


@cache
def _compiled() -> Callable[..., Any]:
    import numba

    compiled: Callable[..., Any] = numba.njit(cache=True)(_fill)
    return compiled


def _fill(order, start, reads, slots, axons, neurons, seen, core, pair_core, pair_axon):  # type: ignore[no-untyped-def]
    """See pack; the last four arrays are overwritten. Returns the number of pairs."""
    here = 0
    used_axons = 0
    used_neurons = 0
    pairs = 0
    for neuron in order:
        first, last = start[neuron], start[neuron + 1]
        new = 0
        for at in range(first, last):
            if seen[reads[at]] != here:
                new += 1
        if used_axons + new > axons or used_neurons + slots[neuron] > neurons:
            here += 1
            used_axons = 0
            used_neurons = 0
        core[neuron] = here
        used_neurons += slots[neuron]
        for at in range(first, last):
            axon = reads[at]
            if seen[axon] != here:
                seen[axon] = here
                used_axons += 1
                pair_core[pairs] = here
                pair_axon[pairs] = axon
                pairs += 1
    return pairs
