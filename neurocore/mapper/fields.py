"""The pattern ``fields``: each target sees a square of the source, and one group of its channels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError
from neurocore.mapper.values import as_numbers
from neurocore.network import Projection

__all__ = ["lay_fields", "receptive_fields"]

Shape = tuple[int, ...]
Whole = npt.NDArray[np.int64]


def receptive_fields(
    below: tuple[int, int, int],
    above: tuple[int, int, int],
    *,
    groups: int,
    kernel: int,
    stride: int,
    padding: int,
    offset: tuple[int, int] = (0, 0),
) -> Whole:
    """Flat indices of the members below that the members above read.

    below, above : [channels, height, width] of source and target; channel c below is in group c % groups, so that the
                   next layer's groups mix this one's
    kernel       : side of the square, in pixels
    offset       : pixels down and right that every square is moved by
    Returns int64[groups, inputs, places]; inputs run over (channel within the group, row, column), places over (y, x)
    above. A silent pixel of the padding has the index after the last member.
    """
    channels, high, wide = below
    channel = np.arange(channels).reshape(-1, groups).T  # [group, channel of the group]
    step = np.arange(kernel)
    y = np.arange(above[1])[:, None] * stride - padding + offset[0] + step  # [place, row of the square]
    x = np.arange(above[2])[:, None] * stride - padding + offset[1] + step
    inside = ((y >= 0) & (y < high))[:, None, :, None] & ((x >= 0) & (x < wide))[None, :, None, :]
    pixel = np.where(inside, y[:, None, :, None] * wide + x[None, :, None, :], -1)  # [y, x, row, column]
    pixel = pixel.reshape(above[1] * above[2], kernel**2).T  # [row and column, place]
    reads = np.where(pixel < 0, channels * high * wide, channel[:, :, None, None] * (high * wide) + pixel)
    return reads.reshape(groups, -1, above[1] * above[2]).astype(np.int64)


def lay_fields(
    projection: Projection, source: Shape, target: Shape, path: str
) -> tuple[Whole, Whole, npt.NDArray[Any]]:
    """Source, target and weight of every synapse that is not 0. Raises ConfigError where shapes do not fit."""
    weights = as_numbers(projection.weights, f"{path}.weights")
    if len(source) == 2:
        source = (1, *source)
    if weights.ndim not in (3, 4) or len(source) != 3 or len(target) != 3:
        raise ConfigError(
            f"weights of shape {list(weights.shape)} for {list(source)} -> {list(target)}",
            path=f"{path}.weights",
            fix="[groups, units, inputs] or [places, groups, units, inputs]; both ends [channels, height, width]",
        )
    groups, units, inputs = weights.shape[-3:]
    places = target[1] * target[2]
    if groups * units != target[0] or (weights.ndim == 4 and len(weights) != places):
        raise ConfigError(
            f"weights of shape {list(weights.shape)} do not fit '{projection.to}', {list(target)}",
            path=f"{path}.weights",
            fix=f"groups * units must be its {target[0]} channels"
            + (f", and there must be {places} places" if weights.ndim == 4 else ""),
        )
    each, rest = divmod(source[0], groups)
    kernel = round((inputs / each) ** 0.5) if each else 0
    if rest or kernel < 1 or each * kernel**2 != inputs:
        raise ConfigError(
            f"{groups} groups of {inputs} inputs do not fit the {source[0]} channels of '{projection.from_}'",
            path=f"{path}.weights",
            fix="inputs = channels / groups * kernel side * kernel side",
        )
    stride, padding = projection.stride, projection.padding
    expected = [(side + 2 * padding - kernel) // stride + 1 for side in source[1:]]
    if list(target[1:]) != expected:
        raise ConfigError(
            f"'{projection.to}' has {target[1]} x {target[2]} places, squares of {kernel} x {kernel} give "
            f"{expected[0]} x {expected[1]}",
            path=f"{path}.to",
            fix=f"shape: {[target[0], *expected]}" if min(expected) >= 1 else "a smaller square or more padding",
        )
    below, above = (source[0], source[1], source[2]), (target[0], target[1], target[2])
    reads = receptive_fields(
        below, above, groups=groups, kernel=kernel, stride=stride, padding=padding, offset=projection.offset
    )
    everywhere = np.broadcast_to(weights, (places, groups, units, inputs))
    p, g, o, k = np.nonzero(everywhere)
    i, j = reads[g, k, p], (g * units + o) * places + p
    inside = i < int(np.prod(below))
    return i[inside], j[inside], everywhere[p, g, o, k][inside]
