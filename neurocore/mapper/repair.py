"""Mending a packing in which loops left too little room for copies: neurons move out of crowded cores to new ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from neurocore.mapper.lean import distinct
from neurocore.mapper.packing import Packed, Task, pack

__all__ = ["counted", "repair", "without_gaps"]

ROUNDS = 200

Whole = npt.NDArray[np.int64]


def repair(task: Task, packed: Packed) -> Packed | None:
    """Evict neurons from cores whose copies do not fit and pack them behind, until all fit. None if that never ends.

    Everything else stays where it is, so that the number of copies settles quickly.
    """
    core = packed.core.astype(np.int64)
    rank = np.empty(len(core), np.int64)
    rank[task.order] = np.arange(len(task.order))
    for _ in range(ROUNDS):
        found = counted(task, core)
        slots = np.where(core >= 0, np.minimum(np.maximum(found.driven, 1), task.most), 0)
        if np.bincount(core[task.order], weights=slots[task.order]).max(initial=0) <= task.neurons:
            return replace(found, reserved=slots)
        leave = _surplus(task, core, slots, rank)
        moved = pack(replace(task, order=leave, block=np.arange(len(leave)), room=np.maximum(slots, 1)))
        core[leave] = moved.core[leave] + core.max() + 1
        core = without_gaps(core)
    return None


def counted(task: Task, core: Whole) -> Packed:
    """Axons of each core and what each neuron drives, for a given assignment."""
    kinds = max(1, len(task.axon_source))
    neuron = np.repeat(np.arange(len(core)), np.diff(task.start))
    here = core[neuron] >= 0
    pairs = distinct(core[neuron[here]] * kinds + task.reads[here])
    axon = pairs % kinds
    source = task.axon_source[axon]
    driven = task.outputs + np.bincount(source[source < len(core)], minlength=len(core))
    return Packed(
        core=core.astype(np.int32),
        driven=driven,
        reserved=np.zeros(len(core), np.int64),
        pair_core=(pairs // kinds).astype(np.int32),
        pair_axon=axon.astype(np.int32),
    )


def _surplus(task: Task, core: Whole, slots: Whole, rank: Whole) -> Whole:
    """The neurons of crowded cores that are last in the order of packing, as many as do not fit."""
    order = task.order[np.lexsort((rank[task.order], core[task.order]))]
    total = np.cumsum(slots[order])
    first = np.flatnonzero(np.diff(core[order], prepend=-1))
    before = np.repeat(total[first] - slots[order[first]], np.diff(np.append(first, len(order))))
    out = order[total - before > task.neurons]
    return out[np.argsort(rank[out], kind="stable")]


def without_gaps(core: Whole) -> Whole:
    """Cores numbered 0, 1, 2 ... in the same order."""
    used, number = np.unique(core, return_inverse=True)
    return number - (1 if used[0] < 0 else 0)
