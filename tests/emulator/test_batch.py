"""Every instance of a batch is the run it would have been alone, on any number of threads."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import chips, random_events, random_image

from neurocore.arch import ChipSpec
from neurocore.emulator import batch
from neurocore.emulator.backends import run
from neurocore.emulator.batch import deal_out, run_batch
from neurocore.emulator.ranks.rehearsal import rehearse_batch
from neurocore.emulator.reference import run_reference
from neurocore.errors import RunError, SpikeFileError
from neurocore.recording import Probe, Recording
from neurocore.spikes import AxonEvents

TICKS = 20


def assert_same(found: Recording, right: Recording) -> None:
    for name in ("spike_tick", "spike_core", "spike_neuron", "counters", "tick_counters", "probe_tick", "potential"):
        np.testing.assert_array_equal(getattr(found, name), getattr(right, name), err_msg=name)
    assert (found.start_tick, found.ticks, found.seed) == (right.start_tick, right.ticks, right.seed)


@settings(max_examples=examples(20), deadline=None, derandomize=True)
@given(chips(TICKS), st.integers(0, 7), st.integers(1, 3), st.integers(1, 64))
def test_instances_are_runs_of_their_own(case, instances, threads, words):
    image, events, seed = case
    stimuli = [events, *(random_events(image, TICKS, seed=j) for j in range(instances))]
    seeds = [(seed + j) % 2**64 for j in range(len(stimuli))]
    usual, batch._PIECE_WORDS = batch._PIECE_WORDS, words
    try:
        found = run_batch(image, stimuli, TICKS, seed=seeds, threads=threads)
    finally:
        batch._PIECE_WORDS = usual
    assert len(found) == len(stimuli)
    for recording, stimulus, one in zip(found, stimuli, seeds, strict=True):
        assert_same(recording, run_reference(image, stimulus, TICKS, seed=one, probe=Probe.none()))


def test_one_seed_serves_all_and_events_outside_are_ignored():
    image = random_image(ChipSpec(axons=70, neurons=70, grid=(2, 2)), seed=3)
    late = AxonEvents.sorted([-1, 0, 5, 9], [0, 0, 0, 0], [1, 2, 3, 4])
    found = run_batch(image, [late, late], 5, seed=7)
    for recording in found:
        assert_same(recording, run(image, late, 5, seed=7))


def test_an_empty_batch_and_bad_ones():
    image = random_image(ChipSpec(axons=8, neurons=8, grid=(1, 1)), seed=4)
    none = AxonEvents.sorted([], [], [])
    assert run_batch(image, [], 5) == []
    with pytest.raises(RunError, match="2 seeds for 1 stimuli"):
        run_batch(image, [none], 5, seed=[1, 2])
    with pytest.raises(RunError, match="0 ticks"):
        run_batch(image, [none], 0)
    with pytest.raises(RunError, match="0 threads"):
        run_batch(image, [none], 5, threads=0)
    with pytest.raises(RunError, match="seed -1"):
        run_batch(image, [none], 5, seed=-1)
    with pytest.raises(SpikeFileError, match="core 99"):
        run_batch(image, [none, AxonEvents.sorted([0], [99], [0])], 5)


def test_ctrl_c_leaves_the_first_instances(monkeypatch: pytest.MonkeyPatch):
    image = random_image(ChipSpec(axons=8, neurons=8, grid=(1, 1)), seed=5)
    events = [random_events(image, 5, seed=j) for j in range(9)]
    monkeypatch.setattr(batch, "_PIECE_WORDS", 1)
    assert threading.current_thread() is threading.main_thread()

    def interrupt(ticks: int) -> None:
        if ticks == 4 * 5:
            os.kill(os.getpid(), signal.SIGINT)

    found = run_batch(image, events, 5, threads=2, progress=interrupt)
    assert len(found) == 4
    assert_same(found[3], run(image, events[3], 5))


@settings(max_examples=12, deadline=None, derandomize=True)
@given(chips(TICKS), st.integers(0, 9), st.integers(1, 4), st.integers(1, 2), st.integers(1, 64))
def test_ranks_that_share_out_the_instances_change_nothing(case, instances, ranks, threads, words):
    image, events, seed = case
    stimuli = [events, *(random_events(image, TICKS, seed=j) for j in range(instances))]
    seeds = [(seed + j) % 2**64 for j in range(len(stimuli))]
    right = run_batch(image, stimuli, TICKS, seed=seeds)
    usual, batch._PIECE_WORDS = batch._PIECE_WORDS, words
    try:
        found = rehearse_batch(image, stimuli, TICKS, ranks=ranks, seed=seeds, threads=threads)
    finally:
        batch._PIECE_WORDS = usual
    assert len(found) == len(right)
    for one, other in zip(found, right, strict=True):
        assert_same(one, other)


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_every_instance_is_dealt_once_and_rounds_are_the_first_ones(monkeypatch: pytest.MonkeyPatch, ranks: int):
    image = random_image(ChipSpec(axons=8, neurons=8, grid=(1, 1)), seed=5)
    monkeypatch.setattr(batch, "_PIECE_WORDS", 12)
    deal = deal_out(image, 23, 5, 2, ranks)
    assert sorted(j for rank in range(ranks) for j in deal.own(rank)) == list(range(23))
    assert len({len(deal.rounds(rank)) for rank in range(ranks)}) == 1
    for count in range(len(deal.rounds(0)) + 1):
        ran = [j for rank in range(ranks) for pieces in deal.rounds(rank)[:count] for piece in pieces for j in piece]
        assert sorted(ran) == list(range(deal.done(count)))


def test_ctrl_c_at_one_rank_ends_a_batch_at_all_with_the_first_instances(monkeypatch: pytest.MonkeyPatch):
    image = random_image(ChipSpec(axons=8, neurons=8, grid=(1, 1)), seed=5)
    events = [random_events(image, 5, seed=j) for j in range(9)]
    monkeypatch.setattr(batch, "_PIECE_WORDS", 1)
    pressed = threading.Event()

    @contextmanager
    def at_the_last_rank() -> Iterator[threading.Event]:
        yield pressed if next(numbers) == 2 else threading.Event()

    numbers = itertools.count()
    monkeypatch.setattr(batch, "deferred_interrupt", at_the_last_rank)
    found = rehearse_batch(image, events, 5, ranks=3, progress=lambda ticks: pressed.set())
    assert len(found) in (3, 6)  # a rank may look before the others have come to say so
    for recording, stimulus in zip(found, events, strict=False):
        assert_same(recording, run(image, stimulus, 5))
