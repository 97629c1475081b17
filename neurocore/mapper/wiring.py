"""What realise produces: which axons each neuron needs, of which type, and its weight for each type."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Wiring"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Neurons and the axons they need. L neurons, K axons, E crossbar bits, G axon types.

    An *axon* here is (source, delay, type, copy); every core that has a neuron reading it carries one of its own.
    Several copies of one type exist where a weight is a sum of several like terms.

    axon_source : int32[K]  neuron 0..L-1 or L + input pin
    axon_delay  : uint8[K]  ticks
    axon_type   : uint8[K]
    start       : int64[L+1]  neuron j reads axons reads[start[j]:start[j+1]]
    reads       : int32[E]    ascending within a neuron
    weight      : int16[L, G] S, potential units
    stochastic  : uint8[L]    bit g is 1 where the weight of type g is stochastic

    Axons are sorted by (source, delay, type, copy).
    """

    axon_source: npt.NDArray[np.int32]
    axon_delay: npt.NDArray[np.uint8]
    axon_type: npt.NDArray[np.uint8]
    start: npt.NDArray[np.int64]
    reads: npt.NDArray[np.int32]
    weight: npt.NDArray[np.int16]
    stochastic: npt.NDArray[np.uint8]

    @property
    def neurons(self) -> int:
        """L, the number of neurons."""
        return len(self.start) - 1
