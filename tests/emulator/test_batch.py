"""Every instance of a batch is the run it would have been alone, on any number of threads."""

from __future__ import annotations

import os
import signal
import threading

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import chips, random_events, random_image

from neurocore.arch import ChipSpec
from neurocore.emulator import batch
from neurocore.emulator.batch import run_batch
from neurocore.emulator.engine import run
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
