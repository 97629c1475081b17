"""Kinds of soak cases with ranks: rehearsals against the reference, and runs that die and are gone on with."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from neurocore.emulator.engine import Emulator
from neurocore.emulator.ranks.rank import RankEmulator
from neurocore.emulator.ranks.rehearsal import rehearse
from neurocore.image import ChipImage
from neurocore.recording import Probe, Recording
from neurocore.spikes import AxonEvents
from neurocore.verbs.rank_part import rehearsed_recorder
from neurocore.verbs.resuming import resume
from neurocore.verbs.running import run

__all__ = ["die_and_resume", "on_random_ranks"]

MOST_RANKS: Final = 4


class Died(BaseException):
    """What a rank does that is killed: nothing more."""


def on_random_ranks(
    rng: np.random.Generator, image: ChipImage, events: AxonEvents, ticks: int, *, seed: int, threads: int, probe: Probe
) -> tuple[Recording, str]:
    """The recording of a rehearsal on 1 to MOST_RANKS ranks, any bounds, any smallest delay; and how it was run."""
    ranks = int(rng.integers(1, MOST_RANKS + 1))
    cuts = np.sort(rng.integers(0, image.cores + 1, ranks - 1)).tolist()
    bounds = [0, *cuts, image.cores] if rng.random() < 0.5 else None
    found = rehearse(
        image, events, [ticks], ranks=ranks, bounds=bounds, seed=seed, threads=threads, probe=probe
    ).recordings[0]
    return found, f"{ranks} ranks of {threads} threads, bounds {bounds}"


def die_and_resume(
    rng: np.random.Generator, image: ChipImage, events: AxonEvents, ticks: int, *, seed: int, threads: int
) -> tuple[Recording, str]:
    """The recording of a run on ranks of which one dies up to three times, gone on with on other numbers of ranks.

    An image that learns runs in one process, which dies and is gone on with in the same way.
    """
    alone = image.learning is not None
    chip: Any = Emulator if alone else RankEmulator
    every = int(rng.integers(1, ticks + 1))
    counts: list[int] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "run"
        for deaths_left in range(int(rng.integers(0, 4)), -1, -1):
            ranks = 1 if alone else int(rng.integers(1, MOST_RANKS + 1))
            counts.append(ranks)
            given: dict[str, Any] = {"threads": threads}
            if not alone:
                given |= {"recorder": rehearsed_recorder(ranks), "ranks": ranks}
            advance = chip.advance
            at, victim = int(rng.integers(0, ticks)), int(rng.integers(ranks))

            def mortal(self, step, *more, at=at, victim=victim, advance=advance):  # type: ignore[no-untyped-def]
                if (alone or self.exchange.rank == victim) and self.tick + step > at:
                    raise Died
                return advance(self, step, *more)

            try:
                if deaths_left:
                    chip.advance = mortal
                if folder.is_dir():
                    done = resume(folder, **given)
                else:
                    source = replace(image, name="soak")
                    done = run(
                        source, ticks=ticks, seed=seed, input=events, out=folder, report=False,
                        checkpoint=f"every={every}", **given,
                    )  # fmt: skip
                assert len(done.recording.spike_tick) == len(done.recording.spikes)  # read while the folder is there
                return done.recording, f"every={every}, ranks {counts}"
            except Died:
                continue
            finally:
                chip.advance = advance
    raise AssertionError("the last attempt has no death")
