"""The state of a training as a plain .npz: hidden weights, Adam's moments, the generator, the best epoch so far."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from neurocore.errors import ImageError
from neurocore.formats.file_writing import write_npz
from neurocore.formats.files import open_npz
from neurocore.training.integer_model import IntegerLayer, layers_from
from neurocore.training.plan import Plan
from neurocore.training.torch_voters import Voters

__all__ = ["State", "load_checkpoint", "save_checkpoint"]

Arrays = dict[str, npt.NDArray[Any]]
_FREE: dict[str, Any] = {"name": True, "description": True, "members": True, "views": True, "data": {"path", "kind"}}
"""Parts of the plan that may change while a member is trained."""
_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How far a training is.

    epoch      : whole epochs done
    best       : the deployed layers of the best epoch; empty before the first
    since_best : epochs since then
    """

    epoch: int = 0
    best: tuple[IntegerLayer, ...] = ()
    best_validation: float = -1.0
    since_best: int = 0
    finished: bool = False

    def after(self, made: list[IntegerLayer], validation: float, epochs: int, patience: int | None) -> State:
        """The state after one more epoch. Of two equal epochs the later one counts as the better."""
        better = validation >= self.best_validation
        since = 0 if better else self.since_best + 1
        return State(
            epoch=self.epoch + 1,
            best=tuple(made) if better else self.best,
            best_validation=validation if better else self.best_validation,
            since_best=since,
            finished=self.epoch + 1 >= epochs or (patience is not None and since >= patience),
        )


def save_checkpoint(
    path: Path,
    plan: Plan,
    member: int,
    net: Voters,
    optimiser: torch.optim.Adam,
    generator: torch.Generator,
    state: State,
) -> None:
    """Write it aside and move it into place."""
    arrays: Arrays = {f"net.{name}": value.numpy() for name, value in net.state_dict().items() if not _fixed(name)}
    for number, parameter in enumerate(net.parameters()):
        for moment in _MOMENTS:
            arrays[f"adam.{number}.{moment}"] = optimiser.state[parameter][moment].numpy()
    for number, layer in enumerate(state.best):
        arrays[f"best.weight{number}"], arrays[f"best.bias{number}"] = layer.weight, layer.bias
    arrays["generator"] = generator.get_state().numpy()
    arrays["progress"] = np.array([state.epoch, state.since_best, state.finished], np.int64)
    arrays["validation"] = np.array(state.best_validation)
    arrays["plan"] = np.frombuffer(_identity(plan, member), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_npz(path, arrays)


def load_checkpoint(
    path: Path, plan: Plan, member: int, net: Voters, optimiser: torch.optim.Adam, generator: torch.Generator
) -> State:
    """Put net, optimiser and generator into the state that was saved; a fresh state where there is no file.

    Raises ImageError where the file is damaged or belongs to another plan.
    """
    if not path.is_file():
        return State()
    with open_npz(path) as file:
        arrays = {name: file.read(name) for name in file.headers}
    another = "remove it to train anew, or put the plan back as it was"
    if arrays.get("plan", np.zeros(0, np.uint8)).tobytes() != _identity(plan, member):
        raise ImageError("this checkpoint belongs to another plan", file=str(path), fix=another)
    try:
        kept = net.state_dict()
        for name in kept:
            if name.endswith(".seen"):
                arrays.setdefault(
                    f"net.{name}", np.array(10_000, np.float32)
                )  # of checkpoints from before there was this count
        net.load_state_dict(
            {name: value if _fixed(name) else _like(value, arrays, f"net.{name}") for name, value in kept.items()}
        )
        moments = {
            number: {
                moment: _like(torch.tensor(0.0) if moment == "step" else parameter, arrays, f"adam.{number}.{moment}")
                for moment in _MOMENTS
            }
            for number, parameter in enumerate(net.parameters())
        }
        optimiser.load_state_dict(optimiser.state_dict() | {"state": moments})
        generator.set_state(torch.from_numpy(arrays["generator"]))
        epoch, since_best, finished = (int(value) for value in arrays["progress"])
        best = layers_from(arrays, len(plan.layers), "best.")
        for number, (layer, now) in enumerate(zip(best, net.integers(), strict=True)):
            if layer.weight.shape != now.weight.shape or layer.bias.shape != now.bias.shape:
                raise ValueError(f"best.weight{number} or best.bias{number} has another shape than the plan's layer")
        return State(
            epoch=epoch,
            best=tuple(best),
            best_validation=float(arrays["validation"]),
            since_best=since_best,
            finished=bool(finished),
        )
    except (KeyError, RuntimeError, ValueError, TypeError) as error:
        raise ImageError(f"not a whole checkpoint: {_told(error)}", file=str(path), fix=another) from error


def _told(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)


def _like(wanted: torch.Tensor, arrays: Arrays, name: str) -> torch.Tensor:
    """An array as a tensor. Raises KeyError where it is missing, ValueError where it has another shape than wanted."""
    found = torch.from_numpy(arrays[name])
    if found.shape != wanted.shape or found.dtype != wanted.dtype:
        raise ValueError(f"{name} is {found.dtype}{list(found.shape)}, not {wanted.dtype}{list(wanted.shape)}")
    return found


def _fixed(name: str) -> bool:
    """Whether a part of the network follows from the plan."""
    return name.endswith((".reads", ".back"))


def _identity(plan: Plan, member: int) -> bytes:
    """What a checkpoint must agree with: all of the plan that changes the weights."""
    told = plan.model_dump(mode="json", exclude=_FREE)
    # Keys that came later are left out where they say nothing, so that older checkpoints are taken.
    if told["data"]["events"] is None:
        del told["data"]["events"]
    if plan.ticks == 1:
        del told["ticks"]
        for layer in told["layers"]:
            del layer["threshold"]
    return json.dumps([told, member], sort_keys=True).encode()
