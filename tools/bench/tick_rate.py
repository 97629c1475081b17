"""Ticks per second of the emulator on characterisation networks: a table to the screen, JSON to results/."""

from __future__ import annotations

import argparse
import json
import platform
import statistics
from pathlib import Path

from neurocore.emulator.engine import Emulator
from neurocore.emulator.threads import processors
from neurocore.spikes import AxonEvents
from neurocore.workloads.characterisation import characterisation

RESULTS = Path(__file__).parent / "results"


def measure(side: int, rate_hz: float, synapses: int, threads: int, ticks: int, repeats: int) -> dict[str, float]:
    """Median over repeats of one network's speed, after 50 ticks to settle."""
    emulator = Emulator(characterisation(grid=(side, side), rate_hz=rate_hz, synapses=synapses), threads=threads)
    nothing = AxonEvents.sorted([], [], [])
    emulator.run(50, nothing)
    runs = [emulator.run(ticks, nothing) for _ in range(repeats)]
    wall = statistics.median(run.wall_s for run in runs) / ticks
    last = runs[-1]
    return {
        "cores": side * side,
        "rate_hz": last.total("spikes") / (side * side * 256 * ticks * 1e-3),
        "synapses": last.total("synaptic_operations") / max(1, last.total("axon_events")),
        "threads": threads,
        "ms_per_tick": wall * 1e3,
        "gsops": last.total("synaptic_operations") / ticks / wall / 1e9,
        "times_real_time": 1e-3 / wall,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="64 cores only")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    sides = [8] if arguments.quick else [8, 32, 64]
    points = [(1.0, 128), (20.0, 128), (200.0, 256)]
    rows = []
    print(f"{'cores':>6} {'Hz':>7} {'synapses':>8} {'threads':>7} {'ms/tick':>9} {'GSOPS':>7} {'x real time':>11}")
    for side in sides:
        for rate_hz, synapses in points:
            for threads in sorted({1, processors()}):
                row = measure(side, rate_hz, synapses, threads, 2000 if side == 8 else 100, arguments.repeats)
                rows.append(row)
                print(
                    f"{row['cores']:>6} {row['rate_hz']:>7.2f} {row['synapses']:>8.1f} {threads:>7} "
                    f"{row['ms_per_tick']:>9.4f} {row['gsops']:>7.3f} {row['times_real_time']:>11.2f}"
                )
    RESULTS.mkdir(exist_ok=True)
    report = {"machine": platform.processor() or platform.machine(), "threads": processors(), "rows": rows}
    (RESULTS / "tick_rate.json").write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
