"""Each rule of the tick on its own, by hand, for the kernels and for the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neurocore.arch import ChipSpec
from neurocore.emulator.engine import run
from neurocore.image import OUTPUT_BASE, ChipImage
from neurocore.recording import COUNTERS, Probe, Recording
from neurocore.spikes import AxonEvents

BACKENDS = pytest.mark.parametrize("backend", ["numba", "reference"])
SPEC = ChipSpec(name="rules", axons=4, neurons=2, grid=(8, 8), potential_limit=1000)


def chip(
    spec: ChipSpec = SPEC, *, cores: int = 1, weights: tuple[int, ...] = (1, -1, 0, 0), **fields: Any
) -> ChipImage:
    """Cores in a row, neuron 0 of each used: it reads axons 0..3 of types 0..3. Threshold out of reach by default."""
    xy = np.stack([np.arange(cores), np.zeros(cores, int)], axis=1)
    image = ChipImage.blank("rules", spec, xy.astype(np.int32))
    image.crossbar[:, :, 0] = 1
    image.axon_type[:] = np.arange(spec.axons) % spec.axon_types
    image.weight[:, 0, : len(weights)] = weights
    image.neuron_used[:, 0] = 1
    defaults = {"threshold": 900, "negative_threshold": 900, "negative_saturation": 1}
    for name, value in (defaults | fields).items():
        getattr(image.neurons, name)[:, 0] = value
    return image


def go(
    image: ChipImage, backend: str, ticks: int, arrivals: dict[int, list[int]] | None = None, seed: int = 0
) -> Recording:
    """arrivals : tick -> axons of core 0."""
    pairs = [(tick, axon) for tick, axons in (arrivals or {}).items() for axon in axons]
    events = AxonEvents.sorted([t for t, _ in pairs], [0] * len(pairs), [a for _, a in pairs])
    probe = Probe(core=np.zeros(1, np.int32), neuron=np.zeros(1, np.int32))
    return run(image, events, ticks, backend=backend, probe=probe, seed=seed)


def potentials(recording: Recording) -> list[int]:
    return recording.potential[:, 0].tolist()


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
