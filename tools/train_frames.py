"""Trains the shipped classifiers again, each by its plan in configs/frames/plans: (a) minutes, (b) too, (c) hours.

``python tools/train_frames.py --data mnist.npz`` writes trained/NAME. After Ctrl-C the same command goes on.
``--ship`` then copies network and arrays into configs/frames, where the table and the tests find them.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from neurocore.errors import NeurocoreError
from neurocore.verbs.training import TrainResult, train

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "configs/frames"
SHOWN = {"digits_c": 100}
"""Test images in the network's file; 1,000 for others. The full chip sees fewer, as each costs it 25 times the work."""
MOST_BYTES = 3_000_000


def train_shipped(name: str, data: Path, out: Path, threads: int) -> TrainResult:
    """Train one, or go on. Raises NeurocoreError."""
    plan = SHIPPED / f"plans/{name}.yaml"
    shown = SHOWN.get(name, 1000)
    return train(plan, data=data, out=out / name, shown=shown, threads=threads, quiet=False)


def ship(result: TrainResult, folder: Path) -> None:
    """Copy what was written. Raises NeurocoreError for weights of 3 MB or more."""
    for file in result.files:
        if file.stat().st_size >= MOST_BYTES:
            raise NeurocoreError(
                f"{file} has {file.stat().st_size:,} bytes", fix=f"less than {MOST_BYTES:,} are shipped"
            )
    for file in result.files:
        shutil.copyfile(file, folder / file.name)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    known = sorted(path.stem for path in (SHIPPED / "plans").glob("*.yaml"))
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which (default: all): {', '.join(known)}")
    parser.add_argument("--data", type=Path, required=True, help="MNIST as .npz (train_images, train_labels, test_...)")
    parser.add_argument("--out", type=Path, default=Path("trained"), help="folder (default: trained)")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch (default: 1, as the shipped ones)")
    parser.add_argument("--ship", action="store_true", help="copy the networks into configs/frames")
    options = parser.parse_args(arguments)
    wrong = 0
    try:
        for name in options.names or known:
            if name not in known:
                raise NeurocoreError(f"there is no plan '{name}'", fix=f"known: {', '.join(known)}")
            result = train_shipped(name, options.data, options.out, options.threads)
            print(result.text())
            wrong += result.mismatches
            if result.interrupted:
                print("interrupted; the same command goes on", file=sys.stderr)
                return 130
            if options.ship and not result.mismatches:
                ship(result, SHIPPED)
    except NeurocoreError as error:
        print(f"train_frames: {error}", file=sys.stderr)
        return error.exit_code
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
