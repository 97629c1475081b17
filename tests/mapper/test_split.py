"""Split fan-ins: every synapse goes through one partial sum, with its delay; deviations are told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.arch import PRESETS
from neurocore.errors import NeurocoreError
from neurocore.mapper.expand import expand
from neurocore.mapper.pipeline import compile_network
from neurocore.mapper.split import split_fan_in
from neurocore.network import Network
from neurocore.verbs.verifying import verify


def wide(sources: int = 60, **parts: Any) -> Network:
    """A population that hears all of many input pins on a chip with 16 axons per core."""
    described = {
        "name": "wide",
        "chip": {"preset": "tiny", "grid": [12, 12]},
        "inputs": {"pins": {"shape": sources}},
        "populations": {"p": {"shape": 3, "neuron": {"threshold": 9, "reset": "linear", "floor": -40}}},
        "projections": [{"from": "pins", "to": "p", "pattern": "all_to_all", "weight": 1, "delay": 2}],
        "outputs": ["p"],
        "mapping": {"fan_in": "split"},
        "run": {"ticks": 200, "stimulus": {"pins": {"poisson": {"rate_hz": 20}}}},
    }
    return Network.model_validate(described | parts)


@settings(max_examples=examples(40), deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_every_synapse_goes_through_one_partial_sum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.integers(-3, 4, (40, 4)) * (rng.random((40, 4)) < rng.choice([0.3, 1.0]))
    delay = int(rng.integers(1, 5))
    network = wide(
        40,
        populations={"p": {"shape": 4, "neuron": {"threshold": int(rng.integers(1, 40))}}},
        projections=[{"from": "pins", "to": "p", "weights": weights, "delay": delay}],
    )
    graph, _ = expand(network)
    split, kept, note = split_fan_in(graph, PRESETS["tiny"], np.ones(4, bool))
    assert len(kept) == split.neuron_count == 4 + note.facts["partial_sums"]
    got = np.zeros_like(weights)
    into: dict[int, tuple[int, int]] = {}
    for source, target, weight, late in zip(split.source, split.target, split.weight, split.delay, strict=True):
        if 4 <= source < split.neuron_count:  # a partial sum to its neuron
            assert source not in into
            assert abs(weight) == split.neurons.threshold[source]
            assert late == 1
            into[source] = (target, int(np.sign(weight)))
    for source, target, weight, late in zip(split.source, split.target, split.weight, split.delay, strict=True):
        if source < split.neuron_count:
            continue
        pin = source - split.neuron_count
        if target < 4:
            assert late == delay
            got[pin, target] += weight
        else:
            neuron, sign = into[target]
            assert late == max(1, delay - 1)
            got[pin, neuron] += weight * sign
    np.testing.assert_array_equal(got, weights)
    assert (note.facts.get("late_synapses", 0) > 0) == (delay == 1 and bool(into))
    assert compile_network(network).report.partial_sums == note.facts["partial_sums"]


def test_where_each_part_makes_whole_steps_the_split_is_exact() -> None:
    pins = [[tick, pin] for tick in range(0, 150, 5) for pin in (3, 25, 44, 59)]
    network = wide(
        populations={"p": {"shape": 3, "neuron": {"threshold": 4, "reset": "linear"}}},
        run={"ticks": 160, "stimulus": {"pins": {"spikes": pins}}},
    )
    checks = {check.what: check for check in verify(network).checks}
    told = checks["described = split, population p"]
    assert not told.exact
    assert (told.spikes, told.wrong, told.first) == (90, 0, "")


def test_the_deviation_is_measured_and_small() -> None:
    result = verify(wide())
    told = {check.what: check for check in result.checks}["described = split, population p"]
    assert result.passed
    assert told.wrong > 0
    assert told.spikes > 50
    assert told.first.startswith("counts of ")
    assert all(check.wrong == 0 for check in result.checks if check.exact)
    compiled = compile_network(wide())
    assert compiled.graph is not compiled.described
    assert [group.name for group in compiled.image.logical.populations] == ["p", "p.partial_sums"]


def test_what_fits_is_not_touched() -> None:
    compiled = compile_network(wide(16))
    assert compiled.graph is compiled.described
    assert compiled.report.partial_sums == 0


REFUSED = {
    "stochastic": (
        {"projections": [{"from": "pins", "to": "p", "pattern": "all_to_all", "weight": 9, "stochastic": True}]},
        "populations.p: p[0] hears more sources than a core has axons, some through stochastic synapses; only "
        "deterministic ones can be split\n  fix: a smaller fan-in, or an extra layer in between",
    ),
    "too many": (
        {"inputs": {"pins": {"shape": 600}}},
        "populations.p: p[0] hears 600 sources, and even its partial sums need 38 axons of one core\n"
        "  fix: a smaller fan-in, or an extra layer in between",
    ),
    "name": (
        {"populations": {"p": {"shape": 3}, "p.partial_sums": {"shape": 1}}, "outputs": ["p", "p.partial_sums"]},
        "populations.p.partial_sums: 'p.partial_sums' is needed for the partial sums of 'p'\n  fix: rename it",
    ),
    "not asked for": (
        {"mapping": {}},
        "populations.p: p[0] needs 60 axons (60 sources; 60 of type 0), a core has 16; so do 2 more neurons\n"
        "  fix: at most 16 sources fit at these weights: a sparse or local projection, fewer different weights per "
        "source, an extra layer in between, or mapping: {fan_in: split}, which is not exact",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_split(name: str) -> None:
    parts, message = REFUSED[name]
    with pytest.raises(NeurocoreError) as caught:
        compile_network(wide(**parts))
    assert str(caught.value) == message
