"""Compare kernels with references on random networks for as long as you like: ``python tools/soak.py --minutes 60``.

Every case follows from one number. Cases of several kinds take turns; each compares spikes, counters and potentials.
The first mismatch prints its number, with which ``--case`` makes it again, and ends the soak with exit code 1.
Runs in processes of their own that are killed take half a minute each: these kinds come once where the others come four
times. MPI ranks are started where mpi4py and an mpiexec are beside this Python.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from block_strategies import random_block_network  # noqa: E402
from learning_strategies import random_learning_image, random_learning_network  # noqa: E402
from network_strategies import random_network  # noqa: E402
from strategies import random_events, random_image  # noqa: E402

from neurocore.arch import ChipSpec  # noqa: E402
from neurocore.emulator.batch import run_batch  # noqa: E402
from neurocore.emulator.engine import Emulator  # noqa: E402
from neurocore.emulator.reference import run_reference  # noqa: E402
from neurocore.errors import CapacityError, ConfigError  # noqa: E402
from neurocore.formats.network_writer import write_network  # noqa: E402
from neurocore.image import OUTPUT_BASE, UNWIRED, ChipImage  # noqa: E402
from neurocore.recording import Probe, Recording, Spikes  # noqa: E402
from neurocore.spikes import AxonEvents  # noqa: E402
from neurocore.verbs.verifying import verify  # noqa: E402
from tools.soak_processes import REFUSED, Kills, killed_process, killed_ranks, mpi_is_there  # noqa: E402
from tools.soak_ranks import die_and_resume, on_random_ranks  # noqa: E402

MOST_THREADS: Final = 4
SEEDS: Final = (0, 1, 2**40 + 7, 2**64 - 1)
SELDOM: Final = 4  # the other kinds come so many times as often as those that take seconds
_SPIKES: Final = ("spike_tick", "spike_core", "spike_neuron", "tick_counters", "potential", "probe_tick")

Kind = Callable[[np.random.Generator, int], str]
"""A kind of case: runs one, from a generator and the case's number. Returns what differs, REFUSED, or an empty text."""


def random_spec(rng: np.random.Generator) -> ChipSpec:
    """Sizes around the 64-bit words, all options, limits small enough to be met."""

    def one(*choices: object) -> object:
        return choices[int(rng.integers(len(choices)))]

    return ChipSpec.model_validate(
        {
            "name": "soak",
            "axons": one(1, 3, 16, 63, 64, 65, 130, 256, 300),
            "neurons": one(1, 5, 16, 64, 65, 100, 256, 300),
            "axon_types": int(rng.integers(1, 9)),
            "weight_limit": one(255, 32_767),
            "leak_limit": one(255, 32_767),
            "noise_bits_limit": one(17, 24),
            "grid": one((1, 1), (2, 1), (2, 2), (3, 2)),
            "chips": one((1, 1), (2, 1), (1, 3)),
            "potential_limit": one(40, 900, 393_216, 2**30),
            "threshold_limit": one(262_143, 2**30),
            "stop_at_zero": one(True, False),
            "nonreset_ceiling": one(True, False),
            "negative_inclusive": one(True, False),
        }
    )


def difference(found: Recording, right: Recording, what: str) -> str:
    """The first thing in which two recordings differ, in words; empty where they are the same."""
    for name in (*_SPIKES, "counters"):
        a, b = getattr(found, name), getattr(right, name)
        if a.shape != b.shape:
            return f"{what}: {name} has shape {a.shape}, not {b.shape}"
        if (a != b).any():
            where = tuple(int(i) for i in np.argwhere(a != b)[0])
            return f"{what}: {name}{list(where)} is {a[where]}, not {b[where]}"
    return ""


def joined(parts: list[Recording]) -> Recording:
    """Recordings of runs that follow each other, as one."""
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _SPIKES}
    return replace(
        parts[0],
        ticks=sum(part.ticks for part in parts),
        spikes=Spikes(arrays["spike_tick"], arrays["spike_core"], arrays["spike_neuron"]),
        tick_counters=arrays["tick_counters"],
        potential=arrays["potential"],
        probe_tick=arrays["probe_tick"],
        counters=sum((part.counters for part in parts), np.zeros_like(parts[0].counters)),
    )


def _chip(rng: np.random.Generator, number: int) -> tuple[ChipImage, int, AxonEvents, int, Probe]:
    image = random_image(random_spec(rng), int(rng.integers(2**32)))
    ticks = int(rng.integers(1, 60))
    events = random_events(image, ticks, number)
    core, neuron = np.indices(image.neuron_used.shape, dtype=np.int32).reshape(2, -1)
    probe = Probe(core=core, neuron=neuron, interval=int(rng.integers(1, 4)))
    return image, ticks, events, SEEDS[rng.integers(len(SEEDS))], probe


def pieces(rng: np.random.Generator, number: int) -> str:
    """A random chip on a random number of threads, run in random pieces, against the scalar reference."""
    image, ticks, events, seed, probe = _chip(rng, number)
    right = run_reference(image, events, ticks, seed=seed, probe=probe)
    threads = int(rng.integers(1, MOST_THREADS + 1))
    cuts = np.unique([0, ticks, *rng.integers(0, ticks + 1, rng.integers(0, 5))])
    chip = Emulator(image, seed=seed, threads=threads)
    parts = [chip.run(int(n), events, probe=probe) for n in np.diff(cuts)]
    return difference(joined(parts), right, f"{threads} threads, cut at {cuts.tolist()}")


def batch(rng: np.random.Generator, number: int) -> str:
    """A batch of random stimuli against runs of their own, and the first one against the scalar reference."""
    image, ticks, events, seed, _ = _chip(rng, number)
    stimuli = [events, *(random_events(image, ticks, int(rng.integers(2**32))) for _ in range(rng.integers(0, 9)))]
    seeds = [(seed + j) % 2**64 for j in range(len(stimuli))]
    threads = int(rng.integers(1, MOST_THREADS + 1))
    found = run_batch(image, stimuli, ticks, seed=seeds, threads=threads)
    if len(found) != len(stimuli):
        return f"{len(found)} recordings of {len(stimuli)} stimuli"
    for j, (recording, stimulus, one) in enumerate(zip(found, stimuli, seeds, strict=True)):
        alone = Emulator(image, seed=one, threads=int(rng.integers(1, MOST_THREADS + 1)))
        if told := difference(recording, alone.run(ticks, stimulus), f"instance {j} of {len(found)}"):
            return told
    right = run_reference(image, events, ticks, seed=seeds[0], probe=Probe.none())
    return difference(found[0], right, "instance 0 and the reference")


def _verified(rng: np.random.Generator, write: Callable[[Path], object]) -> str:
    """What differs when a network is written and verified: mapped = logical, 1 thread = many, kernels = reference."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.yaml"
        write(path)
        try:
            checks = verify(path, ticks=60, threads=int(rng.integers(1, MOST_THREADS + 1))).checks
        except (CapacityError, ConfigError):
            return REFUSED
    return "; ".join(f"{check.what}: {check.first}" for check in checks if not check.passed)


def mapped(rng: np.random.Generator, number: int) -> str:
    """A random network, written as YAML and verified."""
    network = random_network(int(rng.integers(2**32)), stochastic=bool(rng.random() < 0.5))
    return _verified(rng, lambda path: write_network(network, path))


def learning(rng: np.random.Generator, number: int) -> str:
    """A random network that learns, written as YAML and verified: what it has learned, too."""
    network = random_learning_network(int(rng.integers(2**32)))
    return _verified(rng, lambda path: write_network(network, path))


def learning_chip(rng: np.random.Generator, number: int) -> str:
    """A random chip that learns, in random pieces on a random number of threads, against the scalar reference."""
    image = random_learning_image(int(rng.integers(2**32)))
    ticks, threads = int(rng.integers(1, 60)), int(rng.integers(1, MOST_THREADS + 1))
    events, seed = random_events(image, ticks, number), SEEDS[rng.integers(len(SEEDS))]
    core, neuron = np.indices(image.neuron_used.shape, dtype=np.int32).reshape(2, -1)
    probe = Probe(core=core, neuron=neuron)
    right = run_reference(image, events, ticks, seed=seed, probe=probe)
    cuts = np.unique([0, ticks, *rng.integers(0, ticks + 1, rng.integers(0, 5))])
    chip = Emulator(image, seed=seed, threads=threads)
    parts = [chip.run(int(n), events, probe=probe) for n in np.diff(cuts)]
    if (parts[-1].learned != right.learned).any():
        return f"{threads} threads, cut at {cuts.tolist()}: learned bits"
    return difference(joined(parts), right, f"{threads} threads, cut at {cuts.tolist()}")


def blocks(rng: np.random.Generator, number: int) -> str:
    """A random network of function blocks, verified."""
    text = random_block_network(int(rng.integers(2**32)))
    return _verified(rng, lambda path: path.write_text(text))


def ranks(rng: np.random.Generator, number: int) -> str:
    """A random chip on ranks that are threads of this process, against the scalar reference."""
    image, ticks, events, seed, probe = _chip(rng, number)
    right = run_reference(image, events, ticks, seed=seed, probe=probe)
    threads = int(rng.integers(1, MOST_THREADS + 1))
    found, how = on_random_ranks(rng, image, events, ticks, seed=seed, threads=threads, probe=probe)
    return difference(found, right, how)


def killed(rng: np.random.Generator, number: int) -> str:
    """A run with checkpoints of which a rank dies at random ticks and that is gone on with, against the reference."""
    return _dies(rng, *_chip(rng, number)[:4])


def learning_killed(rng: np.random.Generator, number: int) -> str:
    """The same of a chip that learns, in one process."""
    image, ticks = random_learning_image(int(rng.integers(2**32))), int(rng.integers(1, 60))
    return _dies(rng, image, ticks, random_events(image, ticks, number), SEEDS[rng.integers(len(SEEDS))])


def _dies(rng: np.random.Generator, image: ChipImage, ticks: int, events: AxonEvents, seed: int) -> str:
    image.target_core[image.target_core <= OUTPUT_BASE] = UNWIRED  # outputs without a name cannot be saved
    right = run_reference(image, events, ticks, seed=seed, probe=Probe.none())
    threads = int(rng.integers(1, MOST_THREADS + 1))
    found, how = die_and_resume(rng, image, events, ticks, seed=seed, threads=threads)
    if right.learned is not None and (found.learned != right.learned).any():
        return f"{how}: learned bits"
    return difference(found, right, how)


# A new kind of case is a function like these, added here.
KINDS: Final[dict[str, Kind]] = {
    "pieces": pieces,
    "batch": batch,
    "mapped": mapped,
    "ranks": ranks,
    "killed": killed,
    "learning": learning,
    "learning chip": learning_chip,
    "learning killed": learning_killed,
    "blocks": blocks,
}
PROCESSES: Final[dict[str, Kind]] = {"killed process": killed_process, "killed MPI ranks": killed_ranks}


def kind_of(number: int, kinds: dict[str, Kind]) -> str:
    """The name of a case's kind: all take turns, those of PROCESSES only every SELDOM-th."""
    often = [name for name in kinds if name not in PROCESSES]
    turns = [*often * SELDOM, *(name for name in kinds if name in PROCESSES)]
    return turns[number % len(turns)]


def try_case(number: int, kinds: dict[str, Kind] = KINDS) -> tuple[str, str]:
    """Run one case. Returns its kind, and what differs (a crash differs too), REFUSED, or an empty text."""
    name = kind_of(number, kinds)
    try:
        return name, kinds[name](np.random.default_rng([number, 2026]), number)
    except Exception as error:
        import traceback

        return name, f"{type(error).__name__}: {error}\n{traceback.format_exc(limit=-5)}"


def soak(minutes: float, first: int, most: int | None = None, kinds: dict[str, Kind] = KINDS) -> int:
    """Cases first, first + 1 ... until the time is up or one differs. Prints what was done; returns the exit code."""
    cases: Counter[str] = Counter()
    refused, number, told, start = 0, first, "", time.monotonic()
    reported = start
    try:
        while not told and time.monotonic() < start + 60 * minutes and (most is None or number < first + most):
            name, found = try_case(number, kinds)
            cases[name] += 1
            refused += found == REFUSED
            told = "" if found == REFUSED else found
            number += 1
            if time.monotonic() > reported + 60:
                reported = time.monotonic()
                passed = f"{sum(cases.values()):,} cases in {(reported - start) / 60:.0f} min"
                print(passed, file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    each = ", ".join(f"{cases[name]:,} {name}" for name in kinds)
    took = time.monotonic() - start
    print(f"{sum(cases.values()):,} cases ({each}; {refused:,} did not fit their chip) in {took / 60:.1f} min")
    if Kills.killed:
        print(f"{Kills.killed:,} processes killed ({Kills.of_ranks:,} of them MPI ranks), {Kills.midway:,} in mid-run")
    print(f"{int(bool(told))} mismatches")
    if told:
        print(f"case {number - 1} ({name}): {told}\nmake it again: python tools/soak.py --case {number - 1}")
    else:
        print(f"go on with: python tools/soak.py --first {number}")
    return int(bool(told))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60, help="how long (default: 60)")
    parser.add_argument("--first", type=int, default=0, help="number of the first case (default: 0)")
    parser.add_argument("--case", type=int, help="only the case of this number")
    options = parser.parse_args()
    kinds = KINDS | PROCESSES
    if not mpi_is_there():
        print("no MPI ranks: mpi4py and mpiexec are not beside this Python", file=sys.stderr)
        kinds = {name: kind for name, kind in kinds.items() if kind is not killed_ranks}
    if options.case is not None:
        return soak(60 * 24, options.case, most=1, kinds=kinds)
    return soak(options.minutes, options.first, kinds=kinds)


if __name__ == "__main__":
    raise SystemExit(main())
