"""Networks that the mapper is measured on."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurocore.network import Network

__all__ = ["NETWORKS"]


def convolution(layers: int = 10, channels: int = 8, side: int = 32) -> Network:
    """Ten 3x3 convolution layers, padded, ternary kernels with a third of the weights 0, for a 3-channel input."""
    rng = np.random.default_rng(1)
    populations = {f"layer{n}": {"shape": [channels, side, side], "neuron": {"threshold": 4}} for n in range(layers)}
    projections = []
    for number in range(layers):
        entering = channels if number else 3
        projections.append(
            {
                "from": f"layer{number - 1}" if number else "pixels",
                "to": f"layer{number}",
                "pattern": "conv2d",
                "padding": 1,
                "weights": rng.integers(-1, 2, (channels, entering, 3, 3)),
            }
        )
    return _network(
        "convolution",
        inputs={"pixels": {"shape": [3, side, side]}},
        populations=populations,
        projections=projections,
        outputs=[f"layer{layers - 1}"],
    )


def dense(layers: int = 3, groups: int = 16, width: int = 2048) -> Network:
    """Layers of grouped dense connections, 128 sources for each of 128 neurons, ternary weights."""
    rng = np.random.default_rng(2)
    size = width // groups
    populations = {f"layer{n}": {"shape": width, "neuron": {"threshold": 4}} for n in range(layers)}
    projections = []
    for number in range(layers):
        rows = []
        for group in range(groups):
            weight = rng.integers(-1, 2, (size, size))
            i, j = np.nonzero(weight)
            # Each group reads half of its own sources and half of the next group's.
            source = (i + group * size + size // 2) % width
            rows.append(np.stack([source, j + group * size, weight[i, j]], axis=1))
        projections.append(
            {
                "from": f"layer{number - 1}" if number else "pins",
                "to": f"layer{number}",
                "pattern": "list",
                "synapses": np.concatenate(rows),
            }
        )
    return _network(
        "dense",
        inputs={"pins": {"shape": width}},
        populations=populations,
        projections=projections,
        outputs=[f"layer{layers - 1}"],
    )


def small_world(neurons: int = 100_000, fan_in: int = 16, rewired: float = 0.02) -> Network:
    """A ring (Watts and Strogatz 1998): each neuron hears its nearest neighbours, a few synapses rewired anywhere."""
    rng = np.random.default_rng(3)
    target = np.repeat(np.arange(neurons), fan_in)
    step = np.tile(np.concatenate([np.arange(-(fan_in // 2), 0), np.arange(1, fan_in - fan_in // 2 + 1)]), neurons)
    source = (target + step) % neurons
    elsewhere = rng.random(len(source)) < rewired
    source[elsewhere] = rng.integers(0, neurons, int(elsewhere.sum()))
    pairs = np.unique(np.stack([source, target], axis=1), axis=0)
    return _network(
        "small_world",
        populations={"cells": {"shape": neurons, "neuron": {"threshold": 5}}},
        projections=[
            {
                "from": "cells",
                "to": "cells",
                "pattern": "list",
                "synapses": np.column_stack([pairs, np.ones(len(pairs), np.int64)]),
            }
        ],
    )


def full_chip(probability: float = 0.5) -> Network:
    """A million neurons, each driving one axon of a random group of 256, half (or all) of its crossbar row set."""
    return _network(
        "full_chip",
        populations={"cells": {"shape": [4096, 256], "neuron": {"threshold": 100}}},
        projections=[
            {
                "from": "cells",
                "to": "cells",
                "pattern": "grouped",
                "groups": 4096,
                "shuffle": True,
                "probability": probability,
                "weight": 1,
                "delay": {"uniform": [1, 15], "per": "source"},
            }
        ],
    )


def full_crossbars() -> Network:
    """As full_chip, with every one of the 2^28 bits set."""
    return full_chip(1.0)


def layered(layers: int = 45, side: int = 128) -> Network:
    """Sixteen chips of 16 x 16 cores: layers of 3x3 neighbourhoods one behind the other."""
    kernel = np.ones((1, 1, 3, 3), np.int64)
    return _network(
        "layered",
        chip={"preset": "truenorth", "grid": [16, 16], "chips": [4, 4]},
        inputs={"pixels": {"shape": [1, side, side]}},
        populations={f"layer{n}": {"shape": [1, side, side], "neuron": {"threshold": 2}} for n in range(layers)},
        projections=[
            {
                "from": f"layer{n - 1}" if n else "pixels",
                "to": f"layer{n}",
                "pattern": "conv2d",
                "padding": 1,
                "weights": kernel,
            }
            for n in range(layers)
        ],
        outputs=[f"layer{layers - 1}"],
    )


def _network(name: str, **parts: Any) -> Network:
    return Network.model_validate({"name": name, **parts})


NETWORKS = {
    "convolution": convolution,
    "dense": dense,
    "small world": small_world,
    "layered, 16 chips": layered,
    "full chip": full_chip,
    "full crossbars": full_crossbars,
}
