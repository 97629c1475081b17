"""Training plans that take a second, and the pictures they learn: a bright bar in noise, its row is the class."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from neurocore.training.datasets import Dataset
from neurocore.training.integer_model import IntegerLayer
from neurocore.training.plan import Plan

SIDE, CLASSES = 8, 3

SMALL: dict[str, Any] = {
    "neurocore_training": 1,
    "name": "bars",
    "seed": 3,
    "classes": CLASSES,
    "data": {"path": "bars.npz"},
    "input": {"size": [SIDE, SIDE], "thresholds": [100, 180]},
    "layers": [
        {"channels": 8, "kernel": 4, "stride": 2, "shared": False},
        {"channels": 12, "kernel": 3, "groups": 2},
    ],
    "training": {"epochs": 10, "batch": 16, "validation": 60, "learning_rate": 0.03},
}


def small(**changes: Any) -> dict[str, Any]:
    """The small plan as YAML data, keys replaced; dotted ones (training__epochs) lie deeper."""
    plan = copy.deepcopy(SMALL)
    for key, value in changes.items():
        place = plan
        *above, last = key.split("__")
        for name in above:
            place = place.setdefault(name, {})
        place[last] = value
    return plan


def plan_of(**changes: Any) -> Plan:
    """The small plan as the trainer takes it, checked."""
    plan = Plan.model_validate(small(**changes))
    plan.check_layers()
    return plan


def bars(count: int, seed: int, colours: int = 1, side: int = SIDE) -> tuple[np.ndarray, np.ndarray]:
    """uint8 images and their int64 labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, CLASSES, count)
    images = rng.integers(0, 160, (count, side, side, colours)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        top = 1 + 2 * label + rng.integers(0, 2)
        image[top : top + 2, :, rng.integers(colours)] |= 160
    return (images[..., 0] if colours == 1 else images), labels


def small_data(colours: int = 1) -> Dataset:
    """300 pictures to train on, 90 to test."""
    images, labels = bars(390, 11, colours)
    return Dataset(
        train_images=images[:300], train_labels=labels[:300], test_images=images[300:], test_labels=labels[300:]
    )


def write_small(folder: Path, **changes: Any) -> Path:
    """bars.npz and plan.yaml in a folder; the path of the plan."""
    plan = small(**changes)
    data = small_data(plan["input"].get("colours", 1))
    np.savez(folder / "bars.npz", **{name: getattr(data, name) for name in Dataset.__dataclass_fields__})
    (folder / "plan.yaml").write_text(yaml.safe_dump(plan, sort_keys=False))
    return folder / "plan.yaml"


def drawn(plan: Plan, seed: int) -> list[IntegerLayer]:
    """Layers with weights and biases at random, some biases at their bounds."""
    rng, made = np.random.default_rng(seed), []
    for number, layer in enumerate(plan.layers):
        groups, inputs, places = plan.reads(number).shape
        shape = ((groups,) if layer.shared else (places, groups)) + (layer.channels // groups,)
        bias = rng.integers(-3, 4, shape)
        highest = 256 - plan.threshold(number)
        bias.reshape(-1)[:3] = [highest, -255, highest // 2]
        made.append(
            IntegerLayer(weight=rng.integers(-1, 2, (*shape, inputs)).astype(np.int8), bias=bias.astype(np.int16))
        )
    return made
