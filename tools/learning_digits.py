"""The demo of configs/learning_digits.yaml: how well does a core tell digits apart that learned without labels?

python tools/learning_digits.py                          accuracy over ten seeds, as a table
python tools/learning_digits.py --picture                draws docs/images/learning_digits.png of the network's seed
python tools/learning_digits.py --make-images mnist.npz  writes configs/learning/digits.npz

Three phases. Learning: the network as described sees the training images once; nobody tells it what they are. Naming:
its synapses, now fixed, are shown the same images, and each neuron's answers are counted by digit. Test: other images;
the neurons that answer vote. The same with the synapses that were there before learning.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from neurocore.formats.network_yaml import read_network  # noqa: E402
from neurocore.mapper.pipeline import compile_network  # noqa: E402
from neurocore.network import Network, Projection, Run  # noqa: E402
from neurocore.verbs.running import run  # noqa: E402
from tools.train_mnist import read_digits, write_arrays  # noqa: E402

CONFIG = ROOT / "configs" / "learning_digits.yaml"
IMAGES = ROOT / "configs" / "learning" / "digits.npz"
PICTURE = ROOT / "docs" / "images" / "learning_digits.png"
SIDE = 11
TRAINING, TEST = 5000, 1000
"""Images that ship: the first of MNIST's."""
DARK = 64
"""Mean of 2 x 2 grey levels from which a pixel is dark."""
VOTERS = 3
"""In the tests the referee lets so many neurons fire before it ends the image."""

Bits = npt.NDArray[np.bool_]
Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Shares of test images named rightly.

    first  : the neurons that fire first decide; each stands for the digit that it answered to most often
    voters : the first VOTERS or more decide; each votes for every digit with the share it had of its answers
    silent : share of test images that nobody answered to; these are wrong
    """

    first: float
    voters: float
    silent: float


def coded(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """uint8[n, 28, 28] -> uint8[n, 2, 11, 11]: 1 where a pixel of the middle, halved in size, is dark; where light."""
    edge = (28 - 2 * SIDE) // 2
    middle = images[:, edge : 28 - edge, edge : 28 - edge].astype(np.uint16)
    dark = middle.reshape(len(images), SIDE, 2, SIDE, 2).sum(axis=(2, 4)) >= 4 * DARK
    return np.stack([dark, ~dark], axis=1).astype(np.uint8)


def make_images(path: Path) -> None:
    """Write the shipped images from a file mnist.npz as tools/train_mnist.py reads it."""
    digits = read_digits(path)
    arrays = {}
    for kind, count in (("train", TRAINING), ("test", TEST)):
        arrays[f"{kind}_images"] = coded(digits[f"{kind}_images"][:count])
        arrays[f"{kind}_labels"] = digits[f"{kind}_labels"][:count]
    write_arrays(IMAGES, arrays)


def read_images() -> Arrays:
    """The shipped images: train_images and test_images, uint8[n, 2, 11, 11]; train_labels and test_labels, uint8[n]."""
    with np.load(IMAGES, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def showing(network: Network, images: npt.NDArray[np.uint8]) -> Network:
    """The network with other images to see."""
    stimulus = network.run.stimulus["pixels"].threshold
    assert stimulus is not None
    each = stimulus.ticks_each
    pixels = {"threshold": {"values": images, "threshold": 1, "ticks_each": each}}
    wanted = {"pixels": pixels, "start": {"regular": {"period": each}}}
    return network.model_copy(update={"run": Run.model_validate({"ticks": len(images) * each, "stimulus": wanted})})


def fixed(network: Network, synapses: Bits) -> Network:
    """The network with given synapses that stay as they are, one for the production chip; VOTERS may answer."""
    learns, *others = network.projections
    assert learns.learning is not None and isinstance(learns.weight, int)
    weights = synapses.astype(np.int64) * learns.weight
    plain = Projection.model_validate(
        {"from": learns.from_, "to": learns.to, "weights": weights, "delay": learns.delay}
    )
    referee = network.populations["referee"]
    patient = referee.model_copy(update={"neuron": referee.neuron.model_copy(update={"threshold": VOTERS})})
    return network.model_copy(
        update={"projections": [plain, *others], "populations": network.populations | {"referee": patient}}
    )


def learned(network: Network) -> tuple[Bits, Bits]:
    """The synapses of the digit neurons before and after the run: bool[lines, neurons]."""
    before = compile_network(network).described.learning[0].bits
    return before, run(network).synapses_of("pixels", "digits")


def answers(network: Network, synapses: Bits, images: npt.NDArray[np.uint8]) -> tuple[Bits, Bits]:
    """Which neurons answer to each image, and which of them first: bool[images, neurons] both."""
    shown = showing(fixed(network, synapses), images)
    each = shown.run.ticks // len(images)
    spikes = run(shown).spikes_of("digits")
    image = (spikes.tick - 1) // each  # the start of the next image arrives in its first tick, one after it is sent
    kept = (image >= 0) & (image < len(images))
    image, neuron, tick = image[kept], spikes.neuron[kept], spikes.tick[kept]
    earliest = np.full(len(images), shown.run.ticks)
    np.minimum.at(earliest, image, tick)
    every, first = np.zeros((2, len(images), synapses.shape[1]), bool)
    every[image, neuron] = True
    now = tick == earliest[image]
    first[image[now], neuron[now]] = True
    return every, first


def named(answered: Bits, labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """float64[neurons, 10]: how a neuron's answers are shared among the digits; zeros where it never answered."""
    counts = np.stack([answered[labels == digit].sum(axis=0) for digit in range(10)], axis=1)
    return counts / np.maximum(1, counts.sum(axis=1, keepdims=True))


def accuracy(network: Network, synapses: Bits, digits: Arrays) -> Accuracy:
    """Name the neurons by the training images, test them with the others."""
    every, first = answers(network, synapses, digits["train_images"])
    seen, seen_first = answers(network, synapses, digits["test_images"])
    shares = named(every, digits["train_labels"])
    shares_first = named(first, digits["train_labels"])
    one_each = np.eye(10)[shares_first.argmax(axis=1)] * shares_first.any(axis=1, keepdims=True)
    return Accuracy(
        first=_right(seen_first @ one_each, digits["test_labels"]),
        voters=_right(seen @ shares, digits["test_labels"]),
        silent=float((~seen.any(axis=1)).mean()),
    )


def _right(votes: npt.NDArray[np.float64], labels: npt.NDArray[np.uint8]) -> float:
    """Share of images with votes, most of them for the label; the lower digit wins a draw."""
    return float(((votes.argmax(axis=1) == labels) & votes.any(axis=1)).mean())


def trial(seed: int, digits: Arrays) -> tuple[Accuracy, Accuracy]:
    """Accuracy before and after learning."""
    network = showing(read_network(CONFIG, {"seed": seed}), digits["train_images"])
    before, after = learned(network)
    return accuracy(network, before, digits), accuracy(network, after, digits)


def table(found: list[tuple[Accuracy, Accuracy]], first_seed: int) -> str:
    """Accuracies in percent, a line for each seed; then the median, the lowest and the highest."""
    figures = 100 * np.array([[before.first, after.first, before.voters, after.voters] for before, after in found])
    lines = [
        "right in %            first to fire     three voters",
        "seed             before   learned   before   learned",
    ]
    rows = [(str(first_seed + number), row) for number, row in enumerate(figures)]
    rows += [("median", np.median(figures, axis=0)), ("lowest", figures.min(axis=0)), ("highest", figures.max(axis=0))]
    lines += [f"{name:<14}{row[0]:9.1f}{row[1]:10.1f}{row[2]:9.1f}{row[3]:10.1f}" for name, row in rows]
    silent = 100 * max(one.silent for both in found for one in both)
    return "\n".join([*lines, f"images without an answer: at most {silent:.1f} %"])


def draw(path: Path, digits: Arrays) -> None:
    """Draw images as the core sees them, and synapses before and after learning, by the digit of their neuron."""
    from neurocore.report.palette import INK, QUIET, new_figure, sequential
    from neurocore.report.rendering import write_figure

    network = showing(read_network(CONFIG), digits["train_images"])
    before, after = learned(network)
    every, _ = answers(network, after, digits["train_images"])
    shares, busy = named(every, digits["train_labels"]), every.sum(axis=0)
    figure = new_figure(11.6, 6.2)
    figure.set_layout_engine("none")
    left, right = 2, 16
    columns = 2 * left + right + 2
    grid = figure.add_gridspec(10, columns, left=0.04, right=0.99, top=0.85, bottom=0.02, wspace=0.1, hspace=0.1)

    def tile(row: int, column: int, pixels: npt.NDArray[np.int64]) -> None:
        axes = figure.add_subplot(grid[row, column])
        axes.imshow(pixels.reshape(SIDE, SIDE), cmap=sequential(), vmin=-1, vmax=1)
        axes.set_xticks([])
        axes.set_yticks([])
        for spine in axes.spines.values():
            spine.set_visible(False)
        if column == 0:
            axes.set_ylabel(str(row), rotation=0, fontsize=12, color=INK, labelpad=12, va="center")

    def net(synapses: Bits, neuron: int) -> npt.NDArray[np.int64]:
        dark, light = synapses[:, neuron].reshape(2, -1).astype(np.int64)
        return dark - light

    for digit in range(10):
        for column, image in enumerate(np.flatnonzero(digits["train_labels"] == digit)[:left].tolist()):
            tile(digit, column, 2 * digits["train_images"][image, 0].astype(np.int64) - 1)
        for column in range(left):
            tile(digit, left + 1 + column, net(before, left * digit + column))
        mine = np.flatnonzero((shares.argmax(axis=1) == digit) & (busy > 0))
        for column, neuron in enumerate(mine[np.argsort(-busy[mine], kind="stable")][:right].tolist()):
            tile(digit, 2 * left + 2 + column, net(after, neuron))
    for column, text in (
        (0, "images"),
        (left + 1, "before"),
        (2 * left + 2, "after, the busiest neurons of each digit"),
    ):
        at = grid[0, column].get_position(figure)
        figure.text(at.x0, at.y1 + 0.012, text, fontsize=11, color=INK)
    figure.text(0.04, 0.945, "Synapses of a core that learned digits without labels", fontsize=14, color=INK)
    told = "dark: a synapse from the dark pixel only; pale: from the light pixel only; medium: from both or neither"
    figure.text(0.04, 0.912, told, fontsize=9, color=QUIET)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_figure(figure, path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, draw or make the images."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10, help="how many (default: 10, from 1 on)")
    parser.add_argument("--picture", nargs="?", type=Path, const=PICTURE, help="draw the synapses instead")
    parser.add_argument("--make-images", type=Path, metavar="MNIST", help="write the shipped images instead")
    wanted = parser.parse_args(arguments)
    if wanted.make_images:
        make_images(wanted.make_images)
        return 0
    digits = read_images()
    if wanted.picture:
        draw(wanted.picture, digits)
        return 0
    print(table([trial(seed, digits) for seed in range(1, wanted.seeds + 1)], 1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
