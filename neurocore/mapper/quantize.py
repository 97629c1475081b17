"""Float weights to the chip's integers: by a given scale, to k bits, or ternary; and how much that changes them.

A population has one scale (or one for each neuron) for everything in potential units: its incoming weights, thresholds,
leaks and potentials are multiplied by it and rounded, so its dynamics stay the same up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.network import Quantize

__all__ = ["Layer", "Quantized", "quantize_weights"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What quantization did to the weights into one population.

    scheme    : as stated in the network, in words
    scale     : least, mean and largest number of potential units per 1.0
    levels    : distinct integer weights; zeros : share of the weights that became 0, 0..1
    worst, rms : error of a weight, in the units of the description; sqnr_db : signal to noise, None where exact
    """

    scheme: str
    scale: tuple[float, float, float]
    synapses: int
    levels: int
    zeros: float
    worst: float
    rms: float
    sqnr_db: float | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: getattr(self, name) for name in self.__slots__} | {"scale": list(self.scale)}

    def text(self) -> str:
        """For people."""
        noise = "exact" if self.sqnr_db is None else f"{self.sqnr_db:.1f} dB, off by at most {self.worst:.3g}"
        return f"{self.scheme}, {self.levels} levels, {noise}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantized:
    """weights : int64[...] of each projection; scale : float64[N], potential units per 1.0 of each neuron"""

    weights: list[Whole]
    scale: Floats
    layer: Layer


def quantize_weights(
    quantize: Quantize, weights: list[npt.NDArray[Any]], targets: list[npt.NDArray[np.int32]], size: int
) -> Quantized:
    """Quantize all weights into one population together.

    weights, targets : of each projection, number[S] and int32[S] (0 .. size - 1)
    """
    weight = np.concatenate([np.asarray(one, np.float64) for one in weights]) if weights else np.zeros(0)
    target = np.concatenate(targets).astype(np.int64) if targets else np.zeros(0, np.int64)
    if quantize.scheme == "scale":
        assert quantize.scale is not None
        scale = np.full(size, quantize.scale)
        found = np.rint(weight * quantize.scale)
        named = f"scale {quantize.scale:g}"
    else:
        # One scale for a layer is that of a single neuron that hears everything.
        owner, owners = (target, size) if quantize.per == "neuron" else (np.zeros_like(target), 1)
        if quantize.scheme == "bits":
            assert quantize.bits is not None
            scale = _largest(np.abs(weight), owner, owners, 2 ** (quantize.bits - 1) - 1)
            found = np.rint(weight * scale[owner])
            named = f"{quantize.bits} bits per {quantize.per}"
        else:
            scale, kept = _ternary(np.abs(weight), owner, owners, quantize.step)
            found = np.where(kept, np.sign(weight) * quantize.step, 0.0)
            named = f"ternary per {quantize.per}"
        scale = np.broadcast_to(scale, (size,)) if owners == 1 else scale
    whole = found.astype(np.int64)
    ends = np.cumsum([len(one) for one in weights])[:-1]
    return Quantized(
        weights=np.split(whole, ends) if weights else [], scale=scale, layer=_layer(named, weight, target, whole, scale)
    )


def _largest(size: Floats, owner: Whole, owners: int, top: int) -> Floats:
    """Scales that make each owner's largest weight ``top``; 1 where there is none."""
    most = np.zeros(owners)
    np.maximum.at(most, owner, size)
    return np.divide(top, most, out=np.ones(owners), where=most > 0)


def _ternary(size: Floats, owner: Whole, owners: int, step: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Scales and which weights stay, at the least squared error of w ~ {-a, 0, a}; a becomes ``step``.

    Of an owner's n largest weights with sum S, a = S / n is best and takes S^2 / n off the error: n is where that is
    most (the exact optimum of ternary weight networks, Li et al. 2016, arXiv:1605.04711, who approximate it).
    """
    order = np.lexsort((-size, owner))
    sums = np.cumsum(size[order])
    first = np.searchsorted(owner[order], np.arange(owners))
    last = np.searchsorted(owner[order], np.arange(owners), side="right")
    before = np.where(first > 0, sums[np.maximum(first, 1) - 1], 0.0) if len(sums) else np.zeros(owners)
    scale = np.ones(owners)
    kept = np.zeros(len(size), bool)
    for one in np.flatnonzero(last > first).tolist():
        here = slice(int(first[one]), int(last[one]))
        total = sums[here] - before[one]
        many = np.arange(1, len(total) + 1)
        best = int(np.argmax(total * total / many))
        if total[best] > 0:
            scale[one] = step * many[best] / total[best]
            kept[order[here][: best + 1]] = True
    return scale, kept & (size > 0)


def _layer(scheme: str, weight: Floats, target: Whole, whole: Whole, scale: Floats) -> Layer:
    error = weight - whole / scale[target]
    power, noise = float(np.mean(weight**2)) if len(weight) else 0.0, float(np.mean(error**2)) if len(error) else 0.0
    return Layer(
        scheme=scheme,
        scale=(float(scale.min()), float(scale.mean()), float(scale.max())),
        synapses=len(weight),
        levels=len(np.unique(whole)),
        zeros=float(np.mean(whole == 0)) if len(whole) else 0.0,
        worst=float(np.abs(error).max(initial=0.0)),
        rms=float(np.sqrt(noise)),
        sqnr_db=float(10 * np.log10(power / noise)) if noise > 0 and power > 0 else None,
    )
