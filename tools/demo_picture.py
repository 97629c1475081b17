"""Draw docs/images/demo.png: digits shown to the chip, the votes that leave it three ticks later, and who won."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import neurocore  # noqa: E402
from neurocore.report.palette import SERIES, sequential  # noqa: E402

SHOWN = 30
FIRST = 666
"""From here on, for the picture to hold some of the few images that the chip gets wrong."""


def main() -> int:
    result = neurocore.run(ROOT / "configs/mnist.yaml")
    scored = result.classifier
    assert scored is not None
    with np.load(ROOT / "configs/mnist/test_images.npz", allow_pickle=False) as arrays:
        images = arrays["images"][FIRST : FIRST + SHOWN]
    part = slice(FIRST, FIRST + SHOWN)
    votes, right = scored.votes[part], scored.predictions[part] == scored.labels[part]
    figure = Figure(figsize=(12, 5.2), dpi=100, layout="constrained")
    top, bottom = figure.subplots(2, 1, height_ratios=[1, 5], sharex=True)
    strip = np.concatenate(list(images), axis=1)
    top.imshow(strip, cmap="gray_r", aspect="auto", extent=(FIRST - 0.5, FIRST + SHOWN - 0.5, 0, 1))
    top.set_yticks([])
    top.set_title(
        f"{result.image.name} on {result.image.cores} neurosynaptic cores: image in at tick t, votes out at tick t + 3;"
        f" {scored.correct} of {scored.frames:,} test images right"
    )
    shades = bottom.imshow(
        votes.T, cmap=sequential(), aspect="auto", extent=(FIRST - 0.5, FIRST + SHOWN - 0.5, 9.5, -0.5)
    )
    where = np.arange(FIRST, FIRST + SHOWN)
    for mask, colour, name in ((right, SERIES[2], "winner, right"), (~right, SERIES[1], "winner, wrong")):
        bottom.scatter(where[mask], scored.predictions[part][mask], s=90, c=colour, edgecolors="white", label=name)
    bottom.set_yticks(range(10))
    bottom.set_ylabel("class")
    bottom.set_xlabel("tick = image number")
    bottom.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2, frameon=False)
    figure.colorbar(shades, ax=bottom, label="votes (of 384 neurons)", pad=0.01)
    figure.savefig(ROOT / "docs/images/demo.png")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
