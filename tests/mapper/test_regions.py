"""Regions: populations stay where they are told to, with others or not; and what cannot be is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neurocore.errors import NeurocoreError
from neurocore.mapper.pipeline import Compiled, compile_network
from neurocore.mapper.traffic import random_hops
from neurocore.network import Network
from neurocore.verbs.verifying import verify
from tests.network_strategies import random_network


def chain(regions: dict[str, Any], **chip: Any) -> Network:
    """Three populations one behind the other on a small chip; each takes four cores."""
    projection = {"pattern": "grouped", "groups": 4, "weight": 1}
    return Network.model_validate(
        {
            "name": "chain",
            "chip": {"preset": "tiny", "grid": [8, 8], **chip},
            "inputs": {"pins": {"shape": 64}},
            "populations": {name: {"shape": 64} for name in "abc"},
            "projections": [
                {"from": "pins", "to": "a", **projection},
                {"from": "a", "to": "b", **projection},
                {"from": "b", "to": "c", **projection},
            ],
            "outputs": ["c"],
            "mapping": {"regions": regions},
            "run": {"ticks": 30, "stimulus": {"pins": {"poisson": {"rate_hz": 200}}}},
        }
    )


def places_of(compiled: Compiled, name: str) -> np.ndarray:
    """x, y of the cores that hold a population."""
    table = compiled.image.logical
    group = next(group for group in table.populations if group.name == name)
    mine = (table.instance_logical >= group.start) & (table.instance_logical < group.stop)
    return compiled.image.core_xy[np.unique(table.instance_core[mine])]


@pytest.mark.parametrize("placement", ["auto", "linear"])
def test_populations_stay_in_their_regions(placement: str) -> None:
    network = chain({"a": {"first": [6, 6], "last": [7, 7]}, "c": {"first": [0, 0], "last": [1, 3]}})
    mapping = network.mapping.model_copy(update={"placement": placement})
    compiled = compile_network(network.model_copy(update={"mapping": mapping}))
    assert places_of(compiled, "a").min() >= 6
    assert (places_of(compiled, "c") <= [1, 3]).all()
    assert not {*map(tuple, places_of(compiled, "a"))} & {*map(tuple, places_of(compiled, "b"))}
    assert len({*map(tuple, compiled.image.core_xy.tolist())}) == compiled.image.cores
    assert verify(network).passed


def test_a_region_can_be_a_chip_or_a_core() -> None:
    compiled = compile_network(chain({"b": {"chip": [1, 0]}}, grid=[4, 4], chips=[2, 1]))
    assert (places_of(compiled, "b")[:, 0] >= 4).all()
    network = Network.model_validate(
        {
            "name": "n",
            "chip": {"preset": "tiny", "grid": [8, 8]},
            "populations": {"p": {"shape": 16}, "q": {"shape": 40}},
            "mapping": {"regions": {"p": {"core": [5, 2]}}},
        }
    )
    np.testing.assert_array_equal(places_of(compile_network(network), "p"), [[5, 2]])


REFUSED = {
    "small": (
        {"a": {"first": [0, 0], "last": [0, 2]}},
        "mapping.regions.a: 'a' takes 4 cores, its region has 3 left\n"
        "  fix: a larger region, or one that other populations do not share",
    ),
    "outside": (
        {"a": {"first": [0, 0], "last": [8, 2]}},
        "mapping.regions.a: reaches to core (8, 2), the chip ends at (7, 7)\n"
        "  fix: a region on the chip, or a larger chip",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_regions_that_cannot_be(name: str) -> None:
    regions, message = REFUSED[name]
    with pytest.raises(NeurocoreError) as caught:
        compile_network(chain(regions))
    assert str(caught.value) == message


@pytest.mark.parametrize("seed", range(20))
def test_regions_change_no_spike(seed: int) -> None:
    network = random_network(seed, stochastic=True)
    width, height = network.chip.extent
    regions = {}
    for number, name in enumerate(network.populations):
        if number % 2 == 0:
            regions[name] = {"first": [0, 0], "last": [width - 1, height // 2]}
    try:
        limited = network.model_copy(
            update={"mapping": network.mapping.model_validate({**network.mapping.model_dump(), "regions": regions})}
        )
        compiled = compile_network(limited)
    except NeurocoreError:
        pytest.skip("this network does not fit its chip")
    for name in regions:
        places = places_of(compiled, name)
        assert not len(places) or places[:, 1].max() <= height // 2
    assert verify(limited, ticks=30).passed


def test_random_hops_is_the_mean_over_all_pairs() -> None:
    places = np.random.default_rng(1).integers(0, 9, (12, 2)).astype(np.int32)
    pairs = [np.abs(a - b).sum() for i, a in enumerate(places) for b in places[i + 1 :]]
    assert random_hops(places) == pytest.approx(np.mean(pairs))
    y, x = np.divmod(np.arange(4096), 64)
    assert random_hops(np.stack([x, y], axis=1).astype(np.int32)) == pytest.approx(42.67, abs=0.02)
