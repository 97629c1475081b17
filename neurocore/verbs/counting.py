"""Spike sets as rows of numbers: what one has and the other lacks, repeats counted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.recording import Recording

__all__ = ["only_in", "spike_rows"]

Rows = npt.NDArray[np.int64]


def spike_rows(recording: Recording) -> Rows:
    """int64[S, 3]: tick, core, neuron of every spike."""
    return np.stack([recording.spike_tick, recording.spike_core, recording.spike_neuron], axis=1).astype(np.int64)


def only_in(a: Rows, b: Rows) -> Rows:
    """Rows of ``a`` that ``b`` lacks, counted with their repeats, sorted."""
    every = np.concatenate([a, b])
    side = np.concatenate([np.ones(len(a), np.int64), np.full(len(b), -1)])
    order = np.lexsort(every.T[::-1])
    rows, side = every[order], side[order]
    first = np.flatnonzero(np.concatenate([[True], (rows[1:] != rows[:-1]).any(axis=1)])) if len(rows) else order
    surplus = np.add.reduceat(side, first) if len(first) else side
    return np.repeat(rows[first], np.maximum(surplus, 0), axis=0)
