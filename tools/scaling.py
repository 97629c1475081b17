"""Strong and weak scaling over MPI ranks of one thread each, and the model beside counted bytes: docs/scaling.md.

Numbers of ranks take turns, so that other work on the machine meets all of them alike; medians and extremes are told.

Run with the Python of an environment that `make test-mpi` has given an MPI: .venv/bin/python tools/scaling.py
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from neurocore.emulator.ranks.blocks import choose_bounds
from neurocore.emulator.ranks.model import PACKET_BYTES, model_of
from neurocore.emulator.ranks.rehearsal import rehearse
from neurocore.formats.image_file import save_image
from neurocore.image import ChipImage
from neurocore.spikes import AxonEvents
from neurocore.workloads.characterisation import characterisation

MPIEXEC = Path(sys.executable).parent / "mpiexec"


def wall_s(source: Path, ranks: int, ticks: int) -> float:
    """Seconds that the ticks took, as rank 0 saw it; compilation and reading left out."""
    out = source.parent / f"out{ranks}"
    words = ["run", str(source), "--ticks", str(ticks), "--threads", "1", "--out", str(out), "--force", "--no-report"]
    allowed = {f"{mpi}_ALLOW_RUN_AS_ROOT{confirm}": "1" for mpi in ("OMPI", "PRTE") for confirm in ("", "_CONFIRM")}
    more = {"PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe"}
    subprocess.run(
        [str(MPIEXEC), "-n", str(ranks), sys.executable, "-m", "neurocore", *words],
        env=os.environ | allowed | more,
        check=True,
        capture_output=True,
    )
    return float(json.loads((out / "run.json").read_text())["wall_s"])


def with_delays(image: ChipImage, shortest: int) -> ChipImage:
    """The image with no delay below ``shortest``."""
    image.delay[image.target_core >= 0] = np.maximum(image.delay[image.target_core >= 0], shortest)
    return image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ticks", type=int, default=400)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--sides", default="16x16,32x16,32x32")
    parser.add_argument("--ranks", default="1,2")
    parser.add_argument("--shortest", default="1,3", help="smallest delays to try")
    options = parser.parse_args()
    print("cores  delay  ranks  window  ms a tick  least   most  bytes a tick and rank: model, counted")
    for side in options.sides.split(","):
        width, height = (int(number) for number in side.split("x"))
        for shortest in (int(number) for number in options.shortest.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                source = Path(folder) / "image.npz"
                image = with_delays(characterisation(grid=(width, height), rate_hz=options.rate), shortest)
                save_image(image, source)
                every: dict[int, list[float]] = {int(number): [] for number in options.ranks.split(",")}
                for _ in range(options.repeats):
                    for ranks, found in every.items():
                        found.append(wall_s(source, ranks, options.ticks) / options.ticks * 1e3)
                for ranks, found in every.items():
                    model = model_of(image, choose_bounds(image, ranks))
                    sent = model.connections.sum(axis=1).mean() * options.rate * 1e-3 * PACKET_BYTES
                    took = [statistics.median(found), min(found), max(found)]
                    rehearsed = rehearse(image, AxonEvents.sorted([], [], []), [options.ticks], ranks=ranks)
                    counted = rehearsed.sent.mean() / options.ticks
                    print(
                        f"{image.cores:5}  {shortest:5}  {ranks:5}  {model.window:6}  "
                        f"{took[0]:9.3f}  {took[1]:5.3f}  {took[2]:5.3f}  {sent:.0f}, {counted:.0f}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
