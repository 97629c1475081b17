"""Which rank owns which cores: consecutive blocks as plain numbers, cut where few connections cross."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import RunError
from neurocore.image import ChipImage

__all__ = ["check_bounds", "choose_bounds", "crossings"]

SLACK: Final = 0.1
"""A cut may move by this share of a block to a place where fewer connections cross; ranks then differ in work."""

_CORES = 1024
"""Cores looked at in one go: an image may be mapped from its file."""


def crossings(image: ChipImage) -> npt.NDArray[np.int64]:
    """int64[C + 1]: connections that a cut before core b would separate. Each used neuron with a target counts one."""
    change = np.zeros(image.cores + 2, np.int64)
    for first in range(0, image.cores, _CORES):
        goal = image.target_core[first : first + _CORES]
        wired = (goal >= 0) & (image.neuron_used[first : first + _CORES] > 0)
        source, goal = np.nonzero(wired)[0] + first, goal[wired].astype(np.int64)
        change += np.bincount(np.minimum(source, goal) + 1, minlength=len(change))
        change -= np.bincount(np.maximum(source, goal) + 1, minlength=len(change))
    return np.cumsum(change)[:-1]


def choose_bounds(image: ChipImage, ranks: int) -> npt.NDArray[np.int64]:
    """int64[K + 1]: rank k owns cores bounds[k] .. bounds[k + 1] - 1.

    Blocks have equal numbers of cores, but each cut moves by up to SLACK of a block to where the fewest connections
    cross, the nearest such place first. The mapper numbers cores along the placement's curve, so neighbours are near.
    More ranks than cores leave some without any. Raises RunError for no ranks at all.
    """
    if ranks < 1:
        raise RunError(f"{ranks} ranks cannot run anything", fix="allowed: 1 or more")
    cores = image.cores
    even = np.linspace(0, cores, ranks + 1).astype(np.int64)
    crossed = crossings(image)
    slack = int(SLACK * cores / ranks)
    bounds = even.copy()
    for k in range(1, ranks):
        low, high = max(int(even[k]) - slack, int(bounds[k - 1])), min(int(even[k]) + slack, cores)
        near = np.arange(low, high + 1)
        bounds[k] = near[np.lexsort([np.abs(near - even[k]), crossed[near]])[0]]
    return bounds


def check_bounds(bounds: Sequence[int] | npt.NDArray[np.int64], cores: int, ranks: int) -> npt.NDArray[np.int64]:
    """Bounds as int64[K + 1], if they give every core to one rank. Raises RunError."""
    found = np.asarray(bounds, np.int64)
    good = found.ndim == 1 and len(found) == ranks + 1 and found[0] == 0 and found[-1] == cores
    if not good or (np.diff(found) < 0).any():
        raise RunError(
            f"the ranks' bounds {found.tolist()} do not share out {cores} cores to {ranks} ranks",
            fix=f"give {ranks + 1} ascending numbers from 0 to {cores}: rank k owns cores bounds[k] to bounds[k+1]-1",
        )
    return found
