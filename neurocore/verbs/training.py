"""Training a deployable network from a plan: every member, then the network that runs them all."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurocore.emulator.interrupt import deferred_interrupt
from neurocore.errors import ConfigError, MissingExtraError, NeurocoreError
from neurocore.formats.network_writer import write_network
from neurocore.network import Network
from neurocore.training.datasets import Dataset, read_dataset
from neurocore.training.deploy import network_of
from neurocore.training.integer_model import IntegerLayer, predict
from neurocore.training.plan import Plan
from neurocore.training.plan_yaml import located, read_plan
from neurocore.units import human_seconds

if TYPE_CHECKING:
    from neurocore.training.torch_training import Epoch

__all__ = ["TrainResult", "train"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainResult:
    """A trained network.

    network      : showing the first test images
    files        : what was written
    correct, of  : test images right by the deployed integer network, which had no part in training
    mismatches   : test images on which torch and the plain integer model disagree; anything but 0 is a defect
    members      : how many were trained to the end; the last one may be cut short
    interrupted  : True when Ctrl-C ended training early; what was learnt so far is deployed
    """

    plan: Plan
    network: Network
    layers: tuple[tuple[IntegerLayer, ...], ...]
    files: tuple[Path, ...]
    correct: int
    of: int
    mismatches: int
    members: int
    wall_s: float
    interrupted: bool

    @property
    def accuracy(self) -> float:
        """Share of test images right, 0..1."""
        return self.correct / self.of

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        names = ("correct", "of", "accuracy", "mismatches", "members", "wall_s", "interrupted")
        return {"name": self.plan.name, "files": [str(file) for file in self.files]} | {
            name: getattr(self, name) for name in names
        }

    def text(self) -> str:
        """Aligned lines for a terminal."""
        rows = [
            ("accuracy", f"{self.accuracy:.2%} ({self.correct:,} of {self.of:,} test images)"),
            ("exact", f"{self.mismatches} mismatches between torch and the integer model"),
            ("wall time", human_seconds(self.wall_s)),
            ("files", ", ".join(str(file) for file in self.files)),
        ]
        return "\n".join([f"{self.plan.name}: trained", *(f"  {label:<11}{value}" for label, value in rows)])


def train(
    plan: str | Path,
    *,
    out: str | Path | None = None,
    data: str | Path | None = None,
    shown: int = 1000,
    threads: int = 1,
    restart: bool = False,
    overrides: dict[str, Any] | None = None,
    quiet: bool = True,
) -> TrainResult:
    """Train the network of a plan, or go on with a training that was interrupted, and write it.

    plan    : YAML file, see docs/training.md
    out     : folder for NAME.yaml, its arrays and checkpoints; trained/NAME if left out
    data    : file or folder of the images, instead of the plan's
    shown   : test images that the network's YAML shows
    restart : forget what was trained before
    quiet   : say nothing of the epochs on stderr
    Raises NeurocoreError (one of its kinds) for bad input, MissingExtraError without torch.
    """
    began = time.perf_counter()
    path = Path(plan)
    described = read_plan(path, overrides)
    if find_spec("torch") is None:
        raise MissingExtraError("torch", "train")
    if shown < 1:
        raise NeurocoreError(f"{shown} images shown", fix="allowed: 1 or more")
    images = _read_data(described, path, overrides, data)
    folder = Path(out) if out is not None else Path("trained") / described.name
    folder.mkdir(parents=True, exist_ok=True)
    members, ended = _members(described, images, folder, threads, restart, None if quiet else _say)
    described = described.model_copy(update={"members": len(members)})
    predictions = predict(described, members, images.test_images)
    first = slice(0, min(shown, len(images.test_images)))
    network = network_of(described, members, images.test_images[first], images.test_labels[first])
    return TrainResult(
        plan=described,
        network=network,
        layers=tuple(tuple(layers) for layers in members),
        files=tuple(write_network(network, folder / f"{described.name}.yaml")),
        correct=int((predictions == images.test_labels).sum()),
        of=len(predictions),
        mismatches=_mismatches(described, members, images, predictions),
        members=len(members),
        wall_s=time.perf_counter() - began,
        interrupted=not ended,
    )


def _say(epoch: Epoch) -> None:
    """One line for each epoch, on stderr."""
    print(
        f"member {epoch.member + 1}  epoch {epoch.number:3d} of {epoch.of}  loss {epoch.loss:.4f}  "
        f"training {epoch.training:.2%}  validation {epoch.validation:.2%}  active {epoch.active:.1%}  "
        f"{epoch.seconds:.0f} s",
        file=sys.stderr,
        flush=True,
    )


def _read_data(plan: Plan, path: Path, overrides: dict[str, Any] | None, data: str | Path | None) -> Dataset:
    """The images, checked against the plan. Raises ConfigError naming the plan's line or the data's file."""
    place = Path(data) if data is not None else path.parent / plan.data.path
    try:
        found = read_dataset(plan.data, place)
        _check_data(plan, found)
    except ConfigError as error:
        if error.file is not None:
            raise
        if data is not None and error.path == "data.path":
            raise ConfigError(error.problem, file=str(place), fix=error.fix) from error
        raise located(error, path, overrides) from error
    return found


def _check_data(plan: Plan, found: Dataset) -> None:
    """Whether images and labels are what the plan says. Raises ConfigError with the plan's key."""
    shape = (*plan.input.size, *((plan.input.colours,) if plan.input.colours > 1 else ()))
    if found.train_images.shape[1:] != shape:
        raise ConfigError(
            f"the images are {list(found.train_images.shape[1:])}, the plan's input {list(shape)}",
            path="input.size",
            fix="change input.size, input.colours or data.pad",
        )
    if plan.training.validation >= len(found.train_images):
        raise ConfigError(
            f"{plan.training.validation} images for validation of {len(found.train_images)}",
            path="training.validation",
            fix="a smaller training.validation",
        )
    highest = max(int(found.train_labels.max()), int(found.test_labels.max()))
    if highest >= plan.classes:
        fix = f"with classes: {plan.classes}, 0 to {plan.classes - 1}"
        raise ConfigError(f"a label is {highest}", path="classes", fix=fix)


def _members(
    plan: Plan,
    images: Dataset,
    folder: Path,
    threads: int,
    restart: bool,
    say: Callable[[Epoch], None] | None,
) -> tuple[list[list[IntegerLayer]], bool]:
    """Every member's layers, and whether all were trained to the end; after Ctrl-C those there are, at least one."""
    from neurocore.training.torch_training import train_member

    members: list[list[IntegerLayer]] = []
    with deferred_interrupt() as asked:
        for member in range(plan.members):
            checkpoint = folder / "checkpoints" / f"{plan.name}.member{member + 1}.npz"
            if restart:
                checkpoint.unlink(missing_ok=True)
            layers, ended = train_member(plan, images, member, checkpoint, threads=threads, say=say, stop=asked.is_set)
            if not ended:
                return [*members, layers] if not members or checkpoint.is_file() else members, False
            members.append(layers)
    return members, True


def _mismatches(plan: Plan, members: list[list[IntegerLayer]], images: Dataset, predictions: np.ndarray) -> int:
    """Test images that torch's exact forward pass predicts otherwise (the first view, where there are several)."""
    from neurocore.training.torch_training import exact_predictions

    single = plan.model_copy(update={"views": [(0, 0)]})
    wanted = predictions if plan.views == single.views else predict(single, members, images.test_images)
    return int((exact_predictions(single, members, images.test_images) != wanted).sum())
