"""Running under mpiexec: rank 0 opens, checks and writes as a single process does; all ranks emulate their cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.emulator.backends import run as emulate
from neurocore.emulator.checks import check_events, check_probe, check_seed, check_threads
from neurocore.emulator.engine import Progress
from neurocore.emulator.ranks.block import CoreBlock, take_block
from neurocore.emulator.ranks.blocks import check_bounds, choose_bounds
from neurocore.emulator.ranks.mpi import MpiExchange, job_size, receive, world
from neurocore.emulator.ranks.rank import RankEmulator
from neurocore.emulator.threads import CORES_PER_THREAD, processors
from neurocore.errors import RunError
from neurocore.formats.checkpoint_file import Checkpoint
from neurocore.formats.image_file import load_cores
from neurocore.image import ChipImage
from neurocore.recording import Probe, Recording
from neurocore.spikes import AxonEvents
from neurocore.verbs.batching import BatchRunner, run_alone
from neurocore.verbs.checkpointing import finish, order_of, record
from neurocore.verbs.rank_batching import BatchJob, batch_job, follow_batch, lead_batch
from neurocore.verbs.rank_failing import or_abort, saying_when_ended
from neurocore.verbs.rank_part import RankState, part_of, state_of
from neurocore.verbs.run_part import Order, Schedule, run_part
from neurocore.verbs.sources import Source
from neurocore.verbs.unfinished import Unfinished

__all__ = ["Ranks", "on_ranks"]

_JOB, _CORES, _STATE = 11, 12, 13


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What the other ranks are told before a run.

    path    : the image's file, or None where rank 0 sends the cores
    order   : of a run whose recording goes to the disk as it comes; None: it is gathered at the end
    resumed : rank 0 sends the state to go on from
    """

    path: Path | None
    bounds: npt.NDArray[np.int64]
    events: AxonEvents
    ticks: int
    seed: int
    threads: int | None
    probe: Probe
    order: Order | None = None
    resumed: bool = False


class Ranks:
    """The ranks of this job as rank 0 sees them; one where there is no MPI.

    bounds : where the ranks' blocks of cores begin, as the user wrote it, or None
    """

    def __init__(self, comm: Any | None, bounds: str | None) -> None:
        self._comm = comm
        self._bounds = bounds
        self.count = int(comm.Get_size()) if comm else 1

    def emulation(self, opened: Source) -> Callable[..., Recording]:
        """What runs an image that came from ``opened``, as neurocore.emulator.backends.run does."""
        if self._comm is None:
            return emulate
        path = _image_file(opened)

        def on_all(
            image: ChipImage,
            events: AxonEvents,
            ticks: int,
            *,
            seed: int = 0,
            threads: int | None = None,
            backend: str = "numba",
            probe: Probe | None = None,
            progress: Progress | None = None,
        ) -> Recording:
            if backend != "numba":
                raise RunError(f"the backend '{backend}' runs in one process", fix="leave --backend out, or mpiexec")
            probe = probe or Probe.none()
            check_seed(seed)
            check_threads(threads)
            check_events(image, events)
            check_probe(image, probe, ticks)
            bounds = self._shares(image)
            job = _Job(path=path, bounds=bounds, events=events, ticks=ticks, seed=seed, threads=threads, probe=probe)
            self.tell(job)
            recording = or_abort(self._comm, lambda: _lead(self._comm, job, image, None, progress))
            assert isinstance(recording, Recording)
            return recording

        return on_all

    def recorder(self, opened: Source | None = None) -> Callable[..., Recording]:
        """What runs an image and writes the recording as it comes, as neurocore.verbs.checkpointing.record does."""
        if self._comm is None:
            return record
        path = _image_file(opened) if opened else None

        def on_all(
            unfinished: Unfinished,
            start: Checkpoint | None,
            schedule: Schedule,
            file: Path,
            *,
            threads: int | None,
            progress: Progress | None,
        ) -> Recording:
            image, plan = unfinished.image, unfinished.plan
            check_threads(threads)
            order = order_of(unfinished, start, schedule)
            job = _Job(
                path=path,
                bounds=self._shares(image),
                events=unfinished.events,
                ticks=plan["planned"],
                seed=plan["seed"],
                threads=threads,
                probe=unfinished.probe,
                order=order,
                resumed=start is not None,
            )
            self.tell(job)
            last = or_abort(self._comm, lambda: _lead(self._comm, job, image, start, progress))
            assert isinstance(last, Checkpoint)
            return finish(unfinished, last, file)

        return on_all

    def batch(self) -> BatchRunner:
        """What runs a batch, as neurocore.verbs.batching.run_alone does."""
        if self._comm is None:
            return run_alone
        comm = self._comm

        def on_all(
            image: ChipImage,
            events: Sequence[AxonEvents],
            ticks: int,
            *,
            seed: int | Sequence[int] = 0,
            threads: int | None = None,
            progress: Progress | None = None,
        ) -> tuple[list[Recording], int]:
            job = batch_job(image, events, ticks, seed, threads)
            self.tell(job)
            return or_abort(comm, lambda: lead_batch(comm, job, image, events, _processors(comm), progress))

        return on_all

    def _shares(self, image: ChipImage) -> npt.NDArray[np.int64]:
        if self._bounds is None:
            return choose_bounds(image, self.count)
        try:
            given = [int(word) for word in self._bounds.split(",")]
        except ValueError as error:
            raise RunError(
                f"--rank-bounds '{self._bounds}' is no list of numbers", fix="such as --rank-bounds 0,100,256"
            ) from error
        return check_bounds(given, image.cores, self.count)

    def tell(self, job: Any | None) -> None:
        """Send a job to all other ranks, or None to send them home."""
        for rank in range(1, self.count):
            self._comm.send(job, dest=rank, tag=_JOB)  # type: ignore[union-attr]


def on_ranks(command: Callable[[Ranks], int], bounds: str | None = None) -> int:
    """Do a command that emulates something; returns its exit code.

    Under mpiexec rank 0 does the command, the others emulate their share of it and return 0. A rank that fails once
    they emulate says why and ends them all.
    Raises MissingExtraError without mpi4py under mpiexec; RunError where mpiexec belongs to another MPI than mpi4py.
    """
    size = job_size()
    if size == 1:
        return command(Ranks(None, bounds))
    comm = world()
    if comm.Get_size() != size:
        raise RunError(
            f"mpiexec started {size} processes, but mpi4py sees {comm.Get_size()}",
            fix="use the mpiexec of the MPI that mpi4py loads",
        )
    if comm.Get_rank():
        while (job := receive(comm, 0, _JOB)) is not None:
            or_abort(comm, partial(_follow, comm, job))
        return 0
    ranks = Ranks(comm, bounds)
    try:
        return command(ranks)
    finally:
        ranks.tell(None)


def _image_file(opened: Source) -> Path | None:
    """The image file that a source came from, which all ranks read; None where there is none."""
    is_file = opened.image is not None and opened.path is not None and opened.path.suffix.lower() == ".npz"
    return opened.path if is_file else None


def _lead(
    comm: Any, job: _Job, image: ChipImage, start: Checkpoint | None, progress: Progress | None
) -> Recording | Checkpoint | None:
    """Rank 0's part of the run."""
    blocks = list(zip(job.bounds[:-1].tolist(), job.bounds[1:].tolist(), strict=True))
    for rank, (low, high) in enumerate(blocks[1:], 1):
        if job.path is None:
            comm.send(take_block(image, low, high), dest=rank, tag=_CORES)
        if start:
            comm.send(state_of(start, low, high), dest=rank, tag=_STATE)
    own = state_of(start, *blocks[0]) if start else None
    return _run(comm, job, take_block(image, *blocks[0]), own, progress)


def _follow(comm: Any, job: _Job | BatchJob) -> None:
    """Another rank's part of the run, or of the batch."""
    if isinstance(job, BatchJob):
        return follow_batch(comm, job, _processors(comm))
    if job.path is None:
        block = receive(comm, 0, _CORES)
    else:
        low, high = (int(bound) for bound in job.bounds[comm.Get_rank() :][:2])
        image, core_xy = load_cores(job.path, low, high)
        block = CoreBlock(image=image, core_xy=core_xy, low=low)
    _run(comm, job, block, receive(comm, 0, _STATE) if job.resumed else None, None)


def _run(
    comm: Any, job: _Job, block: CoreBlock, start: RankState | None, progress: Progress | None
) -> Recording | Checkpoint | None:
    threads = job.threads or max(1, min(_processors(comm), block.image.cores // CORES_PER_THREAD))
    chip = RankEmulator(block, job.bounds, MpiExchange(comm), seed=job.seed, threads=threads)
    if job.order is None:
        return chip.run_with_others(job.ticks, job.events, probe=job.probe, progress=progress)
    with saying_when_ended(comm, job.order.folder):
        return run_part(part_of(chip, job.events, job.probe, start), job.order, progress)


def _processors(comm: Any) -> int:
    """Processors for this rank: its own where the launcher gave each some, else a share of the machine's."""
    from mpi4py import MPI

    here = comm.Split_type(MPI.COMM_TYPE_SHARED)
    sets = here.allgather(frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None)
    return processors() if len(set(sets)) > 1 else processors() // len(sets)
