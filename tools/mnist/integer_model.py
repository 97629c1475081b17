"""The trained network in plain numpy integers: what the chip must reproduce, vote for vote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.mnist.layout import CLASSES, GREY

Spikes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerModel:
    """Weights int8[source, target] of -1, 0, 1 and biases int16[target] of the three layers."""

    weights: tuple[npt.NDArray[np.int8], ...]
    biases: tuple[npt.NDArray[np.int16], ...]

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> IntegerModel:
        """From arrays named as in weights.npz: weights1, bias1 ... weights3, bias3."""
        return cls(
            weights=tuple(arrays[f"weights{layer}"] for layer in (1, 2, 3)),
            biases=tuple(arrays[f"bias{layer}"] for layer in (1, 2, 3)),
        )

    def votes(self, images: npt.NDArray[np.uint8]) -> Spikes:
        """Spikes of the last layer, uint8[images, voters]; a unit fires where its weighted sum plus bias is at least 1.

        images : uint8[images, 28, 28]
        """
        spikes = (images.reshape(len(images), -1) >= GREY).astype(np.float32)
        for weight, bias in zip(self.weights, self.biases, strict=True):
            # Whole numbers below 2^24 are exact in float32, and its matrix product is quick.
            spikes = (spikes @ weight.astype(np.float32) + bias.astype(np.float32) >= 1).astype(np.float32)
        return spikes.astype(np.uint8)

    def predict(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
        """int64[images]: the class with most votes, the lowest on a tie."""
        return self.votes(images).reshape(len(images), -1, CLASSES).sum(axis=1).argmax(axis=1)


def load(path: str | Path) -> IntegerModel:
    """Read weights.npz."""
    with np.load(path, allow_pickle=False) as arrays:
        return IntegerModel.of(arrays)
