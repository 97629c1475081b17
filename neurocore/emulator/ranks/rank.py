"""A rank: an emulator of its own cores that exchanges packets with the other ranks.

With a smallest delay of d ticks between ranks, packets are exchanged every d - 1 ticks and travel while the tick after
is run: none is needed before. With d = 1 they are exchanged after every tick, and the rank waits for them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from neurocore.emulator.chunks import Chunk, LastSamples
from neurocore.emulator.engine import Emulator, Progress
from neurocore.emulator.interrupt import deferred_interrupt
from neurocore.emulator.ranks.block import LONGEST, CoreBlock, leaving, local_image
from neurocore.emulator.ranks.exchange import Exchange
from neurocore.emulator.ranks.kernel_exchange import collect, receive
from neurocore.emulator.ranks.late import later_ones
from neurocore.emulator.ranks.merge import join, merge
from neurocore.recording import COUNTERS, Probe, Recording
from neurocore.spikes import AxonEvents

__all__ = ["RankEmulator"]

_SPIKES, _MERGED = COUNTERS.index("spikes"), COUNTERS.index("merged_spikes")

_WINDOWS = 4
"""Windows at least that are run at a time: then ranks wait for all packets and ask each other how to go on."""


@dataclass(slots=True)
class _Flight:
    """A window whose packets are on their way."""

    first_tick: int
    chunk: Chunk


class RankEmulator(Emulator):
    """The cores of one rank, loaded and ready to run; all ranks are made and run at the same time.

    block    : the rank's cores
    bounds   : int64[K + 1], rank k owns cores bounds[k] .. bounds[k + 1] - 1
    exchange : the way to the other ranks
    window   : ticks between two exchanges; 0 where no connection leaves any rank

    Raises ImageError for a connection to a core or axon that does not exist, and what Emulator raises.
    """

    def __init__(
        self,
        block: CoreBlock,
        bounds: npt.NDArray[np.int64],
        exchange: Exchange,
        *,
        seed: int = 0,
        threads: int | None = None,
    ) -> None:
        super().__init__(local_image(block), seed=seed, threads=threads)
        self.exchange = exchange
        self._low = block.low
        self._leaving = leaving(block, bounds)
        shortest = exchange.smallest(self._leaving.shortest)
        self.window = 0 if shortest > LONGEST else max(1, shortest - 1)
        self._overlapped = self.window > 0 and shortest > 1
        room = np.bincount(self._leaving.rank, minlength=exchange.ranks).astype(np.int64) * self.window
        self._start = np.cumsum(room) - room
        self._filled = np.zeros(exchange.ranks, np.int64)
        self._out = np.empty(room.sum(), np.uint64)
        exchange.connect(room)
        self._before = np.empty(self._state.ring.size if self._overlapped else 0, np.uint64)
        """The ring after the first tick of the window that is on its way, where windows overlap."""
        self._piece = max(exchange.smallest(super().chunk_ticks), _WINDOWS * self.window)

    @property
    def first_core(self) -> int:
        """The first of the own cores, as the whole image numbers them."""
        return self._low

    @property
    def chunk_ticks(self) -> int:
        """Ticks that :meth:`advance` is called with at most: the same at all ranks, and some windows long."""
        return self._piece

    def own_events(self, events: AxonEvents) -> AxonEvents:
        """Of the whole image's events those at own cores, as the rank numbers these."""
        own = (events.core >= self._low) & (events.core < self._low + self.image.cores)
        return AxonEvents(tick=events.tick[own], core=events.core[own] - np.int32(self._low), axon=events.axon[own])

    def own_probe(self, probe: Probe) -> Probe:
        """Of the whole image's probe the own neurons, as the rank numbers their cores."""
        own = (probe.core >= self._low) & (probe.core < self._low + self.image.cores)
        return replace(probe, core=probe.core[own] - np.int32(self._low), neuron=probe.neuron[own])

    def advance(self, ticks: int, events: AxonEvents, probe: Probe, counters: npt.NDArray[np.int64]) -> Chunk:
        """Run some ticks, beside all other ranks; what is on its way between them has arrived at the end.

        So the state is that of the own cores in a run of one process. Arguments as for Emulator.advance, of the own
        cores: see own_events, own_probe.
        """
        stop, fresh = self.tick + ticks, list[Chunk]()
        flight: _Flight | None = None
        while self.tick < stop:
            flight = self._run_window(stop - self.tick, events, probe, counters, flight, fresh)
        if flight:
            fresh.append(self._land(flight, counters, None))
        return join(fresh, len(probe.core))

    def go_on_from(self, potential: npt.NDArray[np.int32], ring: npt.NDArray[np.uint64], tick: int) -> None:
        """Go on from the own cores' part of a Snapshot; every rank does, with the same tick."""
        own = self.state()
        self.set_state(replace(own, potential=potential, ring=ring, tick=tick))

    def run_with_others(
        self, ticks: int, events: AxonEvents, *, probe: Probe | None = None, progress: Progress | None = None
    ) -> Recording | None:
        """Run some ticks on; every rank calls this with the same arguments. Arguments as for Emulator.run, of the
        whole image, and checked by the caller.

        Returns the recording of all ranks at rank 0, None at the others. Ctrl-C at one rank ends the run at all.
        """
        probe = probe or Probe.none()
        mine, looked_at = self.own_events(events), self.own_probe(probe)
        self.warm_up()
        self.exchange.smallest(0)
        started, first_tick = time.perf_counter(), self.tick
        self._phases[:], self._seconds[:] = 0, 0
        counters = np.zeros((self.image.cores, len(COUNTERS)), np.int64)
        chunks: list[Chunk] = []
        samples = LastSamples(chunks, probe.last)
        with deferred_interrupt() as stop:
            while self.tick < first_tick + ticks:
                step = min(self.chunk_ticks, first_tick + ticks - self.tick)
                chunks.append(self.advance(step, mine, looked_at, counters))
                samples.forget()
                if progress:
                    progress(self.tick - first_tick)
                if any(self.exchange.total([stop.is_set()])):
                    break
        return merge(
            self.exchange,
            join(chunks, len(looked_at.core)),
            counters,
            self._used_neurons,
            probe,
            first_tick=first_tick,
            first_core=self._low,
            width=self.width,
            seed=self.seed,
            wall_s=time.perf_counter() - started,
            phase_s=self.phase_s(),
        )

    def _run_window(
        self,
        most: int,
        events: AxonEvents,
        probe: Probe,
        counters: npt.NDArray[np.int64],
        flight: _Flight | None,
        fresh: list[Chunk],
    ) -> _Flight | None:
        """Run to the next exchange and begin it. The packets in flight land after the first tick, where there are any.

        Returns the flight that has begun; windows that are complete are added to ``fresh``.
        """
        first = self.tick
        ticks = min(self.window or self.chunk_ticks, most)
        chunk = self._advance(1 if self._overlapped else ticks, events, probe, counters)
        if self._overlapped:
            if flight:
                fresh.append(self._land(flight, counters, chunk))
            self._before[:] = self._state.ring
            if ticks > 1:
                chunk = join([chunk, self._advance(ticks - 1, events, probe, counters)], len(probe.core))
        if not self.window:
            fresh.append(chunk)
            return None
        per_tick = chunk.tick_counters[:, _SPIKES].copy()
        collect(
            *(chunk.spikes, per_tick, self._leaving, self._out, self._start, self._filled),
            *(counters, chunk.tick_counters),
        )
        boxes = zip(self._start.tolist(), self._filled.tolist(), strict=True)
        self.exchange.begin([self._out[start : start + filled] for start, filled in boxes])
        begun = _Flight(first, chunk)
        if self._overlapped:
            return begun
        fresh.append(self._land(begun, counters, None))
        return None

    def _land(self, flight: _Flight, counters: npt.NDArray[np.int64], after: Chunk | None) -> Chunk:
        """Wait for the packets of a window and set their bits. after : the tick that was run meanwhile.

        Returns the window's chunk, its counters complete.
        """
        boxes = self.exchange.finish()
        chunk = flight.chunk
        packets = np.concatenate(boxes)
        start = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(box) for box in boxes])]).astype(np.int64)
        if not len(packets):
            return chunk
        late = np.empty((len(packets), 3), np.int64)
        merges = receive(
            *(self._state.ring, self._tables.axon_words, packets, start, flight.first_tick),
            *(counters, chunk.tick_counters, late),
        )
        if merges and self._overlapped:
            parts = [chunk, after] if after else [chunk]
            spikes = np.concatenate([part.spikes for part in parts])
            per_tick = np.concatenate([part.tick_counters[:, _SPIKES] for part in parts])
            counted, right = later_ones(self._tables, late[:merges], self._before, flight.first_tick, spikes, per_tick)
            np.subtract.at(chunk.tick_counters[:, _MERGED], counted, 1)
            np.add.at(chunk.tick_counters[:, _MERGED], right[right < chunk.ticks], 1)
            if after:
                after.tick_counters[0, _MERGED] += np.count_nonzero(right >= chunk.ticks)
        return chunk
