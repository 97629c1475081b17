"""A batch: one chip run many times from its initial state, each time with other input, shared out to threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from neurocore.emulator.chip_state import fresh_state
from neurocore.emulator.engine import check_events, check_seed, check_threads, processors
from neurocore.emulator.interrupt import deferred_interrupt
from neurocore.emulator.kernel_batch import run_instances
from neurocore.emulator.kernel_bits import SPARE
from neurocore.emulator.kernel_ticks import PHASES
from neurocore.emulator.scratch import boxes_for, scratch_for
from neurocore.emulator.slices import Results, event_slice, probe_slice
from neurocore.emulator.tables import ChipTables, lay_out, used_neurons
from neurocore.errors import RunError
from neurocore.image import ChipImage
from neurocore.learning import refuse_learning
from neurocore.recording import COUNTERS, Probe, Recording, Spikes
from neurocore.spikes import AxonEvents

__all__ = ["run_batch"]

Progress = Callable[[int], None]

_PIECE_WORDS = 1 << 17
"""Words of neurons times ticks that a thread is given at a time, so that room for their spikes is bounded."""


def run_batch(
    image: ChipImage,
    events: Sequence[AxonEvents],
    ticks: int,
    *,
    seed: int | Sequence[int] = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> list[Recording]:
    """Run an image once for each stimulus, always from its initial state. No run knows of another.

    events   : J stimuli; events outside ticks 0 .. ticks-1 are ignored
    seed     : one for all instances, or J of them
    threads  : worker threads, all processors if None; never changes a bit
    progress : called with the number of ticks done so far, over all instances

    Returns J recordings; recording j is that of ``run(image, events[j], ticks, seed=...)``, but for the wall time:
    an equal share of the batch's. After Ctrl-C only the first ones, those that were finished, are returned.
    Raises RunError for ticks, seeds or threads out of range, SpikeFileError for events that do not fit the image.
    """
    refuse_learning(image.learning, "a batch")
    if ticks < 1:
        raise RunError(f"{ticks} ticks cannot be run", fix="give 1 or more")
    seeds = [seed] * len(events) if isinstance(seed, int) else list(seed)
    if len(seeds) != len(events):
        raise RunError(f"{len(seeds)} seeds for {len(events)} stimuli", fix="give one seed, or one for each stimulus")
    for one in set(seeds):
        check_seed(one)
    check_threads(threads)
    for stimulus in events:
        check_events(image, stimulus)
    workers = max(1, min(threads or processors(), len(events)))
    words = max(1, ticks * image.cores * image.spec.neuron_words)
    size = max(1, min(_PIECE_WORDS // words, -(-len(events) // workers)))
    pieces = [range(first, min(first + size, len(events))) for first in range(0, len(events), size)]
    team = _Team(image, ticks, workers)
    done: list[list[Recording]] = []
    began = time.perf_counter()
    with deferred_interrupt() as stop, ThreadPoolExecutor(workers) as pool:
        for first in range(0, len(pieces), workers):
            if stop.is_set():
                break
            together = pieces[first : first + workers]
            tasks = [
                pool.submit(team.run, worker, [events[j] for j in piece], [seeds[j] for j in piece])
                for worker, piece in enumerate(together)
            ]
            done += [task.result() for task in tasks]
            if progress:
                progress(together[-1].stop * ticks)
    recordings = [recording for piece in done for recording in piece]
    share = (time.perf_counter() - began) / max(1, len(recordings))
    return [replace(recording, wall_s=share) for recording in recordings]


class _Team:
    """The tables of an image, and for each worker a chip's state of its own."""

    def __init__(self, image: ChipImage, ticks: int, workers: int) -> None:
        self._ticks = ticks
        self._used_neurons = used_neurons(image)
        self._tables: ChipTables = lay_out(image)
        self._initial = fresh_state(image, self._tables)
        bounds = np.array([0, image.cores], np.int64)
        self._own = [
            (fresh_state(image, self._tables), boxes_for(self._tables, bounds), scratch_for(self._tables, 1))
            for _ in range(workers)
        ]
        self._spikes = [np.empty(0, np.uint32) for _ in range(workers)]
        self.run(0, [], [])  # compiles the kernels, or loads them

    def run(self, worker: int, events: list[AxonEvents], seeds: list[int]) -> list[Recording]:
        """Run some instances one after the other."""
        tables, ticks, c = self._tables, self._ticks, self._tables.cores
        state, boxes, scratch = self._own[worker]
        total = len(events) * ticks
        room = total * c * 64 * tables.neuron_words + SPARE
        if len(self._spikes[worker]) < room:
            self._spikes[worker] = np.empty(room, np.uint32)
        results = Results(
            spikes=self._spikes[worker],
            spikes_by=np.zeros((total, 1), np.int64),
            counters=np.zeros((len(events) * c, len(COUNTERS)), np.int64),
            merged=np.zeros(len(events) * c, np.int64),
            tick_counters=np.zeros((1, total, len(COUNTERS)), np.int64),
            phases=np.zeros((1, len(PHASES)), np.int64),
            potential=np.zeros((0, 0), np.int32),
        )
        nothing = probe_slice(Probe.none(), np.zeros(0, np.int64), 0, total)
        stimulus = event_slice(_one_behind_the_other(events, ticks), 0, total)
        run_instances(
            tables,
            state,
            boxes,
            scratch,
            self._initial,
            ticks,
            np.array(seeds, np.uint64),
            stimulus,
            nothing,
            results,
        )
        results.counters[:, COUNTERS.index("merged_spikes")] = results.merged
        results.counters[:, COUNTERS.index("neuron_updates")] = np.tile(self._used_neurons * ticks, len(events))
        results.tick_counters[0, :, COUNTERS.index("neuron_updates")] = self._used_neurons.sum()
        ends = results.spikes_by[:, 0]
        spikes = results.spikes[: ends[-1] if total else 0].copy()
        return [_recording(j, seeds[j], tables, ticks, results, ends, spikes) for j in range(len(events))]


def _one_behind_the_other(events: list[AxonEvents], ticks: int) -> AxonEvents:
    """Events of instance j, j * ticks later."""
    shown = [slice(*np.searchsorted(stimulus.tick, [0, ticks])) for stimulus in events]
    both = list(zip(events, shown, strict=True))
    return AxonEvents(
        tick=np.concatenate([np.zeros(0, np.int64), *(e.tick[kept] + j * ticks for j, (e, kept) in enumerate(both))]),
        core=np.concatenate([np.zeros(0, np.int32), *(e.core[kept] for e, kept in both)]),
        axon=np.concatenate([np.zeros(0, np.int32), *(e.axon[kept] for e, kept in both)]),
    )


def _recording(
    j: int,
    seed: int,
    tables: ChipTables,
    ticks: int,
    results: Results,
    ends: npt.NDArray[np.int64],
    spikes: npt.NDArray[np.uint32],
) -> Recording:
    """Instance j, cut out of what a worker's piece left."""
    rows = slice(j * ticks, (j + 1) * ticks)
    cores = slice(j * tables.cores, (j + 1) * tables.cores)
    first, stop = int(ends[rows.start - 1]) if j else 0, int(ends[rows.stop - 1])
    counted = results.tick_counters[0, rows]
    per_tick = counted[:, COUNTERS.index("spikes")]
    return Recording(
        start_tick=0,
        ticks=ticks,
        spikes=Spikes.packed([spikes[first:stop]], per_tick, 0, 64 * tables.neuron_words),
        counters=results.counters[cores],
        tick_counters=counted,
        probe=Probe.none(),
        probe_tick=np.zeros(0, np.int64),
        potential=np.zeros((0, 0), np.int32),
        seed=seed,
        wall_s=0.0,
    )
