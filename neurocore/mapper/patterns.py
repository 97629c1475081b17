"""How a projection's synapses are laid out: arrays of (source, target, weight) for each pattern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError
from neurocore.mapper.fields import lay_fields
from neurocore.mapper.lean import as_dtype, constant
from neurocore.mapper.sampling import bernoulli_pairs, distinct_sources, grouped_pairs
from neurocore.mapper.values import as_numbers
from neurocore.network import Projection, UniformRange
from neurocore.rng import Stream, generator

__all__ = ["MAX_SYNAPSES", "Laid", "lay_synapses"]

MAX_SYNAPSES = 2**29
"""More synapses than this in one projection are refused before anything is allocated (a chip has 2^28)."""

Shape = tuple[int, ...]
Whole = npt.NDArray[np.int64]
Index = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """Synapses of one projection. S synapses.

    source, target : int32[S]  flat indices within their populations
    weight         : number[S] as given, integers or floats
    delay          : int64[S]  ticks
    """

    source: Index
    target: Index
    weight: npt.NDArray[Any]
    delay: Whole


def lay_synapses(projection: Projection, source: Shape, target: Shape, seed: int, number: int, path: str) -> Laid:
    """Lay out one projection.

    source, target : shapes of the two populations
    seed, number   : network seed and the projection's number: they fix everything that is drawn
    Raises ConfigError with the YAML path where shapes or indices do not fit.
    """
    n, m = _size(source), _size(target)
    delay: Whole | None = None
    weight: npt.NDArray[Any] | None = None
    i: npt.NDArray[Any]
    j: npt.NDArray[Any]
    match projection.layout:
        case "all_to_all":
            _bounded(n * m, path)
            i = np.repeat(np.arange(n, dtype=np.int32), m)
            j = np.tile(np.arange(m, dtype=np.int32), n)
        case "one_to_one":
            if n != m:
                raise ConfigError(
                    f"one_to_one needs equal sizes, found {n} and {m}",
                    path=f"{path}.pattern",
                    fix="make the sizes equal, or use another pattern",
                )
            i = j = np.arange(n, dtype=np.int32)
        case "random":
            i, j = _random(projection, n, m, seed, number, path)
        case "grouped":
            i, j = _grouped(projection, n, m, seed, number, path)
        case "conv2d":
            i, j, weight = _conv2d(projection, source, target, path)
        case "fields":
            i, j, weight = lay_fields(projection, source, target, path)
        case "list":
            i, j, weight, delay = _listed(projection, n, m, path)
        case _:
            i, j, weight = _matrix(projection, source, target, path)
    if weight is None:
        weight = _drawn(projection.weight, i, n, generator(seed, Stream.WEIGHTS, number))
    if delay is None:
        delay = _drawn(projection.delay, i, n, generator(seed, Stream.DELAYS, number))
    return Laid(source=as_dtype(i, np.int32), target=as_dtype(j, np.int32), weight=weight, delay=delay)


def _size(shape: Shape) -> int:
    return int(np.prod(shape, dtype=np.int64))


def _bounded(synapses: int, path: str) -> None:
    if synapses > MAX_SYNAPSES:
        raise ConfigError(
            f"{synapses:,} synapses in one projection",
            path=path,
            fix=f"allowed: {MAX_SYNAPSES:,}; a smaller shape, a lower probability or another pattern",
        )


def _drawn(value: Any, source: npt.NDArray[Any], n: int, rng: np.random.Generator) -> npt.NDArray[Any]:
    """One value for each synapse: the same, drawn, or drawn once for each of ``n`` sources."""
    if not isinstance(value, UniformRange):
        return constant(value, len(source), np.asarray(value).dtype)
    low, high = value.uniform
    if value.per == "source":
        drawn = rng.integers(low, high, n, endpoint=True)
        return (drawn.astype(np.int16) if low >= -(2**15) and high < 2**15 else drawn)[source]
    return rng.integers(low, high, len(source), endpoint=True)


def _random(projection: Projection, n: int, m: int, seed: int, number: int, path: str) -> tuple[Whole, Whole]:
    rng = generator(seed, Stream.CONNECTIVITY, number)
    if projection.fan_in is not None:
        if projection.fan_in > n:
            raise ConfigError(
                f"{projection.fan_in} different sources are asked for, '{projection.from_}' has {n}",
                path=f"{path}.fan_in",
                fix=f"allowed: 1..{n}",
            )
        _bounded(projection.fan_in * m, path)
        return distinct_sources(rng, n, m, projection.fan_in)
    probability = projection.probability or 0.0
    _bounded(int(n * m * probability), path)
    return bernoulli_pairs(rng, n, m, probability)


def _grouped(projection: Projection, n: int, m: int, seed: int, number: int, path: str) -> tuple[Index, Index]:
    groups = projection.groups or 1
    for size, name in ((n, projection.from_), (m, projection.to)):
        if size % groups:
            raise ConfigError(
                f"'{name}' has {size:,} members, which {groups:,} groups do not divide",
                path=f"{path}.groups",
                fix="a number of groups that divides both sizes",
            )
    probability = 1.0 if projection.probability is None else projection.probability
    _bounded(int(n * (m // groups) * probability), path)
    rng = generator(seed, Stream.CONNECTIVITY, number)
    order = rng.permutation(n) if projection.shuffle else np.arange(n)
    return grouped_pairs(rng, order, m, groups, probability)


def _matrix(projection: Projection, source: Shape, target: Shape, path: str) -> tuple[Whole, Whole, npt.NDArray[Any]]:
    matrix = as_numbers(projection.weights, f"{path}.weights")
    n, m = _size(source), _size(target)
    if matrix.shape not in ((n, m), source + target):
        raise ConfigError(
            f"weights of shape {list(matrix.shape)} do not fit {list(source)} -> {list(target)}",
            path=f"{path}.weights",
            fix=f"[source, target], that is {[n, m]}"
            + (f" or {list(source + target)}" if source + target != (n, m) else ""),
        )
    flat = matrix.reshape(n, m)
    i, j = np.nonzero(flat)
    return i, j, flat[i, j]


def _listed(projection: Projection, n: int, m: int, path: str) -> tuple[Whole, Whole, npt.NDArray[Any], Whole | None]:
    path = f"{path}.synapses"
    rows = as_numbers(projection.synapses, path)
    if rows.size == 0:
        rows = rows.reshape(0, 3)
    if rows.ndim != 2 or rows.shape[1] not in (3, 4):
        raise ConfigError(
            f"found shape {list(rows.shape)}", path=path, fix="rows of source, target, weight and, if wanted, delay"
        )
    columns = {"source": (rows[:, 0], n), "target": (rows[:, 1], m)}
    for name, (column, size) in columns.items():
        wrong = (column != np.rint(column)) | (column < 0) | (column >= size)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ConfigError(
                f"{name} {column[row]:g} does not exist", path=f"{path}[{row}]", fix=f"allowed: 0..{size - 1}"
            )
    delay = None
    if rows.shape[1] == 4:
        if (rows[:, 3] != np.rint(rows[:, 3])).any():
            raise ConfigError("a delay is not a whole number", path=path, fix="ticks, 1..15")
        delay = rows[:, 3].astype(np.int64)
    return rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64), rows[:, 2], delay


def _conv2d(projection: Projection, source: Shape, target: Shape, path: str) -> tuple[Whole, Whole, npt.NDArray[Any]]:
    """Cross-correlation, as deep-learning libraries have it: out[o, y, x] sums k[o, c, v, u] * in[c, sy+v, sx+u]."""
    kernel = as_numbers(projection.weights, f"{path}.weights")
    if kernel.ndim != 4:
        raise ConfigError(
            f"a kernel of shape {list(kernel.shape)}",
            path=f"{path}.weights",
            fix="[out channel, in channel, height, width]",
        )
    inputs, outputs = _image_shape(source, "from", path), _image_shape(target, "to", path)
    out_channels, in_channels, high, wide = kernel.shape
    stride, padding = projection.stride, projection.padding
    expected = (
        out_channels,
        (inputs[1] + 2 * padding - high) // stride + 1,
        (inputs[2] + 2 * padding - wide) // stride + 1,
    )
    if in_channels != inputs[0]:
        raise ConfigError(
            f"the kernel has {in_channels} input channels, '{projection.from_}' has {inputs[0]}",
            path=f"{path}.weights",
            fix="make the two equal",
        )
    if outputs != expected or min(expected) < 1:
        raise ConfigError(
            f"'{projection.to}' has shape {list(target)}, the convolution gives {list(expected)}",
            path=f"{path}.to",
            fix=f"shape: {list(expected)}" if min(expected) >= 1 else "a smaller kernel or more padding",
        )
    _bounded(int(np.count_nonzero(kernel)) * expected[1] * expected[2], path)
    o, c, v, u = np.nonzero(kernel)
    y, x = np.divmod(np.arange(expected[1] * expected[2], dtype=np.int64), expected[2])
    row = y[:, None] * stride + v[None, :] - padding
    column = x[:, None] * stride + u[None, :] - padding
    inside = (row >= 0) & (row < inputs[1]) & (column >= 0) & (column < inputs[2])
    i = (c[None, :] * inputs[1] + row) * inputs[2] + column
    j = (o[None, :] * expected[1] + y[:, None]) * expected[2] + x[:, None]
    weight = np.broadcast_to(kernel[o, c, v, u], inside.shape)
    return i[inside].astype(np.int64), j[inside].astype(np.int64), weight[inside]


def _image_shape(shape: Shape, end: str, path: str) -> tuple[int, int, int]:
    """[height, width] counts as one channel."""
    if len(shape) == 2:
        return (1, shape[0], shape[1])
    if len(shape) == 3:
        return (shape[0], shape[1], shape[2])
    raise ConfigError(
        f"conv2d needs pixels, found shape {list(shape)}",
        path=f"{path}.{end}",
        fix="[channels, height, width] or [height, width]",
    )
