"""Training one member: batches, steps, the best epoch by validation, checkpoints that a later call goes on from."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from neurocore.training.augment import moved
from neurocore.training.datasets import Dataset
from neurocore.training.integer_model import IntegerLayer
from neurocore.training.plan import Plan
from neurocore.training.torch_checkpoint import load_checkpoint, save_checkpoint
from neurocore.training.torch_voters import Voters, coded

__all__ = ["Epoch", "exact_predictions", "train_member"]

_PIECE = 500
"""Images scored at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """What an epoch came to.

    loss            : mean over its batches
    training, validation : share of images right; the second by the deployed network
    active          : share of hidden units that fired
    seconds         : since training began, this call only
    """

    member: int
    number: int
    of: int
    loss: float
    training: float
    validation: float
    active: float
    seconds: float


def train_member(
    plan: Plan,
    data: Dataset,
    member: int,
    checkpoint: Path,
    *,
    threads: int = 1,
    say: Callable[[Epoch], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[list[IntegerLayer], bool]:
    """Train, or go on from the checkpoint.

    stop : asked after each batch; True ends the training at the last whole epoch
    Returns the deployed layers of the best epoch, and whether training came to its end. Same plan, data, torch and
    machine: same layers, interrupted or not.
    """
    torch.set_num_threads(threads)
    how, seed = plan.training, plan.seed + member
    images, labels = _as_tensor(data.train_images), torch.from_numpy(data.train_labels.astype(np.int64))
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(plan.seed))
    kept, used = order[: how.validation], order[how.validation :]
    net = Voters(plan, seed)
    optimiser = torch.optim.Adam(net.parameters(), lr=how.learning_rate)
    generator = torch.Generator().manual_seed(seed)
    state = load_checkpoint(checkpoint, plan, member, net, optimiser, generator)
    steps = math.ceil(len(used) / how.batch)
    began = time.perf_counter()
    while not state.finished:
        loss, right, active = 0.0, 0, 0.0
        shuffled = used[torch.randperm(len(used), generator=generator)]
        for step, rows in enumerate(shuffled.split(how.batch)):
            if stop():
                break
            for group in optimiser.param_groups:
                group["lr"] = how.learning_rate * _rate((state.epoch * steps + step) / (how.epochs * steps))
            shown = moved(images[rows].float(), how.augment, generator)
            shares, share_active = net(coded(plan, shown))
            error = nn.functional.cross_entropy(shares * how.sharpness, labels[rows]) + how.sparsity * share_active
            optimiser.zero_grad(set_to_none=True)
            error.backward()
            optimiser.step()
            for layer in net.layers:
                layer.settle()
            loss, active = loss + float(error.detach()), active + float(share_active.detach())
            right += int((shares.argmax(1) == labels[rows]).sum())
        else:
            made = net.integers()
            validation = _accuracy(net, made, images[kept], labels[kept], plan)
            state = state.after(made, validation, how.epochs, how.patience)
            save_checkpoint(checkpoint, plan, member, net, optimiser, generator, state)
            if say:
                say(
                    Epoch(
                        member=member,
                        number=state.epoch,
                        of=how.epochs,
                        loss=loss / steps,
                        training=right / len(used),
                        validation=validation,
                        active=active / steps,
                        seconds=time.perf_counter() - began,
                    )
                )
            continue
        break
    return list(state.best) or net.integers(), state.finished


def _rate(done: float) -> float:
    """Share of the highest learning rate after a share of all steps."""
    return done / 0.1 if done < 0.1 else 0.5 * (1 + math.cos(math.pi * (done - 0.1) / 0.9))


def _as_tensor(images: npt.NDArray[np.uint8]) -> Tensor:
    """uint8[images, colours, height, width]."""
    return torch.from_numpy(np.ascontiguousarray(images[:, None] if images.ndim == 3 else np.moveaxis(images, 3, 1)))


def _accuracy(net: Voters, made: list[IntegerLayer], images: Tensor, labels: Tensor, plan: Plan) -> float:
    right = 0
    for first in range(0, len(images), _PIECE):
        shown = coded(plan, images[first : first + _PIECE])
        right += int((net.exact_votes(shown, made).argmax(1) == labels[first : first + _PIECE]).sum())
    return right / max(1, len(images))


def exact_predictions(
    plan: Plan, members: list[list[IntegerLayer]], images: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    """int64[images]: the class with most votes by torch's exact forward pass of the deployed layers."""
    shown, found = _as_tensor(images), []
    nets = [Voters(plan, 0) for _ in members]
    for first in range(0, len(images), _PIECE):
        spikes = coded(plan, shown[first : first + _PIECE])
        votes = sum(net.exact_votes(spikes, layers) for net, layers in zip(nets, members, strict=True))
        found.append(np.asarray(votes).argmax(axis=1))
    return np.concatenate(found)
