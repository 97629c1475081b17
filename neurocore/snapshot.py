"""A chip between two ticks: all that the rest of a run depends on besides the image and the external spikes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Snapshot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The state of a chip before tick ``tick``. C cores, N neurons, V = words per axon bitmap.

    potential    : int32[C, N]       membrane potentials
    ring         : uint64[16, C, V]  spikes under way: bit a of slot t mod 16 is set where axon a is due at tick t
    tick         : the next tick to run
    seed         : of the stochastic modes; with the tick it decides all that is drawn
    image_digest : ChipImage.digest() of the image that runs
    """

    potential: npt.NDArray[np.int32]
    ring: npt.NDArray[np.uint64]
    tick: int
    seed: int
    image_digest: str
