"""Spikes by neuron and by population: trains, counts and rasters are three views of one recording."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurocore.errors import RunError
from neurocore.recording import COUNTERS, DENSE_LIMIT, Probe, Recording, Spikes
from neurocore.verbs.running import run

CONFIGS = Path(__file__).parents[1] / "configs"


def recording(spikes: list[tuple[int, int, int]], *, cores: int = 3, start: int = 5, ticks: int = 20) -> Recording:
    table = np.array(sorted(set(spikes)), np.int64).reshape(-1, 3)
    return Recording(
        start_tick=start,
        ticks=ticks,
        spikes=Spikes(table[:, 0], table[:, 1].astype(np.int32), table[:, 2].astype(np.int32)),
        counters=np.zeros((cores, len(COUNTERS)), np.int64),
        tick_counters=np.zeros((ticks, len(COUNTERS)), np.int64),
        probe=Probe.none(),
        probe_tick=np.zeros(0, np.int64),
        potential=np.zeros((0, 0), np.int32),
        seed=0,
        wall_s=0.0,
    )


@given(st.lists(st.tuples(st.integers(5, 24), st.integers(0, 2), st.integers(0, 7)), max_size=60))
def test_trains_counts_and_raster_agree(spikes):
    found = recording(spikes)
    dense, count, trains = found.to_dense(8), found.count(8), found.spike_trains()
    assert dense.shape == (20, 3, 8) and dense.dtype == np.bool_
    assert {(5 + t, c, n) for t, c, n in np.argwhere(dense).tolist()} == set(spikes)
    np.testing.assert_array_equal(count, dense.sum(axis=0))
    assert list(trains) == sorted({(core, neuron) for _, core, neuron in spikes})
    for (core, neuron), ticks in trains.items():
        np.testing.assert_array_equal(ticks, np.flatnonzero(dense[:, core, neuron]) + 5)


def test_part_of_a_raster():
    found = recording([(5, 0, 0), (9, 1, 3), (24, 2, 7)])
    assert np.argwhere(found.to_dense(8, start=8, stop=10)).tolist() == [[1, 1, 3]]
    assert found.to_dense(8, start=9, stop=9).shape == (0, 3, 8)


def test_a_core_with_more_neurons_must_be_named():
    found = recording([(5, 0, 300)])
    with pytest.raises(RunError, match="neuron 300 of a core fired, a core is said to have 256"):
        found.count()
    assert found.count(512)[0, 300] == 1


def test_a_raster_too_large_is_refused_before_it_is_made():
    found = replace(recording([(5, 0, 0)]), ticks=2**40)
    with pytest.raises(RunError, match=r"768 neurons x 1,099,511,627,776 ticks would take 768\.0 TiB\n  fix: allowed"):
        found.to_dense()
    assert DENSE_LIMIT == 2**30
    for start, stop in ((-1, 3), (7, 6)):
        with pytest.raises(RunError, match="are none"):
            found.to_dense(start=start, stop=stop)


def test_spikes_of_a_population_are_those_of_its_first_instances():
    """recurrent.yaml copies neurons: each is read once. The logical network says what is right."""
    from neurocore.emulator.logical import run_logical
    from neurocore.emulator.stimulus import input_spikes
    from neurocore.formats.network_yaml import read_network
    from neurocore.mapper.pipeline import compile_network

    network = read_network(CONFIGS / "recurrent.yaml")
    compiled = compile_network(network)
    logical = run_logical(compiled.graph, compiled.image.spec, input_spikes(network, 60), 60, seed=network.seed)
    result = run(network, ticks=60)
    assert len(result.image.logical.instance_logical) > len(np.unique(result.image.logical.instance_logical))
    for group in compiled.graph.populations:
        found = result.spikes_of(group.name)
        mine = (logical.neuron >= group.start) & (logical.neuron < group.stop)
        right = sorted(zip(logical.tick[mine].tolist(), (logical.neuron[mine] - group.start).tolist(), strict=True))
        assert list(zip(found.tick.tolist(), found.neuron.tolist(), strict=True)) == right
        assert len(found) == len(right) > 0
        dense = found.to_dense()
        assert dense.shape == (60, group.size)
        np.testing.assert_array_equal(found.count(), dense.sum(axis=0).reshape(group.shape))
        assert [train.tolist() for train in found.spike_trains()] == [np.flatnonzero(row).tolist() for row in dense.T]
        assert len(found.pruned) == 0


def test_pruned_neurons_are_named_and_unknown_populations_refused(tmp_path):
    (tmp_path / "n.yaml").write_text(
        "neurocore: 1\nname: n\ninputs: {i: {shape: 2}}\n"
        "populations: {seen: {shape: 2}, half: {shape: 4}, lost: {shape: 3}}\n"
        "projections:\n"
        "  - {from: i, to: half, pattern: all_to_all, weight: 1}\n"
        "  - {from: half, to: seen, pattern: list, synapses: [[1, 0, 1], [3, 1, 1]]}\n"
        "  - {from: i, to: lost, pattern: all_to_all, weight: 1}\n"
        "outputs: [seen]\nrun: {ticks: 10, stimulus: {i: {regular: {period: 2}}}}\n"
    )
    result = run(tmp_path / "n.yaml")
    half = result.spikes_of("half")
    assert half.pruned.tolist() == [0, 2]
    assert half.count().tolist() == [0, 5, 0, 5]
    with pytest.raises(RunError, match="population 'lost' was pruned"):
        result.spikes_of("lost")
    with pytest.raises(RunError, match="no population named 'sen'\n  fix: did you mean 'seen'?"):
        result.spikes_of("sen")
    assert "2 pruned" in half._repr_html_()


def test_an_imported_chip_has_no_populations():
    from neurocore.workloads.characterisation import characterisation

    result = run(characterisation(grid=(1, 1), rate_hz=200), ticks=20)
    with pytest.raises(RunError, match=r"it came already mapped: use recording\.spike_trains"):
        result.spikes_of("hidden")
    assert result.recording.count().sum() == len(result.recording.spikes) > 0
