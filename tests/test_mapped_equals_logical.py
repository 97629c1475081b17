"""The mapper changes nothing: every population and every copy spikes on the chip as in the network described."""

from __future__ import annotations

import numpy as np
import pytest
from examples import examples
from hypothesis import assume, given, settings
from network_strategies import networks, random_network

from neurocore.bits import unpack_words
from neurocore.emulator.engine import Emulator
from neurocore.emulator.logical import run_logical
from neurocore.emulator.stimulus import axon_events, input_spikes
from neurocore.errors import CapacityError, ConfigError
from neurocore.mapper.pipeline import Compiled, compile_network
from neurocore.network import Network
from neurocore.recording import Probe


def compiled_or_none(network: Network) -> Compiled | None:
    try:
        return compile_network(network)
    except (CapacityError, ConfigError):
        return None


def assert_mapped_equals_logical(network: Network, compiled: Compiled, ticks: int = 60) -> int:
    """Spikes and potentials of every instance. Returns the number of spikes."""
    image, graph = compiled.image, compiled.graph
    table = image.logical
    spikes = input_spikes(network, ticks)
    logical = run_logical(
        graph, network.chip, spikes, ticks, seed=network.seed, probe_neurons=tuple(range(graph.neuron_count))
    )
    probe = Probe(core=table.instance_core, neuron=table.instance_neuron)
    mapped = Emulator(image, seed=network.seed, threads=2).run(ticks, axon_events(image, spikes, ticks), probe=probe)
    np.testing.assert_array_equal(mapped.potential, logical.potential[:, table.instance_logical])
    logical_of = np.full(image.neuron_used.shape, -1)
    logical_of[table.instance_core, table.instance_neuron] = table.instance_logical
    copies = np.bincount(table.instance_logical, minlength=graph.neuron_count)[logical.neuron]
    wanted = np.stack([np.repeat(logical.tick, copies), np.repeat(logical.neuron, copies)])
    who = logical_of[mapped.spike_core, mapped.spike_neuron]
    found = np.stack([mapped.spike_tick, who])[:, who >= 0]  # relays are nobody's
    np.testing.assert_array_equal(found[:, np.lexsort(found[::-1])], wanted[:, np.lexsort(wanted[::-1])])
    return len(logical.tick)


def assert_limits_hold(compiled: Compiled) -> None:
    """One source per axon, one target per instance, everything within the chip's sizes."""
    image = compiled.image
    spec = image.spec
    assert image.cores <= spec.cores
    assert len(np.unique(image.core_xy, axis=0)) == image.cores
    assert (image.core_xy < np.array(spec.extent)).all() and (image.core_xy >= 0).all()
    assert (np.abs(image.weight) <= spec.weight_limit).all()
    inside = image.target_core >= 0
    arriving = np.stack([image.target_core[inside], image.target_axon[inside]], axis=1)
    pins = np.stack([image.logical.pin_core, image.logical.pin_axon], axis=1)
    every = np.concatenate([arriving, pins])
    assert len(np.unique(every, axis=0)) == len(every)
    rows = unpack_words(image.crossbar, spec.neurons).any(axis=2)
    assert rows.sum() == len(every) and rows[every[:, 0], every[:, 1]].all()


@settings(max_examples=examples(80), deadline=None, derandomize=True)
@given(networks(stochastic=False))
def test_deterministic_networks(network):
    compiled = compiled_or_none(network)
    assume(compiled is not None)
    assert_limits_hold(compiled)
    assert_mapped_equals_logical(network, compiled)


@settings(max_examples=examples(80), deadline=None, derandomize=True)
@given(networks(stochastic=True))
def test_stochastic_networks(network):
    compiled = compiled_or_none(network)
    assume(compiled is not None)
    assert_limits_hold(compiled)
    assert_mapped_equals_logical(network, compiled)


def test_most_random_networks_compile_and_spike():
    networks = [random_network(seed, stochastic=False) for seed in range(60)]
    found = [(network, compiled_or_none(network)) for network in networks]
    fitting = [(network, compiled) for network, compiled in found if compiled is not None]
    assert len(fitting) > 40
    assert sum(assert_mapped_equals_logical(network, compiled) > 0 for network, compiled in fitting) > 30


@pytest.mark.parametrize("seed", range(5))
def test_the_same_network_gives_the_same_bytes_and_stays_as_it_was(seed):
    network = random_network(seed, stochastic=False)
    before = network.model_dump_json()
    first, again = compile_network(network), compile_network(random_network(seed, stochastic=False))
    assert first.image.digest() == again.image.digest()
    assert network.model_dump_json() == before
