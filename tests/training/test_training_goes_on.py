"""Interrupted training goes on where it was; seeds, patience, checkpoints that are damaged or of another plan."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from small_plans import plan_of, small_data

from neurocore.errors import ImageError

torch = pytest.importorskip("torch", reason="training needs torch, which is not installed")
from neurocore.training.torch_checkpoint import State  # noqa: E402
from neurocore.training.torch_training import Epoch, train_member  # noqa: E402

DATA = small_data()
SHORT = {"training__epochs": 4, "training__augment": {"shift": 1.0, "rotate_degrees": 5.0}}


def learnt(folder: Path, name: str = "a", member: int = 0, stop=lambda: False, **changes: object):
    """The layers of a member as one flat list of arrays, whether it ended, and its epochs."""
    epochs: list[Epoch] = []
    plan = plan_of(**(SHORT | changes))
    layers, ended = train_member(plan, DATA, member, folder / f"{name}.npz", say=epochs.append, stop=stop)
    return [array for layer in layers for array in (layer.weight, layer.bias)], ended, epochs


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def after(steps: int):
    """A stop that says so once it was asked this often."""
    asked: Iterator[int] = count()
    return lambda: next(asked) >= steps


def test_interrupted_and_resumed_training_gives_the_weights_of_uninterrupted(tmp_path):
    wanted, ended, epochs = learnt(tmp_path, "whole")
    assert ended and [epoch.number for epoch in epochs] == [1, 2, 3, 4]
    _, ended, first = learnt(tmp_path, "parts", stop=after(20))  # in the second epoch of 15 steps
    assert not ended and len(first) == 1
    _, ended, more = learnt(tmp_path, "parts", stop=after(35))
    assert not ended and [epoch.number for epoch in more] == [2, 3]
    found, ended, last = learnt(tmp_path, "parts")
    assert ended and [epoch.number for epoch in last] == [4]
    assert same(found, wanted)
    told = [(epoch.loss, epoch.training, epoch.validation, epoch.active) for epoch in first + more + last]
    assert told == [(epoch.loss, epoch.training, epoch.validation, epoch.active) for epoch in epochs]


def test_stopped_before_the_first_epoch_there_are_weights_but_no_checkpoint(tmp_path):
    arrays, ended, epochs = learnt(tmp_path, stop=after(3))
    assert not ended and not epochs and len(arrays) == 4
    assert not (tmp_path / "a.npz").exists()


def test_a_finished_member_is_not_trained_again(tmp_path):
    wanted, _, _ = learnt(tmp_path)
    found, ended, epochs = learnt(tmp_path)
    assert ended and not epochs and same(found, wanted)


def test_the_seed_decides_and_members_have_seeds_of_their_own(tmp_path):
    one, _, _ = learnt(tmp_path, "a")
    again, _, _ = learnt(tmp_path, "b")
    other, _, _ = learnt(tmp_path, "c", seed=4)
    member, _, _ = learnt(tmp_path, "d", member=1)
    assert same(one, again)
    assert not same(one, other) and not same(one, member)


def test_training_stops_early_after_as_many_worse_epochs_as_patience_says(tmp_path):
    _, ended, epochs = learnt(tmp_path, training__epochs=60, training__patience=2)
    scores = [epoch.validation for epoch in epochs]
    assert ended and len(scores) < 60
    assert max(scores[-2:]) < max(scores[:-2])
    for end in range(1, len(scores) - 1):  # it never had reason to stop before
        assert end < 3 or max(scores[end - 2 : end]) >= max(scores[: end - 2])


def test_the_best_epoch_is_kept_and_of_equal_ones_the_later():
    state = State()
    for number, validation in enumerate((0.5, 0.7, 0.7, 0.6)):
        state = state.after([number], validation, epochs=9, patience=None)  # type: ignore[list-item]
    assert (state.best, state.best_validation, state.since_best, state.finished) == ((2,), 0.7, 1, False)
    assert state.after([4], 0.1, epochs=5, patience=None).finished  # type: ignore[list-item]
    assert state.after([4], 0.1, epochs=9, patience=2).finished  # type: ignore[list-item]


def test_a_damaged_checkpoint_is_refused_by_name(tmp_path):
    learnt(tmp_path, training__epochs=1)
    path = tmp_path / "a.npz"
    whole = path.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ImageError, match="a.npz"):
            learnt(tmp_path, training__epochs=1)
    path.write_bytes(whole)
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    wrong = {
        "net.layers.0.weight": np.zeros((2, 2), np.float32),
        "adam.0.exp_avg": np.zeros(3, np.float32),
        "progress": np.array([1, 2]),
        "generator": np.zeros(7, np.uint8),
        "best.weight0": np.zeros((1, 1, 1), np.int8),
        "best.bias1": np.zeros(2, np.int16),
    }
    for name in arrays:
        if name.endswith(".seen"):  # older checkpoints have none
            continue
        rest = {key: array for key, array in arrays.items() if key != name}
        for changed in [rest] + ([rest | {name: wrong[name]}] if name in wrong else []):
            np.savez(path, **changed)
            with pytest.raises(ImageError, match=r"a\.npz") as caught:
                learnt(tmp_path, training__epochs=1)
            assert "remove it to train anew" in caught.value.fix


def test_a_checkpoint_of_another_plan_is_refused_and_of_the_same_with_another_name_not(tmp_path):
    learnt(tmp_path, training__epochs=1)
    for change in ({"seed": 9}, {"training__sparsity": 1.0}, {"training__epochs": 2}, {"member": 1}):
        with pytest.raises(ImageError, match="belongs to another plan") as caught:
            learnt(tmp_path, **({"training__epochs": 1} | change))
        assert "put the plan back" in caught.value.fix
    _, ended, epochs = learnt(tmp_path, training__epochs=1, name="renamed", stop=after(0))
    assert not ended and not epochs
