"""A rank's part of a run with checkpoints, and the same run rehearsed: ranks that are threads of one process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import BrokenBarrierError

import numpy as np
import numpy.typing as npt

from neurocore.emulator.engine import Progress
from neurocore.emulator.ranks.block import take_block
from neurocore.emulator.ranks.blocks import check_bounds, choose_bounds
from neurocore.emulator.ranks.exchange import Meeting, Rehearsal
from neurocore.emulator.ranks.rank import RankEmulator
from neurocore.formats.checkpoint_file import Checkpoint
from neurocore.recording import COUNTERS, Probe, Recording
from neurocore.spikes import AxonEvents
from neurocore.verbs.checkpointing import finish, order_of
from neurocore.verbs.run_part import Part, Schedule, run_part
from neurocore.verbs.unfinished import Unfinished

__all__ = ["RankState", "part_of", "rehearsed_recorder", "state_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankState:
    """A rank's share of a checkpoint; arrays as there, of its own cores."""

    tick: int
    potential: npt.NDArray[np.int32]
    ring: npt.NDArray[np.uint64]
    counters: npt.NDArray[np.int64]


def state_of(start: Checkpoint, low: int, high: int) -> RankState:
    """The share of cores low..high-1."""
    state = start.state
    return RankState(
        tick=state.tick,
        potential=state.potential[low:high],
        ring=state.ring[:, low:high],
        counters=start.counters[low:high],
    )


def part_of(chip: RankEmulator, events: AxonEvents, probe: Probe, start: RankState | None) -> Part:
    """A rank's part of a run with checkpoints. events, probe : of the whole image; start : where it goes on from"""
    counters = np.zeros((chip.image.cores, len(COUNTERS)), np.int64)
    if start is not None:
        counters = start.counters.copy()
        chip.go_on_from(start.potential, start.ring, start.tick)
    return Part(
        emulator=chip,
        exchange=chip.exchange,
        first_core=chip.first_core,
        events=chip.own_events(events),
        probe=chip.own_probe(probe),
        counters=counters,
    )


def rehearsed_recorder(ranks: int, bounds: Sequence[int] | None = None) -> Callable[..., Recording]:
    """What records as neurocore.verbs.checkpointing.record does, on ranks that are threads: for tests and soaks.

    Rank 0 is the calling thread. A rank that fails ends all, as under MPI.
    """

    def on_all(
        unfinished: Unfinished,
        start: Checkpoint | None,
        schedule: Schedule,
        file: Path,
        *,
        threads: int | None,
        progress: Progress | None,
    ) -> Recording:
        image, plan, order = unfinished.image, unfinished.plan, order_of(unfinished, start, schedule)
        shared = choose_bounds(image, ranks) if bounds is None else check_bounds(bounds, image.cores, ranks)
        meeting = Meeting(ranks)

        def one(rank: int) -> Checkpoint | None:
            low, high = int(shared[rank]), int(shared[rank + 1])
            try:
                block, exchange = take_block(image, low, high), Rehearsal(meeting, rank)
                chip = RankEmulator(block, shared, exchange, seed=plan["seed"], threads=threads or 1)
                own = state_of(start, low, high) if start else None
                part = part_of(chip, unfinished.events, unfinished.probe, own)
                return run_part(part, order, None if rank else progress)
            except BaseException:
                meeting.barrier.abort()
                raise

        with ThreadPoolExecutor(max(1, ranks - 1)) as team:
            others = [team.submit(one, rank) for rank in range(1, ranks)]
            try:
                last = one(0)
            except BrokenBarrierError:  # another rank's failure is what there is to say
                for other in others:
                    if (error := other.exception()) and not isinstance(error, BrokenBarrierError):
                        raise error from None
                raise
        assert last is not None
        return finish(unfinished, last, file)

    return on_all
