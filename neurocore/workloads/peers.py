"""A network that other simulators can run spike for spike: what tools/bench/peers.py compares neurocore on.

Every neuron targets one axon of a random core, and no other neuron does, so that spikes never merge: each neuron simply
has 128 synapses, all of one weight. Drive, weights and threshold are integers, the delay is one tick.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.bits import pack_words, unpack_words
from neurocore.errors import RunError
from neurocore.image import ChipImage

__all__ = ["FAN_OUT", "THRESHOLD", "peer_image", "synapses_of"]

FAN_OUT: Final = 128
THRESHOLD: Final = 1000
_DRIVE: Final = (10, 30)
"""Lowest and highest: 20 on average, so that 2.0 % of the neurons fire per tick."""
_NEVER: Final = 2**18 - 1
"""A negative threshold that no potential comes near: the other simulators need none."""


def peer_image(cores: int, seed: int = 0) -> ChipImage:
    """Cores of 256 neurons with a drive of 10..30 per tick, threshold 1000 and reset to 0; weights +1 and -1 by halves.

    cores : 1..4096
    Raises RunError for another number of cores.
    """
    if not 1 <= cores <= 4096:
        raise RunError(f"{cores} cores", fix="allowed: 1..4096")
    spec = ChipSpec(name="peers")
    place = np.arange(cores)
    image = ChipImage.blank(f"peers_{cores}", spec, np.stack([place % 64, place // 64], axis=1))
    random = np.random.default_rng([seed, cores])
    shape = (cores, spec.neurons)
    row = np.arange(spec.neurons) < FAN_OUT
    for core in range(cores):
        rows = np.broadcast_to(row, (spec.axons, spec.neurons))
        image.crossbar[core] = pack_words(random.permuted(rows, axis=1))
    halves = np.arange(spec.axons, dtype=np.uint8) % 2
    image.axon_type[:] = random.permuted(np.broadcast_to(halves, image.axon_type.shape), axis=1)
    image.weight[..., 0], image.weight[..., 1] = 1, -1
    target = random.permutation(cores * spec.axons).reshape(shape)
    image.target_core[:], image.target_axon[:] = np.divmod(target, spec.axons)
    image.neurons.threshold[:] = THRESHOLD
    image.neurons.negative_threshold[:] = _NEVER
    image.neurons.leak[:] = random.integers(_DRIVE[0], _DRIVE[1] + 1, shape)
    image.neurons.initial_potential[:] = random.integers(0, THRESHOLD, shape)
    image.neuron_used[:] = 1
    return image


def synapses_of(image: ChipImage) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int8]]:
    """The synapses of a :func:`peer_image`, flat: neuron n is neuron n % 256 of core n // 256. N neurons.

    Returns int32[N, 128], the neurons that each neuron reaches, ascending; int8[N], the weight of its synapses.
    """
    core, axon = image.target_core.ravel(), image.target_axon.ravel()
    target = np.empty((len(core), FAN_OUT), np.int32)
    for source in range(0, len(core), 256):  # a core's rows at a time: unpacked, a bit is a byte
        some = slice(source, source + 256)
        reached = np.nonzero(unpack_words(image.crossbar[core[some], axon[some]], image.spec.neurons))[1]
        target[some] = reached.reshape(-1, FAN_OUT) + core[some, None] * image.spec.neurons
    return target, np.where(image.axon_type[core, axon] == 0, 1, -1).astype(np.int8)
