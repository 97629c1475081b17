"""A network written as YAML reads back equal: random ones, the shipped ones, and every way to give a value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from network_strategies import networks

from neurocore.errors import ConfigError, NeurocoreError
from neurocore.formats.network_builder import NetworkBuilder
from neurocore.formats.network_writer import write_network
from neurocore.formats.network_yaml import read_network
from neurocore.network import Network

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))


def again(network: Network, folder: Path) -> Network:
    write_network(network, folder / "again.yaml")
    return read_network(folder / "again.yaml")


@settings(deadline=None, max_examples=examples(150))
@given(networks(stochastic=True))
def test_any_network_reads_back_equal(tmp_path_factory, network):
    found = again(network, tmp_path_factory.mktemp("networks"))
    assert found == network
    assert found.digest() == network.digest()


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_network_reads_back_equal(path, tmp_path):
    assert again(read_network(path), tmp_path) == read_network(path)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_what_was_left_out_stays_out(path, tmp_path):
    network = read_network(path)
    found = again(network, tmp_path)
    for name, population in network.populations.items():
        assert found.populations[name].neuron.model_fields_set == population.neuron.model_fields_set
    for one, other in zip(network.projections, found.projections, strict=True):
        assert one.model_fields_set == other.model_fields_set


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["null", "true", "No", "a.b", "_", "x-1", "NULL", "y", "e1", "on"]),
        st.integers(1, 5),
        min_size=1,
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
)
def test_names_and_texts_that_yaml_would_misread_are_quoted(tmp_path_factory, names, text):
    network = Network.model_validate(
        {
            "name": next(iter(names)),
            "description": text,
            "populations": {name: {"shape": size} for name, size in names.items()},
            "outputs": list(names),
        }
    )
    assert again(network, tmp_path_factory.mktemp("names")) == network


def large() -> NetworkBuilder:
    rng = np.random.default_rng(1)
    net = NetworkBuilder("large", chip={"preset": "tiny", "grid": [8, 8], "tick_s": 0.002})
    net.input("eyes", (20, 20), spikes=rng.integers(0, 400, (300, 2)))
    net.input("ears", 400, poisson={"rate_hz": rng.random(400) * 50})
    net.input("few", 3, spikes=[(0, 1), (5, 2)])
    net.input("shown", (4, 4), images={"values": rng.integers(0, 256, (3, 4, 4), np.uint8)})
    net.population("middle", 300, threshold=rng.integers(1, 9, 300), leak_reversal=rng.random(300) < 0.5)
    net.population("last", 4, quantize={"scale": 8.0}, threshold=np.array([1.5, 2.0, 1e-05, 3.25]), output=True)
    net.connect("eyes", "middle", weights=rng.integers(-1, 2, (400, 300)).astype(np.int8))
    net.connect("middle", "last", weights=rng.random((300, 4)).astype(np.float32))
    net.connect("few", "last", weights=np.eye(3, 4), delay=np.int64(3))
    return net


def test_large_arrays_go_into_one_file_beside_the_yaml(tmp_path):
    network = large().build(ticks=20)
    written = write_network(network, tmp_path / "net.yaml")
    assert {path.name for path in written} == {"net.yaml", "net.arrays.npz", "net.eyes.spikes.npz"}
    with np.load(tmp_path / "net.arrays.npz", allow_pickle=False) as arrays:
        assert set(arrays) == {
            "run.stimulus.ears.poisson.rate_hz",
            "run.stimulus.shown.images.values",
            "populations.middle.neuron.threshold",
            "populations.middle.neuron.leak_reversal",
            "projections.0.weights",
            "projections.1.weights",
        }
        assert arrays["projections.0.weights"].dtype == np.int8
    found = read_network(tmp_path / "net.yaml")
    assert found == network
    text = (tmp_path / "net.yaml").read_text()
    assert "chip: {preset: tiny, grid: [8, 8], tick_s: 0.002}" in text
    assert "threshold: [1.5, 2.0, 1e-05, 3.25]" in text


def test_equality_sees_every_value_and_not_how_it_was_given():
    def with_weights(weights, **more):
        populations = {"p": {"shape": 2}}
        projection = {"from": "p", "to": "p", "weights": weights} | more
        return Network.model_validate({"name": "n", "populations": populations, "projections": [projection]})

    plain = with_weights([[1, 2], [3, 4]])
    assert (
        plain
        == with_weights(np.array([[1, 2], [3, 4]], np.int8))
        == with_weights(np.array([[1, 2], [3, 4]], np.uint64))
    )
    assert plain == with_weights([[1, 2], [3, 4]], delay=1)  # the default
    assert plain != with_weights([[1, 2], [3, 5]])
    assert plain != with_weights([[1.0, 2], [3, 4]])  # floats need quantize
    assert plain != with_weights([[1, 2], [3, 4]], delay=2)
    assert plain != "a network"


def test_nothing_is_written_where_the_network_is_wrong_or_the_folder_missing(tmp_path):
    populations = {"p": {"shape": 2}}
    unknown = Network.model_validate({"name": "n", "populations": populations, "outputs": ["q"]})
    with pytest.raises(ConfigError, match="no population named 'q'"):
        write_network(unknown, tmp_path / "n.yaml")
    weights = np.full((20, 20), np.nan)
    projection = {"from": "p", "to": "p", "weights": weights}
    broken = Network.model_validate({"name": "n", "populations": populations, "projections": [projection]})
    with pytest.raises(NeurocoreError, match=r"projections\[0\]\.weights: an array of float64 cannot be written"):
        write_network(broken, tmp_path / "n.yaml")
    with pytest.raises(NeurocoreError, match="does not exist"):
        write_network(large().build(), tmp_path / "none" / "n.yaml")
    probes = [{"population": "p", "neurons": list(range(200_000))}]
    wide = Network.model_validate({"name": "n", "populations": populations, "run": {"probes": probes}})
    with pytest.raises(NeurocoreError, match="the YAML would have"):
        write_network(wide, tmp_path / "n.yaml")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["leak", "threshold", "initial_potential"])
def test_a_small_array_of_the_populations_shape_reads_back(tmp_path, key):
    builder = NetworkBuilder("small")
    builder.input("eyes", [2])
    builder.population("cells", (2, 3), **{key: np.arange(6).reshape(2, 3)}, output=True)
    builder.connect("eyes", "cells", pattern="all_to_all", weight=1)
    network = builder.build()
    assert again(network, tmp_path) == network


def test_arrays_that_are_alike_are_written_once(tmp_path):
    weights = np.arange(600).reshape(20, 30) % 5
    builder = NetworkBuilder("alike")
    builder.input("eyes", [20])
    for name, matrix in (("one", weights), ("two", weights.copy()), ("other", weights + 1)):
        builder.population(name, (30,), output=True)
        builder.connect("eyes", name, weights=matrix)
    network = builder.build()
    assert again(network, tmp_path) == network
    (path,) = tmp_path.glob("*.npz")
    with np.load(path, allow_pickle=False) as file:
        assert len(file.files) == 2
