"""Packing: limits hold, compiled = plain, sharing beats order; pruning drops exactly what influences nothing."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.mapper import overlap, packing
from neurocore.mapper.pipeline import compile_network
from neurocore.mapper.prune import prune
from neurocore.network import Network

Case = tuple[np.ndarray, np.ndarray, np.ndarray, int, int, int]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """start, reads, slots, axon kinds, axons and neurons of a core."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kinds, neurons = int(rng.integers(1, 40)), int(rng.integers(1, 40))
    axons = int(rng.integers(1, 20))
    fan_in = rng.integers(0, min(axons, kinds) + 1, neurons)
    reads = [np.sort(rng.permutation(kinds)[:count]) for count in fan_in]
    slots = rng.integers(1, 4, neurons)
    start = np.concatenate([[0], np.cumsum(fan_in)])
    return start, np.concatenate(reads).astype(np.int32), slots, kinds, axons, int(rng.integers(3, 20))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(cases(), st.sampled_from([packing.pack, overlap.pack_by_overlap]))
def test_every_core_keeps_its_limits_and_every_neuron_finds_its_axons(case, pack):
    start, reads, slots, kinds, axons, neurons = case
    order = np.arange(len(slots))
    core, pair_core, pair_axon = pack(order, start, reads, slots, kinds, axons, neurons)
    assert core.min() == 0 and (np.bincount(core) > 0).all()
    assert np.bincount(core, weights=slots).max() <= neurons
    pairs = {(int(c), int(a)) for c, a in zip(pair_core, pair_axon, strict=True)}
    assert len(pairs) == len(pair_core)
    assert pairs == {(int(core[n]), int(a)) for n in order for a in reads[start[n] : start[n + 1]]}
    assert len(pair_core) == 0 or np.bincount(pair_core).max() <= axons


@settings(max_examples=30, deadline=None, derandomize=True)
@given(cases())
def test_compiled_and_plain_packing_agree(case):
    start, reads, slots, kinds, axons, neurons = case
    order = np.arange(len(slots))
    for module, name in ((packing, "pack"), (overlap, "pack_by_overlap")):
        before = module.COMPILE_FROM
        try:
            results = []
            for module.COMPILE_FROM in (0, 10**9):
                results.append(getattr(module, name)(order, start, reads, slots, kinds, axons, neurons))
        finally:
            module.COMPILE_FROM = before
        for plain, compiled in zip(*results, strict=True):
            np.testing.assert_array_equal(plain, compiled)
    assert numba


def shuffled_blocks() -> Network:
    """Eight blocks of neurons that share their sources, described in shuffled order."""
    rng = np.random.default_rng(0)
    matrix = np.zeros((128, 128), int)
    for block in range(8):
        matrix[block * 16 : (block + 1) * 16, block * 16 : (block + 1) * 16] = 1
    return Network.model_validate(
        {
            "name": "n",
            "chip": {"preset": "tiny", "grid": [16, 16]},
            "inputs": {"i": {"shape": 128}},
            "populations": {"p": {"shape": 128}},
            "projections": [{"from": "i", "to": "p", "weights": matrix[:, rng.permutation(128)]}],
        }
    )


def test_neurons_that_share_sources_share_cores_whatever_the_order():
    network = shuffled_blocks()
    assert compile_network(network).image.cores == 8
    linear = network.model_copy(update={"mapping": network.mapping.model_copy(update={"packing": "linear"})})
    assert compile_network(linear).image.cores > 60


def chain(outputs: list[str], **mapping: bool) -> Network:
    return Network.model_validate(
        {
            "name": "n",
            "inputs": {"i": {"shape": 1}},
            "populations": {name: {"shape": 3} for name in "abcd"},
            "projections": [
                {"from": source, "to": target, "pattern": "all_to_all", "weight": 1}
                for source, target in (("i", "a"), ("a", "b"), ("b", "c"), ("b", "d"), ("d", "d"))
            ],
            "outputs": outputs,
            "mapping": mapping,
        }
    )


@pytest.mark.parametrize(
    ("outputs", "watched", "kept"),
    [(["c"], (), "abc"), (["c"], ("d",), "abcd"), ([], (), "abcd"), (["a"], (), "a"), (["d"], (), "abd")],
)
def test_what_reaches_no_output_and_no_probe_is_dropped(outputs, watched, kept):
    graph = compile_network(chain(outputs, prune=False)).graph
    left, stays, note = prune(graph, watched)
    assert [bool(stays[3 * k]) for k in range(4)] == [name in kept for name in "abcd"]
    assert not np.isin(left.target, np.flatnonzero(~stays)).any()
    assert note.facts["neurons"] == 12 - 3 * len(kept)


def test_pruning_can_be_turned_off():
    assert (
        compile_network(chain(["a"])).image.neuron_used.sum()
        < compile_network(chain(["a"], prune=False)).image.neuron_used.sum()
    )
