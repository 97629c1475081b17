"""Several ranks in one process, each a thread: what MPI runs do, for tests and to see what would be exchanged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import BrokenBarrierError
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from neurocore.emulator.batch import check_batch, deal_out, run_share
from neurocore.emulator.checks import check_events, check_probe, check_seed
from neurocore.emulator.ranks.block import take_block
from neurocore.emulator.ranks.blocks import check_bounds, choose_bounds
from neurocore.emulator.ranks.exchange import Meeting, Rehearsal
from neurocore.emulator.ranks.rank import RankEmulator
from neurocore.image import ChipImage
from neurocore.recording import Probe, Recording
from neurocore.spikes import AxonEvents

__all__ = ["Rehearsed", "rehearse", "rehearse_batch"]

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What a rehearsal of K ranks leaves.

    recordings : one for each run, the same as one process makes
    potential  : int32[C, N], at the end
    window     : ticks between two exchanges; 0: none
    messages, sent : int64[K], messages and bytes of packets that each rank sent
    """

    recordings: list[Recording]
    potential: npt.NDArray[np.int32]
    window: int
    messages: npt.NDArray[np.int64]
    sent: npt.NDArray[np.int64]


def rehearse(
    image: ChipImage,
    events: AxonEvents,
    runs: Sequence[int],
    *,
    ranks: int,
    bounds: Sequence[int] | None = None,
    seed: int = 0,
    threads: int | None = 1,
    probe: Probe | None = None,
) -> Rehearsed:
    """Run an image on ranks that are threads, from its initial state, for ``runs`` ticks, one run after another.

    bounds : K + 1 numbers, rank k owns cores bounds[k] .. bounds[k + 1] - 1; chosen if None
    Raises RunError, SpikeFileError or ImageError as Emulator does, and RunError for bounds that do not fit.
    """
    check_seed(seed)
    check_events(image, events)
    check_probe(image, probe or Probe.none(), sum(runs))
    shared = choose_bounds(image, ranks) if bounds is None else check_bounds(bounds, image.cores, ranks)

    def one(exchange: Rehearsal) -> tuple[RankEmulator, list[Recording | None]]:
        block = take_block(image, int(shared[exchange.rank]), int(shared[exchange.rank + 1]))
        chip = RankEmulator(block, shared, exchange, seed=seed, threads=threads)
        return chip, [chip.run_with_others(ticks, events, probe=probe) for ticks in runs]

    results = _together(ranks, one)
    chips = [chip for chip, _ in results]
    return Rehearsed(
        recordings=[recording for recording in results[0][1] if recording is not None],
        potential=np.concatenate([chip.potential for chip in chips]),
        window=chips[0].window,
        messages=np.array([chip.exchange.messages for chip in chips]),
        sent=np.array([chip.exchange.sent for chip in chips]),
    )


def rehearse_batch(
    image: ChipImage,
    events: Sequence[AxonEvents],
    ticks: int,
    *,
    ranks: int,
    seed: int | Sequence[int] = 0,
    threads: int | None = 1,
    progress: Callable[[int], None] | None = None,
) -> list[Recording]:
    """What neurocore.emulator.batch.run_batch returns, its instances shared out to ranks that are threads."""
    seeds = check_batch(image, events, ticks, seed, threads)
    deal = deal_out(image, len(events), ticks, threads or 1, ranks)
    return _together(
        ranks,
        lambda exchange: run_share(image, events, ticks, seeds, deal, exchange, None if exchange.rank else progress),
    )[0]


def _together(ranks: int, part: Callable[[Rehearsal], Found]) -> list[Found]:
    """What each rank's part returns. Raises what the first rank raised that failed of itself."""
    meeting = Meeting(ranks)

    def one(rank: int) -> Found:
        try:
            return part(Rehearsal(meeting, rank))
        except BaseException:
            meeting.barrier.abort()
            raise

    with ThreadPoolExecutor(ranks) as team:
        jobs = [team.submit(one, rank) for rank in range(ranks)]
    problems = [error for job in jobs if (error := job.exception())]
    for error in sorted(problems, key=lambda error: isinstance(error, BrokenBarrierError)):
        raise error
    return [job.result() for job in jobs]
