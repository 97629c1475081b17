"""The trained network in plain numpy integers: what the chip must reproduce, spike for spike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.training.plan import Plan

__all__ = ["IntegerLayer", "fire", "layers_from", "predict", "transduce", "votes_of"]

Spikes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerLayer:
    """A deployed layer. G groups, O units of a group at a place, K inputs, P places.

    weight : int8[G, O, K] of -1, 0, 1 where all places share it, else int8[P, G, O, K]
    bias   : int16[G, O] or int16[P, G, O], -255..255
    A unit fires where its weighted sum plus bias is at least 1.
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


def fire(plan: Plan, layers: Sequence[IntegerLayer], spikes: Spikes, view: tuple[int, int] = (0, 0)) -> list[Spikes]:
    """Spikes of every layer, uint8[images, channels * places] each, for those of the input, [images, ...].

    view : [down, right] that the first layer looks off
    """
    found = []
    now = spikes.reshape(len(spikes), -1)
    for number, made in enumerate(layers):
        reads = plan.reads(number, view)
        padded = np.concatenate([now, np.zeros((len(now), 1), np.uint8)], axis=1)  # the silent pixel
        # Whole numbers below 2^24 are exact in float32, and its matrix product is quick.
        seen = padded[:, reads].astype(np.float32).transpose(3, 1, 0, 2)  # [P, G, images, K]
        total = seen @ np.swapaxes(made.weight, -1, -2).astype(np.float32)  # [P, G, images, O]
        fires = total + made.bias[..., None, :].astype(np.float32) >= 1
        now = fires.transpose(2, 1, 3, 0).reshape(len(now), -1).astype(np.uint8)
        found.append(now)
    return found


def predict(
    plan: Plan, members: Sequence[Sequence[IntegerLayer]], images: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    """int64[images]: the class with most votes over all members and views, the lowest on a tie."""
    found = []
    for part in np.array_split(images, max(1, len(images) // 250)):
        shown = transduce(part, plan.input.thresholds)
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
