"""Packets wait in boxes until they arrive: no result shows it, whatever the delays, threads and calls of kernels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import random_image

from neurocore.arch import ChipSpec
from neurocore.emulator import engine, scratch
from neurocore.emulator.batch import run_batch
from neurocore.emulator.engine import Emulator
from neurocore.emulator.reference import run_reference
from neurocore.errors import RunError
from neurocore.image import ChipImage
from neurocore.spikes import AxonEvents

TICKS = 50
NOTHING = AxonEvents.sorted([], [], [])
SAME = ("spike_tick", "spike_core", "spike_neuron", "counters", "tick_counters")


def merging_image(seed: int, targets: int) -> ChipImage:
    """Some cores whose neurons fire by themselves, now and then, all to a few axons, with every delay."""
    rng = np.random.default_rng(seed)
    image = random_image(ChipSpec(name="merging", axons=70, neurons=66, grid=(5, 1)), seed)
    shape = image.neuron_used.shape
    own = image.neurons
    image.neuron_used[:], image.stochastic_weight[:], image.weight[:] = 1, 0, rng.integers(-2, 3, image.weight.shape)
    image.target_core[:] = rng.integers(0, image.cores, shape)
    image.target_axon[:] = rng.integers(0, targets, shape)
    image.delay[:] = rng.integers(1, 16, shape)
    own.threshold[:], own.leak[:], own.reset_mode[:] = rng.integers(5, 30, shape), 1, 0
    own.stochastic_leak[:], own.leak_reversal[:], own.threshold_noise_bits[:] = 0, 0, 0
    return image


@settings(max_examples=12, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), targets=st.sampled_from([2, 70]), parts=st.sampled_from([1, 2**18]))
def test_merged_spikes_are_counted_in_the_tick_in_which_the_later_one_was_sent(seed, targets, parts):
    image = merging_image(seed, targets)
    events = AxonEvents.sorted(np.arange(TICKS), np.arange(TICKS) % image.cores, np.arange(TICKS) % targets)
    right = run_reference(image, events, TICKS, seed=seed)
    assert right.total("merged_spikes") > 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scratch, "PART_BYTES", parts)
        for threads, at_a_time in ((1, 50), (2, 50), (3, 17), (5, 3), (2, 1)):
            patch.setattr(engine, "_CHUNK_TICKS", (1, at_a_time))
            found = Emulator(image, seed=seed, threads=threads).run(TICKS, events)
            for name in SAME:
                np.testing.assert_array_equal(getattr(found, name), getattr(right, name), err_msg=name)


@pytest.mark.parametrize("stop", [1, 7, 16, 33])
def test_packets_on_their_way_are_part_of_a_state(stop):
    image = merging_image(3, 70)
    right = run_reference(image, NOTHING, TICKS, seed=1)
    first = Emulator(image, seed=1, threads=2)
    before = first.run(stop, NOTHING)
    second = Emulator(image, threads=3)
    second.set_state(first.state())
    after = second.run(TICKS - stop, NOTHING)
    for name in ("spike_tick", "spike_neuron", "tick_counters"):
        both = np.concatenate([getattr(before, name), getattr(after, name)])
        np.testing.assert_array_equal(both, getattr(right, name), err_msg=name)


def test_instances_of_a_batch_get_no_packets_of_each_other():
    image = merging_image(5, 2)
    right = run_reference(image, NOTHING, 20, seed=0)
    for found in run_batch(image, [NOTHING] * 3, 20, seed=0):
        for name in SAME:
            np.testing.assert_array_equal(getattr(found, name), getattr(right, name), err_msg=name)


@pytest.mark.parametrize("threads", [0, 257])
def test_threads_that_boxes_cannot_be_numbered_for_are_refused(threads):
    with pytest.raises(RunError, match=f"{threads} threads cannot run anything\n.*allowed: 1 to 256"):
        Emulator(merging_image(1, 2), threads=threads)


def test_more_threads_than_boxes_for_parts(monkeypatch):
    monkeypatch.setattr(scratch, "BOXES", 3)
    monkeypatch.setattr(scratch, "PART_BYTES", 1)
    image = merging_image(9, 70)
    right = run_reference(image, NOTHING, TICKS, seed=2)
    for threads in (1, 2, 4):
        found = Emulator(image, seed=2, threads=threads).run(TICKS, NOTHING)
        np.testing.assert_array_equal(found.tick_counters, right.tick_counters)
