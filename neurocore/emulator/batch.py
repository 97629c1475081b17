"""A batch: one chip run many times from its initial state, each time with other input, on threads and ranks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from neurocore.emulator.chip_state import fresh_state
from neurocore.emulator.engine import check_events, check_seed, check_threads, processors
from neurocore.emulator.interrupt import deferred_interrupt
from neurocore.emulator.kernel_batch import run_instances
from neurocore.emulator.kernel_bits import SPARE
from neurocore.emulator.kernel_ticks import PHASES
from neurocore.emulator.ranks.exchange import Alone, Exchange
from neurocore.emulator.scratch import boxes_for, scratch_for
from neurocore.emulator.slices import Results, event_slice, probe_slice
from neurocore.emulator.tables import ChipTables, lay_out, used_neurons
from neurocore.errors import RunError
from neurocore.image import ChipImage
from neurocore.learning import refuse_learning
from neurocore.recording import COUNTERS, Probe, Recording, Spikes
from neurocore.spikes import AxonEvents

__all__ = ["Deal", "check_batch", "deal_out", "map_batch", "run_batch", "run_share"]

Progress = Callable[[int], None]
Piece = TypeVar("Piece")
Reading = TypeVar("Reading")

_PIECE_WORDS = 1 << 17
"""Words of neurons times ticks that a thread is given at a time, so that room for their spikes is bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """Which instances of a batch are run where: in each round every worker of every rank runs one piece.

    pieces  : consecutive instances each; workers : threads of a rank
    """

    pieces: list[range]
    workers: int
    ranks: int

    def rounds(self, rank: int) -> list[list[range]]:
        """A rank's pieces in each round; all ranks have as many rounds."""
        starts = range(0, len(self.pieces), self.workers * self.ranks)
        return [self.pieces[first + rank * self.workers :][: self.workers] for first in starts]

    def own(self, rank: int) -> list[int]:
        """The instances of a rank in the order in which it runs them."""
        return [j for together in self.rounds(rank) for piece in together for j in piece]

    def done(self, rounds: int) -> int:
        """How many instances, the first ones, so many rounds have run."""
        last = min(rounds * self.workers * self.ranks, len(self.pieces))
        return self.pieces[last - 1].stop if last else 0


def deal_out(image: ChipImage, count: int, ticks: int, workers: int, ranks: int = 1) -> Deal:
    """Share out ``count`` instances, in pieces that are neither too large nor too few."""
    words = max(1, ticks * image.cores * image.spec.neuron_words)
    size = max(1, min(_PIECE_WORDS // words, -(-count // (workers * ranks))))
    pieces = [range(first, min(first + size, count)) for first in range(0, count, size)]
    return Deal(pieces=pieces, workers=workers, ranks=ranks)


def check_batch(
    image: ChipImage, events: Sequence[AxonEvents], ticks: int, seed: int | Sequence[int], threads: int | None
) -> list[int]:
    """The seed of each instance. Raises what ``run_batch`` raises."""
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
    return seeds


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
    seeds = check_batch(image, events, ticks, seed, threads)
    deal = deal_out(image, len(events), ticks, max(1, min(threads or processors(), len(events))))
    return run_share(image, events, ticks, seeds, deal, Alone(), progress)


def run_share(
    image: ChipImage,
    events: Sequence[AxonEvents],
    ticks: int,
    seeds: Sequence[int],
    deal: Deal,
    exchange: Exchange,
    progress: Progress | None = None,
) -> list[Recording]:
    """A rank's share of a batch; every rank calls this at the same time. Only its own instances' events are looked at.

    Returns the recordings of all ranks' instances at rank 0, none at the others. Ctrl-C at one rank ends the batch at
    all. Other arguments as for run_batch, and checked by the caller.
    """
    team = _Team(image, ticks, deal.workers)
    done: list[_Piece] = []
    rounds = 0
    exchange.smallest(0)
    began = time.perf_counter()
    with deferred_interrupt() as stop, ThreadPoolExecutor(deal.workers) as pool:
        for together in deal.rounds(exchange.rank):
            if any(exchange.total([int(stop.is_set())])):
                break
            tasks = [
                pool.submit(team.run, worker, [events[j] for j in piece], [seeds[j] for j in piece])
                for worker, piece in enumerate(together)
            ]
            done += [task.result() for task in tasks]
            rounds += 1
            if progress:
                progress(deal.done(rounds) * ticks)
    found = _gathered(exchange, done)
    if exchange.rank:
        return []
    share = (time.perf_counter() - began) / max(1, deal.done(rounds))
    recordings: dict[int, Recording] = {}
    for rank, pieces in enumerate(found):
        own = deal.own(rank)
        for piece in pieces:
            numbers, own = own[: piece.instances(ticks)], own[piece.instances(ticks) :]
            made = _recordings(piece, image, ticks, [seeds[j] for j in numbers], share)
            recordings |= dict(zip(numbers, made, strict=True))
    return [recordings[j] for j in range(len(recordings))]


class _Piece(NamedTuple):
    """What j instances left, one behind the other. spikes : uint32[S]; counters : int64[j * C, 6]

    tick_counters : int64[j * T, 6]
    """

    spikes: npt.NDArray[np.uint32]
    tick_counters: npt.NDArray[np.int64]
    counters: npt.NDArray[np.int64]

    def instances(self, ticks: int) -> int:
        """j."""
        return len(self.tick_counters) // ticks


def _gathered(exchange: Exchange, done: list[_Piece]) -> list[list[_Piece]]:
    """The pieces of each rank, at rank 0."""
    if exchange.ranks == 1:
        return [done]
    none = np.zeros((0, len(COUNTERS)), np.int64)
    columns = zip(_Piece(np.zeros(0, np.uint32), none, none), *done, strict=True)
    sent = [exchange.gather(np.concatenate(arrays)) for arrays in columns]
    return [[_Piece(*arrays)] for arrays in zip(*sent, strict=True)]


def map_batch(
    image: ChipImage,
    pieces: Sequence[Piece],
    ticks: int,
    stimulus: Callable[[Piece], AxonEvents],
    read: Callable[[Piece, Recording], Reading],
    *,
    seed: int = 0,
    threads: int | None = None,
) -> Iterator[Reading]:
    """Run an image once for each piece, from its initial state, and keep only what is read from each recording.

    For batches whose stimuli and recordings would not fit in memory: both are made in the worker that runs the piece,
    and forgotten. Readings come in the order of the pieces; after Ctrl-C they end early.

    stimulus, read : called in worker threads
    Raises RunError for ticks, seed or threads out of range, SpikeFileError for events that do not fit the image.
    """
    refuse_learning(image.learning, "a batch")
    if ticks < 1:
        raise RunError(f"{ticks} ticks cannot be run", fix="give 1 or more")
    check_seed(seed)
    check_threads(threads)
    workers = max(1, min(threads or processors(), len(pieces)))
    team = _Team(image, ticks, workers)

    def one(worker: int, piece: Piece) -> Reading:
        events = stimulus(piece)
        check_events(image, events)
        began = time.perf_counter()
        left = team.run(worker, [events], [seed])
        return read(piece, _recordings(left, image, ticks, [seed], time.perf_counter() - began)[0])

    def readings() -> Iterator[Reading]:
        with deferred_interrupt() as stop, ThreadPoolExecutor(workers) as pool:
            for first in range(0, len(pieces), workers):
                if stop.is_set():
                    return
                together = enumerate(pieces[first : first + workers])
                tasks = [pool.submit(one, worker, piece) for worker, piece in together]
                yield from [task.result() for task in tasks]

    return readings()


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

    def run(self, worker: int, events: list[AxonEvents], seeds: list[int]) -> _Piece:
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
        return _Piece(spikes, results.tick_counters[0], results.counters)


def _one_behind_the_other(events: list[AxonEvents], ticks: int) -> AxonEvents:
    """Events of instance j, j * ticks later."""
    shown = [slice(*np.searchsorted(stimulus.tick, [0, ticks])) for stimulus in events]
    both = list(zip(events, shown, strict=True))
    return AxonEvents(
        tick=np.concatenate([np.zeros(0, np.int64), *(e.tick[kept] + j * ticks for j, (e, kept) in enumerate(both))]),
        core=np.concatenate([np.zeros(0, np.int32), *(e.core[kept] for e, kept in both)]),
        axon=np.concatenate([np.zeros(0, np.int32), *(e.axon[kept] for e, kept in both)]),
    )


def _recordings(piece: _Piece, image: ChipImage, ticks: int, seeds: list[int], wall_s: float) -> list[Recording]:
    """The recordings of a piece's instances."""
    per_tick = piece.tick_counters[:, COUNTERS.index("spikes")]
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(per_tick)])
    found = []
    for j, seed in enumerate(seeds):
        rows, cores = slice(j * ticks, (j + 1) * ticks), slice(j * image.cores, (j + 1) * image.cores)
        spikes = piece.spikes[ends[rows.start] : ends[rows.stop]]
        found.append(
            Recording(
                start_tick=0,
                ticks=ticks,
                spikes=Spikes.packed([spikes], per_tick[rows], 0, 64 * image.spec.neuron_words),
                counters=piece.counters[cores],
                tick_counters=piece.tick_counters[rows],
                probe=Probe.none(),
                probe_tick=np.zeros(0, np.int64),
                potential=np.zeros((0, 0), np.int32),
                seed=seed,
                wall_s=wall_s,
            )
        )
    return found
