"""What a run leaves behind: spikes, counters and probed potentials, as flat arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import RunError
from neurocore.markup import html_table
from neurocore.units import human_bytes

__all__ = ["COUNTERS", "DENSE_LIMIT", "Probe", "Recording", "Spikes", "dense", "trains_of"]

DENSE_LIMIT: Final = 2**30
"""Most bytes of an array with one byte for each neuron and tick."""

COUNTERS: Final = ("axon_events", "synaptic_operations", "neuron_updates", "spikes", "merged_spikes", "hops")
"""Columns of the counter arrays.

axon_events         : active axons taken from the scheduler (after merging)
synaptic_operations : set crossbar bits of active axons, the "SOP" of SOPS (Merolla et al. 2014)
neuron_updates      : used neurons times ticks
spikes              : spikes fired by the core's neurons
merged_spikes       : arrivals at an axon that was already set for that tick, counted at the receiving core
hops                : |dx| + |dy| of each spike sent to a core, counted at the sending core; outputs count 0
"""

_PIECE: Final = 2**20
"""Spikes at a time, where not said."""

_Columns = tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Which membrane potentials to record: P neurons, every ``interval`` ticks, from ``start`` on, before ``stop``.

    core, neuron : int32[P]
    stop         : one past the last tick, or None for the end of the run
    last         : only so many samples are kept, the last ones; all if None
    """

    core: npt.NDArray[np.int32]
    neuron: npt.NDArray[np.int32]
    start: int = 0
    stop: int | None = None
    interval: int = 1
    last: int | None = None

    def samples(self, ticks: int) -> int:
        """Q, the samples that are kept of a run of so many ticks from tick 0 on."""
        looks = len(range(self.start, ticks if self.stop is None else min(ticks, self.stop), self.interval))
        return looks if self.last is None else min(looks, self.last)

    @classmethod
    def none(cls) -> Probe:
        """No potentials."""
        return cls(core=np.zeros(0, np.int32), neuron=np.zeros(0, np.int32))


class Spikes:
    """S spikes in the order (tick, core, neuron): the arrays ``tick``, ``core`` and ``neuron``.

    The emulator packs them, four bytes a spike; arrays are made of that when they are first asked for.
    """

    _source: Callable[[int], Iterator[_Columns]] | None = None

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

    @classmethod
    def streamed(cls, count: int, source: Callable[[int], Iterator[_Columns]]) -> Spikes:
        """``count`` spikes that are somewhere else, such as in a file: read when asked for, a piece at a time.

        source : called with the most spikes of a piece, gives the columns of one piece after the other
        """

        def make() -> _Columns:
            tick, core, neuron = np.empty(count, np.int64), np.empty(count, np.int32), np.empty(count, np.int32)
            first = 0
            for ticks, cores, neurons in source(_PIECE):
                part = slice(first, first + len(ticks))
                tick[part], core[part], neuron[part] = ticks, cores, neurons
                first = part.stop
            return tick, core, neuron

        spikes = cls.__new__(cls)
        spikes._count, spikes._make, spikes._source = count, make, source
        return spikes

    def pieces(self, most: int = _PIECE) -> Iterator[_Columns]:
        """The columns tick, core and neuron of at most so many spikes after the other, in bounded memory where
        the spikes are in a file and no column was asked for before."""
        if self._source is not None and "_columns" not in self.__dict__:
            yield from self._source(most)
            return
        tick, core, neuron = self._columns
        for first in range(0, self._count, most):
            part = slice(first, first + most)
            yield tick[part], core[part], neuron[part]

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
    learned       : uint64[C, A, W], the crossbar after the run; None where nothing learns
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
    learned: npt.NDArray[np.uint64] | None = None

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

    def spike_trains(self) -> dict[tuple[int, int], npt.NDArray[np.int64]]:
        """(core, neuron) -> int64[k], the ticks of its spikes, ascending; of every neuron that fired, in that order.

        By population: :func:`neurocore.trains.spikes_of`, or ``spikes_of`` of a run's result.
        """
        key = self.spike_core.astype(np.int64) << 32 | self.spike_neuron
        fired, train = np.unique(key, return_inverse=True)
        trains = trains_of(self.spike_tick, train, len(fired))
        return {(int(where >> 32), int(where & 0xFFFFFFFF)): ticks for where, ticks in zip(fired, trains, strict=True)}

    def count(self, neurons: int = 256) -> npt.NDArray[np.int64]:
        """int64[C, N]: the spikes of each neuron.

        neurons : N, of a core (``image.spec.neurons``). Raises RunError where a spike's neuron is beyond it.
        """
        where = self._flat(neurons)
        cores = len(self.counters)
        return np.bincount(where, minlength=cores * neurons).reshape(cores, neurons)

    def to_dense(
        self, neurons: int = 256, *, start: int | None = None, stop: int | None = None
    ) -> npt.NDArray[np.bool_]:
        """bool[T, C, N]: True where a neuron fired in a tick, from ``start`` on, before ``stop`` (default: the run).

        neurons : N, of a core. Raises RunError where this would take more than DENSE_LIMIT bytes.
        """
        cores = len(self.counters)
        first, end = self.start_tick if start is None else start, self.start_tick + self.ticks if stop is None else stop
        return dense(self.spike_tick, self._flat(neurons), cores * neurons, first, end).reshape(-1, cores, neurons)

    def _flat(self, neurons: int) -> npt.NDArray[np.int64]:
        """int64[S]: core * N + neuron of every spike."""
        most = int(self.spike_neuron.max(initial=-1))
        if most >= neurons:
            raise RunError(
                f"neuron {most} of a core fired, a core is said to have {neurons}",
                fix="give neurons=image.spec.neurons, such as count(1024)",
            )
        return self.spike_core.astype(np.int64) * neurons + self.spike_neuron

    def _repr_html_(self) -> str:
        """For notebooks: what was recorded."""
        rows = [("ticks", f"{self.start_tick:,} to {self.start_tick + self.ticks - 1:,}"), ("seed", str(self.seed))]
        rows += [(name.replace("_", " "), f"{self.total(name):,}") for name in COUNTERS]
        if self.potential.size:
            rows.append(("potentials", f"{self.potential.shape[1]:,} neurons at {len(self.probe_tick):,} ticks"))
        return html_table(f"Recording of {len(self.counters):,} cores", rows)


def trains_of(tick: npt.NDArray[np.int64], index: npt.NDArray[np.integer], count: int) -> list[npt.NDArray[np.int64]]:
    """Ascending ticks of each of ``count`` neurons, int64[k] each, from spikes in the order of time.

    tick, index : [S]; index is 0..count - 1
    """
    order = np.argsort(index, kind="stable")
    ends = np.cumsum(np.bincount(index, minlength=count))
    return np.split(tick[order], ends[:-1]) if count else []


def dense(
    tick: npt.NDArray[np.int64], index: npt.NDArray[np.integer], count: int, start: int, stop: int
) -> npt.NDArray[np.bool_]:
    """bool[stop - start, count]: True at (tick - start, index) of each spike. tick : int64[S], ascending.

    Raises RunError, before anything is allocated, where that takes more than DENSE_LIMIT bytes or no tick is asked for.
    """
    if start < 0 or stop < start:
        raise RunError(f"ticks {start} to {stop} are none", fix="allowed: 0 <= start <= stop")
    size = (stop - start) * count
    if size > DENSE_LIMIT:
        raise RunError(
            f"{count:,} neurons x {stop - start:,} ticks would take {human_bytes(size)}",
            fix=f"allowed: {human_bytes(DENSE_LIMIT)}; fewer ticks (start=, stop=), one population, or spike_trains()",
        )
    raster = np.zeros((stop - start, count), np.bool_)
    low, high = np.searchsorted(tick, [start, stop])
    raster[tick[low:high] - start, index[low:high]] = True
    return raster
