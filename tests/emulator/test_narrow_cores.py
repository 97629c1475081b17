"""Cores whose potentials fit 16 bits work in 16 bits, and go on in 32 when they outgrow them: no result shows it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import random_image

from neurocore.arch import ChipSpec
from neurocore.emulator.engine import Emulator
from neurocore.emulator.reference import run_reference
from neurocore.emulator.table_columns import NARROW_LEAK, NARROW_POTENTIALS, NARROW_SUMS
from neurocore.image import UNWIRED, ChipImage
from neurocore.recording import Probe, Recording
from neurocore.spikes import AxonEvents

TICKS = 6


def plain_image(*, axons: int = 64, neurons: int = 70, threshold: int = 10_000, leak: int = 0) -> ChipImage:
    """Two cores of neurons that are alike; weights are +1 and 0."""
    spec = ChipSpec(name="narrow", axons=axons, neurons=neurons, grid=(2, 1), leak_limit=32767, weight_limit=32767)
    image = random_image(spec, 1)
    image.neuron_used[:], image.stochastic_weight[:], image.axon_type[:] = 1, 0, 0
    image.crossbar[:] = 0
    image.target_core[:] = UNWIRED
    own = image.neurons
    own.threshold[:], own.negative_threshold[:], own.threshold_noise_bits[:] = threshold, threshold, 0
    own.leak[:], own.initial_potential[:], own.reset_potential[:] = leak, 0, 0
    own.leak_reversal[:], own.stochastic_leak[:], own.reset_mode[:] = 0, 0, 1
    own.negative_saturation[:] = 1
    image.weight[:] = 0
    image.weight[..., 0] = 1
    return image


def alike_image(
    rng: np.random.Generator, *, neurons: int, scale: int, floors: int, largest: int, gamma: int, axons: int = 64
) -> ChipImage:
    """Two cores of neurons that reset alike, their numbers drawn. scale : of potentials; floors : beta is below it"""
    image = plain_image(axons=axons, neurons=neurons)
    own, shape = image.neurons, image.neuron_used.shape
    image.crossbar[:] = rng.integers(0, 2**64, image.crossbar.shape, np.uint64)
    image.axon_type[:] = rng.integers(0, 4, image.axon_type.shape)
    image.weight[:] = rng.integers(-largest, largest + 1, image.weight.shape)
    own.threshold[:] = rng.integers(0, scale + 1, shape)
    own.negative_threshold[:] = rng.integers(0, floors, shape)
    own.initial_potential[:] = rng.integers(-scale, scale + 1, shape)
    own.leak[:] = rng.integers(-NARROW_LEAK, NARROW_LEAK + 1, shape)
    own.reset_potential[:] = rng.integers(-scale, scale + 1, shape)
    own.reset_mode[:] = gamma
    return image


def run_both(image: ChipImage, events: AxonEvents, ticks: int = TICKS) -> tuple[Emulator, Recording]:
    who, where = np.indices(image.neuron_used.shape, dtype=np.int32).reshape(2, -1)
    probe = Probe(core=who, neuron=where)
    right = run_reference(image, events, ticks, seed=3, probe=probe)
    chip = Emulator(image, seed=3, threads=1)
    found = chip.run(ticks, events, probe=probe)
    for name in ("potential", "spike_tick", "spike_core", "spike_neuron", "counters", "tick_counters"):
        np.testing.assert_array_equal(getattr(found, name), getattr(right, name), err_msg=name)
    assert (chip.potential.ravel() == right.potential[-1]).all()
    return chip, right


NOTHING = AxonEvents.sorted([], [], [])


def narrow(chip: Emulator) -> list[int]:
    return chip._state.is_narrow.tolist()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_core_is_widened_in_the_tick_in_which_a_potential_leaves_the_bound(sign):
    image = plain_image(threshold=NARROW_POTENTIALS, leak=0)
    image.neurons.negative_threshold[:] = 100_000
    image.neurons.initial_potential[0, 5] = sign * (NARROW_POTENTIALS - 9)
    image.neurons.leak[0, 5] = sign * 3
    image.neurons.threshold[0, 5] = NARROW_POTENTIALS
    image.neurons.leak[1, 5] = sign * 3
    chip, _ = run_both(image, NOTHING, 3)
    assert narrow(chip) == [1, 1]
    chip, right = run_both(image, NOTHING, 8)
    if sign < 0:  # upwards it fires at its threshold
        assert narrow(chip) == [0, 1] and right.potential[-1, 5] < -NARROW_POTENTIALS


def test_a_neuron_that_gets_more_than_its_threshold_takes_away_grows_out_of_16_bits():
    image = plain_image(threshold=40, leak=NARROW_LEAK)
    chip, right = run_both(image, NOTHING, 40)
    assert narrow(chip) == [0, 0] and right.potential[-1, 0] == 40 * (NARROW_LEAK - 40)


@pytest.mark.parametrize("more", [0, 1])
def test_events_that_add_more_than_the_bound_widen_a_core_first(more):
    image = plain_image()
    image.crossbar[0] = ~np.uint64(0)
    image.weight[0, :, 0] = 4000
    image.weight[0, :, 1] = -(NARROW_SUMS - 8000 + more)
    image.axon_type[0, 2:] = 1
    chip, right = run_both(image, AxonEvents.sorted([1, 1, 1], [0, 0, 0], [0, 1, 2]))
    assert narrow(chip) == [1 - more, 1] and right.total("axon_events") == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("threshold", NARROW_POTENTIALS + 1),
        ("reset_potential", -NARROW_POTENTIALS - 1),
        ("leak", NARROW_LEAK + 1),
        ("initial_potential", NARROW_POTENTIALS + 1),
    ],
)
def test_one_large_parameter_makes_its_core_wide_and_no_other(field, value):
    image = plain_image()
    getattr(image.neurons, field)[1, 69] = value
    chip, _ = run_both(image, NOTHING)
    assert narrow(chip) == [1, 0]


def test_a_state_with_small_potentials_makes_a_core_narrow_again():
    image = plain_image(threshold=40, leak=NARROW_LEAK)
    chip, _ = run_both(image, NOTHING, 40)
    chip.reset()
    assert narrow(chip) == [1, 1]
    early = chip.state()
    chip.run(40, NOTHING)
    grown = chip.state()
    chip.set_state(early)
    assert narrow(chip) == [1, 1]
    chip.set_state(grown)
    assert narrow(chip) == [0, 0] and (chip.potential == grown.potential).all()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([50, 5_000, 20_000, NARROW_POTENTIALS]),
    largest=st.sampled_from([1, 30, 255, 2_000]),
    gamma=st.sampled_from([0, 1]),
    drawn=st.booleans(),
    share=st.sampled_from([0.0, 0.02, 0.5]),
)
def test_any_alike_core_near_its_bounds_agrees_with_the_reference(seed, scale, largest, gamma, drawn, share):
    rng = np.random.default_rng(seed)
    image = alike_image(rng, neurons=65, scale=scale, floors=2 * scale, largest=largest, gamma=gamma)
    own, shape = image.neurons, image.neuron_used.shape
    own.threshold_noise_bits[:] = rng.integers(0, 12, shape) if drawn else 0
    own.stochastic_leak[:] = rng.integers(0, 2, shape) if drawn else 0
    image.neuron_used[:] = rng.random(shape) < 0.9
    tick, core, axon = np.nonzero(rng.random((TICKS, image.cores, 64)) < share)
    run_both(image, AxonEvents.sorted(tick, core, axon))
