"""A small trained-like classifier: random ternary weights, binary units, two layers; and images for it."""

from __future__ import annotations

import numpy as np

from neurocore.network import Network
from neurocore.training.deploy import network_of
from neurocore.training.integer_model import IntegerLayer, predict
from neurocore.training.plan import Data, InputLayer, Layer, Plan

SIDE, CLASSES = 8, 5
PLAN = Plan(
    name="little",
    classes=CLASSES,
    data=Data(path="none.npz"),
    input=InputLayer(size=(SIDE, SIDE), thresholds=[90, 180]),
    layers=[Layer(channels=12, kernel=4, stride=4, shared=False), Layer(channels=20, kernel=2)],
)


def little_images(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, 1]).integers(0, 256, (count, SIDE, SIDE), np.uint8)


def little_labels(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, 2]).integers(0, CLASSES, count)


def little_layers() -> list[IntegerLayer]:
    rng = np.random.default_rng(3)
    return [
        IntegerLayer(weight=weight(rng, 4, 1, 12, 32), bias=rng.integers(-3, 3, (4, 1, 12)).astype(np.int16)),
        IntegerLayer(weight=weight(rng, 1, 20, 48), bias=rng.integers(-3, 3, (1, 20)).astype(np.int16)),
    ]


def weight(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.integers(-1, 2, shape).astype(np.int8)


def little_network(frames: int = 6) -> Network:
    return network_of(PLAN, [little_layers()], little_images(frames), little_labels(frames))


def predicted(images: np.ndarray) -> np.ndarray:
    """What the integer model says."""
    return predict(PLAN, [little_layers()], images)
