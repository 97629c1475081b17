"""What this machine can do, and what a tick needs of it: copy bandwidth, scattered reads, rows added, neurons updated.

Prints a table and writes JSON to results/. docs/performance.md explains how the parts make up a tick.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from neurocore.emulator.engine import Emulator
from neurocore.emulator.huge_pages import zeros_in_huge_pages
from neurocore.emulator.kernel_integrate import _sum_four_words
from neurocore.emulator.kernel_narrow import update_narrow
from neurocore.emulator.lanes import ask_for, get_word, place
from neurocore.emulator.table_columns import NARROW_ROWS
from neurocore.spikes import AxonEvents
from neurocore.verbs.machine import machine_facts
from neurocore.workloads.characterisation import characterisation

RESULTS = Path(__file__).parent / "results"
ROWS = 4096


@njit
def copy(source, goal):
    """goal[:] = source."""
    for i in range(source.shape[0]):
        goal[i] = source[i]


@njit
def scattered(memory, where, ahead):
    """Read a word of many rows, each asked for some reads ahead."""
    found = np.uint64(0)
    for i in range(where.shape[0]):
        ask_for(place(memory, 0), where[min(i + ahead, where.shape[0] - 1)])
        found += get_word(place(memory, 0), where[i])
    return found


@njit
def rows_added(crossbar, axons, weights, weight_at, count, sums, repeats):
    """Sum ``count`` rows of 256 synapses in bytes, again and again."""
    found = 0
    for _ in range(repeats):
        found += _sum_four_words(
            place(crossbar, 0), 4, place(axons, 0), place(weights, 0), place(weight_at, 0), count, place(sums, 0)
        )
    return found


@njit
def neurons_updated(potential, rows, sums, fired, repeats):
    """Update 256 neurons of a narrow core, again and again."""
    for _ in range(repeats):
        given = (place(potential, 0), place(rows, 0), place(fired, 0), place(rows, 0), 4, place(sums, 0))
        update_narrow(*given, place(fired, 0), False, False)


def seconds(call: Callable[[], Any], repeats: int) -> float:
    """Median of some calls, after one that compiles."""
    call()
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def measure(repeats: int) -> dict[str, float]:
    """All figures, one thread."""
    rng = np.random.default_rng(0)
    found = {}
    for name, megabytes in (("copy_in_cache_gb_s", 2), ("copy_in_memory_gb_s", 64)):
        source, goal = (zeros_in_huge_pages(megabytes << 17, np.int64) for _ in range(2))
        source[:] = goal[:] = 1
        found[name] = 2 * source.nbytes / seconds(lambda: copy(source, goal), repeats) / 1e9  # noqa: B023
    crossbar = zeros_in_huge_pages(1 << 22, np.uint64)  # 32 MiB, a full chip's
    crossbar[:] = rng.integers(0, 2**63, len(crossbar), dtype=np.uint64)
    where = rng.permutation(1 << 20) * 4  # all of them: fewer would stay in the third-level cache
    found["scattered_row_ns"] = seconds(lambda: scattered(crossbar, where, 16), repeats) / len(where) * 1e9
    axons, weight_at = np.arange(32, dtype=np.uint32), np.zeros(32, np.int64)
    weights, sums = np.ones(256, np.int8), np.zeros(256, np.uint8)
    many = seconds(lambda: rows_added(crossbar, axons, weights, weight_at, 32, sums, ROWS), repeats)
    found["row_of_256_added_ns"] = many / ROWS / 32 * 1e9
    rows, potential, fired = np.zeros(NARROW_ROWS * 256, np.int16), np.zeros(256, np.int16), np.zeros(4, np.uint64)
    rows[:256] = 1000  # thresholds
    many = seconds(lambda: neurons_updated(potential, rows, sums, fired, ROWS), repeats)
    found["256_neurons_updated_ns"] = many / ROWS * 1e9
    nothing = AxonEvents.sorted([], [], [])
    for side in (8, 64):
        chip = Emulator(characterisation(grid=(side, side)), threads=1)
        ticks = 4000 if side == 8 else 60
        chip.run(40, nothing)
        taken = statistics.median(chip.run(ticks, nothing).wall_s for _ in range(repeats))
        found[f"core_and_tick_of_{side}x{side}_ns"] = taken / ticks / side**2 * 1e9
    return found


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=15)
    found = measure(parser.parse_args().repeats)
    for name, value in found.items():
        print(f"{name:<32} {value:8.2f}")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "roofline.json").write_text(json.dumps({"machine": machine_facts()} | found, indent=1))


if __name__ == "__main__":
    main()
