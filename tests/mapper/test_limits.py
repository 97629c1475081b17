"""What does not fit is refused with both numbers, the place and what would help: the whole message, pinned."""

from __future__ import annotations

from typing import Any

import pytest

from neurocore.errors import CapacityError, ConfigError
from neurocore.mapper.pipeline import compile_network
from neurocore.network import Network


def network(**parts: Any) -> Network:
    described = {"name": "n", "inputs": {"i": {"shape": 10}}, "populations": {"p": {"shape": 4}}} | parts
    return Network.model_validate(described)


def all_to_all(source: str, target: str, **more: Any) -> dict[str, Any]:
    return {"from": source, "to": target, "pattern": "all_to_all", "weight": 1} | more


CAPACITY: dict[str, tuple[Network, str, int, int, str]] = {
    "fan-in": (
        network(inputs={"i": {"shape": 300}}, projections=[all_to_all("i", "p")]),
        "axons per core",
        300,
        256,
        "populations.p: p[0] needs 300 axons (300 sources; 300 of type 0), a core has 256; so do 3 more neurons\n"
        "  fix: at most 256 sources fit at these weights: a sparse or local projection, fewer different weights per "
        "source, an extra layer in between, or mapping: {fan_in: split}, which is not exact",
    ),
    "ternary fan-in": (
        network(
            inputs={"i": {"shape": 150}}, projections=[{"from": "i", "to": "p", "weights": [[1, -1, 1, -1]] * 150}]
        ),
        "axons per core",
        0,
        0,
        "",
    ),
    "neurons": (
        network(chip={"preset": "tiny", "grid": [1, 1]}, populations={"p": {"shape": 10}, "q": {"shape": 20}}),
        "neurons",
        30,
        16,
        "populations.q.shape: 30 neurons are described (20 in 'q'), 'tiny' has 16 on 1 cores\n"
        "  fix: a smaller population, or a larger array of chips (chip: {chips: [x, y]})",
    ),
    "cores": (
        network(
            chip={"preset": "tiny", "grid": [1, 1]},
            inputs={"i": {"shape": 30}},
            populations={"p": {"shape": 6}},
            projections=[{"from": "i", "to": "p", "pattern": "random", "fan_in": 8, "weight": 1}],
        ),
        "cores",
        3,
        1,
        "chip: 'n' needs 3 cores, 'tiny' has 1 (1 x 1 on 1 x 1 chips)\n"
        "  fix: a larger array of chips, such as chips: [1, 3]",
    ),
    "stochastic fan-out": (
        network(
            populations={
                "p": {"shape": 4, "neuron": {"threshold_noise_bits": 2}},
                "q": {"shape": 2},
                "r": {"shape": 2},
            },
            projections=[all_to_all("p", "q"), all_to_all("p", "r", delay=2)],
        ),
        "axons per stochastic neuron",
        2,
        1,
        "populations.p: p[0] is stochastic and drives 2 axons; a neuron drives one, and a stochastic neuron is never "
        "copied, for on the chip its copies would draw differently\n"
        "  fix: give all of its projections a delay of 2 or more (a relay then takes one tick of it), and if it is an "
        "output, make a one_to_one copy of it the output",
    ),
    "fan-out": (
        network(
            chip={"preset": "tiny", "grid": [64, 64]},
            inputs={"i": {"shape": 300}},
            populations={"p": {"shape": 1}, "q": {"shape": 300}},
            projections=[
                all_to_all("p", "q"),
                {"from": "i", "to": "q", "pattern": "random", "fan_in": 12, "weight": 1},
            ],
        ),
        "neurons per core",
        0,
        16,
        "",
    ),
}


@pytest.mark.parametrize("name", CAPACITY)
def test_what_does_not_fit(name):
    described, constraint, needs, has, message = CAPACITY[name]
    if name == "ternary fan-in":
        compile_network(described)  # each neuron sees a single sign, so 150 axons are enough
        return
    with pytest.raises(CapacityError) as caught:
        compile_network(described)
    assert caught.value.constraint == constraint
    assert caught.value.exit_code == 1
    assert caught.value.has == has
    assert caught.value.needs > caught.value.has
    if message:
        assert caught.value.needs == needs
        assert str(caught.value) == message
    else:
        assert str(caught.value).startswith("populations.p: p[0] drives ")


CONFIG: dict[str, tuple[Network, str]] = {
    "one_to_one": (
        network(projections=[{"from": "i", "to": "p", "pattern": "one_to_one", "weight": 1}]),
        "projections[0].pattern: one_to_one needs equal sizes, found 10 and 4\n"
        "  fix: make the sizes equal, or use another pattern",
    ),
    "matrix": (
        network(projections=[{"from": "i", "to": "p", "weights": [[1, 2], [3, 4]]}]),
        "projections[0].weights: weights of shape [2, 2] do not fit [10] -> [4]\n"
        "  fix: [source, target], that is [10, 4]",
    ),
    "ragged": (
        network(projections=[{"from": "i", "to": "p", "weights": [[1, 2], [3]]}]),
        "projections[0].weights: not an array of numbers\n  fix: numbers only, all rows of equal length",
    ),
    "list": (
        network(projections=[{"from": "i", "to": "p", "pattern": "list", "synapses": [[0, 0, 1], [0, 7, 1]]}]),
        "projections[0].synapses[1]: target 7 does not exist\n  fix: allowed: 0..3",
    ),
    "fan_in": (
        network(projections=[{"from": "i", "to": "p", "pattern": "random", "fan_in": 11, "weight": 1}]),
        "projections[0].fan_in: 11 different sources are asked for, 'i' has 10\n  fix: allowed: 1..10",
    ),
    "groups": (
        network(projections=[{"from": "i", "to": "p", "pattern": "grouped", "groups": 4, "weight": 1}]),
        "projections[0].groups: 'i' has 10 members, which 4 groups do not divide\n"
        "  fix: a number of groups that divides both sizes",
    ),
    "fraction": (
        network(projections=[all_to_all("i", "p", weight=0.5)]),
        "projections[0].weight: 0.5 is not a whole number\n"
        "  fix: use integers, or give the population 'quantize: {scale: ...}'",
    ),
    "weight": (
        network(projections=[all_to_all("i", "p", weight=300)]),
        "projections[0].weight: 300 is out of range\n  fix: allowed: -255..255",
    ),
    "scale": (
        network(
            populations={"p": {"shape": 4, "quantize": {"scale": 1000}}}, projections=[all_to_all("i", "p", weight=0.5)]
        ),
        "projections[0].weight: 500 is out of range after quantization\n  fix: allowed: -255..255, so a smaller scale",
    ),
    "delay": (
        network(projections=[all_to_all("i", "p", delay=256)]),
        "projections[0].delay: 256 is out of range\n  fix: allowed: 1..255",
    ),
    "threshold": (
        network(populations={"p": {"shape": 4, "neuron": {"threshold": [1, 2, 3, 2**18]}}}),
        "populations.p.neuron.threshold: 262144 is out of range\n  fix: allowed: 0..262143",
    ),
    "per neuron": (
        network(populations={"p": {"shape": 4, "neuron": {"leak": [1, 2]}}}),
        "populations.p.neuron.leak: shape [2] does not fit the population's [4]\n  fix: one number, or 4 of them",
    ),
    "reset potential": (
        network(populations={"p": {"shape": 4, "neuron": {"reset": "linear", "reset_potential": 2}}}),
        "populations.p.neuron.reset_potential: has no meaning with reset 'linear'\n"
        "  fix: leave it out, or use reset: absolute",
    ),
    "conv2d shape": (
        network(
            inputs={"i": {"shape": [5, 5]}},
            populations={"p": {"shape": [2, 4, 4]}},
            projections=[{"from": "i", "to": "p", "pattern": "conv2d", "weights": [[[[1] * 3] * 3]] * 2}],
        ),
        "projections[0].to: 'p' has shape [2, 4, 4], the convolution gives [2, 3, 3]\n  fix: shape: [2, 3, 3]",
    ),
    "conv2d channels": (
        network(
            inputs={"i": {"shape": [2, 5, 5]}},
            populations={"p": {"shape": [1, 3, 3]}},
            projections=[{"from": "i", "to": "p", "pattern": "conv2d", "weights": [[[[1] * 3] * 3]]}],
        ),
        "projections[0].weights: the kernel has 1 input channels, 'i' has 2\n  fix: make the two equal",
    ),
    "twice stochastic": (
        network(projections=[all_to_all("i", "p", weight=9, stochastic=True)] * 2),
        "projections[1]: two stochastic synapses join the same two neurons with the same delay\n"
        "  fix: give them different delays, or one synapse instead of two",
    ),
    "too many synapses": (
        network(
            inputs={"i": {"shape": 100_000}},
            populations={"p": {"shape": 100_000}},
            projections=[all_to_all("i", "p")],
        ),
        "projections[0]: 10,000,000,000 synapses in one projection\n"
        "  fix: allowed: 536,870,912; a smaller shape, a lower probability or another pattern",
    ),
}


@pytest.mark.parametrize("name", CONFIG)
def test_what_does_not_go_together(name):
    described, message = CONFIG[name]
    with pytest.raises(ConfigError) as caught:
        compile_network(described)
    assert str(caught.value) == message
