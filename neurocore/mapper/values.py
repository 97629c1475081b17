"""From the numbers of a description (one, a list, an array) to checked integer arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError
from neurocore.mapper.lean import constant, is_constant
from neurocore.network import FileArray

__all__ = ["as_numbers", "flat_values", "in_range", "to_integers"]


def as_numbers(value: Any, path: str) -> npt.NDArray[Any]:
    """A list or array as a numeric numpy array. Raises ConfigError for ragged lists and for anything but numbers."""
    if isinstance(value, FileArray):
        raise ConfigError(f"the array of '{value.file}' has not been read", path=path, fix="read the network from YAML")
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "iufb":
        raise ConfigError("not an array of numbers", path=path, fix="numbers only, all rows of equal length")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ConfigError("holds nan or infinity", path=path, fix="finite numbers only")
    return array


def flat_values(value: Any, shape: tuple[int, ...], path: str) -> npt.NDArray[Any]:
    """One number for all, or one per member of a population: flat array of the population's size.

    Raises ConfigError where the shape is another.
    """
    array = as_numbers(value, path)
    size = int(np.prod(shape, dtype=np.int64))
    if array.ndim == 0:
        return np.full(size, array)
    if array.shape not in (shape, (size,)):
        raise ConfigError(
            f"shape {list(array.shape)} does not fit the population's {list(shape)}",
            path=path,
            fix=f"one number, or {size} of them",
        )
    return array.ravel()


def to_integers(values: npt.NDArray[Any], scale: npt.NDArray[np.float64] | None, path: str) -> npt.NDArray[np.int64]:
    """Whole numbers; floats are scaled and rounded (halves to even) where the population is quantized.

    scale : float64[...] that fits ``values``, or None
    Raises ConfigError for a fraction where there is no scale.
    """
    if scale is not None:
        return np.rint(values.astype(np.float64) * scale).astype(np.int64)
    if len(values) > 1 and is_constant(values):
        return constant(to_integers(values[:1], None, path)[0], len(values), np.int64)
    if values.dtype.kind in "iub":
        return values.astype(np.int64, copy=False)
    whole = np.rint(values)
    if (whole != values).any():
        first = values[whole != values].ravel()[0]
        raise ConfigError(
            f"{float(first):g} is not a whole number",
            path=path,
            fix="use integers, or give the population 'quantize: {scale: ...}'",
        )
    return whole.astype(np.int64)


def in_range(values: npt.NDArray[np.int64], low: int, high: int, path: str, *, remedy: str | None = None) -> None:
    """Raise ConfigError naming the first value outside low..high. remedy : what helps if it was quantized."""
    if not len(values) or (values.min() >= low and values.max() <= high):
        return
    wrong = (values < low) | (values > high)
    first = int(values[wrong].ravel()[0])
    after = " after quantization" if remedy else ""
    fix = f"allowed: {low}..{high}" + (f", so {remedy}" if remedy else "")
    raise ConfigError(f"{first} is out of range{after}", path=path, fix=fix)
