"""A batch: one chip run many times from its initial state, each time with other input, on threads and ranks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from neurocore.emulator.batch_team import Piece, Team, recordings_of
from neurocore.emulator.checks import check_events, check_seed, check_threads
from neurocore.emulator.interrupt import deferred_interrupt
from neurocore.emulator.ranks.exchange import Alone, Exchange
from neurocore.emulator.threads import processors
from neurocore.errors import RunError
from neurocore.image import ChipImage
from neurocore.learning import refuse_learning
from neurocore.recording import COUNTERS, Recording
from neurocore.spikes import AxonEvents

__all__ = ["Deal", "check_batch", "deal_out", "map_batch", "run_batch", "run_share"]

Progress = Callable[[int], None]
Part = TypeVar("Part")
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
    seeds = [seed] * len(events) if isinstance(seed, int) else list(seed)
    _check(image, ticks, seeds, threads)
    if len(seeds) != len(events):
        raise RunError(f"{len(seeds)} seeds for {len(events)} stimuli", fix="give one seed, or one for each stimulus")
    for stimulus in events:
        check_events(image, stimulus)
    return seeds


def _check(image: ChipImage, ticks: int, seeds: Sequence[int], threads: int | None) -> None:
    refuse_learning(image.learning, "a batch")
    if ticks < 1:
        raise RunError(f"{ticks} ticks cannot be run", fix="give 1 or more")
    for seed in set(seeds):
        check_seed(seed)
    check_threads(threads)


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
    team = Team(image, ticks, deal.workers)
    done: list[Piece] = []
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
            made = recordings_of(piece, image, ticks, [seeds[j] for j in numbers], share)
            recordings |= dict(zip(numbers, made, strict=True))
    return [recordings[j] for j in range(len(recordings))]


def _gathered(exchange: Exchange, done: list[Piece]) -> list[list[Piece]]:
    """The pieces of each rank, at rank 0."""
    if exchange.ranks == 1:
        return [done]
    none = np.zeros((0, len(COUNTERS)), np.int64)
    columns = zip(Piece(np.zeros(0, np.uint32), none, none), *done, strict=True)
    sent = [exchange.gather(np.concatenate(arrays)) for arrays in columns]
    return [[Piece(*arrays)] for arrays in zip(*sent, strict=True)]


def map_batch(
    image: ChipImage,
    parts: Sequence[Part],
    ticks: int,
    stimulus: Callable[[Part], AxonEvents],
    read: Callable[[Part, Recording], Reading],
    *,
    seed: int = 0,
    threads: int | None = None,
) -> Iterator[Reading]:
    """Run an image once for each part, from its initial state, and keep only what is read from each recording.

    For batches whose stimuli and recordings would not fit in memory: both are made in the worker that runs the part,
    and forgotten. Readings come in the order of the parts; after Ctrl-C they end early.

    stimulus, read : called in worker threads
    Raises RunError for ticks, seed or threads out of range, SpikeFileError for events that do not fit the image.
    """
    _check(image, ticks, [seed], threads)
    workers = max(1, min(threads or processors(), len(parts)))
    team = Team(image, ticks, workers)

    def one(worker: int, part: Part) -> Reading:
        events = stimulus(part)
        check_events(image, events)
        began = time.perf_counter()
        left = team.run(worker, [events], [seed])
        return read(part, recordings_of(left, image, ticks, [seed], time.perf_counter() - began)[0])

    def readings() -> Iterator[Reading]:
        with deferred_interrupt() as stop, ThreadPoolExecutor(workers) as pool:
            for first in range(0, len(parts), workers):
                if stop.is_set():
                    return
                together = enumerate(parts[first : first + workers])
                tasks = [pool.submit(one, worker, part) for worker, part in together]
                yield from [task.result() for task in tasks]

    return readings()
