"""Places: every core once, on working cores only, never further apart than in order; and the curve that starts it."""

from __future__ import annotations

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from network_strategies import random_network

from neurocore.arch import PRESETS, ChipSpec
from neurocore.errors import CapacityError, ConfigError
from neurocore.mapper.annealing import _swap, anneal
from neurocore.mapper.curve import hilbert_curve, places_in_order
from neurocore.mapper.pipeline import compile_network
from neurocore.mapper.traffic import CoreTraffic, cost_of


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 2), (8, 8), (64, 64), (5, 3), (1, 7)])
def test_the_curve_visits_every_place_once(width, height):
    curve = hilbert_curve(width, height)
    assert sorted(map(tuple, curve.tolist())) == [(x, y) for x in range(width) for y in range(height)]


@pytest.mark.parametrize("side", [2, 8, 64])
def test_consecutive_places_of_the_curve_are_neighbours(side):
    curve = hilbert_curve(side, side).astype(int)
    assert (np.abs(np.diff(curve, axis=0)).sum(axis=1) == 1).all()


def test_broken_cores_are_left_out():
    spec = PRESETS["tiny"].model_copy(update={"broken_cores": ((0, 0), (3, 2))})
    for by_rows in (True, False):
        places = places_in_order(spec, by_rows=by_rows).tolist()
        assert len(places) == 14 and [0, 0] not in places and [3, 2] not in places


@st.composite
def traffics(draw: st.DrawFn) -> tuple[CoreTraffic, ChipSpec, int]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spec = ChipSpec(grid=(4, 4), chips=draw(st.sampled_from([(1, 1), (2, 1), (2, 2)])))
    cores = int(rng.integers(2, spec.cores + 1))
    pairs = np.unique(rng.integers(0, cores, (draw(st.integers(1, 60)), 2)), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    weight = rng.integers(1, 50, len(pairs))
    return CoreTraffic(source=pairs[:, 0], target=pairs[:, 1], weight=weight), spec, cores


@settings(max_examples=examples(40), deadline=None, derandomize=True)
@given(traffics())
def test_annealing_never_makes_it_worse_and_keeps_cores_apart(case):
    traffic, spec, cores = case
    places = places_in_order(spec, by_rows=False)
    found = anneal(traffic, places, spec, cores)
    assert len(np.unique(found, axis=0)) == cores
    assert cost_of(traffic, found, spec)[0] <= cost_of(traffic, places[:cores], spec)[0]
    np.testing.assert_array_equal(found, anneal(traffic, places, spec, cores))


def test_plain_python_and_compiled_annealing_agree():
    import numba

    rng = np.random.default_rng(1)
    pairs = np.unique(rng.integers(0, 12, (40, 2)), axis=0)
    start = np.searchsorted(pairs[:, 0], np.arange(13))
    x, y = np.divmod(np.arange(16), 4)
    results = []
    for swap in (_swap, numba.njit(_swap)):
        where, at = np.arange(12), np.concatenate([np.arange(12), np.full(4, -1)])
        spots = np.stack([x, y, x // 2, y // 2], axis=1).astype(np.int32)
        lookup, weight, best = np.arange(16).reshape(4, 4), np.ones(len(pairs), np.int64), where.copy()
        zone, allowed = (np.arange(12) == 3).astype(np.int32), np.ones((2, 16), bool)
        allowed[1, 8:] = False
        memory = np.array([88172645463325252, 0, 0])
        for begin in range(0, 3000, 1000):
            swap(
                *(start, pairs[:, 1].copy(), weight, lookup, zone, allowed, spots, spots[where], where, at, best),
                *(memory, 360, 5.0, begin, begin + 1000, 3000),
            )
        assert allowed[1, best[3]]
        results.append(best.tolist())
    assert results[0] == results[1]


def test_a_ring_of_cores_is_laid_as_a_ring():
    cores = 16
    ring = np.arange(cores)
    traffic = CoreTraffic(source=ring, target=(ring + 5) % cores, weight=np.ones(cores, np.int64))
    spec = ChipSpec(grid=(4, 4))
    found = anneal(traffic, places_in_order(spec, by_rows=False), spec, cores)
    assert cost_of(traffic, found, spec)[1] <= 18


@pytest.mark.parametrize("seed", range(12))
def test_no_network_is_placed_worse_than_in_order_nor_on_a_broken_core(seed):
    network = random_network(seed, stochastic=False)
    broken = network.chip.model_copy(update={"broken_cores": ((0, 0), (1, 1))})
    network = network.model_copy(
        update={"chip": broken, "mapping": network.mapping.model_copy(update={"placement": "auto"})}
    )
    try:
        result = compile_network(network)
    except (CapacityError, ConfigError):
        pytest.skip("this network does not fit its chip")
    facts = next(note.facts for note in result.notes if note.stage == "place")
    assert facts["hops"] + 360 * facts["crossings"] <= facts["hops_in_order"] + 360 * facts["crossings_in_order"]
    assert not {(0, 0), (1, 1)} & {tuple(place) for place in result.image.core_xy.tolist()}
