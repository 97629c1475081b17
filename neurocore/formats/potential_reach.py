"""How far a core's potentials can go, whatever spikes arrive: bounds by which dialects are told to agree or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.bits import unpack_words
from neurocore.image import ChipImage

__all__ = ["FOREVER", "Reach", "reach_of", "ticks_within"]

FOREVER: Final = 2**62
"""Ticks where a bound is never met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What one tick can add to a neuron's potential at most. C cores, N neurons.

    up, down : int64[C, N]  all excitatory, or all inhibitory synapses at once, and the leak; both 0 or more
    step     : int64[C, N]  greatest number that divides every weight in use and the leak; 0 where nothing moves V
    """

    up: npt.NDArray[np.int64]
    down: npt.NDArray[np.int64]
    step: npt.NDArray[np.int64]


def reach_of(image: ChipImage) -> Reach:
    """The reach of every neuron. Stochastic synapses and leaks count with their full weight."""
    shape = image.neuron_used.shape
    up, down, step = (np.zeros(shape, np.int64) for _ in range(3))
    for core in range(image.cores):
        mask = unpack_words(image.crossbar[core], image.spec.neurons)
        weight = image.weight[core].astype(np.int64).T[image.axon_type[core]]
        weight = np.where(mask, weight, 0)
        up[core] = np.maximum(weight, 0).sum(axis=0)
        down[core] = np.maximum(-weight, 0).sum(axis=0)
        step[core] = np.gcd.reduce(weight, axis=0)
    leak = image.neurons.leak.astype(np.int64)
    both = image.neurons.leak_reversal > 0
    up += np.where(both, np.abs(leak), np.maximum(leak, 0))
    down += np.where(both, np.abs(leak), np.maximum(-leak, 0))
    return Reach(up=up, down=down, step=np.gcd(step, np.abs(leak)))


def ticks_within(image: ChipImage, reach: Reach, limit: int) -> int:
    """For how many ticks no used neuron's potential can end a tick outside -limit..limit; FOREVER where it never can.

    A neuron with linear reset that is driven by more than its threshold in every tick goes up without end, one with
    linear negative reset down; only a register of finite width stops them.
    """
    neurons = image.neurons
    noise = (1 << neurons.threshold_noise_bits.astype(np.int64)) - 1
    threshold, floor = neurons.threshold.astype(np.int64), neurons.negative_threshold.astype(np.int64)
    start, back = neurons.initial_potential.astype(np.int64), neurons.reset_potential.astype(np.int64)
    linear, stays = neurons.reset_mode == 1, neurons.reset_mode == 2
    held = neurons.negative_saturation > 0
    top = np.maximum(start, threshold - 1 + noise)
    top = np.where(neurons.reset_mode == 0, np.maximum(top, np.abs(back)), top)
    rise = np.where(linear, np.maximum(reach.up - threshold, 0), 0)
    rise = np.where(stays, 0 if image.spec.nonreset_ceiling else reach.up, rise)
    bottom = np.maximum(-start, floor + noise)
    bottom = np.where(~held & (neurons.reset_mode == 0), np.maximum(bottom, np.abs(back)), bottom)
    fall = np.where(linear, np.maximum(reach.down - floor, 0), 0)
    fall = np.where(held, 0, np.where(stays, reach.down, fall))
    used = image.neuron_used > 0
    ticks = np.minimum(_ticks(limit - top, rise), _ticks(limit - bottom, fall))
    return int(ticks[used].min(initial=FOREVER))


def _ticks(room: npt.NDArray[np.int64], pace: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Ticks until the room is used up at a pace."""
    ticks = np.where(pace > 0, np.maximum(room, 0) // np.maximum(pace, 1), FOREVER)
    return np.where(room < 0, 0, ticks)
