"""Refinement: never worse, every limit kept, its running counts those of a full count, compiled = plain."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from examples import examples
from hypothesis import assume, given, settings

from neurocore.mapper import refine as module
from neurocore.mapper.packing import Packed, Task, pack
from neurocore.mapper.refine import _Moves, refine
from neurocore.mapper.repair import counted, repair
from tests.mapper.test_packing import tasks


def slots_of(task: Task, packed: Packed) -> np.ndarray:
    """What each neuron takes in its core."""
    return np.where(packed.core >= 0, np.minimum(np.maximum(packed.driven, 1), task.most), 0)


def fitting(task: Task) -> Packed:
    """A packing in which all copies fit."""
    packed = repair(task, pack(task))
    assume(packed is not None)
    assert packed is not None
    return packed


@settings(max_examples=examples(120), deadline=None, derandomize=True)
@given(tasks())
def test_refined_packings_are_no_worse_and_keep_every_limit(task: Task) -> None:
    packed = fitting(task)
    refined = refine(task, packed)
    before = (packed.core.max(), len(packed.pair_axon))
    assert (refined.core.max(), len(refined.pair_axon)) <= before
    core = refined.core.astype(np.int64)
    np.testing.assert_array_equal(core >= 0, packed.core >= 0)
    full = counted(task, core)
    for name in ("driven", "pair_core", "pair_axon"):
        np.testing.assert_array_equal(getattr(full, name), getattr(refined, name))
    order = task.order
    assert np.bincount(core[order], weights=slots_of(task, refined)[order]).max() <= task.neurons
    assert len(refined.pair_core) == 0 or np.bincount(refined.pair_core).max() <= task.axons
    assert set(core[order].tolist()) == set(range(core.max() + 1))
    assert len(set(zip(core[order].tolist(), task.zone[order].tolist(), strict=True))) == core.max() + 1


@settings(max_examples=examples(60), deadline=None, derandomize=True)
@given(tasks())
def test_counts_that_are_kept_up_are_those_of_a_full_count(task: Task) -> None:
    packed = fitting(task)
    core = packed.core.astype(np.int64)
    slots = slots_of(task, packed)
    load = np.bincount(core[task.order], weights=slots[task.order]).astype(np.int64)
    used = np.bincount(packed.pair_core, minlength=len(load)).astype(np.int64)
    moves = _Moves(task, core, packed.driven.copy(), load, used)
    for leave in (False, True, False):
        moves.make(task.order, leave=leave)
        full = counted(task, core)
        np.testing.assert_array_equal(moves.state[1], full.driven)
        np.testing.assert_array_equal(used, np.bincount(full.pair_core, minlength=len(load)))
        np.testing.assert_array_equal(
            load, np.bincount(core[task.order], weights=slots_of(task, full)[task.order], minlength=len(load))
        )


@settings(max_examples=examples(20), deadline=None, derandomize=True)
@given(tasks())
def test_compiled_and_plain_refinement_agree(task: Task) -> None:
    packed = fitting(task)
    with pytest.MonkeyPatch.context() as patch:
        results = []
        for limit in (0, 10**9):
            patch.setattr(module, "COMPILE_FROM", limit)
            results.append(refine(task, packed))
    for field in fields(Packed):
        np.testing.assert_array_equal(*(getattr(result, field.name) for result in results))


def test_scattered_neurons_find_those_they_share_axons_with() -> None:
    """Eight groups of four neurons that read the same four axons, dealt out over all cores with room to spare."""
    groups, members = 8, 4
    reads = np.concatenate([np.arange(group * 4, group * 4 + 4) for group in range(groups) for _ in range(members)])
    neurons = groups * members
    task = Task(
        order=np.arange(neurons),
        block=np.arange(neurons),
        start=np.arange(neurons + 1) * 4,
        reads=reads.astype(np.int32),
        axon_source=np.full(groups * 4, neurons, np.int32),
        outputs=np.zeros(neurons, np.int64),
        room=np.ones(neurons, np.int64),
        most=np.full(neurons, 16),
        axons=16,
        neurons=8,
        zone=np.zeros(neurons, np.int32),
    )
    scattered = np.arange(neurons) % 8
    refined = refine(replace(task, axons=16), counted(task, scattered))
    assert len(counted(task, scattered).pair_axon) == 128
    assert len(refined.pair_axon) <= 48  # 32 would be perfect, which takes swaps
    assert refined.core.max() + 1 <= 6
