"""Which units read which: three layers of cores, each core a block of 128 inputs at most.

A ternary weight takes two axons (one of weight +1, one of -1), so a core of 256 axons reads 128 inputs; and a hidden
unit needs a copy of itself for each of the two axons it drives, so a core of 256 neurons holds 128 units.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SIDE = 28
PATCH = 11
OFFSETS = (0, 6, 11, 17)
CORES = 16
UNITS = 128
CLASSES = 10
VOTES = 24
"""Votes for each class from each core of the last layer."""
GREY = 128
"""A pixel spikes from this grey level on."""

Indices = npt.NDArray[np.int64]


def patches() -> Indices:
    """int64[16, 121]: the pixels that each core of the first layer reads, 11 x 11 with some overlap."""
    pixel = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    return np.stack([pixel[y : y + PATCH, x : x + PATCH].ravel() for y in OFFSETS for x in OFFSETS])


def neighbourhoods() -> Indices:
    """int64[16, 128]: units of the first layer that each core of the second reads, 32 from each of 2 x 2 patches."""
    unit = np.arange(CORES * UNITS).reshape(2, 2, 2, 2, 4, UNITS // 4)  # block y, y, block x, x, share, unit
    return unit.transpose(0, 2, 4, 1, 3, 5).reshape(CORES, UNITS)


def spread() -> Indices:
    """int64[16, 128]: units of the second layer that each core of the last reads, 8 from each core."""
    unit = np.arange(CORES * UNITS).reshape(CORES, CORES, UNITS // CORES)
    return unit.transpose(1, 0, 2).reshape(CORES, UNITS)
