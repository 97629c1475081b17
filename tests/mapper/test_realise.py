"""Axon types and bits add up to the weights described, exactly, for every synapse; and take few axons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.arch import ChipSpec
from neurocore.errors import CapacityError
from neurocore.graph import Group, NeuronGraph
from neurocore.mapper import colouring
from neurocore.mapper.basis import combinations_of
from neurocore.mapper.colouring import by_colouring
from neurocore.mapper.incoming import incoming
from neurocore.mapper.lean import run_starts
from neurocore.mapper.realise import realise
from neurocore.mapper.wiring import Wiring
from neurocore.neuron import NeuronParameters


def graph_of(matrix: np.ndarray, stochastic: np.ndarray | None = None) -> NeuronGraph:
    """Input pins [source] -> neurons [target] with these weights."""
    sources, targets = matrix.shape
    i, j = np.nonzero(matrix)
    drawn = np.zeros(len(i), bool) if stochastic is None else stochastic[i, j].astype(bool)
    return NeuronGraph(
        name="matrix",
        populations=(Group(name="p", start=0, shape=(targets,)),),
        inputs=(Group(name="i", start=0, shape=(sources,)),),
        outputs=(),
        neurons=NeuronParameters.unused((targets,)),
        source=(targets + i).astype(np.int32),
        target=j.astype(np.int32),
        weight=matrix[i, j].astype(np.int32),
        delay=np.ones(len(i), np.uint8),
        stochastic=drawn,
    )


def graph_of_both(plain: np.ndarray, drawn: np.ndarray) -> NeuronGraph:
    """As graph_of, with deterministic synapses and stochastic ones, which may join the same two neurons."""
    one, other = graph_of(plain), graph_of(drawn, np.ones_like(drawn))
    parts = {
        name: np.concatenate([getattr(one, name), getattr(other, name)])
        for name in ("source", "target", "weight", "delay", "stochastic")
    }
    order = np.lexsort([parts[name] for name in ("weight", "stochastic", "target", "delay", "source")])
    return replace(one, **{name: column[order] for name, column in parts.items()})


def rebuilt(graph: NeuronGraph, wiring: Wiring) -> tuple[np.ndarray, np.ndarray]:
    """The weights that the bits add up to, [source, target]: deterministic and stochastic parts."""
    targets, sources = graph.neuron_count, graph.pin_count
    plain, drawn = np.zeros((2, sources, targets), np.int64)
    for target in range(targets):
        for axon in wiring.reads[wiring.start[target] : wiring.start[target + 1]]:
            kind, source = wiring.axon_type[axon], wiring.axon_source[axon] - targets
            by_chance = wiring.stochastic[target] >> kind & 1
            if by_chance:
                assert drawn[source, target] == 0, "a sum of several would draw several times"
            (drawn if by_chance else plain)[source, target] += wiring.weight[target, kind]
    return plain, drawn


def axons(matrix: np.ndarray, **spec: int) -> int:
    wiring, _ = realise(graph_of(matrix), ChipSpec(**spec))
    plain, drawn = rebuilt(graph_of(matrix), wiring)
    np.testing.assert_array_equal(plain, matrix)
    assert not drawn.any()
    return len(wiring.axon_source)


@st.composite
def matrices(draw: st.DrawFn) -> np.ndarray:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (draw(st.integers(1, 10)), draw(st.integers(1, 6)))
    values = draw(st.sampled_from(["ternary", "4 bits", "few", "9 bits", "signs by source", "one per neuron", "types"]))
    match values:
        case "ternary":
            matrix = rng.integers(-1, 2, shape)
        case "4 bits":
            matrix = rng.integers(-8, 8, shape)
        case "few":
            matrix = rng.choice([0, 3, -7, 100], shape)
        case "9 bits":
            matrix = rng.integers(-255, 256, shape)
        case "signs by source":
            matrix = rng.choice([-1, 1], (shape[0], 1)) * rng.integers(1, 200, (1, shape[1]))
        case "types":
            own = rng.integers(-255, 256, (shape[1], 4))
            matrix = own[:, rng.integers(0, 4, shape[0])].T
        case _:
            matrix = rng.integers(0, 2, shape) * rng.integers(-255, 256, (1, shape[1]))
    return matrix * (rng.random(shape) < 0.8)


@settings(max_examples=examples(150), deadline=None, derandomize=True)
@given(matrices(), st.integers(2, 8))
def test_every_weight_is_exact(matrix, axon_types):
    values = max((len(np.unique(column[column != 0])) for column in matrix.T), default=0)
    try:
        wiring, _ = realise(graph_of(matrix), ChipSpec(axon_types=axon_types))
    except CapacityError:
        assert axon_types < 4 and values > axon_types
        return
    plain, drawn = rebuilt(graph_of(matrix), wiring)
    np.testing.assert_array_equal(plain, matrix)
    assert not drawn.any()
    assert np.abs(wiring.weight).max(initial=0) <= 255


@settings(max_examples=examples(60), deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_stochastic_weights_keep_a_type_of_their_own_and_a_single_bit(seed):
    rng = np.random.default_rng(seed)
    shape = (6, 4)
    by_chance = rng.random(shape) < 0.4
    strength = rng.integers(1, 256, (1, 4))
    matrix = np.where(by_chance, strength, rng.integers(-2, 3, shape))
    graph = graph_of(matrix, by_chance)
    wiring, _ = realise(graph, ChipSpec())
    plain, drawn = rebuilt(graph, wiring)
    np.testing.assert_array_equal(plain, np.where(by_chance, 0, matrix))
    np.testing.assert_array_equal(drawn, np.where(by_chance, matrix, 0))


@settings(max_examples=examples(100), deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_a_deterministic_and_a_stochastic_synapse_may_join_the_same_neurons(seed):
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(1, 5)), int(rng.integers(1, 4)))
    plain = rng.choice([0, 1, 5], shape)
    drawn = rng.integers(1, 256, (1, shape[1])) * (rng.random(shape) < 0.5)
    graph = graph_of_both(plain, drawn)
    wiring, _ = realise(graph, ChipSpec())
    for found, wanted in zip(rebuilt(graph, wiring), (plain, drawn), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_one_axon_per_source_where_sources_group_by_type():
    excitatory, inhibitory = np.full((30, 1), 1), np.full((10, 1), -1)
    strength = np.arange(1, 9)[None, :]
    assert axons(np.concatenate([excitatory * strength, inhibitory * strength * 3])) == 40
    assert axons(np.full((20, 5), 7)) == 20


def test_two_axons_per_source_for_ternary_weights():
    rng = np.random.default_rng(0)
    matrix = rng.choice([-1, 0, 1], (64, 64))
    assert axons(matrix) == 128
    assert axons(matrix * np.arange(1, 65)[None, :]) == 128


def test_at_most_four_axons_per_source_for_four_bit_weights():
    matrix = np.random.default_rng(0).integers(-8, 8, (64, 64))
    assert axons(matrix) <= 256


def test_two_axons_where_weights_are_sums():
    """1, 2 and 3 = 1 + 2."""
    matrix = np.random.default_rng(0).integers(1, 4, (20, 30))
    assert axons(matrix) == 40


@settings(max_examples=examples(100), deadline=None, derandomize=True)
@given(
    st.lists(st.integers(-9, 9).filter(bool), min_size=1, max_size=4, unique=True),
    st.lists(st.integers(-60, 60).filter(bool), min_size=1, max_size=12, unique=True),
)
def test_combinations_add_up_and_are_as_short_as_can_be(basis, values):
    found = combinations_of(tuple(basis), np.array(values))
    reach = {0: 0}
    front = {0}
    for count in range(1, 33):
        front = {at + step for at in front for step in basis if abs(at + step) <= 120} - reach.keys()
        reach |= dict.fromkeys(front, count)
    if found is None:
        assert any(value not in reach for value in values)
        return
    np.testing.assert_array_equal(found.astype(int) @ np.array(basis), values)
    assert all(found[k].sum() <= reach[value] for k, value in enumerate(values) if value in reach)


def test_more_stochastic_weights_than_types_are_refused():
    matrix = np.arange(1, 6)[:, None] * 10
    with pytest.raises(CapacityError) as caught:
        realise(graph_of(matrix, np.ones_like(matrix)), ChipSpec())
    assert str(caught.value) == (
        "populations.p: p[0] has 5 different incoming weights, and they are not sums of few values; a core has 4 "
        "axon types, so a neuron has 4 weights\n  fix: fewer different weights: quantize more coarsely, or spread "
        "stochastic synapses over more neurons"
    )
    assert (caught.value.constraint, caught.value.needs, caught.value.has) == ("axon types", 5, 4)


def test_sources_with_types_of_their_own_need_one_axon_each():
    """As in IBM's corelets: every neuron has four weights, every source picks one of them for all neurons."""
    rng = np.random.default_rng(4)
    for _ in range(5):
        own = rng.integers(-255, 256, (50, 4))
        matrix = own[:, rng.integers(0, 4, 60)].T * (rng.random((60, 50)) < 0.9)
        assert axons(matrix) == 60


def test_compiled_and_plain_colouring_agree(monkeypatch):
    rng = np.random.default_rng(5)
    graph = graph_of(rng.integers(-2, 3, (30, 3)) * (rng.random((30, 3)) < 0.3))
    synapses = incoming(graph, graph.populations[0], run_starts(graph.source, graph.delay))
    plain = by_colouring(synapses, 4)
    monkeypatch.setattr(colouring, "COMPILE_FROM", 0)
    assert plain is not None
    np.testing.assert_array_equal(plain, by_colouring(synapses, 4))


def test_populations_agree_on_types():
    """The same sources with the same roles for two populations, of which one calls its types the other way round."""
    rng = np.random.default_rng(6)
    first = rng.choice([-2, 7], (40, 1)) * np.ones((1, 5), np.int64)
    second = np.where(first == 7, -9, 3)
    both = np.concatenate([first, second], axis=1).astype(np.int64)
    graph = graph_of(both)
    groups = (Group(name="p", start=0, shape=(5,)), Group(name="q", start=5, shape=(5,)))
    wiring, _ = realise(replace(graph, populations=groups), ChipSpec())
    assert len(wiring.axon_source) == 40
    np.testing.assert_array_equal(rebuilt(graph, wiring)[0], both)


@settings(max_examples=examples(80), deadline=None, derandomize=True)
@given(matrices(), st.integers(0, 2**32), st.integers(4, 7))
def test_reordered_types_stay_exact(matrix, seed, axon_types):
    """Several populations, stochastic synapses among the weights: each order of types adds up to the same weights."""
    rng = np.random.default_rng(seed)
    matrix = np.clip(matrix, -3, 3)
    drawn = (rng.random(matrix.shape) < 0.2) & (matrix == 1)
    cuts = np.unique([0, *rng.integers(0, matrix.shape[1], 2), matrix.shape[1]])
    groups = tuple(
        Group(name=f"p{low}", start=int(low), shape=(int(high - low),))
        for low, high in zip(cuts[:-1], cuts[1:], strict=True)
    )
    graph = replace(graph_of(matrix, drawn), populations=groups)
    try:
        wiring, _ = realise(graph, ChipSpec(axon_types=axon_types))
    except CapacityError:
        return
    plain, chance = rebuilt(graph, wiring)
    np.testing.assert_array_equal(plain, np.where(drawn, 0, matrix))
    np.testing.assert_array_equal(chance, np.where(drawn, matrix, 0))
