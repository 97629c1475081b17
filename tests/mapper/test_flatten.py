"""A compiled chip, mapped again: the same output spikes, whatever modes, copies, relays and merging axons it has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from examples import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from trace_cases import data

from neurocore.arch import PRESETS
from neurocore.emulator.backends import run
from neurocore.emulator.outputs import output_spikes
from neurocore.errors import NeurocoreError
from neurocore.formats.ibm_corelet import read_model
from neurocore.formats.ibm_spikes import read_spikes
from neurocore.graph import Group
from neurocore.image import OUTPUT_BASE, ChipImage
from neurocore.mapper.flatten import flatten
from neurocore.mapper.pipeline import compile_network
from neurocore.network import Network
from neurocore.spikes import AxonEvents
from neurocore.verbs.remapping import remap
from tests.network_strategies import random_network


@settings(max_examples=examples(40), deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.booleans())
def test_a_network_mapped_twice_has_the_same_output_spikes(seed: int, stochastic: bool) -> None:
    network = random_network(seed, stochastic)
    network = network.model_copy(update={"outputs": list(network.populations)})
    try:
        image = compile_network(network).image
    except NeurocoreError:
        assume(False)
    result = remap(image, ticks=50, seed=seed, mapping=network.mapping)
    assert result.check.wrong == 0
    again = remap(result.image, ticks=50, seed=seed)
    assert again.passed
    assert again.check.spikes == result.check.spikes


CASES = [
    ("patternMatch", "patternMatch_inputSpikes.sfti", 48, 24, 1),
    ("mnist_neil2", "mnist_neil2_spikes.sfci", 1000, 118_086, 5),
]


@pytest.mark.parametrize(("model", "spikes", "ticks", "count", "cores"), CASES, ids=[case[0] for case in CASES])
def test_ibms_models_need_no_more_cores_than_ibm_gave_them(model, spikes, ticks, count, cores, tmp_path):
    before, _ = read_model(data("nscs", f"{model}.json"))
    events = read_spikes(data("nscs", spikes))
    result = remap(before, tmp_path / "again.npz", input=events, ticks=ticks)
    assert result.passed
    assert result.check.spikes == count
    assert result.image.cores == cores <= before.cores
    assert result.report.bound == cores


def two_cores(delay: int, weight: int = 1) -> ChipImage:
    """Two neurons of core 0, each hearing an axon of its own, drive axon 3 of core 1, whose neuron 0 is an output."""
    spec = PRESETS["tiny"]
    image = ChipImage.blank("merging", spec, np.array([[0, 0], [1, 0]], np.int32))
    for neuron in range(2):
        image.neuron_used[0, neuron] = 1
        image.crossbar[0, neuron, 0] |= np.uint64(1 << neuron)
        image.weight[0, neuron, 0] = weight
        image.target_core[0, neuron], image.target_axon[0, neuron], image.delay[0, neuron] = 1, 3, delay
    image.crossbar[1, 3, 0] = 1
    image.neuron_used[1, 0] = 1
    image.weight[1, 0, 0] = 1
    image.neurons.threshold[1, 0] = 2
    image.neurons.reset_mode[1, 0] = 1
    image.target_core[1, 0] = OUTPUT_BASE
    return replace(image, outputs=(Group(name="out", start=0, shape=(1,)),))


def test_spikes_that_merge_on_an_axon_still_count_once() -> None:
    image = two_cores(delay=3)
    assert flatten(image).graph.neuron_count == 4
    events = AxonEvents.sorted([0, 0, 5, 9, 9, 12, 20], [0] * 7, [0, 1, 0, 0, 1, 1, 0])
    result = remap(image, input=events, ticks=40)
    assert result.passed
    assert result.check.spikes == 2  # five merged spikes of weight 1, threshold 2


def test_spikes_that_merge_after_one_tick_are_refused() -> None:
    with pytest.raises(NeurocoreError) as caught:
        remap(two_cores(delay=1))
    assert str(caught.value) == (
        "merging: axon 3 of core 1 is driven by several neurons or inputs, some with a delay of 1 tick; spikes that "
        "merge there can be merged elsewhere only with delays of 2 and more\n"
        "  fix: longer delays, or an axon for each of them"
    )


def fan_out() -> Network:
    """Neurons with copies: each drives three populations that do not fit one core."""
    projection = {"pattern": "grouped", "groups": 2, "weight": 1}
    return Network.model_validate(
        {
            "name": "copies",
            "chip": {"preset": "tiny", "grid": [8, 8]},
            "inputs": {"pins": {"shape": 16}},
            "populations": {name: {"shape": 16} for name in ("a", "b", "c", "d")},
            "projections": [{"from": "pins", "to": "a", "pattern": "one_to_one", "weight": 1}]
            + [{"from": "a", "to": name, **projection} for name in ("b", "c", "d")],
            "outputs": ["b", "c", "d"],
        }
    )


def test_copies_become_one_neuron_again() -> None:
    compiled = compile_network(fan_out())
    assert compiled.report.copies > 0
    flat = flatten(compiled.image)
    assert flat.merged == compiled.report.copies
    assert flat.graph.neuron_count == 64
    assert len(flat.graph.source) == len(compiled.graph.source)


def test_changing_a_remapped_weight_is_noticed() -> None:
    image = compile_network(fan_out()).image
    result = remap(image)
    spoiled = replace(result.image, weight=np.where(result.image.weight == 1, 0, result.image.weight).astype(np.int16))
    ticks = 50
    events = AxonEvents.sorted(np.arange(ticks), np.zeros(ticks), np.zeros(ticks))
    assert len(output_spikes(spoiled, run(spoiled, events, ticks)).tick) == 0
    assert result.check.spikes > 0


def test_input_that_has_no_counterpart_is_refused() -> None:
    image = compile_network(fan_out()).image
    driven = (int(image.target_core[image.target_core >= 0][0]), int(image.target_axon[image.target_core >= 0][0]))
    with pytest.raises(NeurocoreError, match="is driven by a neuron; it is no input once cores are forgotten"):
        remap(image, input=AxonEvents.sorted([3], [driven[0]], [driven[1]]))


def test_a_chip_without_outputs_proves_nothing() -> None:
    network = fan_out().model_copy(update={"outputs": []})
    with pytest.raises(NeurocoreError, match="'copies' has no outputs"):
        remap(network)
