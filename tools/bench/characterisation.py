"""The published kind of benchmark network: every neuron of every core recurrently wired to a uniform-random axon.

After the characterisation networks of Merolla et al. 2014: mean rate and synapses per axon are knobs, delays 1..15,
targets uniform over the chip. Firing is driven by a leak per neuron, so the rate does not depend on the weights.
"""

from __future__ import annotations

import numpy as np

from neurocore.arch import ChipSpec
from neurocore.bits import pack_words
from neurocore.image import ChipImage


def network(side: int, rate_hz: float, synapses: int, seed: int = 0) -> ChipImage:
    """A side x side chip whose neurons fire near ``rate_hz`` and reach ``synapses`` neurons each, on average.

    Weights are +1 and -1 in equal parts (types 0 and 1) against a threshold of leak * ticks per spike.
    """
    random = np.random.default_rng([seed, side, synapses])
    spec = ChipSpec(name="characterisation", grid=(side, side))
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    image = ChipImage.blank(f"uniform_{rate_hz:g}hz_{synapses}syn", spec, np.stack([x.ravel(), y.ravel()], axis=1))
    shape = (image.cores, spec.neurons)
    for core in range(image.cores):
        image.crossbar[core] = pack_words(random.random((spec.axons, spec.neurons)) < synapses / spec.neurons)
    image.axon_type[:] = random.integers(0, 2, image.axon_type.shape)
    image.weight[..., 0], image.weight[..., 1] = 1, -1
    period = 1 / (rate_hz * spec.tick_s)
    leak = 20
    image.neurons.threshold[:] = np.maximum(1, np.rint(leak * period))
    image.neurons.leak[:] = leak
    image.neurons.reset_mode[:] = 1
    image.neurons.negative_saturation[:] = 1
    image.neurons.negative_threshold[:] = 1000
    image.neurons.initial_potential[:] = random.integers(0, image.neurons.threshold.max(), shape)
    image.neuron_used[:] = 1
    image.target_core[:] = random.integers(0, image.cores, shape)
    image.target_axon[:] = random.integers(0, spec.axons, shape)
    image.delay[:] = random.integers(1, 16, shape)
    return image
