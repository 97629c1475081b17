"""A model of what ranks exchange: messages and bytes of a tick, from connections, rates and ranks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.emulator.ranks.block import LONGEST, leaving, take_block
from neurocore.image import ChipImage

__all__ = ["PACKET_BYTES", "ExchangeModel", "LinkModel", "model_of"]

PACKET_BYTES: Final = 8
"""Bytes of a packet between ranks: core, axon, delay and tick of its spike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeModel:
    """What K ranks exchange. Bytes are of packets: an MPI adds an envelope of some tens of bytes to a message.

    window      : ticks between two exchanges; 0: none
    connections : int64[K, K], neurons of rank i that send to rank j, 0 where i = j
    """

    window: int
    connections: npt.NDArray[np.int64]

    @property
    def messages_per_tick(self) -> npt.NDArray[np.float64]:
        """float64[K]: messages that each rank sends, one a window to each rank it has connections to."""
        neighbours = np.count_nonzero(self.connections, axis=1)
        return neighbours / self.window if self.window else np.zeros(len(neighbours))

    def bytes_per_tick(self, spikes_per_tick: float) -> npt.NDArray[np.float64]:
        """float64[K]: bytes that each rank sends where a neuron fires ``spikes_per_tick`` times a tick on average."""
        return self.connections.sum(axis=1) * spikes_per_tick * PACKET_BYTES


def model_of(image: ChipImage, bounds: npt.NDArray[np.int64]) -> ExchangeModel:
    """The model of an image on the ranks that ``bounds`` (int64[K + 1]) make."""
    ranks = len(bounds) - 1
    connections = np.zeros((ranks, ranks), np.int64)
    shortest = LONGEST + 1
    for rank in range(ranks):
        table = leaving(take_block(image, int(bounds[rank]), int(bounds[rank + 1])), bounds)
        connections[rank] = np.bincount(table.rank, minlength=ranks)
        shortest = min(shortest, table.shortest)
    return ExchangeModel(window=0 if shortest > LONGEST else max(1, shortest - 1), connections=connections)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkModel:
    """A machine whose ranks sit one on a node, as far as it decides how long an exchange takes.

    core_tick_s : seconds that a rank needs for one tick of one core
    window_s    : seconds of a rank's own work for each exchange, whatever is in it: calls of kernels, short arrays
    latency_s   : seconds that a message takes, however short
    bytes_per_s : what a node sends in a second
    """

    core_tick_s: float
    window_s: float
    latency_s: float
    bytes_per_s: float

    def tick_s(self, cores: int, neighbours: int, leaving_neurons: float, spikes_per_tick: float, window: int) -> float:
        """Seconds of a tick of one rank, which sends at once to its neighbours, every ``window`` ticks.

        cores           : of the rank; neighbours : ranks it sends to
        leaving_neurons : of the rank, those with a target elsewhere
        What travels while a tick is run is hidden where ``window`` is 2 or more; here it is counted in full.
        """
        sent = leaving_neurons * spikes_per_tick * PACKET_BYTES
        each_window = self.window_s + neighbours * self.latency_s
        return cores * self.core_tick_s + each_window / window + sent / self.bytes_per_s
