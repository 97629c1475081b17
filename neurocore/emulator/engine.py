"""The emulator: owns the state of one chip (or array of chips) and runs it, a chunk of ticks at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from neurocore.arch import RING_SLOTS
from neurocore.emulator.bundles import bundle
from neurocore.emulator.checks import check_events, check_probe, check_seed, check_threads
from neurocore.emulator.chip_state import ChipState, fresh_state, potentials, set_potentials
from neurocore.emulator.chunks import Chunk, LastSamples, gather
from neurocore.emulator.interrupt import deferred_interrupt
from neurocore.emulator.joined_spikes import joined_spikes
from neurocore.emulator.kernel_bits import SPARE
from neurocore.emulator.kernel_learning import run_learning_thread
from neurocore.emulator.kernel_ticks import PHASES, run_thread
from neurocore.emulator.learning_state import learning_before, learning_since, learning_state
from neurocore.emulator.scratch import boxes_for, scratch_for
from neurocore.emulator.slices import Results, event_slice, probe_slice, probe_ticks
from neurocore.emulator.spike_memory import SpikeMemory
from neurocore.emulator.tables import lay_out, used_neurons
from neurocore.emulator.threads import default_threads
from neurocore.errors import RunError
from neurocore.image import ChipImage
from neurocore.recording import COUNTERS, Probe, Recording
from neurocore.snapshot import Snapshot
from neurocore.spikes import AxonEvents

__all__ = ["Emulator"]

Progress = Callable[[int], None]

_CHUNK_WORDS = 1 << 20
"""Words of neurons times ticks per call of the kernels: room for their spikes stays small and Ctrl-C is heard soon."""
_CHUNK_TICKS = (8, 1024)
"""Fewest and most ticks per call: each call costs a look at every core's counters."""


class Emulator:
    """A chip image loaded and ready to run. The state moves on with every call of :meth:`run`.

    image   : what to run
    seed    : of the stochastic modes, 0..2^64-1
    threads : worker threads, chosen by the image's size if None; spikes, potentials, counters do not depend on it

    Raises RunError for a seed or thread count out of range.
    """

    def __init__(self, image: ChipImage, *, seed: int = 0, threads: int | None = None) -> None:
        check_seed(seed)
        check_threads(threads)
        self.image = image
        self.seed = seed
        self.threads = min(threads or default_threads(image), max(1, image.cores))
        self.tick = 0
        self._tables = lay_out(image)
        self._learning = None
        if image.learning is not None:
            self._tables = self._tables._replace(crossbar=self._tables.crossbar.copy())  # no longer the image's
            self._learning = learning_state(image)
        self._used_neurons = used_neurons(image)
        self._take(fresh_state(image, self._tables))
        self._scratch = [scratch_for(self._tables) for _ in range(self.threads)]
        self._boxes = boxes_for(self._tables, np.linspace(0, image.cores, self.threads + 1).astype(np.int64))
        self._given, self._packets = bundle(self._tables), bundle(self._boxes)
        self._room = [bundle(scratch) for scratch in self._scratch]
        self._spikes, self._handed_out = np.empty(0, np.uint32), SpikeMemory()
        self._team = ThreadPoolExecutor(self.threads - 1) if self.threads > 1 else None
        self._phases = np.zeros(len(PHASES), np.int64)
        self._seconds = np.zeros(2)
        self._digest = ""

    @property
    def potential(self) -> npt.NDArray[np.int32]:
        """int32[C, N]: a copy of the membrane potentials."""
        return potentials(self._state, self._tables, self.tick)[:, : self.image.spec.neurons].copy()

    @property
    def crossbar(self) -> npt.NDArray[np.uint64]:
        """uint64[C, A, W]: a copy of the crossbars as they are now, where the image learns."""
        return self._tables.crossbar.reshape(self.image.crossbar.shape).copy()

    @property
    def memory_bytes(self) -> int:
        """Bytes of tables and state, without arrays shared with the image and buffers for spikes and packets.

        (Buffers have room for the most that may come; memory that never fills is never touched.)
        """
        shared = {array.__array_interface__["data"][0] for array in self.image.arrays().values()}
        held = [array for part in (self._tables, self._state, *self._scratch) for array in part]
        own = {array.__array_interface__["data"][0]: array.nbytes for array in held if isinstance(array, np.ndarray)}
        return sum(size for place, size in own.items() if place not in shared)

    def reset(self) -> None:
        """Back to the initial state and tick 0; what was learned is forgotten."""
        self._take(fresh_state(self.image, self._tables))
        if self._learning is not None:
            self._tables.crossbar[:] = self.image.crossbar.ravel()
            self._learning = learning_state(self.image)
        self.tick = 0

    def state(self) -> Snapshot:
        """A copy of all that the next ticks depend on: at any tick, whatever the number of threads."""
        learning = self._learning
        self._digest = self._digest or self.image.digest()
        return Snapshot(
            potential=self.potential,
            ring=self._state.ring.reshape(RING_SLOTS, self.image.cores, self._tables.axon_words).copy(),
            tick=self.tick,
            seed=self.seed,
            image_digest=self._digest,
            learning=learning_before(learning, self.image, self.crossbar, self.tick) if learning else None,
        )

    def set_state(self, state: Snapshot) -> None:
        """Go on from a state that an emulator of the same image had; its seed is taken over, too.

        Raises RunError for the state of another image.
        """
        self._digest = self._digest or self.image.digest()
        if state.image_digest != self._digest:
            raise RunError(
                f"this state belongs to another image ({state.image_digest[:12]}) than '{self.image.name}' "
                f"({self._digest[:12]})",
                fix="go on with the image that was running",
            )
        spec, fresh = (
            self.image.spec,
            fresh_state(self.image, self._tables),
        )  # no core is at rest: the next tick finds out
        ring = (RING_SLOTS, self.image.cores, self._tables.axon_words)
        if state.potential.shape != (self.image.cores, spec.neurons) or state.ring.shape != ring or state.tick < 0:
            raise RunError(f"this state is not one of '{self.image.name}'", fix="take it from Emulator.state()")
        check_seed(state.seed)
        if self._learning is not None:
            assert state.learning is not None  # a state of this image, which learns
            self._learning = learning_since(self.image, state.learning, state.tick)
            self._tables.crossbar[:] = state.learning.crossbar.ravel()
        set_potentials(fresh, self._tables, state.potential)
        fresh.ring[:] = state.ring.ravel()
        self._take(fresh)
        self.tick, self.seed = state.tick, state.seed

    @property
    def chunk_ticks(self) -> int:
        """Ticks per call of the kernels that :meth:`run` makes: between two of them it can stop."""
        words = max(1, self.image.cores * self.image.spec.neuron_words)
        fewest, most = _CHUNK_TICKS
        return min(most, max(fewest, _CHUNK_WORDS // words))

    @property
    def width(self) -> int:
        """A spike in a Chunk is the number core * width + neuron."""
        return 64 * self._tables.neuron_words

    @property
    def used_neurons(self) -> npt.NDArray[np.int64]:
        """int64[C]: used neurons of each core."""
        return self._used_neurons

    def advance(self, ticks: int, events: AxonEvents, probe: Probe, counters: npt.NDArray[np.int64]) -> Chunk:
        """Run a few ticks, up to ``chunk_ticks``, for callers that take a run piece by piece.

        counters : int64[C, K], added to; neuron updates are left out (see gather)
        Events and probe must have passed check_events and check_probe.
        """
        return self._advance(ticks, events, probe, counters)

    def warm_up(self) -> None:
        """Compile the kernels (or load them from numba's cache) without moving the chip."""
        self._advance(0, AxonEvents.sorted([], [], []), Probe.none())

    def run(
        self, ticks: int, events: AxonEvents, *, probe: Probe | None = None, progress: Progress | None = None
    ) -> Recording:
        """Run some ticks on from where the chip stands.

        ticks    : how many
        events   : external spikes; their ticks are global, those outside the run are ignored
        probe    : membrane potentials to keep
        progress : called with the number of ticks done so far, after every chunk

        Ctrl-C ends the run after the chunk in hand: the recording's ``ticks`` then says how far it came.
        Raises SpikeFileError for events to cores or axons that the image does not have.
        """
        probe = probe or Probe.none()
        check_events(self.image, events)
        check_probe(self.image, probe, self.tick + ticks)
        self.warm_up()
        started = time.perf_counter()
        first_tick = self.tick
        self._phases[:], self._seconds[:] = 0, 0
        chunk_ticks = self.chunk_ticks
        counters = np.zeros((self.image.cores, len(COUNTERS)), np.int64)
        chunks: list[Chunk] = []
        samples = LastSamples(chunks, probe.last)
        with deferred_interrupt() as stop:
            while self.tick < first_tick + ticks and not stop.is_set():
                step = min(chunk_ticks, first_tick + ticks - self.tick)
                chunks.append(self._advance(step, events, probe, counters))
                samples.forget()
                if progress:
                    progress(self.tick - first_tick)
        wall_s = time.perf_counter() - started
        recording = gather(
            chunks,
            first_tick,
            self.width,
            counters,
            self._used_neurons,
            probe,
            self.seed,
            wall_s,
            self.phase_s(),
        )
        return recording if self._learning is None else replace(recording, learned=self.crossbar)

    def phase_s(self) -> dict[str, float]:
        """Seconds of the run's kernels by phase: measured on some ticks, scaled to all. "record" lists spikes."""
        ticks, record = self._seconds.tolist()
        shares = self._phases / max(1, self._phases.sum())
        return {phase: float(share * ticks) for phase, share in zip(PHASES, shares, strict=True)} | {"record": record}

    def _advance(
        self, ticks: int, events: AxonEvents, probe: Probe, counters: npt.NDArray[np.int64] | None = None
    ) -> Chunk:
        """Run one chunk of ticks. counters : int64[C, K], added to"""
        first, stop = self.tick, self.tick + ticks
        tables = self._tables
        most = int(np.diff(self._boxes.bounds).max()) * 64 * tables.neuron_words
        room = self.threads * (ticks * most + SPARE)
        if len(self._spikes) < room:
            self._spikes = np.empty(room, np.uint32)
        if counters is None:
            counters = np.zeros((tables.cores, len(COUNTERS)), np.int64)
        kept = probe_ticks(probe, first, stop)
        results = Results(
            spikes=self._spikes,
            spikes_by=np.zeros((ticks, self.threads), np.int64),
            counters=counters,
            merged=np.zeros(tables.cores, np.int64),
            tick_counters=np.zeros((self.threads, ticks, len(COUNTERS)), np.int64),
            phases=np.zeros((self.threads, len(PHASES)), np.int64),
            potential=np.zeros((len(kept), len(probe.core)), np.int32),
        )
        own = (self._given, self._moving, self._packets)
        shown, looked_at = bundle(event_slice(events, first, stop)), bundle(probe_slice(probe, kept, first, stop))
        given = (ticks, first, np.uint64(self.seed), shown, looked_at, bundle(results), np.zeros(1, np.int64))
        began = time.perf_counter()
        if self._learning is None:
            self._on_threads(lambda thread: run_thread(*own, self._room[thread], thread, *given))
        else:
            learning = bundle(self._learning)
            self._on_threads(lambda thread: run_learning_thread(*own, self._room[thread], thread, *given, learning))
        counters[:, COUNTERS.index("merged_spikes")] += results.merged
        self.tick = stop
        ran = time.perf_counter()
        spikes = joined_spikes(self._spikes, results.spikes_by, self._handed_out, self._on_threads)
        self._seconds += ran - began, time.perf_counter() - ran
        self._phases += results.phases.sum(axis=0)
        return Chunk(ticks, spikes, results.tick_counters.sum(axis=0), kept, results.potential)

    def _take(self, state: ChipState) -> None:
        """Go on with other arrays; their bundle is kept, as a run on ranks calls the kernels every tick."""
        self._state, self._moving = state, bundle(state)

    def _on_threads(self, part: Callable[[int], None]) -> None:
        """Call ``part`` once for each thread, side by side: kernels that wait for each other need it."""
        if self._team is None:
            part(0)
            return
        others = [self._team.submit(part, thread) for thread in range(1, self.threads)]
        part(0)
        for other in others:
            other.result()
