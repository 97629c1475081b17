"""Networks built in Python: the same as in YAML, and mistakes told as well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurocore.errors import ConfigError
from neurocore.formats.network_builder import NetworkBuilder
from neurocore.formats.network_yaml import read_network
from neurocore.verbs.running import run

HELLO = Path(__file__).parents[2] / "configs/hello.yaml"


def hello() -> NetworkBuilder:
    net = NetworkBuilder("hello", seed=1)
    pixels = net.input("pixels", 16, poisson={"rate_hz": 100})
    features = net.population("features", 8, threshold=3, reset="linear", leak=-1, floor=0)
    readout = net.population("readout", 2, threshold=4, floor=-8, output=True)
    net.connect(pixels, features, pattern="random", fan_in=8, weight=1)
    net.connect(features, readout, weights=np.repeat([[2, -1], [-1, 2]], 4, axis=0))
    net.connect(readout, readout, weights=np.array([[0, -4], [-4, 0]]), delay=2)
    net.probe(readout, stop=200)
    return net


def test_a_network_built_is_the_network_described():
    network = hello().build(ticks=1000)
    assert network == read_network(HELLO)
    assert run(network, ticks=50).recording.spike_tick.tolist() == run(HELLO, ticks=50).recording.spike_tick.tolist()


def test_the_builder_goes_on_without_changing_what_it_built():
    net = hello()
    first = net.build()
    net.population("more", 4)
    net.connect("readout", "more", pattern="all_to_all", weight=1)
    net.classify("readout", classes=2, labels=np.array([0, 1]), latency=1)
    second = net.build()
    assert set(second.populations) - set(first.populations) == {"more"}
    assert (len(first.projections), len(second.projections)) == (3, 4)
    assert first.run.classify is None and second.run.classify is not None


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda net: net.population("x", 2, treshold=3),
            "populations.x.neuron.treshold: unknown key 'treshold'\n  fix: did you mean 'threshold'?",
        ),
        (lambda net: net.population("x", 2, threshold="3"), "populations.x.neuron.threshold: found '3'"),
        (lambda net: net.population("x", 0), "populations.x.shape: 0 is out of range"),
        (lambda net: net.population("readout", 2), "populations.readout: there is already something named 'readout'"),
        (lambda net: net.input("features", 2), "inputs.features: there is already something named 'features'"),
        (
            lambda net: net.input("x", 2, poison={}),
            "run.stimulus.x.poison: unknown key 'poison'\n  fix: did you mean 'poisson'?",
        ),
        (lambda net: net.connect("pixels", "readout"), "projections[3]: pattern 'matrix' needs 'weights'"),
        (lambda net: net.connect("pixels", "readout", weights=[[1]], delay=True), "projections[3].delay: found true"),
        (lambda net: net.probe("readout", every=2), "run.probes[1].every: unknown key 'every'"),
        (lambda net: net.classify("readout", labels=[0]), "run.classify: the key 'latency' is missing"),
    ],
)
def test_a_mistake_is_told_where_it_is_made(call, said):
    net = hello()
    with pytest.raises(ConfigError) as raised:
        call(net)
    assert str(raised.value).startswith(said)
    assert net.build() == hello().build()


def test_names_are_checked_when_all_is_there():
    net = hello()
    net.connect("pixel", "readout", pattern="all_to_all", weight=1)
    with pytest.raises(ConfigError, match="no population or input named 'pixel'\n  fix: did you mean 'pixels'?"):
        net.build()
    with pytest.raises(ConfigError, match="no chip preset named 'tinny'"):
        NetworkBuilder("x", chip="tinny").build()
    with pytest.raises(ConfigError, match="2 neurons"):
        net = NetworkBuilder("x")
        net.population("p", 2, output=True)
        net.classify("p", classes=3, labels=[0], latency=1)
        net.build()
