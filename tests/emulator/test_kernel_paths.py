"""Every way through the kernels agrees with the reference: sums in bytes, counts, draws, neurons alike, quiet cores."""

from __future__ import annotations

import os

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import random_image

from neurocore.arch import ChipSpec
from neurocore.emulator import huge_pages, scratch
from neurocore.emulator.engine import Emulator
from neurocore.emulator.reference import run_reference
from neurocore.image import UNWIRED, ChipImage
from neurocore.recording import Probe, Recording
from neurocore.spikes import AxonEvents

EXAMPLES = 6 if os.environ.get("NUMBA_DISABLE_JIT") == "1" else examples(80, 30)
TICKS = 8


def assert_agrees(image: ChipImage, events: AxonEvents, ticks: int = TICKS, seed: int = 3) -> Recording:
    who, where = np.indices(image.neuron_used.shape, dtype=np.int32).reshape(2, -1)
    probe = Probe(core=who, neuron=where)
    right = run_reference(image, events, ticks, seed=seed, probe=probe)
    for threads in (1, 2, 3):
        found = Emulator(image, seed=seed, threads=threads).run(ticks, events, probe=probe)
        for name in ("potential", "spike_tick", "spike_core", "spike_neuron", "counters", "tick_counters"):
            np.testing.assert_array_equal(getattr(found, name), getattr(right, name), err_msg=name)
    return right


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    axons=st.sampled_from([20, 64, 200, 256]),
    neurons=st.sampled_from([1, 64, 65, 256, 300]),
    largest=st.sampled_from([1, 2, 7, 40, 127, 128, 255]),
    gamma=st.sampled_from([0, 1, 2, None]),
    chance=st.sampled_from(["none", "synapses", "neurons", "both"]),
    share=st.sampled_from([0.0, 0.01, 0.04, 0.1, 0.5, 1.0]),
)
def test_any_weights_activity_and_parameter_class(seed, axons, neurons, largest, gamma, chance, share):
    spec = ChipSpec(name="paths", axons=axons, neurons=neurons, grid=(3, 1))
    image = random_image(spec, seed)
    rng = np.random.default_rng(seed)
    image.weight[:] = rng.integers(-largest, largest + 1, image.weight.shape)
    some = chance in ("synapses", "both")
    image.stochastic_weight[:] = rng.integers(0, 16, image.neuron_used.shape) if some else 0
    drawn = chance in ("neurons", "both")
    image.neurons.threshold_noise_bits[:] = rng.integers(0, 4, image.neuron_used.shape) if drawn else 0
    image.neurons.stochastic_leak[:] = rng.integers(0, 2, image.neuron_used.shape) if drawn else 0
    if gamma is not None:
        image.neurons.reset_mode[:] = gamma
        image.neurons.negative_saturation[:] = 1
        image.neurons.leak_reversal[:] = 0
    tick, core, axon = np.nonzero(rng.random((TICKS, image.cores, axons)) < share)
    assert_agrees(image, AxonEvents.sorted(tick, core, axon), seed=seed)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("weights", [(127,), (128,), (100, 27), (100, 28), (127, 127), (1,) * 127, (1,) * 128, (255,)])
def test_sums_at_the_edge_of_a_byte(weights, sign):
    """One axon type a weight, or many axons of one type."""
    image = random_image(ChipSpec(name="edge", axons=130, neurons=65, axon_types=2, grid=(1, 1)), 1)
    image.crossbar[:] = 0
    image.crossbar[:, : len(weights), 0] = ~np.uint64(0)
    image.neuron_used[:], image.stochastic_weight[:], image.axon_type[:] = 1, 0, 0
    image.axon_type[:, 1:] = 1 if len(set(weights)) > 1 else 0
    image.weight[..., 0], image.weight[..., 1] = sign * weights[0], sign * weights[-1]
    neurons = image.neurons
    neurons.threshold[:], neurons.negative_threshold[:], neurons.threshold_noise_bits[:] = 2000, 2000, 0
    neurons.leak[:], neurons.initial_potential[:] = 0, 0
    neurons.leak_reversal[:], neurons.stochastic_leak[:], neurons.reset_mode[:] = 0, 0, 0
    neurons.negative_saturation[:] = 1
    image.target_core[:] = UNWIRED
    count = len(weights)
    events = AxonEvents.sorted([0] * count, [0] * count, np.arange(count))
    right = assert_agrees(image, events, ticks=2)
    assert right.potential[0, 0] == sign * sum(weights)


def test_all_neurons_fire_in_every_tick_on_every_thread():
    image = random_image(ChipSpec(name="all", axons=64, neurons=128, grid=(3, 2)), 5)
    image.neuron_used[:], image.neurons.threshold[:], image.neurons.threshold_noise_bits[:] = 1, 0, 0
    image.neurons.leak[:], image.neurons.leak_reversal[:], image.neurons.reset_mode[:] = 1, 0, 0
    image.neurons.reset_potential[:], image.neurons.initial_potential[:], image.weight[:] = 0, 0, 0
    image.stochastic_weight[:], image.neurons.stochastic_leak[:] = 0, 0
    right = assert_agrees(image, AxonEvents.sorted([], [], []))
    assert right.total("spikes") == image.cores * 128 * TICKS


def test_quiet_cores_stay_quiet_and_one_axon_wakes_one_of_them():
    image = random_image(ChipSpec(name="quiet", axons=64, neurons=64, grid=(4, 4)), 6)
    image.neurons.leak[:], image.neurons.threshold_noise_bits[:] = 0, 0
    image.neurons.initial_potential[:], image.neurons.threshold[:] = 0, 5
    image.neurons.stochastic_leak[:], image.stochastic_weight[:] = 0, 0
    image.weight[:], image.crossbar[:], image.neuron_used[:] = 1, ~np.uint64(0), 1
    image.target_core[:] = UNWIRED
    nothing = assert_agrees(image, AxonEvents.sorted([], [], []), ticks=20)
    assert nothing.total("spikes") == 0
    woken = assert_agrees(image, AxonEvents.sorted(range(3, 15), [image.cores - 1] * 12, range(12)), ticks=20)
    assert set(woken.spike_core.tolist()) == {image.cores - 1}


def test_memory_without_huge_pages_gives_the_same(monkeypatch):
    image = random_image(ChipSpec(name="pages", grid=(3, 3)), 7)
    events = AxonEvents.sorted([0, 1, 1], [0, 0, 0], [1, 2, 3])
    first = Emulator(image, seed=1).run(40, events)
    monkeypatch.setattr(huge_pages, "HUGE_PAGE", 2**12)  # everything in pages of its own
    paged = Emulator(image, seed=1).run(40, events)
    monkeypatch.delattr(huge_pages.mmap, "MADV_HUGEPAGE", raising=False)
    plain = Emulator(image, seed=1).run(40, events)
    for other in (paged, plain):
        np.testing.assert_array_equal(other.spike_neuron, first.spike_neuron)
        np.testing.assert_array_equal(other.counters, first.counters)


@pytest.mark.parametrize("part_bytes", [1, 2048])
def test_packets_in_boxes_for_small_parts_of_the_ring_arrive_all_the_same(monkeypatch, part_bytes):
    monkeypatch.setattr(scratch, "PART_BYTES", part_bytes)
    image = random_image(ChipSpec(name="parts", axons=20, neurons=20, grid=(5, 4)), 11)
    rng = np.random.default_rng(11)
    image.neurons.threshold[:], image.neuron_used[:] = rng.integers(1, 20, image.neuron_used.shape), 1
    tick, core, axon = np.nonzero(rng.random((TICKS, image.cores, 20)) < 0.3)
    right = assert_agrees(image, AxonEvents.sorted(tick, core, axon))
    assert right.total("spikes") > 100 and right.total("hops") > 100
