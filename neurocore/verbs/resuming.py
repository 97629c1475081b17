"""Going on with a run that was killed, interrupted or ran out of disk."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from neurocore.emulator.threads import default_threads
from neurocore.errors import RunError
from neurocore.learning import refuse_learning
from neurocore.recording import Recording
from neurocore.verbs.checkpointing import read_schedule, record
from neurocore.verbs.progress import tick_progress
from neurocore.verbs.run_folder import RUN_FILE, UNFINISHED, is_unfinished
from neurocore.verbs.run_loading import load_run
from neurocore.verbs.run_lock import locked
from neurocore.verbs.run_part import Schedule
from neurocore.verbs.run_result import RunResult
from neurocore.verbs.run_writing import SPIKES_NAME, conclude
from neurocore.verbs.unfinished import open_unfinished, place_to_go_on

__all__ = ["resume"]


def resume(
    run: str | Path,
    *,
    checkpoint: str | None = None,
    threads: int | None = None,
    quiet: bool = True,
    recorder: Callable[..., Recording] = record,
    ranks: int = 1,
) -> RunResult:
    """Go on with a run that was started with checkpoints: its recording is the one that an undisturbed run writes.

    run        : the run folder
    checkpoint : another schedule than the run's own
    threads    : another number than the run's own; no spike depends on it
    recorder   : what runs it, called as checkpointing.record is; on ``ranks`` processes, however many began it
    A damaged file is named on stderr unless ``quiet``, and in the result's remarks; the checkpoint before it is used. A
    run that is finished is read back.
    Raises RunError where there is nothing to go on with or another process is at it, RunInterrupted after Ctrl-C.
    """
    folder = Path(run)
    if not folder.is_dir():
        raise RunError(f"{folder}: no such run folder", fix="name the folder of a run that had --checkpoint")
    with locked(folder):
        if not is_unfinished(folder):
            if (folder / RUN_FILE).is_file():
                shutil.rmtree(folder / UNFINISHED, ignore_errors=True)  # it may have been killed while it tidied up
                return load_run(folder)
            raise RunError(f"{folder}: there is no run to go on with", fix="start it: neurocore run ... --checkpoint")
        unfinished = open_unfinished(folder, unpack=ranks > 1)
        if ranks > 1:
            refuse_learning(unfinished.image.learning, "several ranks")
        wanted = checkpoint or unfinished.plan["checkpoint"]
        schedule = read_schedule(wanted) if wanted else Schedule()
        start, remarks = place_to_go_on(unfinished)
        remarks.append(f"going on from tick {start.state.tick if start else 0:,}")
        if not quiet:
            print("\n".join(remarks), file=sys.stderr)
        alike = ranks == unfinished.plan["ranks"]
        workers = threads or (unfinished.plan["threads"] if alike else default_threads(unfinished.image))
        with tick_progress(unfinished.plan["planned"], quiet) as progress:
            asked = threads if ranks > 1 else workers
            recording = recorder(unfinished, start, schedule, folder / SPIKES_NAME, threads=asked, progress=progress)
        plan = unfinished.plan | {"threads": workers, "ranks": ranks}
        return conclude(folder, unfinished.image, recording, plan, remarks=tuple(remarks))
