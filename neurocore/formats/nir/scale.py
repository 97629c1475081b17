"""Whole numbers in place of floats: for each neuron a factor that makes its weights integers, exactly where one exists.

A neuron spikes alike if weights, bias, threshold and reset are all multiplied by the same positive factor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Scale", "exact_scale", "near_scale", "rounding_scale"]

Whole = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_FEW = 2.0**-21
"""Relative error of a product that was rounded to float32 a few times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Factors of N neurons: times * 2^-exponent / divisor, or ``factor`` where that is given.

    found : bool[N]  False where no factor was found; its other values mean nothing then
    """

    found: Flags
    exponent: Whole
    divisor: Whole
    times: Whole
    factor: Floats | None = None

    def floor(self, value: Floats, row: Whole | None = None) -> Whole:
        """The largest integer up to value * factor, of each neuron or of the neurons ``row``."""
        at = slice(None) if row is None else row
        if self.factor is not None:
            return _whole(np.floor(value * self.factor[at]))
        high = np.ldexp(value, -self.exponent[at].astype(np.int32)) * self.times[at]
        return _whole(np.floor(high)) // self.divisor[at]

    def nearest(self, value: Floats, row: Whole | None = None) -> Whole:
        """value * factor, rounded; exact where the factor was found for these values."""
        if self.factor is not None:
            return _whole(np.rint(value * self.factor[slice(None) if row is None else row]))
        low = self.floor(value, row)
        return low + (np.abs(self.ratio(row) * value - low) > 0.5)

    def ceil(self, value: Floats) -> Whole:
        """The smallest integer from value * factor on."""
        return -self.floor(-value)

    def ratio(self, row: Whole | None = None) -> Floats:
        """The factors as floats."""
        at = slice(None) if row is None else row
        if self.factor is not None:
            return self.factor[at]
        return self.times[at] * np.ldexp(1.0, -self.exponent[at].astype(np.int32)) / self.divisor[at]

    def enlarged(self, times: Whole) -> Scale:
        """Factors that are some whole number of times as large."""
        if self.factor is not None:
            return self
        return Scale(found=self.found, exponent=self.exponent, divisor=self.divisor, times=self.times * times)


def _whole(values: Floats) -> Whole:
    return np.clip(values, -(2.0**62), 2.0**62).astype(np.int64)


def exact_scale(size: int, row: Whole, value: Floats) -> Scale:
    """The smallest factor of each neuron that makes all its values integers, where they stay below 2^53.

    row, value : the neurons' values, in any order
    """
    kept = value != 0
    row, value = row[kept], value[kept]
    mantissa, exponent = np.frexp(value)
    digits = np.abs(mantissa * 2.0**53).astype(np.int64)
    lowest = digits & -digits
    zeros = np.rint(np.log2(lowest.astype(np.float64))).astype(np.int64)
    last = exponent.astype(np.int64) - 53 + zeros  # value = odd number * 2^last
    low = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(low, row, last)
    low[low == np.iinfo(np.int64).max] = 0
    width = exponent.astype(np.int64) - low[row]
    found = np.ones(size, bool)
    found[row[width > 53]] = False
    good = found[row]
    whole = np.ldexp(value[good], -low[row[good]].astype(np.int32)).astype(np.int64)
    divisor = np.zeros(size, np.int64)
    np.gcd.at(divisor, row[good], np.abs(whole))
    return Scale(found=found, exponent=low, divisor=np.maximum(divisor, 1), times=np.ones(size, np.int64))


def near_scale(size: int, row: Whole, value: Floats, most: int) -> Scale:
    """The smallest factor that makes all values integers up to the rounding of float32, none above ``most``."""
    kept = value != 0
    order = np.argsort(row[kept], kind="stable")
    row, value = row[kept][order], value[kept][order]
    factor, found = np.ones(size), np.ones(size, bool)
    if not len(row):
        return _of_factor(found, factor)
    first = np.flatnonzero(np.diff(row, prepend=-1))
    who = row[first]
    least = np.minimum.reduceat(np.abs(value), first)
    found[who] = False
    for number in range(1, most + 1):
        tried = number / least
        scaled = value * np.repeat(tried, np.diff(first, append=len(row)))
        good = (np.abs(scaled - np.rint(scaled)) <= _FEW * np.abs(scaled)) & (np.abs(scaled) <= most + 0.5)
        fits = np.logical_and.reduceat(good, first) & ~found[who]
        factor[who[fits]] = tried[fits]
        found[who[fits]] = True
        if found.all():
            break
    return _of_factor(found, factor)


def rounding_scale(size: int, row: Whole, value: Floats, most: int, threshold: Floats, limit: int) -> Scale:
    """The factor that makes each neuron's largest weight ``most``, and keeps its threshold within ``limit``."""
    largest = np.zeros(size)
    np.maximum.at(largest, row, np.abs(value))
    with np.errstate(divide="ignore", over="ignore"):
        factor = np.where(largest > 0, most / np.where(largest > 0, largest, 1), 1.0)
        factor = np.minimum(factor, np.where(threshold != 0, (limit - 1) / np.abs(threshold), np.inf))
    return _of_factor(np.isfinite(factor), factor)


def _of_factor(found: Flags, factor: Floats) -> Scale:
    ones = np.ones(len(factor), np.int64)
    return Scale(found=found, exponent=0 * ones, divisor=ones, times=ones, factor=factor)
