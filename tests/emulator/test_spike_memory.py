"""Spikes that a run hands out lie in memory of their own as long as anybody holds them."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from neurocore.emulator import spike_memory
from neurocore.emulator.engine import Emulator
from neurocore.emulator.spike_memory import SMALL, SpikeMemory
from neurocore.spikes import AxonEvents
from neurocore.workloads.characterisation import characterisation


@pytest.fixture
def small_slabs(monkeypatch):
    monkeypatch.setattr(spike_memory, "SLAB", 4 * SMALL)
    monkeypatch.setattr(spike_memory, "SPARE", 2)


def test_arrays_that_are_held_never_overlap(small_slabs):
    rng, memory, held = np.random.default_rng(1), SpikeMemory(), {}
    for number in range(300):
        found = memory.room(int(rng.integers(0, 6 * SMALL)))
        found[:] = number
        held[number] = found[: len(found) // 2] if number % 3 else found  # a part keeps its memory, too
        for gone in rng.choice(list(held), len(held) // 3, replace=False):
            del held[gone]
        assert all((part == number).all() for number, part in held.items())


def test_memory_that_nobody_holds_is_used_again(small_slabs):
    memory = SpikeMemory()
    places = set()
    for _ in range(40):
        found = memory.room(3 * SMALL)
        places.add(found.ctypes.data)
        del found
        gc.collect()
    assert len(places) <= 2


def test_a_recording_outlives_its_emulator_and_later_runs(small_slabs):
    image = characterisation(grid=(8, 8), rate_hz=400)
    chip = Emulator(image, threads=2)
    nothing = AxonEvents.sorted([], [], [])
    recordings = [chip.run(20, nothing) for _ in range(8)]
    kept = [recording.spike_neuron.copy() for recording in recordings]
    assert sum(map(len, kept)) > 8 * SMALL
    again = Emulator(image, threads=1)
    del recordings[::2]
    for _ in range(8):
        chip.run(20, nothing)
    del chip
    for number, recording in enumerate(recordings):
        np.testing.assert_array_equal(recording.spike_neuron, kept[2 * number + 1])
    for neuron in kept:
        np.testing.assert_array_equal(again.run(20, nothing).spike_neuron, neuron)
