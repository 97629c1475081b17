"""What a run leaves behind: spikes, counters and probed potentials, as flat arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["COUNTERS", "Probe", "Recording", "Spikes"]

COUNTERS: Final = ("axon_events", "synaptic_operations", "neuron_updates", "spikes", "merged_spikes", "hops")
"""Columns of the counter arrays.

axon_events         : active axons taken from the scheduler (after merging)
synaptic_operations : set crossbar bits of active axons, the "SOP" of SOPS (Merolla et al. 2014)
neuron_updates      : used neurons times ticks
spikes              : spikes fired by the core's neurons
merged_spikes       : arrivals at an axon that was already set for that tick, counted at the receiving core
hops                : |dx| + |dy| of each spike sent to a core, counted at the sending core; outputs count 0
"""

_Columns = tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Which membrane potentials to record: P neurons, every ``interval`` ticks, from ``start`` on, before ``stop``.

    core, neuron : int32[P]
    stop         : one past the last tick, or None for the end of the run
    """

    core: npt.NDArray[np.int32]
    neuron: npt.NDArray[np.int32]
    start: int = 0
    stop: int | None = None
    interval: int = 1

    @classmethod
    def none(cls) -> Probe:
        """No potentials."""
        return cls(core=np.zeros(0, np.int32), neuron=np.zeros(0, np.int32))


class Spikes:
    """S spikes in the order (tick, core, neuron): the arrays ``tick``, ``core`` and ``neuron``.

    The emulator packs them, four bytes a spike; arrays are made of that when they are first asked for.
    """

    def __init__(self, tick: npt.NDArray[np.int64], core: npt.NDArray[np.int32], neuron: npt.NDArray[np.int32]) -> None:
        self._count = len(tick)
        self._make: Callable[[], _Columns] = lambda: (tick, core, neuron)

    @classmethod
    def packed(
        cls, numbers: list[npt.NDArray[np.uint32]], per_tick: npt.NDArray[np.int64], first_tick: int, width: int
    ) -> Spikes:
        """Spikes as numbers core * width + neuron, in pieces that follow one another.

        per_tick : int64[T], spikes in each tick from ``first_tick`` on
        """

        def make() -> _Columns:
            joined = numbers[0] if len(numbers) == 1 else np.concatenate([np.zeros(0, np.uint32), *numbers])
            tick = np.repeat(np.arange(first_tick, first_tick + len(per_tick), dtype=np.int64), per_tick)
            core, neuron = np.divmod(joined, np.uint32(width))
            return tick, core.astype(np.int32), neuron.astype(np.int32)

        spikes = cls.__new__(cls)
        spikes._count = sum(map(len, numbers))
        spikes._make = make
        return spikes

    def __len__(self) -> int:
        """S, the number of spikes."""
        return self._count

    @cached_property
    def _columns(self) -> _Columns:
        columns = self._make()
        del self._make  # and with it the packed form
        return columns

    @property
    def tick(self) -> npt.NDArray[np.int64]:
        """int64[S]."""
        return self._columns[0]

    @property
    def core(self) -> npt.NDArray[np.int32]:
        """int32[S]."""
        return self._columns[1]

    @property
    def neuron(self) -> npt.NDArray[np.int32]:
        """int32[S], within the core."""
        return self._columns[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Everything observed in ticks start_tick .. start_tick + ticks - 1. C cores, K counters.

    spikes        : S spikes, sorted by (tick, core, neuron)
    counters      : int64[C, K]  totals per core, columns as in COUNTERS
    tick_counters : int64[T, K]  totals per tick over all cores, T = ticks
    probe         : the neurons whose potentials were kept
    probe_tick    : int64[Q]     ticks at which they were kept
    potential     : int32[Q, P]  V at the end of those ticks
    seed          : of the stochastic modes
    wall_s        : seconds spent emulating (compilation of kernels excluded)
    phase_s       : of these, seconds spent to integrate, update, deliver and record; empty where not measured
    """

    start_tick: int
    ticks: int
    spikes: Spikes
    counters: npt.NDArray[np.int64]
    tick_counters: npt.NDArray[np.int64]
    probe: Probe
    probe_tick: npt.NDArray[np.int64]
    potential: npt.NDArray[np.int32]
    seed: int
    wall_s: float
    phase_s: dict[str, float] = field(default_factory=dict)

    @property
    def spike_tick(self) -> npt.NDArray[np.int64]:
        """int64[S]: the tick of each spike."""
        return self.spikes.tick

    @property
    def spike_core(self) -> npt.NDArray[np.int32]:
        """int32[S]: the core of each spike."""
        return self.spikes.core

    @property
    def spike_neuron(self) -> npt.NDArray[np.int32]:
        """int32[S]: the neuron of each spike, within its core."""
        return self.spikes.neuron

    def total(self, counter: str) -> int:
        """The sum of a counter over all cores."""
        return int(self.counters[:, COUNTERS.index(counter)].sum())
