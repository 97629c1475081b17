"""What a run leaves behind: spikes, counters and probed potentials, as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["COUNTERS", "Probe", "Recording"]

COUNTERS: Final = ("axon_events", "synaptic_operations", "neuron_updates", "spikes", "merged_spikes", "hops")
"""Columns of the counter arrays.

axon_events         : active axons taken from the scheduler (after merging)
synaptic_operations : set crossbar bits of active axons, the "SOP" of SOPS (Merolla et al. 2014)
neuron_updates      : used neurons times ticks
spikes              : spikes fired by the core's neurons
merged_spikes       : arrivals at an axon that was already set for that tick, counted at the receiving core
hops                : |dx| + |dy| of each spike sent to a core, counted at the sending core; outputs count 0
"""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Everything observed in ticks start_tick .. start_tick + ticks - 1. C cores, K counters.

    spike_tick, spike_core, spike_neuron : int64[S], int32[S], int32[S]  sorted by (tick, core, neuron)
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
    spike_tick: npt.NDArray[np.int64]
    spike_core: npt.NDArray[np.int32]
    spike_neuron: npt.NDArray[np.int32]
    counters: npt.NDArray[np.int64]
    tick_counters: npt.NDArray[np.int64]
    probe: Probe
    probe_tick: npt.NDArray[np.int64]
    potential: npt.NDArray[np.int32]
    seed: int
    wall_s: float
    phase_s: dict[str, float] = field(default_factory=dict)

    def total(self, counter: str) -> int:
        """The sum of a counter over all cores."""
        return int(self.counters[:, COUNTERS.index(counter)].sum())
