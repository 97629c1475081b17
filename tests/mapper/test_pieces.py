"""Large networks are worked on in pieces, sorted as packed numbers: the result is that of plain sorting at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.errors import NeurocoreError
from neurocore.mapper import incoming, lean, wiring
from neurocore.mapper.lean import as_dtype, constant, is_constant, picked, run_starts
from neurocore.mapper.merge import Synapses, merge
from neurocore.mapper.pipeline import compile_network
from neurocore.mapper.sampling import grouped_pairs
from neurocore.network import Network
from tests.network_strategies import random_network


@pytest.mark.parametrize("seed", range(25))
def test_the_size_of_pieces_changes_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    network = random_network(seed, stochastic=True)
    try:
        whole = compile_network(network).image.digest()
    except NeurocoreError:
        pytest.skip("this network does not fit its chip")
    monkeypatch.setattr(lean, "PIECE", 7)
    monkeypatch.setattr(wiring, "PIECE", 5)
    monkeypatch.setattr(incoming, "MOST_CELLS", 6)
    assert compile_network(network).image.digest() == whole


def plainly(parts: list[Synapses]) -> dict[tuple[int, int, int, bool], int]:
    """Sums of the weights of parallel synapses."""
    sums: dict[tuple[int, int, int, bool], int] = {}
    for part in parts:
        for row in zip(*(getattr(part, name).tolist() for name in COLUMNS), strict=True):
            source, target, weight, delay, stochastic = row
            key = (source, delay, target, stochastic)
            sums[key] = sums.get(key, 0) + weight
    return {key: weight for key, weight in sorted(sums.items()) if weight}


COLUMNS = ("source", "target", "weight", "delay", "stochastic")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.booleans())
def test_merged_synapses_are_sorted_and_added(seed: int, wide: bool) -> None:
    rng = np.random.default_rng(seed)
    parts = []
    scale = 2**26 if wide else 1  # numbers too large to be packed into 64 bits
    for _ in range(rng.integers(0, 4)):
        size = int(rng.integers(0, 30))
        parts.append(
            Synapses(
                (rng.integers(0, 5, size) * scale).astype(np.int32),
                rng.integers(0, 4, size).astype(np.int32),
                constant(3, size, np.int32) if rng.random() < 0.3 else rng.integers(-3, 4, size).astype(np.int32),
                rng.integers(1, 3, size).astype(np.uint8),
                constant(False, size, np.bool_),
            )
        )
    merged = merge(parts, 4 * scale)
    rows = zip(*(getattr(merged, name).tolist() for name in COLUMNS), strict=True)
    assert {(s, d, t, b): w for s, t, w, d, b in rows} == plainly(parts)
    order = np.lexsort((merged.target, merged.delay, merged.source))
    np.testing.assert_array_equal(order, np.arange(len(order)))


@pytest.mark.parametrize("probability", [0.0, 0.3, 1.0])
def test_grouped_pairs_stay_within_their_groups(probability: float) -> None:
    rng = np.random.default_rng(5)
    order = rng.permutation(60)
    source, target = grouped_pairs(rng, order, 40, 4, probability)
    group_of = np.empty(60, np.int64)
    group_of[order] = np.arange(60) // 15
    np.testing.assert_array_equal(group_of[source], target // 10)
    assert (np.diff(source.astype(np.int64) * 40 + target) > 0).all()
    full = 60 * 10
    assert len(source) == {0.0: 0, 1.0: full}.get(probability, len(source))
    assert abs(len(source) - probability * full) <= 3 * np.sqrt(full * probability * (1 - probability))


def test_a_delay_per_source_is_the_same_for_all_its_synapses() -> None:
    network = Network.model_validate(
        {
            "name": "n",
            "inputs": {"i": {"shape": 40}},
            "populations": {"p": {"shape": 20}},
            "projections": [
                {
                    "from": "i",
                    "to": "p",
                    "pattern": "all_to_all",
                    "weight": 1,
                    "delay": {"uniform": [1, 15], "per": "source"},
                }
            ],
        }
    )
    graph = compile_network(network).graph
    delays = [set(graph.delay[graph.source == source].tolist()) for source in range(20, 60)]
    assert all(len(one) == 1 for one in delays)
    assert len(set.union(*delays)) > 5


def test_constants_stay_constants() -> None:
    ones = constant(1, 10, np.int64)
    assert is_constant(ones)
    assert is_constant(as_dtype(ones, np.uint8))
    assert is_constant(picked(ones, np.arange(4)))
    assert len(picked(ones, np.arange(10) < 3)) == 3
    np.testing.assert_array_equal(run_starts(np.array([1, 1, 2, 2, 2, 5]), ones[:6]), [0, 2, 5])
    assert len(run_starts(np.zeros(0))) == 0
