"""Random chips and networks in which synapses learn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from strategies import random_image

from neurocore.arch import ChipSpec
from neurocore.image import ChipImage
from neurocore.learning import ImageLearning
from neurocore.network import Network


def random_learning_image(seed: int) -> ChipImage:
    """A random chip on which some axons and neurons of some cores learn, by one rule or several."""
    rng = np.random.default_rng([seed, 9])
    spec = ChipSpec(
        axons=int(rng.choice([3, 30, 65, 130])), neurons=int(rng.choice([5, 64, 70])), axon_types=3, grid=(2, 2)
    )
    image = random_image(spec, seed)
    rules = int(rng.integers(1, 4))
    tables = np.where(rng.random((rules, 4, 256)) < 0.5, rng.integers(0, 257, (rules, 4, 256)), 0)
    tables[rng.random((rules, 4)) < 0.3] = 0
    axons = rng.integers(0, 2**rules, (image.cores, spec.axons))
    neurons = 1 << rng.integers(0, rules, (image.cores, spec.neurons))
    neurons[rng.random(neurons.shape) < 0.3] = 0
    learning = ImageLearning(
        tables=tables.astype(np.uint16), axons=axons.astype(np.uint32), neurons=neurons.astype(np.uint32)
    )
    return replace(image, learning=learning)


def random_learning_network(seed: int) -> Network:
    """Learning from inputs and populations, over short and long delays, beside synapses that stay as they are."""
    rng = np.random.default_rng(seed)
    sizes = {f"p{k}": int(rng.integers(2, 9)) for k in range(rng.integers(1, 4))}
    inputs = {f"i{k}": int(rng.integers(2, 12)) for k in range(rng.integers(1, 3))}
    projections: list[dict[str, Any]] = []
    for number in range(rng.integers(2, 6)):
        source, target = str(rng.choice([*sizes, *inputs])), str(rng.choice(list(sizes)))
        one: dict[str, Any] = {
            "from": source,
            "to": target,
            "weight": int(rng.choice([-1, 1, 2, 3])),
            "delay": number + 1,
        }
        one["delay"] += 20 if rng.random() < 0.15 else 0
        if number == 0:  # something that is driven, and not pruned, learns
            one |= {"from": "i0", "to": "p0", "weight": int(rng.integers(1, 4))}
        one |= [{"pattern": "all_to_all"}, {"pattern": "random", "probability": 0.5}][rng.integers(2)]
        if number == 0 or rng.random() < 0.6:
            one["learning"] = {
                "window": int(rng.integers(1, 30)),
                "potentiation": {"peak": int(rng.integers(257)), "decay": float(rng.integers(1, 9))},
                "depression": [int(item) for item in rng.integers(0, 257, rng.integers(0, 2))],
                "forgetting": int(rng.integers(0, 100)),
                "anti_potentiation": {"peak": int(rng.integers(0, 30))},
                "anti_depression": {"peak": int(rng.integers(0, 100)), "decay": 3.0},
            }
        projections.append(one)
    neuron = {"threshold": 2, "leak": int(rng.integers(-1, 2)), "floor": -4}
    neuron |= {"threshold_noise_bits": 1} if rng.random() < 0.3 else {}
    return Network.model_validate(
        {
            "name": "random",
            "seed": seed,
            "chip": {"preset": "tiny", "grid": [6, 6]} if rng.random() < 0.5 else "truenorth",
            "inputs": {name: {"shape": [size]} for name, size in inputs.items()},
            "populations": {name: {"shape": [size], "neuron": neuron} for name, size in sizes.items()},
            "projections": projections,
            "outputs": [name for name in sizes if name == "p0" or rng.random() < 0.5],
            "run": {"stimulus": {name: {"poisson": {"rate_hz": 300}} for name in inputs}},
        }
    )
