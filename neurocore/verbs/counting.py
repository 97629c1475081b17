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
    rows, inverse = np.unique(np.concatenate([a, b]), axis=0, return_inverse=True)
    inverse = inverse.ravel()
    surplus = np.bincount(inverse[: len(a)], minlength=len(rows)) - np.bincount(inverse[len(a) :], minlength=len(rows))
    return np.repeat(rows, np.maximum(surplus, 0), axis=0)
