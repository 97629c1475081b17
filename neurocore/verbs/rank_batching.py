"""A batch under mpiexec: every rank holds the whole chip and runs some of its instances; rank 0 gets all recordings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurocore.emulator.batch import Deal, check_batch, deal_out, run_share
from neurocore.emulator.ranks.mpi import MpiExchange, receive
from neurocore.image import ChipImage
from neurocore.recording import Recording
from neurocore.spikes import AxonEvents

__all__ = ["BatchJob", "batch_job", "follow_batch", "lead_batch"]

_IMAGE, _EVENTS = 14, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """What the other ranks are told before a batch; image and stimuli come after it.

    seeds : one for each instance; threads : of each rank, or None for its share of the machine's processors
    """

    ticks: int
    seeds: list[int]
    threads: int | None


def batch_job(
    image: ChipImage, events: Sequence[AxonEvents], ticks: int, seed: int | Sequence[int], threads: int | None
) -> BatchJob:
    """The job of a batch, its arguments checked. Raises what neurocore.emulator.batch.run_batch raises."""
    return BatchJob(ticks=ticks, seeds=check_batch(image, events, ticks, seed, threads), threads=threads)


def lead_batch(
    comm: Any,
    job: BatchJob,
    image: ChipImage,
    events: Sequence[AxonEvents],
    workers: int,
    progress: Callable[[int], None] | None,
) -> tuple[list[Recording], int]:
    """Rank 0's part: all recordings, and how many threads each rank had. workers : threads that it may have"""
    others = range(1, int(comm.Get_size()))
    for rank in others:
        comm.send(image, dest=rank, tag=_IMAGE)
    exchange = MpiExchange(comm)
    deal = _deal(exchange, image, job, workers)
    for rank in others:
        comm.send([events[j] for j in deal.own(rank)], dest=rank, tag=_EVENTS)
    return run_share(image, events, job.ticks, job.seeds, deal, exchange, progress), deal.workers


def follow_batch(comm: Any, job: BatchJob, workers: int) -> None:
    """Another rank's part."""
    image: ChipImage = receive(comm, 0, _IMAGE)
    exchange = MpiExchange(comm)
    deal = _deal(exchange, image, job, workers)
    own: list[AxonEvents] = receive(comm, 0, _EVENTS)
    none = AxonEvents(tick=np.zeros(0, np.int64), core=np.zeros(0, np.int32), axon=np.zeros(0, np.int32))
    events = [none] * len(job.seeds)
    for j, stimulus in zip(deal.own(exchange.rank), own, strict=True):
        events[j] = stimulus
    run_share(image, events, job.ticks, job.seeds, deal, exchange)


def _deal(exchange: MpiExchange, image: ChipImage, job: BatchJob, workers: int) -> Deal:
    """How the instances are shared out, the same at all ranks: each has as many threads as the one with fewest."""
    fewest = exchange.smallest(max(1, min(job.threads or workers, len(job.seeds))))
    return deal_out(image, len(job.seeds), job.ticks, fewest, exchange.ranks)
