"""Results of windows and of ranks joined into one recording, in the order (tick, core, neuron)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.emulator.chunks import Chunk, gather
from neurocore.emulator.ranks.exchange import Exchange
from neurocore.recording import COUNTERS, Probe, Recording
from neurocore.spikes import in_tick_order

__all__ = ["join", "merge"]

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


def merge(
    exchange: Exchange,
    chunk: Chunk,
    counters: npt.NDArray[np.int64],
    used_neurons: npt.NDArray[np.int64],
    probe: Probe,
    *,
    first_tick: int,
    first_core: int,
    width: int,
    seed: int,
    wall_s: float,
    phase_s: dict[str, float],
) -> Recording | None:
    """Gather what the ranks recorded at rank 0, which gets the recording; the others get None.

    chunk, counters, used_neurons : of the rank's cores, all ticks; potentials of its own neurons only
    probe      : of the whole image
    first_core : of the rank; other arguments as for chunks.gather
    """
    numbers = exchange.gather(chunk.spikes + np.uint32(first_core * width))
    tick_counters = exchange.gather(chunk.tick_counters)
    all_counters, used = exchange.gather(counters), exchange.gather(used_neurons)
    looked, potential = exchange.gather(chunk.probe_tick), exchange.gather(chunk.potential)
    if exchange.rank:
        return None
    starts = np.cumsum([0, *map(len, used)])
    probe_tick = max(looked, key=len)  # a rank without a probed neuron never looks
    whole = np.zeros((len(probe_tick), len(probe.core)), np.int32)
    for low, high, columns in zip(starts[:-1], starts[1:], potential, strict=True):
        own = (probe.core >= low) & (probe.core < high)
        if own.any():
            whole[:, own] = columns
    merged = Chunk(
        chunk.ticks,
        in_tick_order(numbers, [part[:, _SPIKES] for part in tick_counters]),
        np.sum(tick_counters, axis=0),
        probe_tick,
        whole,
    )
    return gather(
        [merged], first_tick, width, np.concatenate(all_counters), np.concatenate(used), probe, seed, wall_s, phase_s
    )
