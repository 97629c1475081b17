"""The mapping report's numbers, counted again from the image; placement by the spikes of an earlier run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurocore.api import compile, run, verify
from neurocore.errors import NeurocoreError
from neurocore.image import OUTPUT_BASE
from neurocore.mapper.pipeline import compile_network
from neurocore.network import Network
from neurocore.verbs.profiling import profile_of
from tests.network_strategies import random_network


@pytest.mark.parametrize("seed", range(20))
def test_the_numbers_are_those_of_the_image(seed: int) -> None:
    try:
        compiled = compile_network(random_network(seed, stochastic=True))
    except NeurocoreError:
        pytest.skip("this network does not fit its chip")
    report, image, graph = compiled.report, compiled.image, compiled.described
    assert report.neurons == graph.neuron_count
    assert report.neurons_on_chip == image.neuron_used.sum()
    assert (
        report.neurons_on_chip == report.neurons - report.pruned + report.copies + report.relays + report.partial_sums
    )
    assert report.cores == image.cores >= report.bound
    assert report.crossbar_bits == np.bitwise_count(image.crossbar).sum()
    assert report.axons_on_chip == (image.crossbar != 0).any(axis=2).sum()
    assert report.fullest_neurons == image.neuron_used.sum(axis=1).max()
    assert report.pairs == len({*zip(graph.source.tolist(), graph.delay.tolist(), strict=True)})
    core, neuron = np.nonzero((image.target_core >= 0) & (image.neuron_used > 0))
    there = image.target_core[core, neuron]
    hops = np.abs(image.core_xy[core] - image.core_xy[there]).sum(axis=1)[core != there]
    assert report.packets == len(hops)
    assert report.hops_max == hops.max(initial=0)
    assert report.hops_mean * max(1, len(hops)) == pytest.approx(hops.sum())
    assert (image.target_core <= OUTPUT_BASE).sum() == sum(group.size for group in image.outputs)
    assert [note.stage for note in report.passes if note.stage != "split"] == [
        "expand",
        "prune",
        "realise",
        "partition",
        "place",
        "assemble",
    ]
    assert all(note.seconds >= 0 for note in report.passes)


def busy_and_quiet() -> Network:
    """A hub that sends to two groups of cores, of which one never gets a spike worth the way."""
    return Network.model_validate(
        {
            "name": "profiled",
            "chip": {"preset": "tiny", "axons": 20, "grid": [8, 8]},
            "inputs": {"loud": {"shape": 64}, "silent": {"shape": 64}},
            "populations": {name: {"shape": 64} for name in ("a", "b", "c", "d")},
            "projections": [
                {"from": "loud", "to": "a", "pattern": "one_to_one", "weight": 1},
                {"from": "silent", "to": "b", "pattern": "one_to_one", "weight": 1},
                {"from": "a", "to": "c", "pattern": "grouped", "groups": 4, "shuffle": True, "weight": 1},
                {"from": "b", "to": "c", "pattern": "grouped", "groups": 64, "shuffle": True, "weight": 1},
                {"from": "b", "to": "d", "pattern": "grouped", "groups": 4, "shuffle": True, "weight": 1},
            ],
            "outputs": ["c", "d"],
            "run": {"ticks": 50, "stimulus": {"loud": {"regular": {"period": 1}}}},
        }
    )


def test_a_profile_weighs_connections_by_spikes(tmp_path: Path) -> None:
    network = busy_and_quiet()
    folder = tmp_path / "run"
    run(network, out=folder, report=False)
    spikes = profile_of(folder, network)
    assert spikes[:64].min() > 40
    assert spikes[64:128].max() == 0
    blind, profiled = compile_network(network), compile_network(network, spikes=spikes)
    assert profiled.report.profiled
    assert profiled.report.packets > blind.report.packets

    def hops(compiled) -> int:
        image, table = compiled.image, compiled.image.logical
        core, slot = table.instance_core, table.instance_neuron
        there = image.target_core[core, slot]
        far = np.abs(image.core_xy[core] - image.core_xy[there]).sum(axis=1)
        return int((far * spikes[table.instance_logical])[there >= 0].sum())

    assert hops(profiled) < hops(blind)
    assert hops(profiled) == pytest.approx(profiled.report.hops_mean * profiled.report.packets)
    checked = compile(network, tmp_path / "profiled.npz", profile=folder)
    assert checked.image.digest() == profiled.image.digest()
    assert checked.as_dict()["mapping"]["profiled"]
    assert verify(tmp_path / "profiled.npz", ticks=20).passed


def test_a_profile_of_another_network_is_refused(tmp_path: Path) -> None:
    run(busy_and_quiet(), out=tmp_path / "run", report=False)
    other = Network.model_validate({"name": "n", "populations": {"p": {"shape": 3}}})
    with pytest.raises(NeurocoreError) as caught:
        compile(other, profile=tmp_path / "run")
    assert str(caught.value).endswith(
        "a run of a [64], b [64], c [64], d [64], the network has p [3]\n"
        "  fix: profile with a run of the same populations"
    )
    with pytest.raises(NeurocoreError, match="not a run folder"):
        compile(other, profile=tmp_path / "nothing")


def test_the_passes_are_told_in_order_as_they_begin() -> None:
    told: list[str] = []
    compiled = compile_network(random_network(3, stochastic=False), watch=told.append)
    assert told == ["expand", "prune", "realise", "partition", "place", "assemble"]
    assert [note.stage for note in compiled.notes] == told
