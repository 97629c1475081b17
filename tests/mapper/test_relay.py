"""Relays: long delays, stochastic neurons with many targets, wide fan-out; never a tick late."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_mapped_equals_logical import assert_limits_hold, assert_mapped_equals_logical

from neurocore.errors import CapacityError
from neurocore.mapper.pipeline import Compiled, compile_network
from neurocore.network import Network


def compiled(**parts: Any) -> tuple[Network, Compiled]:
    network = Network.model_validate({"name": "n", "seed": 2} | parts)
    return network, compile_network(network)


def facts(result: Compiled, stage: str) -> dict[str, Any]:
    return dict(next(note.facts for note in result.notes if note.stage == stage))


@pytest.mark.parametrize("delay", [15, 16, 17, 30, 31, 255])
def test_long_delays_take_a_relay_for_each_15_ticks(delay):
    network, result = compiled(
        inputs={"i": {"shape": 2}},
        populations={"p": {"shape": 2}, "q": {"shape": 2}},
        projections=[
            {"from": "i", "to": "p", "pattern": "one_to_one", "weight": 1, "delay": delay},
            {"from": "p", "to": "q", "pattern": "one_to_one", "weight": 1, "delay": delay},
        ],
        run={"stimulus": {"i": {"regular": {"start": [0, 3], "period": [40, 50]}}}},
    )
    assert facts(result, "partition")["relays"] == 4 * ((delay - 1) // 15)
    assert_limits_hold(result)
    assert assert_mapped_equals_logical(network, result, ticks=600) > 0


def test_synapses_of_one_source_share_a_chain():
    _, result = compiled(
        inputs={"i": {"shape": 1}},
        populations={"p": {"shape": 5}},
        projections=[
            {"from": "i", "to": "p", "pattern": "list", "synapses": [[0, k, 1, 14 + k] for k in range(5)]},
            {"from": "i", "to": "p", "pattern": "all_to_all", "weight": 2, "delay": 40},
        ],
    )
    assert facts(result, "partition")["relays"] == 2


def noisy(delay: int, outputs: list[str]) -> dict[str, Any]:
    """Noisy neurons that drive two cores of a small chip."""
    return {
        "chip": {"preset": "tiny", "grid": [8, 8]},
        "inputs": {"i": {"shape": 6}},
        "populations": {
            "p": {"shape": 3, "neuron": {"threshold": 2, "threshold_noise_bits": 2}},
            "q": {"shape": 30, "neuron": {"threshold": 2}},
        },
        "projections": [
            {"from": "i", "to": "p", "pattern": "all_to_all", "weight": 1},
            {"from": "p", "to": "q", "pattern": "all_to_all", "weight": 1, "delay": delay},
            {"from": "i", "to": "q", "pattern": "random", "fan_in": 1, "weight": 1},
        ],
        "outputs": outputs,
        "run": {"stimulus": {"i": {"poisson": {"rate_hz": 300}}}},
    }


@pytest.mark.parametrize("delay", [2, 15, 20])
def test_a_stochastic_neuron_reaches_several_cores_through_a_relay(delay):
    network, result = compiled(**noisy(delay, ["q"]))
    assert result.image.cores > 1
    assert facts(result, "partition")["relays"] >= 3
    copies = np.bincount(result.image.logical.instance_logical)
    assert (copies[:3] == 1).all()
    assert_limits_hold(result)
    assert assert_mapped_equals_logical(network, result, ticks=300) > 100


@pytest.mark.parametrize(("delay", "outputs"), [(1, ["q"]), (2, ["p", "q"])])
def test_without_a_tick_to_spare_a_stochastic_neuron_is_refused(delay, outputs):
    with pytest.raises(CapacityError, match=r"p\[0\] is stochastic and drives"):
        compiled(**noisy(delay, outputs))


def test_wide_fan_out_is_shared_out_among_relays():
    """One neuron for 300 cores' worth of readers, on cores of 16 neurons."""
    network, result = compiled(
        chip={"preset": "tiny", "grid": [32, 32]},
        inputs={"i": {"shape": 1}},
        populations={"p": {"shape": 1}, "q": {"shape": 330, "neuron": {"threshold": 2}}},
        projections=[
            {"from": "i", "to": "p", "pattern": "all_to_all", "weight": 1},
            {"from": "p", "to": "q", "pattern": "all_to_all", "weight": 1, "delay": 3},
            {"from": "q", "to": "q", "pattern": "random", "fan_in": 2, "weight": 1, "delay": 5},
        ],
        outputs=["q"],
        run={"stimulus": {"i": {"regular": {"start": 0, "period": 3}}}},
    )
    assert facts(result, "partition")["relays"] > 0
    assert_limits_hold(result)
    assert assert_mapped_equals_logical(network, result, ticks=100) > 0


def test_a_stochastic_synapse_behind_relays_draws_as_described():
    network, result = compiled(
        inputs={"i": {"shape": 4}},
        populations={"p": {"shape": 8, "neuron": {"reset": "linear", "threshold": 2}}},
        projections=[
            {"from": "i", "to": "p", "pattern": "all_to_all", "weight": 120, "stochastic": True, "delay": 37},
            {"from": "i", "to": "p", "pattern": "all_to_all", "weight": 60, "stochastic": True, "delay": 4},
        ],
        outputs=["p"],
        run={"stimulus": {"i": {"poisson": {"rate_hz": 200}}}},
    )
    assert assert_mapped_equals_logical(network, result, ticks=400) > 50
