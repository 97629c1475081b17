"""The trained network in plain numpy integers: what the chip must reproduce, spike for spike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.training.plan import Plan

__all__ = ["IntegerLayer", "fire", "layers_from", "predict", "rate_coded", "spikes_of", "transduce", "votes_of"]

Spikes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerLayer:
    """A deployed layer. G groups, O units of a group at a place, K inputs, P places.

    weight : int8[G, O, K] of -1, 0, 1 where all places share it, else int8[P, G, O, K]
    bias   : int16[G, O] or int16[P, G, O], -255..255
    A unit adds weighted sum and bias to its potential, which is 0 when an image begins. It fires where the potential is
    at least the plan's threshold for the layer; the potential is then 0, and else never below 0. With an image shown
    for one tick the unit fires where sum plus bias is at least 1.
    """

    weight: npt.NDArray[np.int8]
    bias: npt.NDArray[np.int16]


def transduce(images: npt.NDArray[np.uint8], thresholds: Sequence[int]) -> Spikes:
    """8-bit pixels to spikes: channel (threshold, colour) fires where the colour is at least the threshold.

    images : uint8[images, height, width] or uint8[images, height, width, colours]
    Returns uint8[images, thresholds * colours, height, width].
    """
    pixels = images[:, None] if images.ndim == 3 else np.moveaxis(images, 3, 1)
    return np.concatenate([pixels >= threshold for threshold in thresholds], axis=1).astype(np.uint8)


def rate_coded(images: npt.NDArray[np.uint8], ticks: int) -> Spikes:
    """8-bit pixels to spikes, evenly spread: a pixel v has fired floor(v * t / 255) times in the first t ticks.

    images : uint8[images, height, width] or uint8[images, height, width, colours]
    Returns uint8[images, ticks, colours, height, width].
    """
    pixels = (images[:, None] if images.ndim == 3 else np.moveaxis(images, 3, 1)).astype(np.int32)
    fired = np.stack([pixels * tick // 255 for tick in range(ticks + 1)], axis=1)
    return np.diff(fired, axis=1).astype(np.uint8)


def spikes_of(plan: Plan, images: npt.NDArray[np.uint8]) -> Spikes:
    """Spikes of the input, uint8[images, channels, height, width], ticks as second axis where there are several."""
    return transduce(images, plan.input.thresholds) if plan.ticks == 1 else rate_coded(images, plan.ticks)


def fire(plan: Plan, layers: Sequence[IntegerLayer], spikes: Spikes, view: tuple[int, int] = (0, 0)) -> list[Spikes]:
    """Spikes of every layer, uint8[images * ticks, channels * places] each, for those of the input, see spikes_of.

    view : [down, right] that the first layer looks off
    """
    found = []
    now = spikes.reshape(len(spikes) * plan.ticks, -1)
    for number, made in enumerate(layers):
        reads = plan.reads(number, view)
        padded = np.concatenate([now, np.zeros((len(now), 1), np.uint8)], axis=1)  # the silent pixel
        # Whole numbers below 2^24 are exact in float32, and its matrix product is quick.
        seen = padded[:, reads].astype(np.float32).transpose(3, 1, 0, 2)  # [P, G, images, K]
        total = seen @ np.swapaxes(made.weight, -1, -2).astype(np.float32)  # [P, G, images, O]
        total += made.bias[..., None, :].astype(np.float32)
        fires = total >= 1 if plan.ticks == 1 else _integrated(total, plan.ticks, plan.threshold(number))
        now = fires.transpose(2, 1, 3, 0).reshape(len(now), -1).astype(np.uint8)
        found.append(now)
    return found


def _integrated(total: npt.NDArray[np.float32], ticks: int, threshold: int) -> npt.NDArray[np.bool_]:
    """Which units fire, bool[P, G, images * ticks, O], for what is added to their potentials."""
    added = total.reshape(*total.shape[:2], -1, ticks, total.shape[3])
    fires = np.zeros(added.shape, np.bool_)
    potential = np.zeros_like(added[:, :, :, 0])
    for tick in range(ticks):
        potential += added[:, :, :, tick]
        fires[:, :, :, tick] = potential >= threshold
        potential = np.where(fires[:, :, :, tick], 0, np.maximum(potential, 0))
    return fires.reshape(total.shape)


def predict(
    plan: Plan, members: Sequence[Sequence[IntegerLayer]], images: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    """int64[images]: the class with most votes over all members and views, the lowest on a tie."""
    found = []
    for part in np.array_split(images, max(1, len(images) // 250)):
        shown = spikes_of(plan, part)
        votes = sum(votes_of(plan, layers, shown, view) for layers in members for view in plan.views)
        found.append(np.asarray(votes).argmax(axis=1))
    return np.concatenate(found)


def votes_of(
    plan: Plan, layers: Sequence[IntegerLayer], spikes: Spikes, view: tuple[int, int] = (0, 0)
) -> npt.NDArray[np.int64]:
    """int64[images, classes]: votes of one member in one view."""
    return fire(plan, layers, spikes, view)[-1].reshape(len(spikes), -1, plan.classes).sum(axis=1, dtype=np.int64)


def layers_from(arrays: Mapping[str, npt.NDArray[Any]], count: int, prefix: str = "") -> list[IntegerLayer]:
    """Layers from arrays named weight0, bias0 ... after the prefix."""
    return [
        IntegerLayer(
            weight=arrays[f"{prefix}weight{number}"].astype(np.int8),
            bias=arrays[f"{prefix}bias{number}"].astype(np.int16),
        )
        for number in range(count)
    ]
