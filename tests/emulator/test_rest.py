"""Cores that only leak are left out for some ticks: no result shows it, whenever and however it is looked at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_narrow_cores import NOTHING, alike_image, plain_image, run_both

from neurocore.emulator.batch import run_batch
from neurocore.emulator.engine import Emulator
from neurocore.emulator.reference import run_reference
from neurocore.emulator.table_columns import NARROW_LEAK, NARROW_POTENTIALS, NEVER
from neurocore.image import ChipImage
from neurocore.recording import Probe
from neurocore.spikes import AxonEvents

TICKS = 70


def leaking_image(seed: int, scale: int, leaks: tuple[int, int], gamma: int) -> ChipImage:
    """Two cores that rest now and then; neurons of the second are wired to the first."""
    rng = np.random.default_rng(seed)
    image = alike_image(rng, neurons=256, scale=scale, floors=scale + 1, largest=3, gamma=gamma, axons=256)
    image.neurons.leak[:] = rng.integers(leaks[0], leaks[1] + 1, image.neuron_used.shape)
    image.neurons.threshold[:] += 40
    wired = rng.random(256) < 0.1
    image.target_core[1, wired] = 0
    image.target_axon[1, wired] = rng.integers(0, 256, wired.sum())
    image.delay[1, wired] = rng.integers(1, 16, wired.sum())
    return image


def sparse_events(seed: int, share: float) -> AxonEvents:
    return AxonEvents.sorted(*np.nonzero(np.random.default_rng(seed).random((TICKS, 2, 256)) < share / 256))


CASES = {
    "seed": st.integers(0, 2**32 - 1),
    "scale": st.sampled_from([30, 2_000, 20_000]),
    "leaks": st.sampled_from([(0, 0), (0, 1), (-3, 2), (-20, 20), (-900, -1), (7, 7), (0, NARROW_LEAK)]),
    "gamma": st.sampled_from([0, 1]),
    "share": st.sampled_from([0.0, 0.05, 0.5]),
}


@settings(max_examples=40, deadline=None, derandomize=True)
@given(**CASES)
def test_every_potential_of_every_tick_is_the_references(seed, scale, leaks, gamma, share):
    run_both(leaking_image(seed, scale, leaks, gamma), sparse_events(seed, share), TICKS)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(**CASES, stop=st.integers(0, TICKS), chunk=st.integers(1, 9))
def test_a_run_in_pieces_goes_on_from_any_state(seed, scale, leaks, gamma, share, stop, chunk):
    image, events = leaking_image(seed, scale, leaks, gamma), sparse_events(seed, share)
    right = run_reference(image, events, TICKS, seed=5)
    first, second = Emulator(image, seed=5, threads=2), Emulator(image, seed=5, threads=1)
    spikes = 0
    while first.tick < stop:
        spikes += len(first.run(min(chunk, stop - first.tick), events).spike_tick)
    second.set_state(first.state())
    assert (second.potential == first.potential).all()
    rest = second.run(TICKS - stop, events)
    assert spikes + len(rest.spike_tick) == len(right.spike_tick)
    np.testing.assert_array_equal(rest.spike_neuron, right.spike_neuron[spikes:])
    first.run(TICKS - stop, events)
    assert (first.potential == second.potential).all()


def test_batches_start_with_cores_that_do_not_rest():
    image = leaking_image(3, 20_000, (-20, 20), 1)
    stimuli = [sparse_events(seed, 0.3) for seed in range(5)]
    for found, events in zip(run_batch(image, stimuli, TICKS, seed=1), stimuli, strict=True):
        right = run_reference(image, events, TICKS, seed=1)
        np.testing.assert_array_equal(found.spike_neuron, right.spike_neuron)
        np.testing.assert_array_equal(found.counters, right.counters)


def test_a_core_rests_until_the_tick_in_which_its_first_neuron_fires():
    image = plain_image(axons=256, neurons=256, threshold=10_000, leak=20)
    image.neurons.initial_potential[0, 9] = 10_000 - 20 * 30
    chip = Emulator(image, threads=1)
    chip.run(5, NOTHING)
    assert chip._state.wake.tolist() == [29, 499]
    assert chip.run(24, NOTHING).total("spikes") == 0
    found = chip.run(1, NOTHING)
    assert found.spike_tick.tolist() == [29] and found.spike_neuron.tolist() == [9]
    assert chip.potential[0, 9] == 0 and (chip.potential[1] == 600).all()


@pytest.mark.parametrize("leak", [-1, -NARROW_LEAK])
def test_neurons_that_sink_rest_as_long_as_16_bits_hold_and_for_good_at_the_floor(leak):
    image = plain_image(axons=256, neurons=256, threshold=NARROW_POTENTIALS, leak=leak)
    chip = Emulator(image, threads=1)
    chip.run(1, NOTHING)
    assert 1 < chip._state.wake[0] <= 2 + (2**15 - NARROW_POTENTIALS) // -leak
    run_both(image, NOTHING, 40)
    chip.run(NARROW_POTENTIALS + 9_300, NOTHING)
    assert chip._state.wake.tolist() == [NEVER, NEVER] and (chip.potential == -NARROW_POTENTIALS).all()


def test_a_probe_with_an_interval_wakes_nobody_and_sees_all():
    image = plain_image(axons=256, neurons=256, threshold=10_000, leak=7)
    probe = Probe(core=np.array([0, 1], np.int32), neuron=np.array([3, 255], np.int32), interval=10)
    chip = Emulator(image, threads=2)
    found = chip.run(100, NOTHING, probe=probe)
    np.testing.assert_array_equal(found.potential[:, 0], 7 * (found.probe_tick + 1))
    assert (chip._state.wake > 1000).all()
