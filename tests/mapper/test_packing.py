"""Packing: limits hold, compiled = plain, sharing beats order; pruning drops exactly what influences nothing."""

from __future__ import annotations

import sys
from dataclasses import fields

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.errors import NeurocoreError
from neurocore.mapper import overlap, packing, partition
from neurocore.mapper.pipeline import compile_network
from neurocore.mapper.prune import prune
from neurocore.mapper.topology import strong_components
from neurocore.network import Network
from neurocore.verbs.verifying import verify


@st.composite
def tasks(draw: st.DrawFn) -> packing.Task:
    """Random neurons that read random axons, some of which carry the spikes of these neurons."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kinds, neurons = int(rng.integers(1, 40)), int(rng.integers(1, 40))
    axons = int(rng.integers(1, 20))
    fan_in = rng.integers(0, min(axons, kinds) + 1, neurons)
    reads = [np.sort(rng.permutation(kinds)[:count]) for count in fan_in]
    slots = int(rng.integers(3, 20))
    order = rng.permutation(neurons)[: int(rng.integers(1, neurons + 1))]
    return packing.Task(
        order=order,
        block=np.sort(rng.integers(0, len(order), len(order))),
        start=np.concatenate([[0], np.cumsum(fan_in)]),
        reads=np.concatenate(reads).astype(np.int32),
        axon_source=rng.integers(0, 2 * neurons, kinds).astype(np.int32),
        outputs=rng.integers(0, 2, neurons),
        room=rng.integers(1, 4, neurons),
        most=np.minimum(slots, rng.choice([1, 3, 100], neurons)),
        axons=axons,
        neurons=slots,
        zone=rng.integers(0, int(rng.integers(1, 4)), neurons).astype(np.int32),
    )


@settings(max_examples=examples(150), deadline=None, derandomize=True)
@given(tasks(), st.sampled_from([packing.pack, overlap.pack_by_overlap]))
def test_every_core_keeps_its_limits_and_every_neuron_finds_its_axons(task, pack):
    done = pack(task)
    core = done.core[task.order]
    assert (done.core >= 0).sum() == len(task.order)
    assert core.min() == 0 and (np.bincount(core) > 0).all()
    assert np.bincount(core, weights=done.reserved[task.order]).max() <= task.neurons
    assert len(set(zip(core.tolist(), task.zone[task.order].tolist(), strict=True))) == core.max() + 1
    assert (done.reserved[task.order] <= np.maximum(task.most[task.order], 1)).all()
    pairs = {(int(c), int(a)) for c, a in zip(done.pair_core, done.pair_axon, strict=True)}
    assert len(pairs) == len(done.pair_core)
    wanted = {(int(done.core[n]), int(a)) for n in task.order for a in task.reads[task.start[n] : task.start[n + 1]]}
    assert pairs == wanted
    assert len(pairs) == 0 or np.bincount(done.pair_core).max() <= task.axons
    driven = task.outputs.copy()
    for _, axon in pairs:
        if task.axon_source[axon] < len(driven):
            driven[task.axon_source[axon]] += 1
    np.testing.assert_array_equal(done.driven, driven)


@settings(max_examples=examples(100), deadline=None, derandomize=True)
@given(tasks())
def test_blocks_that_fit_a_core_stay_in_one(task):
    done = packing.pack(task)
    for block in np.unique(task.block):
        members = task.order[task.block == block]
        axons = {int(a) for n in members for a in task.reads[task.start[n] : task.start[n + 1]]}
        slots = np.minimum(np.maximum(done.driven[members], task.room[members]), task.most[members]).sum()
        if len(axons) <= task.axons and slots <= task.neurons and len(np.unique(task.zone[members])) == 1:
            assert len(set(done.core[members].tolist())) == 1


@settings(max_examples=examples(30), deadline=None, derandomize=True)
@given(tasks())
def test_compiled_and_plain_packing_agree(task):
    for module, name in ((packing, "pack"), (overlap, "pack_by_overlap")):
        before = module.COMPILE_FROM
        try:
            results = []
            for module.COMPILE_FROM in (0, 10**9):
                results.append(getattr(module, name)(task))
        finally:
            module.COMPILE_FROM = before
        for field in fields(packing.Packed):
            np.testing.assert_array_equal(*(getattr(result, field.name) for result in results))


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


@pytest.mark.parametrize("seed", range(40))
def test_targets_come_before_sources_where_there_are_no_loops(seed):
    rng = np.random.default_rng(seed)
    nodes = int(rng.integers(1, 9))
    feeds: list[set[int]] = [set() for _ in range(nodes)]
    for source, target in rng.integers(0, nodes, (int(rng.integers(0, 14)), 2)).tolist():
        feeds[source].add(target)
    components = strong_components(feeds)
    assert sorted(node for component in components for node in component) == list(range(nodes))
    reach = np.eye(nodes, dtype=bool)
    for source, targets in enumerate(feeds):
        reach[source, list(targets)] = True
    for middle in range(nodes):
        reach |= np.outer(reach[:, middle], reach[middle])
    place = {node: k for k, component in enumerate(components) for node in component}
    for source in range(nodes):
        for target in range(nodes):
            assert (place[source] == place[target]) == (reach[source, target] and reach[target, source])
            if reach[source, target]:
                assert place[target] <= place[source]


def test_a_convolution_comes_out_as_tiles():
    """8 channels with 3 x 3 ternary kernels: tiles of 2 x 2 pixels fill a core's 256 axons and 256 neurons exactly."""
    rng = np.random.default_rng(0)
    signs = [rng.choice([-1, 1], (8, channels, 3, 3)) for channels in (1, 8)]
    network = Network.model_validate(
        {
            "name": "n",
            "inputs": {"i": {"shape": [16, 16]}},
            "populations": {"a": {"shape": [8, 16, 16]}, "b": {"shape": [8, 16, 16]}},
            "projections": [
                {"from": "i", "to": "a", "pattern": "conv2d", "padding": 1, "weights": signs[0]},
                {"from": "a", "to": "b", "pattern": "conv2d", "padding": 1, "weights": signs[1]},
            ],
            "outputs": ["b"],
        }
    )
    result = compile_network(network)
    facts = {note.stage: note.facts for note in result.notes}
    assert str(facts["partition"]["packing"]).startswith("tiles")
    assert result.image.cores <= 2 * 8 * 8


def test_overlap_packing_is_left_out_where_it_would_look_at_very_many_readers(monkeypatch):
    described = {
        "name": "wide",
        "inputs": {"pixels": {"shape": [1, 6, 6]}},
        "populations": {"a": {"shape": [40, 3, 3]}, "b": {"shape": [8, 3, 3]}},
        "projections": [
            {"from": "pixels", "to": "a", "pattern": "conv2d", "weights": np.ones((40, 1, 2, 2), int), "stride": 2},
            {"from": "a", "to": "b", "pattern": "conv2d", "weights": np.ones((8, 40, 1, 1), int)},
        ],
        "outputs": ["b"],
        "run": {"ticks": 4, "stimulus": {"pixels": {"regular": {"period": 1}}}},
    }
    network = Network.model_validate(described)
    usual = compile_network(network).image
    seen = []
    monkeypatch.setitem(
        partition.PACKINGS, "overlap", (lambda task: seen.append(1) or overlap.pack_by_overlap(task), 0)
    )
    compile_network(network)
    tried = len(seen)
    monkeypatch.setattr(partition, "LARGE", 1)
    assert compile_network(network).image.cores <= usual.cores and len(seen) == 2 * tried > 0
    monkeypatch.setattr(partition, "MOST_READERS", 100)
    assert compile_network(network).image.cores <= usual.cores and len(seen) == 2 * tried
    asked = network.model_copy(update={"mapping": network.mapping.model_copy(update={"packing": "overlap"})})
    compile_network(asked)
    assert len(seen) > 2 * tried  # asked for, it is done


def test_packing_along_a_graph_partition_needs_pymetis(monkeypatch):
    network = shuffled_blocks()
    by_metis = network.model_copy(update={"mapping": network.mapping.model_copy(update={"packing": "metis"})})
    monkeypatch.setitem(sys.modules, "pymetis", None)
    with pytest.raises(NeurocoreError) as caught:
        compile_network(by_metis)
    assert str(caught.value) == (
        "mapping.packing 'metis' needs the package pymetis\n  fix: pip install 'neurocore[metis]', or packing: auto"
    )


def test_packing_along_a_graph_partition_is_exact():
    pytest.importorskip("pymetis", reason="pymetis is not installed")
    network = shuffled_blocks()
    by_metis = network.model_copy(update={"mapping": network.mapping.model_copy(update={"packing": "metis"})})
    first, second = compile_network(by_metis), compile_network(by_metis)
    assert first.image.digest() == second.image.digest()
    assert first.image.cores <= 12
    assert verify(by_metis, ticks=20).passed
