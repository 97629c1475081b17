"""Soak cases in processes of their own: `neurocore run --checkpoint` that SIGKILL ends at random moments, and resumes.

The network and its undisturbed run follow from the case's number; the moment of a kill is also the machine's doing.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
from block_strategies import random_block_network
from learning_strategies import random_learning_network
from network_strategies import random_network
from strategies import random_events, random_image

from neurocore.errors import CapacityError, ConfigError
from neurocore.formats.image_file import save_image
from neurocore.formats.network_writer import write_network
from neurocore.image import OUTPUT_BASE, UNWIRED
from neurocore.verbs.running import run

__all__ = ["REFUSED", "Kills", "difference_of_folders", "killed_process", "killed_ranks", "mpi_is_there"]

ROOT: Final = Path(__file__).resolve().parents[1]
MPIEXEC: Final = Path(sys.executable).parent / "mpiexec"
REFUSED: Final = "does not fit"
MOST_RANKS: Final = 4
MOST_KILLS: Final = 4
PATIENCE_S: Final = 600
"""A process that takes longer hangs: they take seconds, some tens on a machine that has other work."""
_ALLOWED: Final = {
    f"{name}{more}": "1" for name in ("OMPI_ALLOW_RUN_AS_ROOT", "PRTE_ALLOW_RUN_AS_ROOT") for more in ("", "_CONFIRM")
} | {"PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe", "PYTHONPATH": str(ROOT)}


class Kills:
    """How many processes were killed, and how many of them in mid-run; over all cases."""

    killed = 0
    midway = 0
    of_ranks = 0


def mpi_is_there() -> bool:
    """Whether this Python has mpi4py and an mpiexec beside it."""
    return MPIEXEC.is_file() and importlib.util.find_spec("mpi4py") is not None


def killed_process(rng: np.random.Generator, number: int) -> str:
    """A run with checkpoints, killed up to four times and gone on with on other numbers of threads."""
    return _killed(rng, number, ["network", "stochastic", "image", "blocks", "learning"], False)


def killed_ranks(rng: np.random.Generator, number: int) -> str:
    """The same of 1 to 4 real MPI ranks, one of which is killed; gone on with on any number, or in one process."""
    if not mpi_is_there():
        return REFUSED
    return _killed(rng, number, ["network", "stochastic", "image", "blocks"], True)


def _killed(rng: np.random.Generator, number: int, sources: list[str], mpi: bool) -> str:
    what = sources[rng.integers(len(sources))]
    place = Path(tempfile.mkdtemp(prefix=f"soak-{number}-"))
    told = "it was not compared"
    try:
        given = _write_source(rng, what, place)
        try:
            run(given["source"], out=place / "right", report=False, threads=int(rng.integers(1, 5)), **given["how"])
        except (CapacityError, ConfigError):
            told = REFUSED
            return told
        how = _to_the_end(rng, place, given["source"], given["how"], mpi)
        told = difference_of_folders(place / "new", place / "right")
        if told:
            told = f"{what}, {how}: {told}; everything is in {place}"
        return told
    finally:
        if told in ("", REFUSED):
            shutil.rmtree(place, ignore_errors=True)


def _write_source(rng: np.random.Generator, what: str, place: Path) -> dict[str, Any]:
    """Something to run, on disk: its path, and the options of its run."""
    seed, path = int(rng.integers(2**32)), place / "network.yaml"
    how: dict[str, Any] = {"ticks": int(rng.integers(2_000, 20_000))}
    if what == "image":
        from tools.soak import random_spec

        image = random_image(random_spec(rng), seed)
        image.target_core[image.target_core <= OUTPUT_BASE] = UNWIRED  # outputs without a name cannot be saved
        path = place / "image.npz"
        save_image(image, path)
        how = {"ticks": int(rng.integers(200, 1_500)), "seed": seed, "input": str(place / "events.npz")}
        events = random_events(image, how["ticks"], seed)
        np.savez(place / "events.npz", tick=events.tick, core=events.core, axon=events.axon)
    elif what == "blocks":
        path.write_text(random_block_network(seed))
    elif what == "learning":
        how = {"ticks": int(rng.integers(200, 3_000))}
        write_network(random_learning_network(seed), path)
    else:
        write_network(random_network(seed, stochastic=what == "stochastic"), path)
    return {"source": path, "how": how}


def _to_the_end(rng: np.random.Generator, place: Path, source: Path, how: dict[str, Any], mpi: bool) -> str:
    """Start the run, kill it, go on with it, until it is complete. Returns what was done. Raises where it fails."""
    out, deaths, told = place / "new", int(rng.integers(1, MOST_KILLS + 1)), []
    unfinished, done = out / "unfinished", out / "run.json"
    every = int(rng.integers(1, max(2, how["ticks"] // 3)))
    schedule = f"every={max(every, how['ticks'] // 60)}" if rng.random() < 0.7 else "seconds=0.1"
    start = ["run", str(source), *(f"--{name}={value}" for name, value in how.items()), "--no-report"]
    start += ["--out", str(out), f"--checkpoint={schedule}"]
    told.append(schedule)
    takes_s = 4.0  # until a run begins
    while not done.exists() or unfinished.exists():
        begun = (unfinished / "plan.json").exists() or done.exists()
        words = ["resume", str(out)] if begun else start
        ranks = int(rng.integers(1, MOST_RANKS + 1)) if mpi and not (begun and rng.random() < 0.3) else 0
        threads = int(rng.integers(1, 5)) if not ranks else int(rng.integers(1, 3))
        command = [sys.executable, "-m", "neurocore", *words, f"--threads={threads}", "-q"]
        command = [str(MPIEXEC), "-n", str(ranks), *command] if ranks else command
        at = rng.random(4) if deaths else None
        with tempfile.TemporaryFile("w+") as talk:
            process = subprocess.Popen(
                command, cwd=place, env=os.environ | _ALLOWED, stdout=talk, stderr=talk, start_new_session=True
            )
            try:
                killed, took_s = _kill(process, place, at, ranks, takes_s) if at is not None else (False, None)
                takes_s = took_s or takes_s
                code = process.wait(PATIENCE_S)
            except BaseException:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                raise
            talk.seek(0)
            if not killed and code:
                raise AssertionError(f"{' '.join(command)} ended with {code}: {talk.read()[-2000:]}")
        deaths -= killed
        told.append(f"{ranks or 'no'} ranks of {threads} threads{', killed' * killed}")
    return "; ".join(told)


def _kill(
    process: subprocess.Popen[bytes], place: Path, at: np.ndarray, ranks: int, takes_s: float
) -> tuple[bool, float | None]:
    """Kill the run at a random moment: of all its time, or mostly of that after it begins.

    at : float[4], 0 to 1: of all or of that, the moment from the start, the moment from the beginning, which rank
    Returns whether it was killed (not where it came to its end before), and after how many seconds it began.
    """
    plan, start, took_s = place / "new/unfinished/plan.json", time.monotonic(), None
    begun, early = plan.exists(), at[0] < 0.3
    until = start + at[1] * (takes_s if early and not begun else takes_s + 1.5)
    until = start + PATIENCE_S if not early and not begun else until
    while process.poll() is None and time.monotonic() < until:
        if not begun and plan.exists():
            begun, took_s = True, time.monotonic() - start
            until = time.monotonic() + at[2] * took_s / 4  # a quick machine starts and runs quickly
        time.sleep(0.002)
    victims = [process.pid] if not ranks else _rank_processes(place)
    if process.poll() is not None or not victims:
        return False, took_s
    midway = plan.exists()
    try:
        os.kill(victims[int(at[3] * len(victims))], signal.SIGKILL)
    except ProcessLookupError:
        return False, took_s
    Kills.killed, Kills.midway, Kills.of_ranks = Kills.killed + 1, Kills.midway + midway, Kills.of_ranks + bool(ranks)
    return True, took_s


def _rank_processes(place: Path) -> list[int]:
    """Ranks, not mpiexec, that work in this folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if words[0] == sys.executable and any(word.startswith(f"{place}/") for word in words):
                found.append(int(folder.name))
    return sorted(found)


def difference_of_folders(found: Path, right: Path) -> str:
    """The first thing in which two run folders differ, byte by byte; empty where they are the same."""
    here, there = ({str(p.relative_to(folder)) for p in folder.rglob("*")} for folder in (found, right))
    if here != there:
        return f"files {sorted(here ^ there)}"
    for name in sorted(path for path in there if path in ("spikes.npz", "learned.npz", "image.npz")):
        with np.load(found / name) as a, np.load(right / name) as b:
            if a.files != b.files:
                return f"{name}: arrays {a.files}, not {b.files}"
            for array in b.files:
                alike = a[array].dtype == b[array].dtype and a[array].shape == b[array].shape
                if array != "meta" and not (alike and a[array].tobytes() == b[array].tobytes()):
                    return f"{name}: {array}"
    return ""
