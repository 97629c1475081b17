"""A space-filling curve over a rectangle: places that are near on the curve are near on the chip."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec

__all__ = ["hilbert_curve", "places_in_order"]


def hilbert_curve(width: int, height: int) -> npt.NDArray[np.int32]:
    """int32[width * height, 2]: every (x, y) once, in the order of the Hilbert curve of the enclosing square.

    For a square whose side is a power of two consecutive places are neighbours; elsewhere some steps are longer.
    """
    side = 1
    while side < max(width, height):
        side *= 2
    number = np.arange(side * side, dtype=np.int64)
    x, y = np.zeros_like(number), np.zeros_like(number)
    rest = number.copy()
    step = 1
    while step < side:
        right = (rest // 2) & 1
        up = (rest ^ right) & 1
        turn = up == 0
        mirror = turn & (right == 1)
        x[mirror], y[mirror] = step - 1 - x[mirror], step - 1 - y[mirror]
        x[turn], y[turn] = y[turn], x[turn]
        x += step * right
        y += step * up
        rest //= 4
        step *= 2
    inside = (x < width) & (y < height)
    return np.stack([x[inside], y[inside]], axis=1).astype(np.int32)


def places_in_order(spec: ChipSpec, *, by_rows: bool) -> npt.NDArray[np.int32]:
    """int32[cores, 2]: every working core of the array of chips, chip after chip.

    by_rows : within a chip row by row, instead of along the Hilbert curve
    """
    width, height = spec.grid
    if by_rows:
        y, x = np.divmod(np.arange(width * height), width)
        within = np.stack([x, y], axis=1).astype(np.int32)
    else:
        within = hilbert_curve(width, height)
    chips = []
    for row in range(spec.chips[1]):
        columns = range(spec.chips[0]) if row % 2 == 0 or by_rows else reversed(range(spec.chips[0]))
        chips += [within + np.array([column * width, row * height], np.int32) for column in columns]
    places = np.concatenate(chips)
    if spec.broken_cores:
        broken = {tuple(place) for place in spec.broken_cores}
        places = places[[tuple(place) not in broken for place in places.tolist()]]
    return places
