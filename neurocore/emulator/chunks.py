"""What one call of the kernels leaves, and joining such chunks into a Recording."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.recording import COUNTERS, Probe, Recording, Spikes

__all__ = ["Chunk", "LastSamples", "gather"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Spikes, counters by tick and potentials of some consecutive ticks; axes as in Recording.

    spikes : uint32[S]  core * width + neuron
    """

    ticks: int
    spikes: npt.NDArray[np.uint32]
    tick_counters: npt.NDArray[np.int64]
    probe_tick: npt.NDArray[np.int64]
    potential: npt.NDArray[np.int32]


class LastSamples:
    """Lets go of potentials that a probe with ``last`` does not keep, while the list of chunks grows."""

    def __init__(self, chunks: list[Chunk], last: int | None) -> None:
        self._chunks, self._last = chunks, last
        self._oldest = self._seen = self._held = 0

    def forget(self) -> None:
        """Look at the chunks that are new; the oldest whose samples are all too old lose them."""
        if self._last is None:
            return
        self._held += sum(len(chunk.probe_tick) for chunk in self._chunks[self._seen :])
        self._seen = len(self._chunks)
        while self._held - len(self._chunks[self._oldest].probe_tick) >= self._last:
            chunk = self._chunks[self._oldest]
            self._held -= len(chunk.probe_tick)
            self._chunks[self._oldest] = replace(
                chunk, probe_tick=chunk.probe_tick[:0].copy(), potential=chunk.potential[:0].copy()
            )
            self._oldest += 1


def gather(
    chunks: list[Chunk],
    start_tick: int,
    width: int,
    counters: npt.NDArray[np.int64],
    used_neurons: npt.NDArray[np.int64],
    probe: Probe,
    seed: int,
    wall_s: float,
    phase_s: dict[str, float],
) -> Recording:
    """Join chunks in their order; the counter of neuron updates is filled in here.

    counters     : int64[C, K], of all chunks together
    used_neurons : int64[C]
    width        : see Chunk.spikes
    """
    ticks = sum(chunk.ticks for chunk in chunks)
    updates = COUNTERS.index("neuron_updates")
    counters[:, updates] = used_neurons * ticks

    def joined(name: str, dtype: type[np.generic], shape: tuple[int, ...]) -> npt.NDArray[Any]:
        parts = [getattr(chunk, name) for chunk in chunks]
        return np.concatenate(parts) if parts else np.zeros(shape, dtype)

    tick_counters = joined("tick_counters", np.int64, (0, len(COUNTERS)))
    tick_counters[:, updates] = used_neurons.sum()
    samples = slice(None) if probe.last is None else slice(-probe.last, None)
    return Recording(
        start_tick=start_tick,
        ticks=ticks,
        spikes=Spikes.packed(
            [chunk.spikes for chunk in chunks], tick_counters[:, COUNTERS.index("spikes")], start_tick, width
        ),
        counters=counters,
        tick_counters=tick_counters,
        probe=probe,
        probe_tick=joined("probe_tick", np.int64, (0,))[samples],
        potential=joined("potential", np.int32, (0, len(probe.core)))[samples],
        seed=seed,
        wall_s=wall_s,
        phase_s=phase_s,
    )
