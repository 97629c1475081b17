"""Kernels and scalar reference agree in everything: V, spikes, counters; on 1 and 2 threads, whole or in pieces."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import chips

from neurocore.emulator.engine import Emulator
from neurocore.emulator.reference import ReferenceChip, run_reference
from neurocore.image import ChipImage
from neurocore.recording import Probe, Recording

TICKS = 40
EXAMPLES = 10 if os.environ.get("NUMBA_DISABLE_JIT") == "1" else 60


def every_used_neuron(image: ChipImage) -> Probe:
    core, neuron = np.nonzero(image.neuron_used)
    return Probe(core=core.astype(np.int32), neuron=neuron.astype(np.int32))


def assert_same(found: Recording, right: Recording) -> None:
    for name in ("potential", "spike_tick", "spike_core", "spike_neuron", "counters", "tick_counters", "probe_tick"):
        np.testing.assert_array_equal(getattr(found, name), getattr(right, name), err_msg=name)
    assert (found.start_tick, found.ticks) == (right.start_tick, right.ticks)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(chips(TICKS))
def test_potentials_spikes_and_counters_agree_on_any_number_of_threads(case):
    image, events, seed = case
    probe = every_used_neuron(image)
    right = run_reference(image, events, TICKS, seed=seed, probe=probe)
    for threads in (1, 2):
        found = Emulator(image, seed=seed, threads=threads).run(TICKS, events, probe=probe)
        assert_same(found, right)


@settings(max_examples=EXAMPLES // 3, deadline=None, derandomize=True)
@given(chips(TICKS))
def test_a_run_in_pieces_is_the_run(case):
    image, events, seed = case
    whole = Emulator(image, seed=seed, threads=2).run(TICKS, events)
    chip = Emulator(image, seed=seed, threads=2)
    parts = [chip.run(ticks, events) for ticks in (1, 16, 0, 7, 16)]
    assert chip.tick == TICKS
    for name in ("spike_tick", "spike_core", "spike_neuron", "tick_counters"):
        np.testing.assert_array_equal(np.concatenate([getattr(part, name) for part in parts]), getattr(whole, name))
    np.testing.assert_array_equal(sum(part.counters for part in parts), whole.counters)


@settings(max_examples=EXAMPLES // 3, deadline=None, derandomize=True)
@given(chips(TICKS))
def test_a_probe_never_moves_a_spike_and_a_run_never_moves_the_image(case):
    image, events, seed = case
    digest = image.digest()
    bare = Emulator(image, seed=seed, threads=1).run(TICKS, events)
    core, neuron = np.nonzero(image.neuron_used)
    probe = Probe(core=core.astype(np.int32), neuron=neuron.astype(np.int32), start=3, stop=30, interval=4)
    probed = Emulator(image, seed=seed, threads=1).run(TICKS, events, probe=probe)
    assert probed.probe_tick.tolist() == list(range(3, 30, 4))
    np.testing.assert_array_equal(probed.spike_neuron, bare.spike_neuron)
    np.testing.assert_array_equal(probed.counters, bare.counters)
    assert image.digest() == digest


@settings(max_examples=EXAMPLES // 3, deadline=None, derandomize=True)
@given(chips(TICKS))
def test_ticks_beyond_32_bits_draw_what_the_reference_draws(case):
    image, _, seed = case
    far = 2**32 - 8
    reference = ReferenceChip(image, seed=seed)
    reference.tick = far
    emulator = Emulator(image, seed=seed, threads=1)
    emulator.tick = far
    fired = [(far + tick, *spike) for tick in range(16) for spike in reference.step()]
    found = emulator.run(16, no_events())
    assert fired == list(zip(found.spike_tick, found.spike_core, found.spike_neuron, strict=True))
    assert reference.potential == emulator.potential.tolist()


def no_events():
    from neurocore.spikes import AxonEvents

    return AxonEvents.sorted([], [], [])


@pytest.mark.parametrize("seed", [0, 12345])
def test_the_same_seed_gives_the_same_spikes_again(seed):
    from strategies import random_events, random_image

    from neurocore.arch import ChipSpec

    image = random_image(ChipSpec(grid=(3, 2)), 4)
    events = random_events(image, 200, 4)
    first, again = (Emulator(image, seed=seed).run(200, events) for _ in range(2))
    assert_same(again, first)
    other = Emulator(image, seed=seed + 1).run(200, events)
    assert other.spike_tick.tobytes() != first.spike_tick.tobytes()
