"""A recording of 10^9 spikes in bounded memory: segments of several ranks written, joined to one file, read again.

The segments are generated, of a full chip at a given rate; all else is what `neurocore run --checkpoint` and its
readers do. Every step is a process of its own. Prints seconds, peak memory and file sizes, and writes JSON to results/.
Needs disk for 4 bytes a spike, and for the compressed recording. Run as: python -m tools.bench.recording
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from neurocore.formats.recording_stream import join_segments, spikes_in
from neurocore.formats.segment_file import Segment, load_segment, merge_segments, save_segment, segment_files
from neurocore.recording import COUNTERS, Probe, Recording, Spikes
from neurocore.units import human_bytes
from neurocore.verbs.machine import machine_facts, peak_memory_bytes
from neurocore.verbs.run_part import SEGMENT_BYTES

RESULTS = Path(__file__).parent / "results"
GOAL_BYTES = 10**9
CORES, WIDTH, RUN = 4096, 256, "generated"


def plan(spikes: int, rate_hz: float) -> tuple[int, int, int]:
    """Spikes of a tick, ticks, and ticks of a segment, at ticks of 1 ms."""
    each = round(CORES * WIDTH * rate_hz * 1e-3)
    return each, -(-spikes // each), max(1, SEGMENT_BYTES // (4 * each))


def write(folder: Path, spikes: int, rate_hz: float, ranks: int) -> dict[str, int]:
    """Segments of all ranks, with random neurons in every tick."""
    each, ticks, long = plan(spikes, rate_hz)
    rng, own, gap = np.random.default_rng(1), CORES // ranks, CORES * WIDTH // each
    count = each // ranks
    for first in range(0, ticks, long):
        now = min(long, ticks - first)
        for rank in range(ranks):
            fired = np.cumsum(
                rng.integers(1, 2 * gap - 1, (now, count), np.uint32, endpoint=True), axis=1, dtype=np.uint32
            )
            kept = fired < own * WIDTH
            counters = np.zeros((now, len(COUNTERS)), np.int64)
            counters[:, COUNTERS.index("spikes")] = kept.sum(axis=1)
            none = np.zeros(0, np.int64)
            segment = Segment(
                first_tick=first,
                first_core=rank * own,
                cores=own,
                width=WIDTH,
                spikes=fired[kept] + np.uint32(rank * own * WIDTH),
                tick_counters=counters,
                probe_tick=none,
                potential=np.zeros((0, 0), np.int32),
            )
            save_segment(segment, folder, RUN)
    return {"file_bytes": sum(path.stat().st_size for path in folder.glob("segment-*"))}


def join(folder: Path, spikes: int, rate_hz: float) -> dict[str, int]:
    """The recording's file, as `neurocore.verbs.checkpointing.finish` makes it."""
    probed = np.zeros(0, np.int32)

    def segments() -> Iterator[Segment]:
        for paths in segment_files(folder):
            parts = [load_segment(path, run=RUN, width=WIDTH, cores=CORES, probe_core=probed) for path in paths]
            yield merge_segments(parts, CORES, probed, str(paths[0]))

    none = np.zeros(0, np.int64)
    done = Recording(
        start_tick=0,
        ticks=plan(spikes, rate_hz)[1],
        spikes=Spikes(none, none.astype(np.int32), none.astype(np.int32)),
        counters=np.zeros((CORES, len(COUNTERS)), np.int64),
        tick_counters=np.zeros((0, len(COUNTERS)), np.int64),
        probe=Probe.none(),
        probe_tick=none,
        potential=np.zeros((0, 0), np.int32),
        seed=0,
        wall_s=0.0,
    )
    recording = join_segments(segments, folder / "spikes.npz", done, image_digest="0" * 64)
    return {"spikes": len(recording.spikes), "file_bytes": (folder / "spikes.npz").stat().st_size}


def read(folder: Path) -> dict[str, int]:
    """Every spike once, in pieces."""
    count = last = 0
    for tick, _, _ in spikes_in(folder / "spikes.npz"):
        count, last = count + len(tick), int(tick[-1])
    return {"spikes": count, "last_tick": last}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--spikes", type=int, default=10**9)
    parser.add_argument("--rate", type=float, default=1000.0, help="Hz, of each of the chip's neurons (default: 1000)")
    parser.add_argument("--ranks", type=int, default=4)
    parser.add_argument("--folder", help="where files are written (default: the system's temporary folder)")
    parser.add_argument("--child", nargs=2, metavar=("STEP", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        step, place = options.child[0], Path(options.child[1])
        began = time.perf_counter()
        if step == "write":
            told = write(place, options.spikes, options.rate, options.ranks)
        else:
            told = join(place, options.spikes, options.rate) if step == "join" else read(place)
        print(
            json.dumps({"step": step, "seconds": time.perf_counter() - began, "peak_bytes": peak_memory_bytes()} | told)
        )
        return
    rows = []
    print(f"{'step':<6} {'seconds':>8} {'peak memory':>12} {'files':>10} {'spikes':>15}")
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        for step in ("write", "join", "read"):
            size = [
                "--spikes",
                options.spikes,
                "--rate",
                options.rate,
                "--ranks",
                options.ranks,
                "--child",
                step,
                place,
            ]
            command = [sys.executable, "-m", "tools.bench.recording", *map(str, size)]
            row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            rows.append(row)
            files = human_bytes(row["file_bytes"]) if "file_bytes" in row else ""
            spikes = f"{row['spikes']:,}" if "spikes" in row else ""
            peak = human_bytes(row["peak_bytes"])
            print(f"{step:<6} {row['seconds']:>8.1f} {peak:>12} {files:>10} {spikes:>15}".rstrip(), flush=True)
    assert rows[1]["spikes"] == rows[2]["spikes"], "not all spikes came back"
    worst = max(row["peak_bytes"] for row in rows)
    print(f"goal: under {GOAL_BYTES / 1e9:g} GB: {'met' if worst < GOAL_BYTES else 'not met'} ({worst / 1e9:.2f} GB)")
    RESULTS.mkdir(exist_ok=True)
    facts = {"ranks": options.ranks, "rate_hz": options.rate, "machine": machine_facts(), "rows": rows}
    (RESULTS / "recording.json").write_text(json.dumps(facts, indent=1))


if __name__ == "__main__":
    main()
