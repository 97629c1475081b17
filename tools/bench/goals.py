"""The emulator's speed beside the goals of the project: a table to the screen, JSON to results/.

Cases take turns within one process, so that their ratios hold on a machine whose speed drifts; medians over repeats.
Memory of the largest array is measured by large_image.py, other simulators by peers.py.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from neurocore.emulator.engine import Emulator
from neurocore.image import UNWIRED
from neurocore.spikes import AxonEvents
from neurocore.verbs.machine import machine_facts
from neurocore.workloads.characterisation import characterisation

ROOT = Path(__file__).parent.parent.parent
RESULTS = Path(__file__).parent / "results"
NOTHING = AxonEvents.sorted([], [], [])
CASES = {
    "20 Hz x 128": {"rate_hz": 20.0, "synapses": 128},
    "20 Hz x 128, all stochastic": {"rate_hz": 20.0, "synapses": 128, "stochastic": True},
    "1 Hz x 128": {"rate_hz": 1.0, "synapses": 128},
    "200 Hz x 256": {"rate_hz": 200.0, "synapses": 256},
}


def timed(call: Callable[[], Any]) -> float:
    """Seconds of a call."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def chips(side: int, repeats: int) -> dict[str, dict[str, float]]:
    """Medians of ms per tick and GSOPS of each case, the cases taking turns."""
    emulators = {name: Emulator(characterisation(grid=(side, side), **knobs)) for name, knobs in CASES.items()}  # type: ignore[arg-type]
    ticks = {name: max(16, int(0.3 / (emulator.run(40, NOTHING).wall_s / 40))) for name, emulator in emulators.items()}
    runs: dict[str, list[Any]] = {name: [] for name in CASES}
    for _ in range(repeats):
        for name, emulator in emulators.items():
            found = emulator.run(ticks[name], NOTHING)
            runs[name].append((found.wall_s / ticks[name], found.total("synaptic_operations") / found.wall_s))
    return {
        name: {
            "ms_per_tick": statistics.median(wall for wall, _ in kept) * 1e3,
            "fewest_ms": min(wall for wall, _ in kept) * 1e3,
            "most_ms": max(wall for wall, _ in kept) * 1e3,
            "gsops": statistics.median(sops for _, sops in kept) / 1e9,
        }
        for name, kept in runs.items()
    }


def idle_core_ns(side: int, repeats: int) -> float:
    """Nanoseconds of a core and tick on one thread where nothing happens: no leak, no noise, no events."""
    image = characterisation(grid=(side, side), rate_hz=20.0)
    image.neurons.leak[:], image.target_core[:] = 0, UNWIRED
    emulator = Emulator(image, threads=1)
    emulator.run(4, NOTHING)
    return statistics.median(emulator.run(500, NOTHING).wall_s for _ in range(repeats)) / 500 / image.cores * 1e9


def batch(repeats: int) -> tuple[float, float]:
    """Frames per second of the digit network: each of 1,000 images a run of its own, and all as one batch."""
    from neurocore.emulator.batch import run_batch
    from neurocore.emulator.stimulus import axon_events, input_spikes
    from neurocore.spikes import InputSpikes
    from neurocore.verbs.sources import compile_source, open_for_run

    opened = open_for_run(ROOT / "configs" / "mnist.yaml")
    image, network = compile_source(opened).image, opened.network
    assert network is not None and network.run.classify is not None
    shown, ticks = input_spikes(network, network.run.ticks), 1 + network.run.classify.latency
    stimuli = []
    for frame in range(1000):
        low, high = np.searchsorted(shown.tick, [frame, frame + 1])
        own = InputSpikes(tick=shown.tick[low:high] - frame, pin=shown.pin[low:high])
        stimuli.append(axon_events(image, own, ticks))
    single = Emulator(image)
    single.warm_up()
    run_batch(image, stimuli[:8], ticks)

    def one_by_one() -> None:
        for stimulus in stimuli:
            single.reset()
            single.run(ticks, stimulus)

    alone, together = [], []
    for _ in range(repeats):
        alone.append(timed(one_by_one))
        together.append(timed(lambda: run_batch(image, stimuli, ticks)))
    return 1000 / statistics.median(alone), 1000 / statistics.median(together)


def first_tick_s(cold: bool) -> float:
    """Seconds from the command to the end of its first tick, for 64 cores; ``cold``: nothing is compiled yet."""
    command = [sys.executable, "-m", "neurocore", "bench", "chip", "--side", "8", "--repeats", "1", "--json", "-q"]
    with tempfile.TemporaryDirectory() as folder:
        added = {"NUMBA_CACHE_DIR": folder} if cold else {}
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=os.environ | added)
    return float(json.loads(done.stdout)["first_tick_s"])


def main() -> None:
    """Measure everything, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--side", type=int, default=64, help="cores along each side of the chip (default: 64)")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--skip-cold", action="store_true", help="do not compile anew (half a minute)")
    arguments = parser.parse_args()
    repeats = arguments.repeats
    found = chips(arguments.side, repeats)
    plain, quiet, stochastic, dense = (
        found[name] for name in ("20 Hz x 128", "1 Hz x 128", "20 Hz x 128, all stochastic", "200 Hz x 256")
    )
    alone, together = batch(3)
    ratio = stochastic["ms_per_tick"] / plain["ms_per_tick"]
    quicker = plain["ms_per_tick"] / quiet["ms_per_tick"]
    idle = idle_core_ns(arguments.side, repeats)
    warm = first_tick_s(cold=False)
    rows: list[tuple[str, str, str, bool]] = [
        ("20 Hz x 128", f"{1 / plain['ms_per_tick']:.2f} x real time", "2", plain["ms_per_tick"] <= 0.5),
        ("200 Hz x 256", f"{dense['gsops']:.1f} GSOPS", "20", dense["gsops"] >= 20),
        ("all stochastic, 20 Hz x 128", f"{ratio:.2f} x the time of deterministic", "at most 3", ratio <= 3),
        ("1 Hz x 128", f"{quicker:.2f} x the speed of 20 Hz", "several", quicker >= 2),
        ("an idle core", f"{idle:.2f} ns a tick, one thread", "under 5", idle < 5),
        (
            "1,000 digits as a batch",
            f"{together / alone:.1f} x one at a time ({together:,.0f}/s)",
            "10",
            together >= 10 * alone,
        ),
        ("first tick of 64 cores, warm", f"{warm:.2f} s", "under 2", warm < 2),
    ]
    if not arguments.skip_cold:
        cold = first_tick_s(cold=True)
        rows.append(("first tick of 64 cores, cold", f"{cold:.1f} s", "under 20", cold < 20))
    for name, one in found.items():
        print(
            f"{name:<30} {one['ms_per_tick']:.3f} ms a tick ({one['fewest_ms']:.3f}..{one['most_ms']:.3f}), "
            f"{one['gsops']:.2f} GSOPS"
        )
    print(f"\n{'case':<30} {'found':<42} {'goal':<10}")
    for case, value, goal, met in rows:
        print(f"{case:<30} {value:<42} {goal:<10} {'met' if met else 'NOT met'}")
    RESULTS.mkdir(exist_ok=True)
    table = [{"case": case, "found": value, "goal": goal, "met": met} for case, value, goal, met in rows]
    report = {"machine": machine_facts(), "side": arguments.side, "cases": found, "goals": table}
    (RESULTS / "goals.json").write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
