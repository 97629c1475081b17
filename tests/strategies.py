"""Random chips for property tests: every neuron mode, every delay, self-loops, several chips side by side."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from neurocore.arch import ChipSpec
from neurocore.bits import pack_words
from neurocore.image import OUTPUT_BASE, UNWIRED, ChipImage
from neurocore.neuron import NEURON_FIELDS
from neurocore.spikes import AxonEvents


@st.composite
def specs(draw: st.DrawFn) -> ChipSpec:
    """Sizes around the 64-bit words, all options, limits small enough to be met."""
    return ChipSpec(
        name="random",
        axons=draw(st.sampled_from([1, 3, 16, 63, 64, 65, 130, 256, 300])),
        neurons=draw(st.sampled_from([1, 5, 16, 64, 65, 100, 256, 300])),
        axon_types=draw(st.integers(1, 8)),
        weight_limit=draw(st.sampled_from([255, 32_767])),
        leak_limit=draw(st.sampled_from([255, 32_767])),
        noise_bits_limit=draw(st.sampled_from([17, 24])),
        grid=draw(st.sampled_from([(1, 1), (2, 1), (2, 2), (3, 2)])),
        chips=draw(st.sampled_from([(1, 1), (2, 1), (1, 3)])),
        potential_limit=draw(st.sampled_from([40, 900, 393_216, 2**30])),
        threshold_limit=draw(st.sampled_from([262_143, 2**30])),
        stop_at_zero=draw(st.booleans()),
        nonreset_ceiling=draw(st.booleans()),
        negative_inclusive=draw(st.booleans()),
    )


def random_image(spec: ChipSpec, seed: int) -> ChipImage:
    """A chip whose every array is random; low thresholds keep it lively."""
    rng = np.random.default_rng(seed)
    width, height = spec.extent
    places = rng.permutation(width * height)[: rng.integers(1, min(6, width * height) + 1)]
    image = ChipImage.blank("random", spec, np.stack([places % width, places // width], axis=1))
    c, a, n, g = image.cores, spec.axons, spec.neurons, spec.axon_types
    image.crossbar[:] = pack_words(rng.random((c, a, n)) < rng.choice([0.05, 0.3, 1.0]))
    image.axon_type[:] = rng.integers(0, g, (c, a))
    small = rng.integers(-9, 10, (c, n, g))
    image.weight[:] = np.where(
        rng.random((c, n, g)) < 0.2, rng.integers(-spec.weight_limit, spec.weight_limit + 1, (c, n, g)), small
    )
    image.stochastic_weight[:] = rng.integers(0, 2**g, (c, n)) * (rng.random((c, n)) < 0.4)
    image.neuron_used[:] = rng.random((c, n)) < 0.9
    image.neuron_used[0, 0] = 1
    neurons = image.neurons
    limit = spec.potential_limit
    neurons.threshold[:] = _mixed(rng, (c, n), 0, 25, min(limit, spec.threshold_limit))
    neurons.threshold_noise_bits[:] = rng.integers(0, 6, (c, n)) * (rng.random((c, n)) < rng.choice([0, 0.4]))
    neurons.threshold_noise_bits[rng.random((c, n)) < 0.02] = spec.noise_bits_limit
    neurons.negative_threshold[:] = _mixed(rng, (c, n), 0, 25, min(limit, spec.threshold_limit))
    neurons.negative_saturation[:] = rng.integers(0, 2, (c, n))
    neurons.reset_mode[:] = rng.integers(0, 3, (c, n))
    neurons.reset_potential[:] = _mixed(rng, (c, n), -20, 20, limit)
    neurons.leak[:] = _mixed(rng, (c, n), -4, 4, spec.leak_limit)
    neurons.leak_reversal[:] = rng.integers(0, 2, (c, n))
    neurons.stochastic_leak[:] = rng.random((c, n)) < rng.choice([0, 0.4])
    neurons.initial_potential[:] = _mixed(rng, (c, n), -30, 30, limit)
    target = rng.integers(0, c, (c, n))
    kind = rng.random((c, n))
    image.target_core[:] = np.where(kind < 0.8, target, np.where(kind < 0.9, UNWIRED, OUTPUT_BASE))
    image.target_axon[:] = np.where(kind < 0.8, rng.integers(0, a, (c, n)), 0)
    image.delay[:] = np.where(kind < 0.8, rng.integers(1, 16, (c, n)), 1)
    image.neuron_key[:] = rng.permutation(c * n * 4)[: c * n].reshape(c, n)
    image.axon_key[:] = rng.permutation(c * a * 4)[: c * a].reshape(c, a)
    # thresholds above what the register holds at the end of a tick can be met within it
    neurons.threshold[rng.random((c, n)) < 0.05] = min(spec.threshold_limit, limit + 20)
    if rng.random() < 0.3:  # cores that fall quiet and wake up again
        neurons.leak[neurons.leak_reversal == 0] = 0
        neurons.threshold[neurons.threshold < 3] = 3
        neurons.stochastic_leak[rng.random(c) < 0.5] = 0
        neurons.threshold_noise_bits[rng.random(c) < 0.5] = 0
    _leave_out_modes(image, seed)
    _set_keys(image, seed)
    return image


def _leave_out_modes(image: ChipImage, seed: int) -> None:
    """On some cores all neurons agree in a mode: the kernels then leave out what none of them needs."""
    rng = np.random.default_rng([seed, 2])
    neurons, cores = image.neurons, image.cores
    for mode in (neurons.leak_reversal, neurons.stochastic_leak, neurons.threshold_noise_bits, image.stochastic_weight):
        mode[rng.random(cores) < 0.4] = 0
    neurons.negative_saturation[rng.random(cores) < 0.4] = 1
    for gamma in range(3):
        neurons.reset_mode[rng.random(cores) < 0.2] = gamma
    if rng.random() < 0.2:  # all cores have the same parameters
        for name in NEURON_FIELDS:
            getattr(neurons, name)[:] = getattr(neurons, name)[0]
        image.weight[:] = image.weight[0]


def _set_keys(image: ChipImage, seed: int) -> None:
    """Keys that follow one another from a multiple of 16 (drawn by whole blocks), or from elsewhere, or but for one."""
    rng = np.random.default_rng([seed, 3])
    room = -(-image.spec.neurons // 16) * 16 + 16
    for core in range(image.cores):
        way = rng.choice(["blocks", "elsewhere", "but for one", "any"])
        if way == "any":
            continue
        start = int(rng.integers(0, 2**20)) * room * 16 + (5 if way == "elsewhere" else 0)
        image.neuron_key[core] = start + np.arange(image.spec.neurons)
        if way == "but for one":
            image.neuron_key[core, rng.integers(image.spec.neurons)] += 7


def _mixed(rng: np.random.Generator, shape: tuple[int, int], low: int, high: int, limit: int) -> np.ndarray:
    """Mostly small numbers, a few at the far end of the range."""
    common = rng.integers(max(low, -limit), min(high, limit) + 1, shape)
    far = rng.choice([limit, limit - 1] if low >= 0 else [limit, -limit], shape)
    return np.where(rng.random(shape) < 0.05, far, common)


def random_events(image: ChipImage, ticks: int, seed: int) -> AxonEvents:
    """External spikes: some, repeats included (they merge); all axons at once; one axon in every tick; none."""
    rng = np.random.default_rng([seed, 1])
    axons, cores = image.spec.axons, image.cores
    match rng.choice(["sparse", "sparse", "dense", "one axon", "none"]):
        case "dense":  # every axon of every core, in some ticks
            tick, core, axon = np.meshgrid(rng.permutation(ticks)[:4], np.arange(cores), np.arange(axons))
            return AxonEvents.sorted(tick.ravel(), core.ravel(), axon.ravel())
        case "one axon":
            return AxonEvents.sorted(
                np.arange(ticks), np.full(ticks, rng.integers(cores)), np.full(ticks, rng.integers(axons))
            )
        case "none":
            return AxonEvents.sorted([], [], [])
    count = int(rng.integers(0, 1 + 4 * ticks))
    return AxonEvents.sorted(
        rng.integers(0, ticks, count), rng.integers(0, image.cores, count), rng.integers(0, image.spec.axons, count)
    )


@st.composite
def chips(draw: st.DrawFn, ticks: int = 40) -> tuple[ChipImage, AxonEvents, int]:
    """A random image, external spikes for ``ticks`` ticks, and a seed."""
    seed = draw(st.integers(0, 2**32 - 1))
    image = random_image(draw(specs()), seed)
    return image, random_events(image, ticks, seed), draw(st.sampled_from([0, 1, 2**40 + 7, 2**64 - 1]))
