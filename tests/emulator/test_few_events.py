"""Narrow cores of 256 axons and neurons with few events are summed and updated in one function: no result shows it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_narrow_cores import NOTHING, TICKS, alike_image, narrow, plain_image, run_both

from neurocore.emulator.engine import Emulator
from neurocore.emulator.kernel_rng import TOGETHER
from neurocore.emulator.table_columns import MODE_FEW, MODE_FEW_BY_CHANCE, NARROW_LEAK, NARROW_POTENTIALS
from neurocore.image import ChipImage
from neurocore.spikes import AxonEvents


def has_few(image: ChipImage) -> list[bool]:
    return [bool(mode & MODE_FEW) for mode in Emulator(image, threads=1)._tables.modes]


def draws_few(image: ChipImage) -> list[bool]:
    return [bool(mode & MODE_FEW_BY_CHANCE) for mode in Emulator(image, threads=1)._tables.modes]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([0, 50, 5_000, NARROW_POTENTIALS]),
    largest=st.sampled_from([1, 7, 40, 300]),
    gamma=st.sampled_from([0, 1]),
    share=st.sampled_from([0.005, 0.02, 0.05, 0.3]),
    unused=st.sampled_from([0.0, 0.2]),
)
def test_any_core_with_few_events_agrees_with_the_reference(seed, scale, largest, gamma, share, unused):
    rng = np.random.default_rng(seed)
    image = alike_image(rng, neurons=256, scale=scale, floors=scale + 1, largest=largest, gamma=gamma, axons=256)
    image.neuron_used[:] = rng.random(image.neuron_used.shape) >= unused
    tick, core, axon = np.nonzero(rng.random((TICKS, image.cores, 256)) < share)
    assert has_few(image) == [True, True]
    run_both(image, AxonEvents.sorted(tick, core, axon))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([0, 50, 5_000]),
    largest=st.sampled_from([1, 12, 40, 300]),
    gamma=st.sampled_from([0, 1]),
    share=st.sampled_from([0.005, 0.02, 0.05]),
    types=st.sampled_from([0, 5, 15]),
    noise=st.sampled_from([0, 1, 8]),
    leaks=st.sampled_from([0.0, 0.5]),
    straight=st.booleans(),
)
def test_any_core_with_few_events_and_chance_agrees_with_the_reference(
    seed, scale, largest, gamma, share, types, noise, leaks, straight
):
    rng = np.random.default_rng(seed)
    image = alike_image(rng, neurons=256, scale=scale, floors=scale + 1, largest=largest, gamma=gamma, axons=256)
    image.stochastic_weight[:] = rng.integers(0, 16, image.stochastic_weight.shape) & types
    image.neurons.threshold_noise_bits[:] = rng.integers(0, noise + 1, image.neuron_used.shape)
    image.neurons.stochastic_leak[:] = rng.random(image.neuron_used.shape) < leaks
    image.neuron_key[:] = np.arange(512).reshape(2, 256) + (320 if straight else 321)
    chance = bool(image.stochastic_weight.any() or image.neurons.threshold_noise_bits.any() or leaks)
    tick, core, axon = np.nonzero(rng.random((TICKS, image.cores, 256)) < share)
    if chance and types in (0, 15):
        assert draws_few(image) == [straight, straight] and has_few(image) == [False, False]
    run_both(image, AxonEvents.sorted(tick, core, axon))


@pytest.mark.parametrize("count", [TOGETHER - 1, TOGETHER, TOGETHER + 1, 3 * TOGETHER + 1])
@pytest.mark.parametrize("neurons", [64, 256, 300])
def test_any_number_of_events_by_chance_is_drawn_in_groups(count, neurons):
    image = alike_image(
        np.random.default_rng(count), neurons=neurons, scale=500, floors=501, largest=4, gamma=1, axons=256
    )
    image.stochastic_weight[:] = 15
    image.neuron_key[:] = np.arange(image.neuron_key.size).reshape(2, -1) % neurons + 16 * 64 * np.arange(2)[:, None]
    tick = np.repeat(np.arange(TICKS), count)
    _, right = run_both(image, AxonEvents.sorted(tick, tick % 2, np.tile(np.arange(count) * 7 % 256, TICKS)))
    assert right.total("axon_events") == TICKS * count


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(14, 130),
    largest=st.sampled_from([1, 2, 7]),
    shape=st.sampled_from([(256, 256), (256, 192), (130, 320)]),
    by_chance=st.booleans(),
)
def test_events_are_summed_or_counted_wherever_the_switch_between_them_lies(seed, count, largest, shape, by_chance):
    rng = np.random.default_rng(seed)
    axons, neurons = shape
    image = alike_image(rng, neurons=neurons, scale=5_000, floors=5_001, largest=largest, gamma=1, axons=axons)
    if by_chance:
        image.stochastic_weight[:] = 2
    where = np.stack([rng.permutation(axons)[:count] for _ in range(TICKS)])
    run_both(image, AxonEvents.sorted(np.repeat(np.arange(TICKS), count), np.zeros(TICKS * count, int), where.ravel()))


@pytest.mark.parametrize("events", [0, 1])
def test_a_core_is_widened_in_the_tick_in_which_it_grows_too_far(events):
    image = plain_image(axons=256, neurons=256, threshold=40, leak=NARROW_LEAK)
    image.crossbar[:] = ~np.uint64(0)
    ticks = np.repeat(np.arange(40), events)
    assert has_few(image) == [True, True]
    chip, right = run_both(image, AxonEvents.sorted(ticks, ticks * 0, ticks * 0), 40)
    assert narrow(chip) == [0, 0] and right.potential[-1, 0] == 40 * (NARROW_LEAK - 40 + events)


def test_only_cores_that_cannot_leave_the_bound_or_be_drawn_are_taken():
    image = plain_image(axons=256, neurons=256)
    assert has_few(image) == [True, True]
    image.neurons.negative_threshold[1, 200] = NARROW_POTENTIALS + 1
    assert has_few(image) == [True, False]
    image.neuron_used[1, 200] = 0
    assert has_few(image) == [True, True]
    image.neurons.threshold_noise_bits[0, 3] = 1
    assert has_few(image) == [False, True]
    image.stochastic_weight[1, 7] = 1  # of one type, used or not
    assert has_few(image) == [False, False]
    for axons, neurons in ((256, 257), (256, 192), (255, 256), (320, 256)):
        assert has_few(plain_image(axons=axons, neurons=neurons)) == [False, False]


def test_a_core_that_could_sink_too_far_is_widened_when_it_does():
    image = plain_image(axons=256, neurons=256, leak=-NARROW_LEAK)
    image.neurons.negative_threshold[:] = 100_000
    image.crossbar[0] = ~np.uint64(0)
    chip, right = run_both(image, AxonEvents.sorted(np.arange(30), [0] * 30, [0] * 30), 30)
    assert narrow(chip) == [0, 0] and right.potential[-1, 0] == 30 * (1 - NARROW_LEAK)
    assert run_both(image, NOTHING, 20)[0] is not None
