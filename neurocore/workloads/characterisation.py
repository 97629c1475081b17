"""IBM's kind of benchmark network: every neuron of every core wired to a uniform-random axon of the whole array.

Mean rate and synapses per axon are knobs, delays are 1..15 (Merolla et al. 2014, supplement; Cassidy et al. 2014). A
leak per neuron drives the firing against a linear reset, so that the rate does not depend on the weights, which are +1
and -1 in equal parts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.errors import RunError
from neurocore.image import ChipImage

__all__ = ["characterisation"]

_BLOCK = 1024
"""Cores drawn at a time: temporary arrays stay small beside an array of 64 chips."""
_LEAK = 20
_FLOOR = 1000
_RATES_HZ = (0.1, 1000.0)
_STOCHASTIC_RATES_HZ = (0.1, 200.0)
_STOCHASTIC_WEIGHT = 8
"""Small: what a neuron's axons differ in rate must not outweigh its leak, which is at most 1 a tick."""
_NOISE_BITS = 1
_MEAN_NOISE = 0.35
"""Mean of the threshold noise of 0 or 1 at which a neuron fires: between 0.2 (slow drive) and 0.5 (fast)."""


def characterisation(
    *,
    grid: tuple[int, int] = (64, 64),
    chips: tuple[int, int] = (1, 1),
    rate_hz: float = 20.0,
    synapses: int = 128,
    stochastic: bool = False,
    seed: int = 0,
) -> ChipImage:
    """Every core of an array of chips full and recurrent. Rates and synapses are met within 5 %.

    grid       : cores of a chip, x and y
    rate_hz    : mean rate of every neuron, at the nominal tick of 1 ms
    synapses   : mean synapses of an axon, 0..256
    stochastic : every synapse, leak and threshold is stochastic; else none
    Raises RunError for a knob out of range.
    """
    low, high = _STOCHASTIC_RATES_HZ if stochastic else _RATES_HZ
    if not low <= rate_hz <= high:
        kind = "stochastic " if stochastic else ""
        raise RunError(f"a rate of {rate_hz:g} Hz", fix=f"allowed for {kind}neurons: {low:g}..{high:g} Hz")
    spec = ChipSpec(name="characterisation", grid=grid, chips=chips)
    if not 0 <= synapses <= spec.neurons:
        raise RunError(f"{synapses} synapses an axon", fix=f"allowed: 0..{spec.neurons}")
    width, height = spec.extent
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    name = f"{width}x{height}_{rate_hz:g}hz_{synapses}syn{'_stochastic' if stochastic else ''}"
    image = ChipImage.blank(name, spec, np.stack([x.ravel(), y.ravel()], axis=1))
    period = 1 / (rate_hz * spec.tick_s)
    threshold = _set_stochastic(image, period) if stochastic else _set_deterministic(image, period)
    image.neurons.threshold[:] = threshold
    image.neurons.reset_mode[:] = 1
    image.neurons.negative_saturation[:] = 1
    image.neurons.negative_threshold[:] = _FLOOR
    image.neuron_used[:] = 1
    random = np.random.default_rng([seed, width, height, synapses])
    halves = np.arange(spec.axons, dtype=np.uint8) % 2
    for first in range(0, image.cores, _BLOCK):
        cores = slice(first, min(first + _BLOCK, image.cores))
        shape = (cores.stop - cores.start, spec.neurons)
        image.crossbar[cores] = _random_words(random, image.crossbar[cores].shape, synapses)
        image.axon_type[cores] = random.permuted(np.broadcast_to(halves, image.axon_type[cores].shape), axis=1)
        image.neurons.initial_potential[cores] = random.integers(0, threshold, shape)
        image.target_core[cores] = random.integers(0, image.cores, shape)
        image.target_axon[cores] = random.integers(0, spec.axons, shape)
        image.delay[cores] = random.integers(1, spec.delay_limit + 1, shape)
    return image


def _set_deterministic(image: ChipImage, period: float) -> int:
    """A leak and the threshold that it reaches once a period. Returns the threshold."""
    image.weight[..., 0], image.weight[..., 1] = 1, -1
    image.neurons.leak[:] = _LEAK
    return max(1, round(_LEAK * period))


def _set_stochastic(image: ChipImage, period: float) -> int:
    """A leak of 0 or 1, as nearly 1 as the period allows; one in 32 events moves a potential."""
    image.weight[..., 0], image.weight[..., 1] = _STOCHASTIC_WEIGHT, -_STOCHASTIC_WEIGHT
    image.stochastic_weight[:] = 3
    threshold = max(1, int(period * 255 / 256 - _MEAN_NOISE))
    image.neurons.leak[:] = min(255, round(256 * (threshold + _MEAN_NOISE) / period))
    image.neurons.stochastic_leak[:] = 1
    image.neurons.threshold_noise_bits[:] = _NOISE_BITS
    return threshold


def _random_words(random: np.random.Generator, shape: tuple[int, ...], synapses: int) -> npt.NDArray[np.uint64]:
    """Words whose bits are 1 with a chance of synapses / 256 each.

    An OR with a random word turns a chance p into (p + 1) / 2, an AND into p / 2: eight of them spell the chance in
    binary, and the zeros at its end cost nothing.
    """
    if synapses == 256:
        return np.full(shape, ~np.uint64(0))
    words = np.zeros(shape, np.uint64)
    lowest = (synapses & -synapses).bit_length() - 1 if synapses else 8
    for bit in range(lowest, 8):
        fresh = random.integers(0, 2**64, shape, np.uint64)
        words = words | fresh if synapses >> bit & 1 else words & fresh
    return words
