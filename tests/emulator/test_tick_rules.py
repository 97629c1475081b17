"""Each rule of the tick on its own, by hand, for the kernels and for the reference."""

from __future__ import annotations

import numpy as np
import pytest
from one_neuron import BACKENDS, SPEC, chip, go, potentials

from neurocore.arch import ChipSpec
from neurocore.bits import pack_words
from neurocore.emulator.backends import run
from neurocore.image import OUTPUT_BASE, UNWIRED, ChipImage
from neurocore.recording import COUNTERS
from neurocore.spikes import AxonEvents


@BACKENDS
def test_active_axons_add_the_weight_of_their_type(backend):
    image = chip(weights=(3, -5, 7, 100))
    assert potentials(go(image, backend, 4, {0: [0], 1: [1], 2: [0, 2], 3: [3]})) == [3, -2, 8, 108]


@BACKENDS
def test_an_axon_without_a_crossbar_bit_adds_nothing_but_is_an_axon_event(backend):
    image = chip(weights=(3,))
    image.crossbar[0, 0, 0] = 0
    found = go(image, backend, 2, {0: [0]})
    assert potentials(found) == [0, 0]
    assert (found.total("axon_events"), found.total("synaptic_operations")) == (1, 0)


@BACKENDS
def test_synaptic_operations_are_set_bits_of_active_axons(backend):
    image = chip()
    image.crossbar[0, 0, 0] = 3
    found = go(image, backend, 1, {0: [0, 1]})
    assert (found.total("axon_events"), found.total("synaptic_operations")) == (2, 3)


@BACKENDS
def test_an_axon_counts_once_a_tick_and_the_slot_is_cleared(backend):
    found = go(chip(weights=(3,)), backend, 18, {0: [0, 0]})
    assert potentials(found) == [3] * 18
    assert found.total("merged_spikes") == 1


@BACKENDS
@pytest.mark.parametrize(("leak", "after"), [(2, [2, 4, 6]), (-2, [-2, -4, -6])])
def test_the_leak_is_added(backend, leak, after):
    assert potentials(go(chip(leak=leak), backend, 3)) == after


@BACKENDS
def test_the_leak_comes_before_the_threshold(backend):
    found = go(chip(leak=1, threshold=10), backend, 30)
    assert found.spike_tick.tolist() == [9, 19, 29]


@BACKENDS
@pytest.mark.parametrize(
    ("threshold", "leak", "weight", "first", "period"),
    [(10, 1, 0, 9, 10), (11, 2, 0, 5, 6), (10, -1, 3, 4, 5)],
)
def test_periods_published_with_a_board(backend, threshold, leak, weight, first, period):
    every_tick = {tick: [0] for tick in range(60)}
    found = go(chip(weights=(weight,), leak=leak, threshold=threshold), backend, 60, every_tick)
    assert found.spike_tick.tolist() == list(range(first, 60, period))


@BACKENDS
def test_leak_reversal_takes_the_sign_of_the_potential_and_does_nothing_at_zero(backend):
    up = chip(leak=3, leak_reversal=1, weights=(2, -2))
    assert potentials(go(up, backend, 3)) == [0, 0, 0]
    assert potentials(go(up, backend, 3, {1: [0]})) == [0, 5, 8]
    assert potentials(go(up, backend, 3, {1: [1]})) == [0, -5, -8]


@BACKENDS
def test_leak_reversal_uses_the_potential_after_integration(backend):
    image = chip(leak=-1, leak_reversal=1, weights=(5, -9))
    assert potentials(go(image, backend, 4, {0: [0], 1: [1]})) == [4, -4, -3, -2]


@BACKENDS
def test_a_decaying_leak_stops_at_zero_unless_the_chip_says_otherwise(backend):
    image = chip(leak=-4, leak_reversal=1, weights=(3, -3))
    assert potentials(go(image, backend, 3, {0: [0]})) == [0, 0, 0]
    assert potentials(go(image, backend, 3, {0: [1]})) == [0, 0, 0]
    ringing = chip(SPEC.model_copy(update={"stop_at_zero": False}), leak=-4, leak_reversal=1, weights=(3, -3))
    assert potentials(go(ringing, backend, 4, {0: [0]})) == [-1, 3, -1, 3]


@BACKENDS
def test_a_neuron_fires_at_its_threshold_and_not_below(backend):
    found = go(chip(weights=(5,), threshold=5), backend, 1, {0: [0]})
    assert found.spike_tick.tolist() == [0]
    assert go(chip(weights=(4,), threshold=5), backend, 1, {0: [0]}).spike_tick.tolist() == []


@BACKENDS
@pytest.mark.parametrize(("mode", "after"), [(0, 3), (1, 2), (2, 7)])
def test_reset_after_a_spike(backend, mode, after):
    spec = SPEC.model_copy(update={"nonreset_ceiling": False})
    image = chip(spec, weights=(7,), threshold=5, reset_mode=mode, reset_potential=3)
    assert potentials(go(image, backend, 1, {0: [0]})) == [after]


@BACKENDS
def test_without_reset_the_potential_is_held_at_the_threshold(backend):
    image = chip(weights=(7,), threshold=5, reset_mode=2)
    assert potentials(go(image, backend, 2, {0: [0], 1: [0]})) == [5, 5]
    noisy = chip(weights=(200,), threshold=5, threshold_noise_bits=3, reset_mode=2)
    assert potentials(go(noisy, backend, 1, {0: [0]})) == [12]


@BACKENDS
def test_saturation_holds_the_potential_at_the_floor(backend):
    image = chip(weights=(-7,), negative_threshold=5, reset_mode=0, reset_potential=3)
    assert potentials(go(image, backend, 2, {0: [0]})) == [-5, -5]


@BACKENDS
@pytest.mark.parametrize(("mode", "after"), [(0, -3), (1, -2), (2, -7)])
def test_below_the_negative_threshold_the_reset_is_mirrored(backend, mode, after):
    image = chip(weights=(-7,), negative_threshold=5, negative_saturation=0, reset_mode=mode, reset_potential=3)
    found = go(image, backend, 1, {0: [0]})
    assert potentials(found) == [after]
    assert found.total("spikes") == 0


@BACKENDS
def test_the_negative_threshold_is_passed_only_below_it_unless_the_chip_says_otherwise(backend):
    fields = {"weights": (-5,), "negative_threshold": 5, "negative_saturation": 0, "reset_potential": 3}
    assert potentials(go(chip(**fields), backend, 1, {0: [0]})) == [-5]
    inclusive = SPEC.model_copy(update={"negative_inclusive": True})
    assert potentials(go(chip(inclusive, **fields), backend, 1, {0: [0]})) == [-3]


@BACKENDS
def test_a_spike_that_resets_far_down_is_not_held_at_the_floor_in_that_tick(backend):
    image = chip(weights=(5,), threshold=5, reset_potential=-30, negative_threshold=10)
    assert potentials(go(image, backend, 2, {0: [0]})) == [-30, -10]


@BACKENDS
def test_potentials_are_clamped_to_the_register(backend):
    image = chip(weights=(255, -255), threshold=2000, negative_threshold=2000)
    every = {tick: [0] for tick in range(5)}
    assert potentials(go(image, backend, 5, every)) == [255, 510, 765, 1000, 1000]
    every = {tick: [1] for tick in range(5)}
    assert potentials(go(image, backend, 5, every)) == [-255, -510, -765, -1000, -1000]


@BACKENDS
@pytest.mark.parametrize("delay", [1, 2, 15])
def test_a_spike_is_integrated_after_its_delay_whatever_the_distance(backend, delay):
    image = chip(cores=8, weights=(5, 1), threshold=5)
    image.target_core[0, 0], image.target_axon[0, 0], image.delay[0, 0] = 7, 0, delay
    found = go(image, backend, 20, {2: [0]})
    assert list(zip(found.spike_tick, found.spike_core, strict=True)) == [(2, 0), (2 + delay, 7)]
    assert found.counters[0, COUNTERS.index("hops")] == 7
    assert found.counters[:, COUNTERS.index("axon_events")].tolist() == [1, 0, 0, 0, 0, 0, 0, 1]


@BACKENDS
def test_a_neuron_may_drive_itself(backend):
    image = chip(weights=(5,), threshold=5)
    image.target_core[0, 0], image.delay[0, 0] = 0, 3
    found = go(image, backend, 10, {0: [0]})
    assert found.spike_tick.tolist() == [0, 3, 6, 9]
    assert found.total("hops") == 0


@BACKENDS
def test_two_spikes_to_one_axon_and_tick_are_one_and_the_receiver_counts_the_merge(backend):
    image = chip(cores=3, weights=(5,), threshold=5)
    image.target_core[:2, 0], image.target_axon[:2, 0] = 2, 1
    image.weight[2, 0] = (0, 1, 0, 0)
    pairs = AxonEvents.sorted([0, 0], [0, 1], [0, 0])
    found = run(image, pairs, 3, backend=backend)
    assert found.counters[:, COUNTERS.index("merged_spikes")].tolist() == [0, 0, 1]
    assert found.counters[:, COUNTERS.index("axon_events")].tolist() == [1, 1, 1]
    assert found.tick_counters[:, COUNTERS.index("merged_spikes")].tolist() == [1, 0, 0]


@BACKENDS
def test_hops_are_counted_over_the_whole_array_of_chips_and_outputs_have_none(backend):
    spec = SPEC.model_copy(update={"chips": (2, 2)})
    image = ChipImage.blank("far", spec, np.array([[0, 0], [15, 9]], np.int32))
    image.crossbar[:, :, 0] = 1
    image.weight[:, 0, 0] = 5
    image.neuron_used[:, 0] = 1
    image.neurons.threshold[:, 0] = 5
    image.target_core[0, 0], image.target_core[1, 0] = 1, OUTPUT_BASE
    found = go(image, backend, 3, {0: [0]})
    assert found.counters[:, COUNTERS.index("hops")].tolist() == [24, 0]
    assert found.counters[:, COUNTERS.index("spikes")].tolist() == [1, 1]


@BACKENDS
def test_unused_neurons_never_fire_and_are_not_updated(backend):
    image = chip(weights=(5,), threshold=0)
    image.neuron_used[:] = 0
    found = go(image, backend, 3, {0: [0]})
    assert (found.total("spikes"), found.total("neuron_updates")) == (0, 0)
    assert potentials(found) == [0, 0, 0]


@BACKENDS
def test_a_threshold_of_zero_fires_without_input(backend):
    assert go(chip(threshold=0), backend, 3).spike_tick.tolist() == [0, 1, 2]


@BACKENDS
def test_spikes_from_outside_are_integrated_in_their_tick(backend):
    found = go(chip(weights=(4,)), backend, 20, {17: [0]})
    assert potentials(found)[16:] == [0, 4, 4, 4]


@BACKENDS
def test_all_axons_of_a_tick_are_summed_before_the_threshold_is_looked_at(backend):
    found = go(chip(weights=(10, -10), threshold=10), backend, 2, {0: [0, 1]})
    assert found.spike_tick.tolist() == []
    below = chip(weights=(-10, 10), negative_threshold=5)
    assert potentials(go(below, backend, 2, {0: [0, 1]})) == [0, 0]


@BACKENDS
def test_the_register_is_clamped_at_the_end_of_the_tick_only(backend):
    up_and_down = chip(weights=(200, -200), threshold=2000, initial_potential=1000)
    assert potentials(go(up_and_down, backend, 1, {0: [0, 1]})) == [1000]
    beyond = chip(weights=(200,), threshold=1100, initial_potential=950)
    assert go(beyond, backend, 1, {0: [0]}).spike_tick.tolist() == [0]


@BACKENDS
def test_a_linear_reset_may_leave_more_than_the_threshold_and_the_neuron_fires_again(backend):
    found = go(chip(weights=(25,), threshold=10, reset_mode=1), backend, 4, {0: [0]})
    assert potentials(found) == [15, 5, 5, 5]
    assert found.spike_tick.tolist() == [0, 1]


@BACKENDS
def test_the_leak_comes_before_the_negative_threshold(backend):
    image = chip(leak=-1, negative_threshold=5, negative_saturation=0, reset_potential=2, initial_potential=-5)
    assert potentials(go(image, backend, 2)) == [-2, -3]


@BACKENDS
def test_without_reset_the_potential_is_held_at_the_threshold_but_free_below_the_negative_one(backend):
    image = chip(threshold=0, reset_mode=2, negative_saturation=0, negative_threshold=3, weights=(4, -9))
    assert potentials(go(image, backend, 3, {0: [0], 1: [1], 2: [0]})) == [0, -9, -5]


@BACKENDS
def test_an_outside_spike_merges_with_a_spike_that_is_due_at_the_same_axon(backend):
    image = chip(weights=(5,), threshold=5)
    image.target_core[0, 0], image.delay[0, 0] = 0, 3
    found = go(image, backend, 5, {0: [0], 3: [0]})
    assert found.spike_tick.tolist() == [0, 3]
    assert found.tick_counters[:, COUNTERS.index("merged_spikes")].tolist() == [0, 0, 0, 1, 0]


@BACKENDS
def test_spikes_of_different_delays_meet_in_one_slot(backend):
    """Core 0 fires in tick 0 with delay 15, core 1 in tick 14 with delay 1: two axons of core 3 in tick 15."""
    image = chip(cores=4, weights=(1, 2), threshold=1)
    image.neurons.threshold[3] = 900
    image.target_core[:2, 0] = 3
    image.target_axon[:2, 0] = (0, 1)
    image.delay[:2, 0] = (15, 1)
    events = AxonEvents.sorted([0, 14], [0, 1], [0, 0])
    found = run(image, events, 17, backend=backend)
    assert found.counters[3, :2].tolist() == [2, 2]
    assert found.tick_counters[15, 0] == 2


@BACKENDS
def test_an_unwired_neuron_fires_and_its_spike_goes_nowhere(backend):
    image = chip(cores=2, weights=(5,), threshold=5)
    assert (image.target_core == UNWIRED).all()
    found = go(image, backend, 20, {0: [0]})
    assert (found.total("spikes"), found.total("axon_events"), found.total("hops")) == (1, 1, 0)


@BACKENDS
def test_a_core_that_has_fallen_quiet_wakes_when_a_spike_arrives(backend):
    found = go(chip(weights=(4,), threshold=7, leak=-1, leak_reversal=1), backend, 45, {0: [0], 40: [0], 41: [0]})
    assert potentials(found)[:6] == [3, 2, 1, 0, 0, 0]
    assert potentials(found)[39:43] == [0, 3, 6, 5]


@BACKENDS
def test_a_core_wakes_by_itself_where_only_the_leak_moves_it(backend):
    """Held at the floor for ten ticks, it must not be taken for quiet for ever."""
    image = chip(cores=1, weights=(0, -30), leak=2, threshold=6, negative_threshold=30, initial_potential=-30)
    found = go(image, backend, 40, {tick: [1] for tick in range(10)})
    assert potentials(found)[:12] == [-30] * 10 + [-28, -26]
    assert found.spike_tick.tolist() == [27, 30, 33, 36, 39]


@BACKENDS
@pytest.mark.parametrize(("axon", "neuron", "target"), [(63, 64, 64), (64, 63, 129), (129, 99, 0), (0, 0, 63)])
def test_axons_and_neurons_beyond_64_are_their_own(backend, axon, neuron, target):
    """One synapse among 130 x 100, and one way back to another axon, which reaches nobody."""
    image = ChipImage.blank("wide", ChipSpec(axons=130, neurons=100, grid=(1, 1)), np.zeros((1, 2), np.int32))
    wired = np.zeros((130, 100), bool)
    wired[axon, neuron] = True
    image.crossbar[0] = pack_words(wired)
    image.weight[0, :, 0] = 1
    image.neuron_used[:] = 1
    image.target_core[0, neuron], image.target_axon[0, neuron] = 0, target
    found = go(image, backend, 4, {1: [axon]})
    assert list(zip(found.spike_tick, found.spike_neuron, strict=True)) == [(1, neuron)]
    assert found.tick_counters[:, :2].tolist() == [[0, 0], [1, 1], [1, 0], [0, 0]]


@BACKENDS
def test_two_neurons_of_a_core_keep_their_own_parameters_and_targets(backend):
    image = chip(cores=3, weights=(5,), threshold=5)
    image.crossbar[0, 0, 0] = 3
    image.neuron_used[0, 1] = 1
    image.weight[0, 1, 0] = 7
    image.neurons.threshold[0, 1] = 7
    image.target_core[0], image.delay[0] = (1, 2), (1, 2)
    found = go(image, backend, 4, {0: [0]})
    fired = list(zip(found.spike_tick.tolist(), found.spike_core.tolist(), found.spike_neuron.tolist(), strict=True))
    assert fired == [(0, 0, 0), (0, 0, 1), (1, 1, 0), (2, 2, 0)]


@BACKENDS
def test_a_chip_without_cores_runs_and_nothing_happens(backend):
    image = ChipImage.blank("empty", SPEC, np.zeros((0, 2), np.int32))
    found = run(image, AxonEvents.sorted([], [], []), 5, backend=backend)
    assert (found.ticks, len(found.spike_tick), found.tick_counters.tolist()) == (5, 0, [[0] * len(COUNTERS)] * 5)
