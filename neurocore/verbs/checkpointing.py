"""Running with checkpoints: the recording goes to the disk in segments, the chip's state every now and then."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from neurocore.emulator.chunks import Chunk
from neurocore.emulator.engine import Emulator, check_events, check_probe
from neurocore.emulator.interrupt import deferred_interrupt
from neurocore.errors import ImageError, NeurocoreError, RunError
from neurocore.formats.checkpoint_file import Checkpoint, save_checkpoint
from neurocore.formats.recording_stream import join_segments
from neurocore.formats.segment_file import Segment, save_segment, segment_files
from neurocore.recording import COUNTERS, Recording, Spikes
from neurocore.verbs.unfinished import Unfinished, checkpoint_files

__all__ = ["RunInterrupted", "Schedule", "read_schedule", "record", "saying_how_to_go_on"]

SEGMENT_BYTES: Final = 2**24
"""Spikes, counters and potentials that are held in memory before they go to the disk."""
KEPT: Final = 2
"""Checkpoints that stay: one may turn out to be damaged."""


class RunInterrupted(NeurocoreError):
    """Ctrl-C ended a run with checkpoints; all that it did is saved."""

    exit_code = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When to save the state: every so many ticks, or so many seconds apart. Exactly one is set."""

    every: int | None = None
    seconds: float | None = None


def read_schedule(text: str) -> Schedule:
    """``every=1000`` or ``seconds=60``. Raises RunError for anything else."""
    if match := re.fullmatch(r"every=0*([1-9]\d{0,15})", text):
        return Schedule(every=int(match[1]))
    match = re.fullmatch(r"seconds=(\d{1,9}(?:\.\d{1,6})?)", text)
    if match and float(match[1]) > 0:
        return Schedule(seconds=float(match[1]))
    raise RunError(
        f"--checkpoint {text}: not something to go by",
        fix="allowed: every=N, a number of ticks, or seconds=S; for example seconds=60",
    )


def record(
    unfinished: Unfinished,
    start: Checkpoint | None,
    schedule: Schedule,
    path: Path,
    *,
    threads: int | None,
    progress: Callable[[int], None] | None,
) -> Recording:
    """Run on from a checkpoint (None: from the beginning) to the end of the plan, and write the recording to ``path``.

    Memory stays bounded however long the run is. Returns the recording; its spikes are read from the file when they are
    asked for. Raises RunInterrupted after Ctrl-C, RunError where the disk is full: both say how to go on.
    """
    image, plan, probe = unfinished.image, unfinished.plan, unfinished.probe
    check_events(image, unfinished.events)
    check_probe(image, probe, plan["planned"])
    emulator = Emulator(image, seed=plan["seed"], threads=threads)
    before = start or _nothing_done(emulator, unfinished.run)
    emulator.set_state(before.state)
    emulator.warm_up()
    wall_s, counters = before.wall_s, before.counters.copy()

    def now() -> Checkpoint:
        phases = {name: before.phase_s.get(name, 0.0) + seconds for name, seconds in emulator.phase_s().items()}
        return Checkpoint(state=emulator.state(), run=unfinished.run, counters=counters, wall_s=wall_s, phase_s=phases)

    held = _Held(unfinished, emulator)
    with saying_how_to_go_on(unfinished.folder):
        with deferred_interrupt() as stop:
            kept_at, ticks = time.monotonic(), plan["planned"]
            while emulator.tick < ticks and not stop.is_set():
                due = ticks if schedule.every is None else (emulator.tick // schedule.every + 1) * schedule.every
                step = min(emulator.chunk_ticks, ticks - emulator.tick, due - emulator.tick)
                began = time.perf_counter()
                chunk = emulator.advance(step, unfinished.events, probe, counters)
                wall_s += time.perf_counter() - began
                held.add(chunk)
                if progress:
                    progress(emulator.tick)
                late = schedule.seconds is not None and time.monotonic() - kept_at >= schedule.seconds
                if late or (emulator.tick == due and emulator.tick < ticks):
                    held.write()
                    _keep(now(), unfinished.place)
                    kept_at = time.monotonic()
            held.write()
            last = now()
            if not start or last.state.tick > start.state.tick:
                _keep(last, unfinished.place)
        if emulator.tick < ticks:
            raise RunInterrupted(
                f"interrupted after {emulator.tick:,} of {ticks:,} ticks; they are saved",
                fix=f"`neurocore resume {unfinished.folder}` goes on",
            )
        counters[:, COUNTERS.index("neuron_updates")] = emulator.used_neurons * ticks
        none = np.zeros(0, np.int64)
        done = Recording(
            start_tick=0,
            ticks=ticks,
            spikes=Spikes(none, none.astype(np.int32), none.astype(np.int32)),
            counters=counters,
            tick_counters=np.zeros((0, len(COUNTERS)), np.int64),
            probe=probe,
            probe_tick=none,
            potential=np.zeros((0, len(probe.core)), np.int32),
            seed=plan["seed"],
            wall_s=last.wall_s,
            phase_s=last.phase_s,
        )
        return join_segments(lambda: _segments(unfinished), path, done, image_digest=unfinished.image_digest)


def _nothing_done(emulator: Emulator, run: str) -> Checkpoint:
    """The beginning, as a checkpoint."""
    counters = np.zeros((emulator.image.cores, len(COUNTERS)), np.int64)
    return Checkpoint(state=emulator.state(), run=run, counters=counters, wall_s=0.0, phase_s={})


def _segments(unfinished: Unfinished) -> Iterator[Segment]:
    return (unfinished.segment(path) for path in segment_files(unfinished.place))


def _keep(checkpoint: Checkpoint, place: Path) -> None:
    """Write a checkpoint, then remove all but the last ones."""
    save_checkpoint(checkpoint, place / f"checkpoint-{checkpoint.state.tick:015d}.npz")
    for path in checkpoint_files(place)[:-KEPT]:
        path.unlink()


class _Held:
    """Chunks that are not on the disk yet."""

    def __init__(self, unfinished: Unfinished, emulator: Emulator) -> None:
        self._unfinished, self._width = unfinished, emulator.width
        self._first_tick, self._chunks = emulator.tick, list[Chunk]()
        self._bytes = 0

    def add(self, chunk: Chunk) -> None:
        """Hold a chunk, or write all that is held where it is much."""
        self._chunks.append(chunk)
        self._bytes += chunk.spikes.nbytes + chunk.tick_counters.nbytes + chunk.potential.nbytes
        if self._bytes >= SEGMENT_BYTES:
            self.write()

    def write(self) -> None:
        """Write what is held as one segment, if it is anything."""
        if not self._chunks:
            return
        names = ("spikes", "tick_counters", "probe_tick", "potential")
        joined = {name: np.concatenate([getattr(chunk, name) for chunk in self._chunks]) for name in names}
        if (last := self._unfinished.probe.last) is not None:
            joined |= {name: joined[name][-last:] for name in ("probe_tick", "potential")}
        segment = Segment(first_tick=self._first_tick, width=self._width, **joined)
        save_segment(segment, self._unfinished.place, self._unfinished.run)
        self._first_tick += segment.ticks
        self._chunks, self._bytes = [], 0


@contextmanager
def saying_how_to_go_on(folder: Path) -> Iterator[None]:
    """Whatever ends the block early says what to do then: what was done is there."""
    how = f"`neurocore resume {folder}` goes on"
    try:
        yield
    except RunInterrupted:
        raise
    except KeyboardInterrupt:
        raise RunInterrupted("interrupted; what was saved is there", fix=how) from None
    except ImageError as error:  # a segment turned bad: its ticks are run again
        raise RunError(f"{error.where()}: {error.problem}", fix=how) from error
    except (NeurocoreError, OSError) as error:
        said = str(error).partition("\n")[0]
        raise RunError(said, fix=f"see that there is space and that you may write there; then {how}") from error
