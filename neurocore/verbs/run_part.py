"""One process's part of a run with checkpoints: all of it, or the cores of its rank."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.emulator.chunks import Chunk
from neurocore.emulator.engine import Emulator
from neurocore.emulator.interrupt import deferred_interrupt
from neurocore.emulator.ranks.exchange import Exchange
from neurocore.errors import ImageError, NeurocoreError, RunError
from neurocore.formats.checkpoint_file import Checkpoint, save_checkpoint
from neurocore.formats.segment_file import Segment, merge_segments, save_segment
from neurocore.recording import Probe
from neurocore.snapshot import Snapshot
from neurocore.spikes import AxonEvents
from neurocore.verbs.run_folder import PLAN_FILE, UNFINISHED
from neurocore.verbs.unfinished import checkpoint_files, how_to_go_on

__all__ = ["Order", "Part", "RunInterrupted", "Schedule", "run_part", "saying_how_to_go_on"]

SEGMENT_BYTES: Final = 2**24
"""Spikes, counters and potentials that are held in memory, by all ranks together, before they go to the disk."""
KEPT: Final = 2
"""Checkpoints that stay: one may turn out to be damaged."""
_HELD: Final = ("spikes", "tick_counters", "probe_tick", "potential")


class RunInterrupted(NeurocoreError):
    """Ctrl-C ended a run with checkpoints; all that it did is saved."""

    exit_code = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When to save the state: every so many ticks, or so many seconds apart; with neither set only at the end."""

    every: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What every process of a run with checkpoints is told.

    folder, run  : the run folder and the run's name, drawn when it began
    image_digest : of the whole image, which has ``cores`` cores
    ticks        : to run in all
    probe        : whose potentials to keep, of the whole image
    wall_s       : seconds that the ticks before took; phase_s : of these, by phase
    """

    folder: Path
    run: str
    image_digest: str
    cores: int
    ticks: int
    probe: Probe
    schedule: Schedule
    wall_s: float
    phase_s: dict[str, float]

    @property
    def place(self) -> Path:
        """Where segments and checkpoints are."""
        return self.folder / UNFINISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The part of one process: all cores, or those of its rank.

    emulator   : of its cores, from the first of which, ``first_core``, it numbers them; where the run goes on from
    exchange   : the way to the other ranks
    events, probe : as ``emulator.advance`` takes them
    counters   : int64[c, K], totals of the ticks before; added to
    """

    emulator: Emulator
    exchange: Exchange
    first_core: int
    events: AxonEvents
    probe: Probe
    counters: npt.NDArray[np.int64]


def run_part(part: Part, order: Order, progress: Callable[[int], None] | None) -> Checkpoint | None:
    """Run a process's part to the end or to Ctrl-C at any rank; every rank calls this at the same time.

    Ranks write a segment each where all of them see the run folder; else rank 0 writes for all. It writes the
    checkpoints. Returns where the run came to at rank 0, None at the others. Errors say how to go on.
    """
    emulator, schedule, ticks = part.emulator, order.schedule, order.ticks
    first_tick, wall_s = emulator.tick, order.wall_s
    with saying_how_to_go_on(order.folder):
        shared = bool(part.exchange.smallest(_sees(order)))
        held = _Held(part, order, shared)
        emulator.warm_up()
        part.exchange.smallest(0)

        def reached() -> Checkpoint | None:
            return _gathered(part, order, wall_s)

        last, gathered_at = None, -1
        with deferred_interrupt() as stop:
            kept_at = time.monotonic()
            while emulator.tick < ticks:
                due = ticks if schedule.every is None else (emulator.tick // schedule.every + 1) * schedule.every
                step = min(emulator.chunk_ticks, ticks - emulator.tick, due - emulator.tick)
                began = time.perf_counter()
                chunk = emulator.advance(step, part.events, part.probe, part.counters)
                wall_s += time.perf_counter() - began
                held.add(chunk)
                if progress:
                    progress(emulator.tick)
                late = schedule.seconds is not None and time.monotonic() - kept_at >= schedule.seconds
                size, any_late, stopped = part.exchange.total([held.bytes, int(late), int(stop.is_set())])
                keep = any_late or (emulator.tick == due and emulator.tick < ticks)
                if keep or size >= SEGMENT_BYTES:
                    held.write()
                if keep:
                    last, gathered_at = _keep(reached(), order.place), emulator.tick
                    kept_at = time.monotonic()
                if stopped:
                    break
            held.write()
            if emulator.tick != gathered_at:
                last = reached()
                if emulator.tick > first_tick:
                    _keep(last, order.place)
    return last


def _sees(order: Order) -> int:
    """1 where this process sees the run in its folder, else 0."""
    try:
        return int(json.loads((order.place / PLAN_FILE).read_bytes())["plan"]["run"] == order.run)
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _gathered(part: Part, order: Order, wall_s: float) -> Checkpoint | None:
    """Where the whole run stands, at rank 0; None at the others."""
    own, exchange = part.emulator.state(), part.exchange
    potential, ring = exchange.gather(own.potential), exchange.gather(own.ring)
    counters = exchange.gather(part.counters)
    if exchange.rank:
        return None
    state = Snapshot(
        potential=np.concatenate(potential),
        ring=np.concatenate(ring, axis=1),
        tick=own.tick,
        seed=own.seed,
        image_digest=order.image_digest,
        learning=own.learning,  # an image that learns runs in one process
    )
    phases = {name: order.phase_s.get(name, 0.0) + seconds for name, seconds in part.emulator.phase_s().items()}
    return Checkpoint(state=state, run=order.run, counters=np.concatenate(counters), wall_s=wall_s, phase_s=phases)


def _keep(checkpoint: Checkpoint | None, place: Path) -> Checkpoint | None:
    """Write a checkpoint, then remove all but the last ones; nothing at ranks that have none."""
    if checkpoint is not None:
        save_checkpoint(checkpoint, place / f"checkpoint-{checkpoint.state.tick:015d}.npz")
        for path in checkpoint_files(place)[:-KEPT]:
            path.unlink()
    return checkpoint


class _Held:
    """Chunks that are not on the disk yet.

    bytes : of this process's; shared : each rank writes its own
    """

    def __init__(self, part: Part, order: Order, shared: bool) -> None:
        self._part, self._order, self._shared = part, order, shared
        self._first_tick, self._chunks = part.emulator.tick, list[Chunk]()
        self.bytes = 0

    def add(self, chunk: Chunk) -> None:
        """Hold a chunk."""
        self._chunks.append(chunk)
        self.bytes += chunk.spikes.nbytes + chunk.tick_counters.nbytes + chunk.potential.nbytes

    def write(self) -> None:
        """Write what is held as one segment, if it is anything; all ranks at the same tick."""
        if not self._chunks:
            return
        part, order = self._part, self._order
        joined = {name: np.concatenate([getattr(chunk, name) for chunk in self._chunks]) for name in _HELD}
        if (last := order.probe.last) is not None:
            joined |= {name: joined[name][-last:] for name in ("probe_tick", "potential")}
        width, cores = part.emulator.width, part.emulator.image.cores
        joined["spikes"] += np.uint32(part.first_core * width)
        own = Segment(first_tick=self._first_tick, first_core=part.first_core, cores=cores, width=width, **joined)
        self._first_tick += own.ticks
        self._chunks, self.bytes = [], 0
        if self._shared:
            if cores or not order.cores:
                save_segment(own, order.place, order.run)
            return
        parts = _sent(own, part.exchange)
        if parts:
            whole = merge_segments(parts, order.cores, order.probe.core, str(order.place))
            save_segment(whole, order.place, order.run)


def _sent(own: Segment, exchange: Exchange) -> list[Segment]:
    """The segments of all ranks, at rank 0; none at the others."""
    arrays = {name: exchange.gather(getattr(own, name)) for name in _HELD}
    sizes = exchange.gather(np.array([own.cores], np.int64))
    starts = np.cumsum([0, *(int(size[0]) for size in sizes)]).tolist()
    return [
        Segment(
            first_tick=own.first_tick,
            first_core=starts[rank],
            cores=int(size[0]),
            width=own.width,
            **{name: found[rank] for name, found in arrays.items()},
        )
        for rank, size in enumerate(sizes)
    ]


@contextmanager
def saying_how_to_go_on(folder: Path) -> Iterator[None]:
    """Whatever ends the block early says what to do then: what was done is there."""
    try:
        yield
    except RunInterrupted:
        raise
    except KeyboardInterrupt:
        raise RunInterrupted("interrupted; what was saved is there", fix=how_to_go_on(folder)) from None
    except ImageError as error:  # a segment turned bad: its ticks are run again
        raise RunError(f"{error.where()}: {error.problem}", fix=how_to_go_on(folder)) from error
    except (NeurocoreError, OSError) as error:
        said = str(error).partition("\n")[0]
        fix = f"see that there is space and that you may write there; then {how_to_go_on(folder)}"
        raise RunError(said, fix=fix) from error
