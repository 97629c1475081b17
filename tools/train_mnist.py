"""Train the digit classifier of configs/mnist.yaml; write its weights and the test images that it is shown.

Needs torch (`pip install -e '.[train]'`) and a file mnist.npz with train_images, train_labels, test_images (uint8,
28 x 28) and test_labels. The 25 epochs take 6 to 8 minutes on one thread. The weights are those after the last
epoch; the test images have no part in training. Same seed, same torch, same machine: same weights.

    python tools/train_mnist.py --data mnist.npz --out configs/mnist
    python tools/train_mnist.py --data mnist.npz --quick
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.mnist.integer_model import IntegerModel

SHIPPED_IMAGES = 1000
QUICK_IMAGES = 12_000
SHAPES = {
    "train_images": (28, 28),
    "train_labels": (),
    "test_images": (28, 28),
    "test_labels": (),
}

Arrays = dict[str, npt.NDArray[Any]]


def read_digits(path: Path) -> Arrays:
    """The four arrays of mnist.npz. Exits with a message where the file is missing or not of that kind."""
    if not path.is_file():
        raise SystemExit(f"{path}: no such file; --data wants mnist.npz with {', '.join(SHAPES)}")
    with np.load(path, allow_pickle=False) as file:
        missing = SHAPES.keys() - set(file.files)
        if missing:
            raise SystemExit(f"{path}: no array {', '.join(sorted(missing))}; found {', '.join(file.files)}")
        digits = {name: file[name] for name in SHAPES}
    for name, array in digits.items():
        if array.dtype != np.uint8 or array.shape[1:] != SHAPES[name]:
            raise SystemExit(f"{path}: {name} is {array.dtype}{list(array.shape)}, wanted uint8[n, {SHAPES[name]}]")
    return digits


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write an .npz under a temporary name and move it into place, so that no half-written file is ever read."""
    temporary = path.with_name(f"{path.stem}.{os.getpid()}.npz")
    try:
        np.savez_compressed(temporary, **arrays)  # type: ignore[arg-type]
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="mnist.npz")
    parser.add_argument("--out", type=Path, help="folder to write weights.npz and test_images.npz to; none if left out")
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help=f"2 epochs on {QUICK_IMAGES:,} images: does it learn?")
    options = parser.parse_args()
    digits = read_digits(options.data)
    try:
        from tools.mnist.training import train
    except ModuleNotFoundError as error:
        raise SystemExit(f"training needs {error.name}: pip install -e '.[train]'") from error
    epochs, used = (2, QUICK_IMAGES) if options.quick else (options.epochs, len(digits["train_images"]))
    model = train(digits["train_images"][:used], digits["train_labels"][:used], epochs=epochs, seed=options.seed)
    arrays = model.integers()
    right = IntegerModel.of(arrays).predict(digits["test_images"]) == digits["test_labels"]
    first = right[:SHIPPED_IMAGES]
    print(
        f"integer model: {right.sum():,} of {len(right):,} test images right ({right.mean():.2%}), "
        f"{first.sum():,} of the first {len(first):,}"
    )
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        shown = {"images": digits["test_images"][:SHIPPED_IMAGES], "labels": digits["test_labels"][:SHIPPED_IMAGES]}
        write_arrays(options.out / "weights.npz", arrays)
        write_arrays(options.out / "test_images.npz", shown)
        print(f"wrote {options.out / 'weights.npz'} and {options.out / 'test_images.npz'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
