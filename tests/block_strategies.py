"""Random networks of function blocks: each input port is driven by an input or by a block before, outputs leave."""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np

__all__ = ["random_block_network"]

PORTS: Final[dict[str, list[str]]] = {
    "add": ["a", "b"],
    "and": ["a", "b"],
    "burst_detector": ["in"],
    "coincidence": ["a", "b"],
    "comparator": ["a", "b"],
    "delay_line": ["in"],
    "hold": ["in"],
    "latch": ["set", "reset"],
    "low_pass": ["in"],
    "majority": ["in"],
    "max": ["a", "b"],
    "min": ["a", "b"],
    "moving_average": ["in"],
    "multiplier_by_rate": ["a", "b"],
    "not": ["in", "clock"],
    "onset": ["in"],
    "or": ["a", "b"],
    "oscillator": ["hold"],
    "poisson_source": [],
    "rate_divider": ["in"],
    "rate_scaler": ["in"],
    "refractory": ["in"],
    "subtract": ["a", "b"],
    "threshold": ["in"],
    "winner_take_all": ["in"],
    "xor": ["a", "b"],
}
"""The blocks with as many lines out as in, and their input ports."""

_NUMBERS: Final[dict[str, tuple[str, int, int]]] = {
    "burst_detector": ("window", 1, 20),
    "coincidence": ("within", 0, 14),
    "comparator": ("margin", 0, 2),
    "delay_line": ("ticks", 1, 60),
    "hold": ("ticks", 1, 15),
    "low_pass": ("bits", 1, 6),
    "moving_average": ("window", 1, 15),
    "multiplier_by_rate": ("wait", 0, 14),
    "oscillator": ("period", 1, 20),
    "poisson_source": ("rate", 0, 1000),
    "rate_divider": ("divisor", 1, 9),
    "rate_scaler": ("parts", 2, 256),
    "refractory": ("rest", 1, 15),
    "winner_take_all": ("goal", 1, 9),
}
"""Block -> a parameter of it, and from where to where it is drawn."""


def random_block_network(seed: int) -> str:
    """A network's text, which reads well; whether it fits its chip is another matter."""
    rng = np.random.default_rng([seed, 6])
    size = int(rng.integers(2, 6))
    inputs = {f"i{k}": {"shape": [size]} for k in range(rng.integers(1, 3))}
    blocks: dict[str, Any] = {}
    projections: list[dict[str, Any]] = []
    sources = list(inputs)
    for number in range(rng.integers(1, 6)):
        use, name = str(rng.choice(list(PORTS))), f"b{number}"
        given = {"size": size}
        if use in _NUMBERS:
            parameter, low, high = _NUMBERS[use]
            given[parameter] = int(rng.integers(low, high + 1))
        blocks[name] = {"use": use, "with": given}
        for port in PORTS[use]:
            one: dict[str, Any] = {"from": str(rng.choice(sources)), "to": f"{name}.{port}"}
            if rng.random() < 0.4:
                one["delay"] = int(rng.integers(1, 16))
            projections.append(one)
        sources.append(f"{name}.out")
    return json.dumps(
        {
            "neurocore": 1,
            "name": "blocks",
            "seed": seed,
            "inputs": inputs,
            "blocks": blocks,
            "projections": projections,
            "outputs": [f"b{number}.out" for number in range(len(blocks)) if number == 0 or rng.random() < 0.5],
            "run": {
                "ticks": 60,
                "stimulus": {name: {"poisson": {"rate_hz": float(rng.choice([50, 300]))}} for name in inputs},
            },
        }
    )
