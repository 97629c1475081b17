"""Train the digit classifier that ships in configs/mnist and write its weights and test images.

Needs torch (`pip install 'neurocore[train]'`) and a file mnist.npz with train_images, train_labels, test_images and
test_labels. Same seed, same machine, same torch: same weights.

    python tools/train_mnist.py --data mnist.npz
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools.mnist.integer_model import load  # noqa: E402
from tools.mnist.training import train  # noqa: E402

SHIPPED_IMAGES = 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="mnist.npz")
    parser.add_argument("--out", type=Path, default=ROOT / "configs/mnist", help="folder to write to")
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="one epoch on 6,000 images: does it work?")
    options = parser.parse_args()
    with np.load(options.data, allow_pickle=False) as data:
        images, labels = data["train_images"], data["train_labels"]
        test_images, test_labels = data["test_images"], data["test_labels"]
    if options.quick:
        images, labels, options.epochs = images[:6000], labels[:6000], 1
    model = train(images, labels, epochs=options.epochs, seed=options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.out / "weights.npz", **model.integers())
    first = slice(0, SHIPPED_IMAGES)
    np.savez_compressed(options.out / "test_images.npz", images=test_images[first], labels=test_labels[first])
    right = load(options.out / "weights.npz").predict(test_images) == test_labels
    print(
        f"integer model: {right.sum():,} of {len(right):,} test images right, {right[first].sum()} of the first 1,000"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
