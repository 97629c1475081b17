"""Running with checkpoints: the recording goes to the disk in segments, the chip's state every now and then."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from neurocore.emulator.checks import check_events, check_probe
from neurocore.emulator.engine import Emulator
from neurocore.emulator.ranks.exchange import Alone
from neurocore.emulator.tables import used_neurons
from neurocore.errors import RunError
from neurocore.formats.checkpoint_file import Checkpoint
from neurocore.formats.recording_stream import join_segments
from neurocore.formats.segment_file import Segment, segment_files
from neurocore.recording import COUNTERS, Recording, Spikes
from neurocore.verbs.run_part import Order, Part, RunInterrupted, Schedule, run_part, saying_how_to_go_on
from neurocore.verbs.unfinished import Unfinished, how_to_go_on

__all__ = ["finish", "order_of", "read_schedule", "record"]


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


def order_of(unfinished: Unfinished, start: Checkpoint | None, schedule: Schedule) -> Order:
    """What is to be run on from a checkpoint, or from the beginning.

    Raises SpikeFileError or RunError for events and probes that the image has no place for.
    """
    check_events(unfinished.image, unfinished.events)
    check_probe(unfinished.image, unfinished.probe, unfinished.plan["planned"])
    return Order(
        folder=unfinished.folder,
        run=unfinished.run,
        image_digest=unfinished.image_digest,
        cores=unfinished.image.cores,
        ticks=unfinished.plan["planned"],
        probe=unfinished.probe,
        schedule=schedule,
        wall_s=start.wall_s if start else 0.0,
        phase_s=start.phase_s if start else {},
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
    image, order = unfinished.image, order_of(unfinished, start, schedule)
    emulator = Emulator(image, seed=unfinished.plan["seed"], threads=threads)
    if start:
        emulator.set_state(start.state)
    counters = start.counters.copy() if start else np.zeros((image.cores, len(COUNTERS)), np.int64)
    part = Part(
        emulator=emulator,
        exchange=Alone(),
        first_core=0,
        events=unfinished.events,
        probe=unfinished.probe,
        counters=counters,
    )
    last = run_part(part, order, progress)
    assert last is not None
    return finish(unfinished, last, path)


def finish(unfinished: Unfinished, last: Checkpoint, path: Path) -> Recording:
    """Join the segments to the recording's file, where the run has come to its end. See ``record``."""
    ticks, tick = unfinished.plan["planned"], last.state.tick
    with saying_how_to_go_on(unfinished.folder):
        if tick < ticks:
            raise RunInterrupted(
                f"interrupted after {tick:,} of {ticks:,} ticks; they are saved",
                fix=how_to_go_on(unfinished.folder),
            )
        counters = last.counters.copy()
        counters[:, COUNTERS.index("neuron_updates")] = used_neurons(unfinished.image) * ticks
        none = np.zeros(0, np.int64)
        done = Recording(
            start_tick=0,
            ticks=ticks,
            spikes=Spikes(none, none.astype(np.int32), none.astype(np.int32)),
            counters=counters,
            tick_counters=np.zeros((0, len(COUNTERS)), np.int64),
            probe=unfinished.probe,
            probe_tick=none,
            potential=np.zeros((0, len(unfinished.probe.core)), np.int32),
            seed=unfinished.plan["seed"],
            wall_s=last.wall_s,
            phase_s=last.phase_s,
            learned=last.state.learning.crossbar if last.state.learning else None,
        )
        return join_segments(lambda: _segments(unfinished), path, done, image_digest=unfinished.image_digest)


def _segments(unfinished: Unfinished) -> Iterator[Segment]:
    return (unfinished.segment(paths) for paths in segment_files(unfinished.place))
