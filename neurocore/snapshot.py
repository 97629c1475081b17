"""A chip between two ticks: all that the rest of a run depends on besides the image and the external spikes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["LearningSnapshot", "Snapshot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningSnapshot:
    """What a chip that learns has besides. C cores, A axons, N neurons, W words per crossbar row.

    crossbar        : uint64[C, A, W]  as far as it has been learned
    axon_counters   : uint8[C, A]      ticks since the axon was active, as a tick of docs/learning.md finds them
    neuron_counters : uint8[C, N]      ticks since the neuron fired
    """

    crossbar: npt.NDArray[np.uint64]
    axon_counters: npt.NDArray[np.uint8]
    neuron_counters: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The state of a chip before tick ``tick``. C cores, N neurons, V = words per axon bitmap.

    potential    : int32[C, N]       membrane potentials
    ring         : uint64[16, C, V]  spikes under way: bit a of slot t mod 16 is set where axon a is due at tick t
    tick         : the next tick to run
    seed         : of the stochastic modes; with the tick it decides all that is drawn
    image_digest : ChipImage.digest() of the image that runs
    learning     : of an image that learns, else None
    """

    potential: npt.NDArray[np.int32]
    ring: npt.NDArray[np.uint64]
    tick: int
    seed: int
    image_digest: str
    learning: LearningSnapshot | None = None
