"""Mesh paths: the quick sums agree with walking each path link by link."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.arch import ChipSpec
from neurocore.emulator.tables import hop_counts
from neurocore.image import ChipImage
from neurocore.noc.mesh import chip_crossings, hops, link_loads, path

SETTINGS = settings(max_examples=60, deadline=None, derandomize=True)


@st.composite
def traffic(draw):
    """Cores on an array of chips, and packets between them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    grid = (int(rng.integers(1, 6)), int(rng.integers(1, 6)))
    chips = (int(rng.integers(1, 4)), int(rng.integers(1, 4)))
    width, height = grid[0] * chips[0], grid[1] * chips[1]
    places = rng.permutation(width * height)[: rng.integers(1, width * height + 1)]
    xy = np.stack([places % width, places // width], axis=1).astype(np.int32)
    count = int(rng.integers(0, 30))
    source, target = rng.integers(0, len(xy), (2, count))
    return grid, (width, height), xy, source, target, rng.integers(0, 9, count)


def walked(xy, source, target):
    return [path(tuple(xy[a].tolist()), tuple(xy[b].tolist())) for a, b in zip(source, target, strict=True)]


@SETTINGS
@given(traffic())
def test_hops_and_crossings_are_those_of_the_path(given_traffic):
    grid, _, xy, source, target, _ = given_traffic
    walks = walked(xy, source, target)
    assert hops(xy, source, target).tolist() == [len(walk) - 1 for walk in walks]
    chips = [[(x // grid[0], y // grid[1]) for x, y in walk] for walk in walks]
    crossed = [sum(a != b for a, b in zip(walk, walk[1:], strict=False)) for walk in chips]
    assert chip_crossings(xy, source, target, grid).tolist() == crossed


@SETTINGS
@given(traffic())
def test_link_loads_are_those_of_walking_every_packet(given_traffic):
    _, extent, xy, source, target, packets = given_traffic
    width, height = extent
    east, west = np.zeros((2, height, width - 1), np.int64)
    north, south = np.zeros((2, height - 1, width), np.int64)
    for walk, amount in zip(walked(xy, source, target), packets, strict=True):
        for (x, y), (u, v) in zip(walk, walk[1:], strict=False):
            links = {(1, 0): east, (-1, 0): west, (0, 1): north, (0, -1): south}[u - x, v - y]
            links[min(y, v), min(x, u)] += amount
    loads = link_loads(xy, source, target, extent, packets)
    for found, wanted in zip(
        (loads.east, loads.west, loads.north, loads.south), (east, west, north, south), strict=True
    ):
        assert np.array_equal(found, wanted)
    assert loads.total == int((hops(xy, source, target) * packets).sum())
    assert loads.busiest == max([0, *east.ravel(), *west.ravel(), *north.ravel(), *south.ravel()])


@SETTINGS
@given(traffic())
def test_distance_is_symmetric_zero_only_at_home_and_obeys_the_triangle(given_traffic):
    _, _, xy, source, target, _ = given_traffic
    there, back = hops(xy, source, target), hops(xy, target, source)
    assert np.array_equal(there, back)
    assert np.array_equal(there == 0, source == target)
    via = np.zeros_like(source)
    assert (there <= hops(xy, source, via) + hops(xy, via, target)).all()


def test_a_path_goes_along_x_first():
    assert path((3, 1), (1, 3)) == [(3, 1), (2, 1), (1, 1), (1, 2), (1, 3)]
    assert path((2, 2), (2, 2)) == [(2, 2)]


def test_the_emulator_counts_the_same_hops():
    spec = ChipSpec(axons=4, neurons=4, grid=(5, 3), chips=(2, 2))
    rng = np.random.default_rng(3)
    image = ChipImage.blank("mesh", spec, np.array([[0, 0], [9, 5], [4, 2], [5, 3]]))
    image.target_core[:] = rng.integers(-2, 4, (4, 4))
    core, neuron = np.nonzero(image.target_core >= 0)
    found = hops(image.core_xy, core, image.target_core[core, neuron])
    assert np.array_equal(hop_counts(image)[core, neuron], found)
