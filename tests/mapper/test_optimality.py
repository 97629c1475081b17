"""How far packings are from the best there is, on networks small enough to try everything."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from optimum import cores_needed, fewest_cores
from tiny_networks import CHIPS, Measured, chip, measure, task, tiny

NODES = 200_000


@pytest.fixture(scope="module")
def measured() -> list[Measured]:
    """48 networks: cores of three sizes, 6 and 10 neurons, with and without loops."""
    cases = [
        (tiny(seed, neurons, loops), chip(*size))
        for size in CHIPS
        for neurons in (6, 10)
        for loops in (False, True)
        for seed in range(4)
    ]
    found = [measure(graph, spec, NODES) for graph, spec in cases]
    return [one for one in found if one is not None]


def test_no_packing_is_better_than_the_optimum_and_the_optimum_no_better_than_its_bound(measured) -> None:
    assert len(measured) >= 44
    for one in measured:
        assert one.bound <= one.optimum <= one.packed <= one.linear
    assert any(one.bound < one.optimum for one in measured)


def test_packings_are_near_the_optimum(measured) -> None:
    gap = np.array([one.packed / one.optimum for one in measured])
    linear = np.array([one.linear / one.optimum for one in measured])
    print(f"{len(measured)} networks: mean gap {gap.mean():.3f}, as described {linear.mean():.3f}")
    assert gap.mean() <= 1.12
    assert (gap == 1).mean() >= 0.6
    assert gap.mean() < linear.mean()


def assignments(count: int) -> Iterator[list[int]]:
    """Every way to put so many neurons into cores, up to the cores' numbers (restricted growth strings)."""
    if count == 0:
        yield []
        return
    for before in assignments(count - 1):
        for core in range(max(before, default=-1) + 2):
            yield [*before, core]


@pytest.mark.parametrize("seed", range(8))
def test_the_search_finds_what_trying_everything_finds(seed: int) -> None:
    """All 877 ways to share out seven neurons of ten."""
    wanted = task(tiny(seed, 10, loops=seed % 2 == 1), chip(*CHIPS[seed % 3]), first=7)
    counted = [cores_needed(wanted, np.array([*way, -1, -1, -1])) for way in assignments(7)]
    assert len(counted) == 877
    best = min(cores for cores in counted if cores is not None)
    found = fewest_cores(wanted, 8)
    assert (found.cores, found.proven) == (best, True)
    assert found.core is not None and cores_needed(wanted, found.core) == best
    assert fewest_cores(wanted, best).core is None


def test_a_search_that_ends_early_says_so() -> None:
    wanted = task(tiny(0, 10, loops=True), chip(4, 4))
    whole = fewest_cores(wanted, 11)
    cut = fewest_cores(wanted, 11, nodes=5)
    assert whole.proven and whole.nodes > 5
    assert (cut.proven, cut.cores, cut.core) == (False, 11, None)
