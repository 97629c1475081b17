"""Chip images as RANC's files: the same spikes in a separate model of RANC, and back here; refusals say why."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from ranc_model import simulate
from strategies import random_events, random_image

from neurocore.arch import PRESETS, ChipSpec
from neurocore.emulator.outputs import output_spikes
from neurocore.emulator.reference import run_reference
from neurocore.errors import ImageError, SpikeFileError
from neurocore.formats.ranc import read_ranc
from neurocore.formats.ranc_output import write_ranc_output
from neurocore.formats.ranc_writer import bus_offsets, write_ranc
from neurocore.graph import Group
from neurocore.image import OUTPUT_BASE, ChipImage
from neurocore.spikes import AxonEvents

TICKS = 25
SPECS = (
    ChipSpec(name="a", axons=9, neurons=12, axon_types=3, grid=(3, 2)),
    ChipSpec(name="b", axons=5, neurons=7, axon_types=1, grid=(2, 2), negative_inclusive=True),
    PRESETS["ranc"].model_copy(update={"axons": 6, "neurons": 10, "axon_types": 8, "grid": (2, 3)}),
    PRESETS["ranc"].model_copy(update={"axons": 6, "neurons": 10, "grid": (1, 1), "negative_inclusive": True}),
)


def expressible(spec: ChipSpec, seed: int) -> ChipImage:
    """A random image without what RANC has no word for; every way of writing a floor occurs."""
    image, rng = random_image(spec, seed), np.random.default_rng([seed, 9])
    shape, neurons = image.neuron_used.shape, image.neurons
    image.stochastic_weight[:] = 0
    for name in ("stochastic_leak", "threshold_noise_bits", "leak_reversal"):
        getattr(neurons, name)[:] = 0
    image.weight[:] = np.clip(image.weight, -20, 20)
    neurons.reset_mode[:] = rng.integers(0, 2, shape)
    beta = rng.choice([0, 1, 2, 7], shape)
    neurons.negative_threshold[:] = beta
    neurons.reset_potential[:] = rng.integers(-beta, 9)
    neurons.threshold[:] = rng.integers(0, 20, shape) + np.maximum(neurons.reset_potential, 0)
    neurons.initial_potential[:] = rng.integers(-beta, 20)
    neurons.leak[:] = rng.integers(-4, 5, shape)
    # linear reset: no floor; or one that nothing reaches; or one reached by steps of 1 from a leak
    way = np.where(neurons.reset_mode == 1, rng.choice(3 if spec.negative_inclusive else 2, shape), 3)
    neurons.negative_saturation[:] = np.where(way == 0, 0, np.where(way == 3, rng.integers(0, 2, shape), 1))
    up = np.isin(way, (1, 2))[..., None]
    image.weight[:] = np.where(up, np.abs(image.weight), image.weight)
    neurons.leak[way == 1] = np.abs(neurons.leak[way == 1])
    neurons.leak[way == 2] = -1
    neurons.negative_threshold[way == 2] = 0
    neurons.initial_potential[way == 2] = 3
    if spec.name == "a":
        image.target_core[(image.target_core == OUTPUT_BASE) & (rng.random(shape) < 0.5)] = OUTPUT_BASE - 1
        image.target_axon[image.target_core == OUTPUT_BASE - 1] = 3
    outputs = (Group(name="one", start=0, shape=(2,)), Group(name="two", start=0, shape=(4,)))
    return replace(image, outputs=outputs[: 2 if spec.name == "a" else 1])


@settings(max_examples=examples(40), deadline=None)
@given(st.sampled_from(SPECS), st.integers(0, 2**32 - 1))
def test_an_image_fires_the_same_spikes_on_ranc_and_back_here(tmp_path_factory, spec, seed):
    image, folder = expressible(spec, seed), tmp_path_factory.mktemp("ranc")
    events = random_events(image, TICKS, seed)
    write_ranc(image, folder / "input.json", events)
    ours = run_reference(image, events, TICKS, seed=0)
    theirs = simulate(folder / "input.json", folder / "config.json", TICKS + 1)
    rows = list(zip(*(c.tolist() for c in (ours.spike_tick, ours.spike_core, ours.spike_neuron)), strict=True))
    assert sorted(row for row in theirs.spikes if row[0] < TICKS) == rows
    write_ranc_output(output_spikes(image, ours), bus_offsets(image), TICKS, folder / "out.txt")
    assert (folder / "out.txt").read_text() == "".join(line + "\n" for line in theirs.lines)
    back = read_ranc(folder / "input.json")
    again = run_reference(back.image, back.events, TICKS, seed=0)
    for name in ("spike_tick", "spike_core", "spike_neuron"):
        np.testing.assert_array_equal(getattr(again, name), getattr(ours, name))
    before = (folder / "input.json").read_bytes(), (folder / "config.json").read_bytes()
    write_ranc(image, folder / "input.json", events)
    assert before == ((folder / "input.json").read_bytes(), (folder / "config.json").read_bytes())


def one_neuron(**fields: int) -> ChipImage:
    """A core of two neurons, the second a relay of the host; the first has one excitatory, one inhibitory axon."""
    image = ChipImage.blank("one", ChipSpec(name="c", axons=2, neurons=2, grid=(1, 1)), np.zeros((1, 2), np.int32))
    image.crossbar[:] = 1
    image.axon_type[0] = [0, 1]
    image.weight[0, 0] = [3, -2, 0, 0]
    image.neuron_used[:] = 1
    for name, value in fields.items():
        array = getattr(image, name, None)
        (array if array is not None else getattr(image.neurons, name))[0, 0] = value
    return image


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"stochastic_weight": 2}, "its synapses are stochastic"),
        ({"stochastic_leak": 1}, "its leak is stochastic"),
        ({"threshold_noise_bits": 3}, "its threshold is noisy"),
        ({"leak_reversal": 1, "leak": 2}, "its leak turns with the sign of V"),
        ({"reset_mode": 2}, "it does not reset"),
        ({"reset_mode": 1, "negative_threshold": 5}, "also adds below the negative threshold"),
        ({"reset_potential": -9, "negative_threshold": 5}, "its reset potential lies below its floor"),
        ({"reset_potential": 90, "threshold": 5}, "its reset potential lies far above its threshold"),
    ],
)
def test_what_ranc_cannot_be_is_refused_by_name(fields, told, tmp_path):
    with pytest.raises(ImageError, match=f"core 0, neuron 0: .*{told}") as error:
        write_ranc(one_neuron(**fields), tmp_path / "input.json")
    assert error.value.fix
    assert list(tmp_path.iterdir()) == []


def test_stochastic_bits_of_weights_of_zero_do_not_matter(tmp_path):
    write_ranc(one_neuron(stochastic_weight=0b1100), tmp_path / "input.json")


def test_two_neurons_that_need_different_reset_types_are_refused(tmp_path):
    image = one_neuron(reset_mode=1, negative_saturation=0, negative_threshold=5)
    image.weight[0, 1] = [1, 0, 0, 0]
    image.crossbar[:] = 3
    image.neurons.reset_mode[0, 1] = 1
    image.neurons.leak[0, 1] = -1  # a floor at 0, reached by steps of 1: needs the symmetric type
    with pytest.raises(ImageError, match="core 0, neuron 1: RANC's linear reset"):
        write_ranc(image, tmp_path / "input.json")
    image.neurons.negative_threshold[0, 0] = 0  # linear, at 0: the same with either
    assert "neuron_reset_type is 1: some floors need it" in write_ranc(image, tmp_path / "input.json")


@pytest.mark.parametrize("seed", range(4))
def test_a_chip_written_with_the_other_reset_type_fires_the_same_spikes(seed, tmp_path):
    rng = np.random.default_rng(seed)
    spec = ChipSpec(name="d", axons=4, neurons=6, grid=(1, 1))
    image = ChipImage.blank("types", spec, np.zeros((1, 2), np.int32))
    image.crossbar[:] = 2**6 - 1
    image.axon_type[0] = [0, 0, 1, 1]
    image.neuron_used[:] = 1
    image.weight[0, :, :2] = [[2, 1], [6, 3], [3, -2], [2, -1], [3, -1], [1, -1]]
    neurons = image.neurons
    neurons.leak[0] = [-1, -3, 0, -1, 0, 0]
    neurons.threshold[0] = [2, 6, 3, 2, 2, 1]
    neurons.reset_mode[0] = [1, 1, 0, 0, 1, 0]
    neurons.negative_saturation[0] = [1, 1, 0, 0, 0, 1]
    neurons.negative_threshold[0] = [0, 0, 2, 1, 0, 1]  # the first two: floors met by steps of 1 and of 3
    neurons.reset_potential[0] = [0, 0, -1, 1, 0, 0]
    events = random_events_everywhere(rng, spec.axons, 300)
    assert "neuron_reset_type is 1: some floors need it" in write_ranc(image, tmp_path / "input.json", events)
    ours = run_reference(image, events, 300, seed=0)
    theirs = simulate(tmp_path / "input.json", tmp_path / "config.json", 300)
    rows = zip(*(c.tolist() for c in (ours.spike_tick, ours.spike_core, ours.spike_neuron)), strict=True)
    assert sorted(theirs.spikes) == list(rows)
    assert set(ours.spike_neuron.tolist()) == set(range(6))


def random_events_everywhere(rng: np.random.Generator, axons: int, ticks: int) -> AxonEvents:
    fired = np.argwhere(rng.random((ticks, axons)) < 0.25)
    return AxonEvents.sorted(fired[:, 0], np.zeros(len(fired)), fired[:, 1])


def test_a_floor_too_deep_to_matter_is_left_out_and_said(tmp_path):
    image = one_neuron(reset_mode=1, negative_threshold=262_143)
    remarks = write_ranc(image, tmp_path / "input.json")
    assert any("the same for at least 131,071 ticks" in remark for remark in remarks)
    assert any("threshold_width 19" in remark for remark in remarks)


def test_the_bus_holds_all_connectors_one_after_another(tmp_path):
    image = one_neuron(target_core=OUTPUT_BASE - 1, target_axon=1)
    outputs = (Group(name="a", start=0, shape=(3,)), Group(name="b", start=0, shape=(2,)))
    remarks = write_ranc(replace(image, outputs=outputs), tmp_path / "net.json")
    assert "RANC has one output bus; its outputs are a 0..2, b 3..4" in remarks
    model = json.loads((tmp_path / "net.json").read_text())
    assert model["output_bus"]["num_outputs"] == 5
    assert model["cores"][0]["neurons"][0]["destination_axon"] == 4
    assert (tmp_path / "net_config.json").is_file()


def test_a_spike_far_in_the_future_is_refused(tmp_path):
    with pytest.raises(SpikeFileError, match="a list for every tick"):
        write_ranc(one_neuron(), tmp_path / "input.json", AxonEvents.sorted([2**40], [0], [0]))
    with pytest.raises(SpikeFileError, match="a spike goes to axon 7"):
        write_ranc(one_neuron(), tmp_path / "input.json", AxonEvents.sorted([2], [0], [7]))
