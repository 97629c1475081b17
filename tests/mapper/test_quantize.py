"""Quantization schemes against plain definitions, the errors they report, and what they do to a network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.errors import NeurocoreError
from neurocore.mapper.pipeline import compile_network
from neurocore.mapper.quantize import quantize_weights
from neurocore.network import Network, Quantize
from neurocore.verbs.verifying import verify

SCHEMES: list[dict[str, Any]] = [
    {"scale": 7.5},
    {"scheme": "bits", "bits": 2},
    {"scheme": "bits", "bits": 4, "per": "neuron"},
    {"scheme": "bits", "bits": 9},
    {"scheme": "ternary"},
    {"scheme": "ternary", "per": "neuron", "step": 5},
]


def plainly(quantize: dict[str, Any], column: np.ndarray) -> tuple[np.ndarray, float]:
    """Integers and scale for the weights of one owner (a neuron or a layer), straight from the definition."""
    match quantize.get("scheme", "scale"):
        case "scale":
            return np.rint(column * quantize["scale"]), quantize["scale"]
        case "bits":
            most = np.abs(column).max(initial=0)
            scale = (2 ** (quantize["bits"] - 1) - 1) / most if most else 1.0
            return np.rint(column * scale), scale
    step = quantize.get("step", 16)
    best = (np.zeros_like(column), 1.0, (column**2).sum())
    for n in range(1, len(column) + 1):
        stays = np.argsort(-np.abs(column), kind="stable")[:n]
        a = np.abs(column[stays]).mean()
        close = np.zeros_like(column)
        close[stays] = np.sign(column[stays]) * a
        if ((column - close) ** 2).sum() < best[2] - 1e-9:
            best = (np.rint(close / a * step), step / a, ((column - close) ** 2).sum())
    return best[0], best[1]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.sampled_from(SCHEMES))
def test_schemes_do_what_they_say(seed: int, described: dict[str, Any]) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(int(rng.integers(1, 9)), 5)) * (rng.random(5) < 0.9)
    other = rng.normal(size=(3, 5)) * rng.integers(0, 2)
    targets = [np.tile(np.arange(5, dtype=np.int32), len(one)) for one in (matrix, other)]
    done = quantize_weights(Quantize.model_validate(described), [matrix.ravel(), other.ravel()], targets, 5)
    got = np.concatenate([done.weights[0].reshape(-1, 5), done.weights[1].reshape(-1, 5)])
    every = np.concatenate([matrix, other])
    if described.get("per") == "neuron":
        pairs = [plainly(described, every[:, neuron]) for neuron in range(5)]
        wanted, scale = np.stack([pair[0] for pair in pairs], axis=1), np.array([pair[1] for pair in pairs])
    else:
        flat, one = plainly(described, every.ravel())
        wanted, scale = flat.reshape(every.shape), np.full(5, one)
    np.testing.assert_array_equal(got, wanted)
    np.testing.assert_allclose(done.scale, scale)
    error = every - got / scale
    layer = done.layer
    assert layer.worst == pytest.approx(np.abs(error).max())
    assert layer.rms == pytest.approx(np.sqrt((error**2).mean()))
    assert layer.zeros == pytest.approx((got == 0).mean())
    assert layer.levels == len(np.unique(got))
    assert layer.synapses == every.size
    power, noise = (every**2).sum(), (error**2).sum()
    if noise > 1e-24 * power:
        assert 10 ** (layer.sqnr_db / 10) == pytest.approx(power / noise)
    else:  # exact, or as far off as floats are
        assert layer.sqnr_db is None or layer.sqnr_db > 240


def layer(quantize: dict[str, Any], **neuron: Any) -> Network:
    weights = np.random.default_rng(2).normal(size=(20, 6)) * [0.1, 0.5, 1, 2, 5, 10]
    return Network.model_validate(
        {
            "name": "quantized",
            "inputs": {"pins": {"shape": 20}},
            "populations": {"p": {"shape": 6, "quantize": quantize, "neuron": {"threshold": 0.7, **neuron}}},
            "projections": [{"from": "pins", "to": "p", "weights": weights}],
            "outputs": ["p"],
            "run": {"ticks": 60, "stimulus": {"pins": {"poisson": {"rate_hz": 100}}}},
        }
    )


@pytest.mark.parametrize("quantize", SCHEMES[1:], ids=str)
def test_a_scale_per_neuron_scales_its_threshold_too(quantize: dict[str, Any]) -> None:
    compiled = compile_network(layer(quantize, leak=-0.05, floor=-3.0))
    note = compiled.notes[0]
    told = note.facts["quantized"]["p"]
    threshold = compiled.graph.neurons.threshold
    assert (len(set(threshold.tolist())) > 1) == (quantize.get("per") == "neuron")
    assert round(0.7 * told["scale"][0]) == threshold.min()
    assert round(0.7 * told["scale"][2]) == threshold.max()
    assert f"p: {told['scheme']}, {told['levels']} levels, " in note.text
    assert verify(layer(quantize)).passed


def test_more_bits_are_nearer() -> None:
    noise = [
        compile_network(layer({"scheme": "bits", "bits": bits, "per": "neuron"})).notes[0].facts["quantized"]["p"]
        for bits in (2, 3, 5, 7, 9)
    ]
    decibels = [one["sqnr_db"] for one in noise]
    assert decibels == sorted(decibels)
    assert decibels[-1] > 40


def test_without_projections_potentials_keep_their_unit() -> None:
    network = Network.model_validate(
        {"name": "n", "populations": {"p": {"shape": 2, "quantize": {"scheme": "bits", "bits": 4}}}}
    )
    assert compile_network(network).graph.neurons.threshold.tolist() == [1, 1]


REMEDIES = {
    "a smaller scale": {"scale": 3.0},
    "fewer bits": {"scheme": "bits", "bits": 9, "per": "neuron"},
    "a smaller step": {"scheme": "ternary", "step": 255},
}


@pytest.mark.parametrize("remedy", REMEDIES)
def test_what_leaves_the_range_says_what_helps(remedy: str) -> None:
    with pytest.raises(NeurocoreError) as caught:
        compile_network(layer(REMEDIES[remedy], threshold=2e5))
    assert "is out of range after quantization" in str(caught.value)
    assert str(caught.value).endswith(f", so {remedy}")
