"""Random networks for property tests: several populations, loops, delays, every neuron mode, small chips."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from neurocore.network import Network

CHIPS: list[Any] = [
    "truenorth",
    {"preset": "tiny", "grid": [8, 8], "chips": [2, 2]},
    {"preset": "tiny", "axons": 40, "neurons": 24, "grid": [10, 10], "axon_types": 6},
    {"preset": "truenorth", "stop_at_zero": False, "nonreset_ceiling": False, "axon_types": 3},
]


def _neuron(rng: np.random.Generator, size: int, stochastic: bool) -> dict[str, Any]:
    """A description that uses a random choice of the modes, some values per neuron."""

    def number(low: int, high: int) -> Any:
        if rng.random() < 0.3:
            return rng.integers(low, high + 1, size).tolist()
        return int(rng.integers(low, high + 1))

    neuron: dict[str, Any] = {"threshold": number(1, 6), "leak": number(-2, 2)}
    neuron["reset"] = str(rng.choice(["absolute", "linear", "none"]))
    if neuron["reset"] == "absolute":
        neuron["reset_potential"] = number(-3, 3)
    if rng.random() < 0.4:
        neuron["floor"] = number(-6, 0)
    elif rng.random() < 0.5:
        neuron["negative_threshold"] = number(0, 6)
    neuron["leak_reversal"] = bool(rng.random() < 0.3)
    neuron["initial_potential"] = number(-3, 3)
    if stochastic:
        neuron["threshold_noise_bits"] = number(0, 3)
        neuron["stochastic_leak"] = bool(rng.random() < 0.5)
    return neuron


def _quantize(rng: np.random.Generator) -> dict[str, Any]:
    per = str(rng.choice(["layer", "neuron"]))
    return [
        {"scale": float(rng.choice([0.5, 1.5, 8.0]))},
        {"scheme": "bits", "bits": int(rng.integers(2, 8)), "per": per},
        {"scheme": "ternary", "step": int(rng.integers(1, 20)), "per": per},
    ][rng.integers(0, 3)]


def _projection(rng: np.random.Generator, source: str, target: str, n: int, m: int, stochastic: bool) -> dict[str, Any]:
    delay = int(rng.integers(16, 70) if rng.random() < 0.1 else rng.integers(1, 16))
    projection: dict[str, Any] = {"from": source, "to": target, "delay": delay}
    weight: Any = int(rng.choice([-3, -2, -1, 1, 2, 3, 5]))
    if rng.random() < 0.3:
        weight = {"uniform": [-2, 3]}
    match rng.integers(0, 6):
        case 0:
            projection |= {"pattern": "all_to_all", "weight": weight}
        case 1 if n == m:
            projection |= {"pattern": "one_to_one", "weight": weight}
        case 2:
            projection |= {"pattern": "random", "probability": float(rng.choice([0.1, 0.5])), "weight": weight}
        case 3:
            rows = [[int(rng.integers(n)), int(rng.integers(m)), int(rng.integers(-4, 5))] for _ in range(6)]
            projection |= {"pattern": "list", "synapses": rows}
        case 4:
            groups = int(rng.choice([k for k in range(1, n + 1) if n % k == 0 and m % k == 0]))
            projection |= {
                "pattern": "grouped",
                "groups": groups,
                "weight": weight,
                "shuffle": bool(rng.random() < 0.5),
            }
            projection |= {"probability": 0.6} if rng.random() < 0.5 else {}
        case _:
            projection |= {"weights": (rng.integers(-1, 2, (n, m)) * rng.integers(1, 3)).tolist()}
    if (
        stochastic
        and projection.get("pattern") in ("all_to_all", "one_to_one", "random", "grouped")
        and rng.random() < 0.5
    ):
        projection |= {"stochastic": True, "weight": int(rng.integers(60, 256))}
    if rng.random() < 0.15:
        projection["delay"] = {"uniform": [1, 15], "per": str(rng.choice(["synapse", "source"]))}
    return projection


def random_network(seed: int, stochastic: bool) -> Network:
    """A network that reads well; whether it fits its chip is another matter."""
    rng = np.random.default_rng(seed)
    sizes = {f"p{k}": int(rng.integers(1, 9)) for k in range(rng.integers(1, 5))}
    inputs = {f"i{k}": int(rng.integers(1, 7)) for k in range(rng.integers(1, 3))}
    every = {**inputs, **sizes}
    projections = []
    for _ in range(rng.integers(1, 7)):
        source, target = str(rng.choice(list(every))), str(rng.choice(list(sizes)))
        projections.append(_projection(rng, source, target, every[source], sizes[target], stochastic))
    return Network.model_validate(
        {
            "name": "random",
            "seed": int(rng.integers(2**32)),
            "chip": CHIPS[rng.integers(len(CHIPS))],
            "inputs": {name: {"shape": [size]} for name, size in inputs.items()},
            "populations": {
                name: {
                    "shape": [2, size // 2] if size % 2 == 0 and rng.random() < 0.5 else [size],
                    "neuron": _neuron(rng, size, stochastic and rng.random() < 0.5),
                    **({"quantize": _quantize(rng)} if rng.random() < 0.2 else {}),
                }
                for name, size in sizes.items()
            },
            "projections": projections,
            "mapping": {
                "prune": bool(rng.random() < 0.7),
                "packing": str(rng.choice(["auto", "overlap", "tiles", "linear"])),
                "placement": str(rng.choice(["auto", "linear"])),
                "fan_in": str(rng.choice(["exact", "split"])),
            },
            "outputs": [name for name in sizes if rng.random() < 0.5],
            "run": {
                "ticks": 60,
                "stimulus": {name: {"poisson": {"rate_hz": float(rng.choice([50, 300]))}} for name in inputs},
            },
        }
    )


def networks(stochastic: bool) -> st.SearchStrategy[Network]:
    """Random networks, with or without stochastic parts."""
    return st.integers(0, 2**32 - 1).map(lambda seed: random_network(seed, stochastic))
