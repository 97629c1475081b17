"""A chip image laid out for the kernels, and the state that moves: two named tuples of flat arrays."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from neurocore.arch import RING_SLOTS
from neurocore.image import ChipImage

__all__ = ["ChipState", "ChipTables", "fresh_state", "hop_counts", "lay_out"]

Scalar = TypeVar("Scalar", bound=np.generic)


class ChipTables(NamedTuple):
    """What the kernels read. C cores, A axons, M = 64 * W neurons (padded), G axon types, V = words per axon bitmap.

    Padding and unused neurons have a threshold above the potential limit, no leak and no synapses: they never fire.
    """

    crossbar: npt.NDArray[np.uint64]  # [C, A, W]
    axon_type: npt.NDArray[np.uint8]  # [C, A]
    axon_key: npt.NDArray[np.uint32]  # [C, A]
    weight: npt.NDArray[np.int16]  # [C, G, M]
    stochastic_type: npt.NDArray[np.uint64]  # [C, G, W] bit n: the weight of neuron n for type g is stochastic
    any_stochastic: npt.NDArray[np.uint8]  # [C, G]
    threshold: npt.NDArray[np.int32]  # [C, M]
    noise_mask: npt.NDArray[np.int32]  # [C, M] 2^TM - 1
    negative_threshold: npt.NDArray[np.int32]  # [C, M]
    negative_saturation: npt.NDArray[np.uint8]  # [C, M]
    reset_mode: npt.NDArray[np.uint8]  # [C, M]
    reset_potential: npt.NDArray[np.int32]  # [C, M]
    leak: npt.NDArray[np.int16]  # [C, M]
    leak_reversal: npt.NDArray[np.uint8]  # [C, M]
    stochastic_leak: npt.NDArray[np.uint8]  # [C, M]
    ceiling: npt.NDArray[np.int32]  # [C, M] V is held at or below this at the end of a tick
    draws: npt.NDArray[np.uint8]  # [C] 1 where a neuron of the core draws (noise or stochastic leak)
    used_neurons: npt.NDArray[np.int64]  # [C]
    neuron_key: npt.NDArray[np.uint32]  # [C, M]
    target_core: npt.NDArray[np.int32]  # [C, M]
    target_axon: npt.NDArray[np.int32]  # [C, M]
    delay: npt.NDArray[np.uint8]  # [C, M]
    hops: npt.NDArray[np.int32]  # [C, M] |dx| + |dy| to the target core, 0 for outputs
    potential_limit: int
    stop_at_zero: bool
    below: int  # V < -(beta + eta) is tested as V < below - (beta + eta): 0, or 1 where the test includes equality
    seed: np.uint64


class ChipState(NamedTuple):
    """What the kernels change, besides the counters.

    potential : int32[C, M]       membrane potentials
    ring      : uint64[16*C*V]    axon bitmaps, flat over [slot, core, word]
    settled   : uint8[C]          1 where a tick without arrivals would change nothing and fire nothing
    """

    potential: npt.NDArray[np.int32]
    ring: npt.NDArray[np.uint64]
    settled: npt.NDArray[np.uint8]


def _pad(array: npt.NDArray[Scalar], width: int, fill: int) -> npt.NDArray[Scalar]:
    spare = width - array.shape[1]
    if not spare:
        return np.ascontiguousarray(array)
    return np.concatenate([array, np.full((len(array), spare), fill, array.dtype)], axis=1)


def hop_counts(image: ChipImage) -> npt.NDArray[np.int32]:
    """Hops of each neuron's spikes, |dx| + |dy| on the whole array of chips; 0 for outputs and unwired neurons.

    Returns int32[C, N].
    """
    wired = image.target_core >= 0
    there = image.core_xy[np.where(wired, image.target_core, 0)]
    distance = np.abs(there - image.core_xy[:, None, :]).sum(axis=-1, dtype=np.int32)
    return np.where(wired, distance, 0).astype(np.int32)


def lay_out(image: ChipImage, seed: int) -> ChipTables:
    """Copy an image into the kernels' layout; the image is not touched."""
    spec, neurons = image.spec, image.neurons
    c, n, g = image.cores, spec.neurons, spec.axon_types
    m = spec.neuron_words * 64
    used = image.neuron_used > 0

    def table(array: npt.NDArray[Scalar], idle: int) -> npt.NDArray[Scalar]:
        """Unused neurons get idle parameters, whatever the image says of them: they never fire."""
        return _pad(np.where(used, array, np.array(idle, array.dtype)).astype(array.dtype, copy=False), m, idle)

    weight = np.zeros((c, g, m), np.int16)
    weight[:, :, :n] = np.where(used[:, None, :], image.weight.transpose(0, 2, 1), 0)
    type_bits = (image.stochastic_weight[:, None, :] >> np.arange(g, dtype=np.uint8)[None, :, None]) & 1
    stochastic = np.zeros((c, g, m), bool)
    stochastic[:, :, :n] = (type_bits > 0) & used[:, None, :]
    packed = np.packbits(stochastic, axis=-1, bitorder="little").view("<u8").astype(np.uint64, copy=False)
    noise_mask = ((1 << neurons.threshold_noise_bits.astype(np.int64)) - 1).astype(np.int32)
    limit = spec.potential_limit
    ceiling = np.full((c, n), limit, np.int64)
    if spec.nonreset_ceiling:
        held = np.minimum(limit, neurons.threshold.astype(np.int64) + noise_mask)
        ceiling = np.where(neurons.reset_mode == 2, held, ceiling)
    return ChipTables(
        crossbar=np.ascontiguousarray(image.crossbar),
        axon_type=np.ascontiguousarray(image.axon_type),
        axon_key=np.ascontiguousarray(image.axon_key),
        weight=weight,
        stochastic_type=packed,
        any_stochastic=np.any(packed, axis=-1).astype(np.uint8),
        threshold=table(neurons.threshold, limit + 1),
        noise_mask=table(noise_mask, 0),
        negative_threshold=table(neurons.negative_threshold, limit),
        negative_saturation=table(neurons.negative_saturation, 1),
        reset_mode=table(neurons.reset_mode, 0),
        reset_potential=table(neurons.reset_potential, 0),
        leak=table(neurons.leak, 0),
        leak_reversal=table(neurons.leak_reversal, 0),
        stochastic_leak=table(neurons.stochastic_leak, 0),
        ceiling=table(ceiling.astype(np.int32), limit),
        draws=np.any(neurons.draws & used, axis=1).astype(np.uint8),
        used_neurons=used.sum(axis=1).astype(np.int64),
        neuron_key=_pad(image.neuron_key, m, 0),
        target_core=_pad(image.target_core, m, -1),
        target_axon=_pad(image.target_axon, m, 0),
        delay=_pad(image.delay, m, 1),
        hops=_pad(hop_counts(image), m, 0),
        potential_limit=limit,
        stop_at_zero=spec.stop_at_zero,
        below=1 if spec.negative_inclusive else 0,
        seed=np.uint64(seed),
    )


def fresh_state(image: ChipImage) -> ChipState:
    """Initial potentials, an empty ring, nothing settled."""
    spec = image.spec
    potential = np.zeros((image.cores, spec.neuron_words * 64), np.int32)
    potential[:, : spec.neurons] = image.neurons.initial_potential
    return ChipState(
        potential=potential,
        ring=np.zeros(RING_SLOTS * image.cores * spec.axon_words, np.uint64),
        settled=np.zeros(image.cores, np.uint8),
    )
