"""Results of windows and of ranks joined into one recording, in the order (tick, core, neuron)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.emulator.chunks import Chunk, gather
from neurocore.emulator.ranks.exchange import Exchange
from neurocore.recording import COUNTERS, Probe, Recording

__all__ = ["in_order", "join", "merge"]

_SPIKES = COUNTERS.index("spikes")


def join(chunks: list[Chunk], probed: int) -> Chunk:
    """Chunks that follow one another as one; probed : neurons of the probe."""
    if len(chunks) == 1:
        return chunks[0]
    none = Chunk(
        0,
        np.empty(0, np.uint32),
        np.zeros((0, len(COUNTERS)), np.int64),
        np.zeros(0, np.int64),
        np.zeros((0, probed), np.int32),
    )
    parts = [none, *chunks]
    return Chunk(
        sum(part.ticks for part in parts),
        np.concatenate([part.spikes for part in parts]),
        np.concatenate([part.tick_counters for part in parts]),
        np.concatenate([part.probe_tick for part in parts]),
        np.concatenate([part.potential for part in parts]),
    )


def in_order(numbers: list[npt.NDArray[np.uint32]], per_tick: list[npt.NDArray[np.int64]]) -> npt.NDArray[np.uint32]:
    """The spikes of all ranks by tick, then rank: ranks own ascending cores. per_tick : int64[T] of each rank"""
    counts = np.stack(per_tick, axis=1)
    goal = (np.cumsum(counts.ravel()) - counts.ravel()).reshape(counts.shape)
    found = np.empty(counts.sum(), np.uint32)
    for rank, spikes in enumerate(numbers):
        own = counts[:, rank]
        found[np.arange(len(spikes)) + np.repeat(goal[:, rank] - (np.cumsum(own) - own), own)] = spikes
    return found


def merge(
    exchange: Exchange,
    chunk: Chunk,
    counters: npt.NDArray[np.int64],
    used_neurons: npt.NDArray[np.int64],
    probe: Probe,
    *,
    first_tick: int,
    first_spike: int,
    width: int,
    seed: int,
    wall_s: float,
    phase_s: dict[str, float],
) -> Recording | None:
    """Gather what the ranks recorded at rank 0, which gets the recording; the others get None.

    chunk, counters, used_neurons : of the rank's cores, all ticks; potentials of other ranks' neurons are 0
    first_spike : the number of neuron 0 of the rank's first core; other arguments as for chunks.gather
    """
    numbers = exchange.gather(chunk.spikes + np.uint32(first_spike))
    tick_counters = exchange.gather(chunk.tick_counters)
    all_counters, used = exchange.gather(counters), exchange.gather(used_neurons)
    potential = exchange.gather(chunk.potential)
    if exchange.rank:
        return None
    whole = Chunk(
        chunk.ticks,
        in_order(numbers, [part[:, _SPIKES] for part in tick_counters]),
        np.sum(tick_counters, axis=0),
        chunk.probe_tick,
        np.sum(potential, axis=0, dtype=np.int32),
    )
    return gather(
        [whole], first_tick, width, np.concatenate(all_counters), np.concatenate(used), probe, seed, wall_s, phase_s
    )
