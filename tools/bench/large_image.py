"""An array of chips from nothing to a run, and from its file to a run, each in a process of its own.

64 chips (8 x 8, 67 million neurons, 2^34 synapses) are the largest TrueNorth system ever built. Prints seconds and peak
memory of each step and writes JSON to results/. Needs disk for the image: 5.6 GB for 64 chips.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
GOAL_BYTES = 12 * 10**9


def report(step: str, began: float, **more: Any) -> None:
    """One line of JSON for the parent process; peak memory counts mapped pages of files too."""
    from neurocore.verbs.machine import peak_memory_bytes

    peak = peak_memory_bytes()
    facts = {"step": step, "seconds": time.perf_counter() - began, "peak_bytes": peak, "own_bytes": own_bytes()}
    print(json.dumps(facts | more), flush=True)


def own_bytes() -> int | None:
    """Memory of this process that no file holds, now (Linux)."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("RssAnon"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def child(step: str, chips: int, ticks: int, path: Path) -> None:
    """Build and save, or load and run."""
    from neurocore.emulator.engine import Emulator
    from neurocore.formats.image_file import load_image, save_image
    from neurocore.spikes import AxonEvents
    from neurocore.workloads.characterisation import characterisation

    began = time.perf_counter()
    if step == "build":
        image = characterisation(chips=(chips, chips))
        report("build", began, cores=image.cores)
        began = time.perf_counter()
        save_image(image, path)
        report("save", began, file_bytes=path.stat().st_size)
        return
    image = load_image(path)
    report("load", began)
    began = time.perf_counter()
    emulator = Emulator(image)
    nothing = AxonEvents.sorted([], [], [])
    emulator.run(1, nothing)
    report("lay out, first tick", began)
    emulator.run(16, nothing)
    began = time.perf_counter()
    run = emulator.run(ticks, nothing)
    report("run", began, ticks=ticks, ticks_per_s=ticks / run.wall_s, spikes=run.total("spikes"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--chips", type=int, default=8, help="chips along each side of the array (default: 8)")
    parser.add_argument("--ticks", type=int, default=50)
    parser.add_argument("--folder", help="where the image is written (default: the system's temporary folder)")
    parser.add_argument("--child", nargs=2, metavar=("STEP", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child[0], arguments.chips, arguments.ticks, Path(arguments.child[1]))
        return
    rows: list[dict[str, Any]] = []
    print(f"{'step':<20} {'seconds':>8} {'peak GB':>8} {'own GB':>8}")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        for step in ("build", "load"):
            size = ["--chips", str(arguments.chips), "--ticks", str(arguments.ticks)]
            command = [sys.executable, __file__, *size, "--child", step, str(Path(folder) / "array.npz")]
            for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
                row = json.loads(line)
                rows.append(row)
                peak, own = ((row[key] or 0) / 1e9 for key in ("peak_bytes", "own_bytes"))
                more = f"  {row['ticks_per_s']:.1f} ticks/s" if "ticks_per_s" in row else ""
                print(f"{row['step']:<20} {row['seconds']:>8.1f} {peak:>8.2f} {own:>8.2f}{more}", flush=True)
    worst = max(row["peak_bytes"] or 0 for row in rows)
    print(f"goal: under {GOAL_BYTES / 1e9:.0f} GB: {'met' if worst < GOAL_BYTES else 'not met'} ({worst / 1e9:.2f} GB)")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "large_image.json").write_text(json.dumps({"chips": arguments.chips**2, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
