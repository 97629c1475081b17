"""Patterns against plain loops: every layout gives the synapses its definition says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.graph import NeuronGraph
from neurocore.mapper.expand import expand
from neurocore.mapper.sampling import bernoulli_pairs, distinct_sources
from neurocore.network import Network


def expanded(source: Any, target: Any, *projections: dict[str, Any], **more: Any) -> NeuronGraph:
    network = {
        "name": "n",
        "seed": 3,
        "inputs": {"i": {"shape": source}},
        "populations": {"p": {"shape": target} | more},
        "projections": [{"from": "i", "to": "p"} | projection for projection in projections],
    }
    return expand(Network.model_validate(network))[0]


def dense(graph: NeuronGraph) -> np.ndarray:
    """Weights [source pin, target]."""
    matrix = np.zeros((graph.pin_count, graph.neuron_count), int)
    np.add.at(matrix, (graph.source - graph.neuron_count, graph.target), graph.weight)
    return matrix


def test_all_to_all():
    assert (dense(expanded(3, 4, {"pattern": "all_to_all", "weight": -2})) == -2).all()


def test_one_to_one():
    np.testing.assert_array_equal(
        dense(expanded(3, 3, {"pattern": "one_to_one", "weight": 5})), 5 * np.eye(3, dtype=int)
    )


@pytest.mark.parametrize("shape", [(4, 6), (2, 2, 2, 3)])
def test_a_matrix_may_have_flat_or_full_shape(shape):
    matrix = np.arange(24).reshape(4, 6) - 12
    np.testing.assert_array_equal(dense(expanded([2, 2], [2, 3], {"weights": matrix.reshape(shape)})), matrix)


def test_a_list_has_weights_and_delays_row_by_row_and_parallel_synapses_add_up():
    graph = expanded(2, 2, {"pattern": "list", "synapses": [[0, 1, 5, 3], [1, 0, -2, 15], [0, 1, 2, 3], [0, 1, 1, 4]]})
    rows = np.stack([graph.source - 2, graph.target, graph.weight, graph.delay], axis=1).tolist()
    assert rows == [[0, 1, 7, 3], [0, 1, 1, 4], [1, 0, -2, 15]]


def test_synapses_that_cancel_are_none():
    graph = expanded(2, 2, {"pattern": "all_to_all", "weight": 3}, {"pattern": "one_to_one", "weight": -3})
    np.testing.assert_array_equal(dense(graph), [[0, 3], [3, 0]])
    assert len(graph.source) == 2


def plain_convolution(kernel: np.ndarray, image: tuple[int, int, int], stride: int, padding: int) -> np.ndarray:
    out, channels, high, wide = kernel.shape
    rows, columns = ((side + 2 * padding - k) // stride + 1 for side, k in zip(image[1:], (high, wide), strict=True))
    matrix = np.zeros((*image, out, rows, columns), int)
    for o in range(out):
        for y in range(rows):
            for x in range(columns):
                for c in range(channels):
                    for v in range(high):
                        for u in range(wide):
                            row, column = y * stride + v - padding, x * stride + u - padding
                            if 0 <= row < image[1] and 0 <= column < image[2]:
                                matrix[c, row, column, o, y, x] = kernel[o, c, v, u]
    return matrix.reshape(int(np.prod(image)), -1)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(0, 2))
def test_a_convolution_equals_its_plain_loops(seed, stride, padding):
    rng = np.random.default_rng(seed)
    image = tuple(int(side) for side in rng.integers((1, 4, 4), (3, 8, 8)))
    kernel = rng.integers(-3, 4, (int(rng.integers(1, 4)), image[0], int(rng.integers(1, 4)), int(rng.integers(1, 4))))
    matrix = plain_convolution(kernel, image, stride, padding)
    rows, columns = (
        (side + 2 * padding - k) // stride + 1 for side, k in zip(image[1:], kernel.shape[2:], strict=True)
    )
    projection = {"pattern": "conv2d", "weights": kernel, "stride": stride, "padding": padding}
    np.testing.assert_array_equal(dense(expanded(list(image), [kernel.shape[0], rows, columns], projection)), matrix)


def test_random_fan_in_is_exact_and_distinct():
    graph = expanded(50, 40, {"pattern": "random", "fan_in": 20, "weight": 1})
    assert (dense(graph).sum(axis=0) == 20).all() and dense(graph).max() == 1


@pytest.mark.parametrize(("n", "m", "count"), [(100, 2000, 3), (10, 5000, 4), (6, 3000, 6)])
def test_every_source_is_drawn_equally_often(n, m, count):
    source, target = distinct_sources(np.random.default_rng(1), n, m, count)
    assert len(np.unique(target * n + source)) == m * count
    counts = np.bincount(source, minlength=n)
    assert abs(counts - m * count / n).max() < 6 * np.sqrt(m * count / n) + 1


@pytest.mark.parametrize("probability", [0.0, 0.01, 0.3, 1.0])
def test_pairs_are_drawn_with_their_probability_and_once(probability):
    source, target = bernoulli_pairs(np.random.default_rng(1), 300, 200, probability)
    assert len(np.unique(source * 200 + target)) == len(source)
    assert abs(len(source) - 60_000 * probability) <= 5 * np.sqrt(60_000 * probability * (1 - probability))
    assert (source < 300).all() and (target < 200).all()


def test_the_seed_fixes_what_is_random():
    projection = {
        "pattern": "random",
        "probability": 0.3,
        "weight": {"uniform": [-5, 5]},
        "delay": {"uniform": [1, 15]},
    }
    first, again = (expanded(20, 20, projection) for _ in range(2))
    for name in ("source", "target", "weight", "delay"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert first.weight.min() >= -5 and first.weight.max() <= 5
    assert set(first.delay.tolist()) <= set(range(1, 16)) and len(set(first.delay.tolist())) > 8


def test_quantized_floats_are_scaled_and_rounded_half_to_even():
    graph = expanded(
        4, 1, {"weights": [[0.5], [1.5], [0.26], [-0.24]]}, quantize={"scale": 10}, neuron={"threshold": 1.25}
    )
    assert dense(graph).ravel().tolist() == [5, 15, 3, -2]
    assert graph.neurons.threshold.tolist() == [12]


def test_floors_and_negative_thresholds_become_beta_and_kappa():
    def bounds(**neuron: Any) -> tuple[int, int]:
        parameters = expanded(1, 1, neuron=neuron).neurons
        return int(parameters.negative_threshold[0]), int(parameters.negative_saturation[0])

    assert bounds(floor=-7) == (7, 1)
    assert bounds(negative_threshold=7) == (7, 0)
    assert bounds() == (262_143, 1)
