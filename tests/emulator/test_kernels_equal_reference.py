"""Kernels and scalar reference agree in everything: V, spikes, counters; on 1 to 3 threads, whole or in pieces."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import chips, random_events, random_image

from neurocore.arch import ChipSpec
from neurocore.emulator import engine
from neurocore.emulator.engine import Emulator
from neurocore.emulator.reference import ReferenceChip, run_reference
from neurocore.image import ChipImage
from neurocore.neuron import NEURON_FIELDS, NeuronParameters
from neurocore.recording import COUNTERS, Probe, Recording
from neurocore.spikes import AxonEvents

TICKS = 40
EXAMPLES = 10 if os.environ.get("NUMBA_DISABLE_JIT") == "1" else examples(60, 30)


def every_neuron(image: ChipImage) -> Probe:
    core, neuron = np.indices(image.neuron_used.shape, dtype=np.int32).reshape(2, -1)
    return Probe(core=core, neuron=neuron)


def assert_same(found: Recording, right: Recording) -> None:
    for name in ("potential", "spike_tick", "spike_core", "spike_neuron", "counters", "tick_counters", "probe_tick"):
        np.testing.assert_array_equal(getattr(found, name), getattr(right, name), err_msg=name)
    assert (found.start_tick, found.ticks) == (right.start_tick, right.ticks)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(chips(TICKS))
def test_potentials_spikes_and_counters_agree_on_any_number_of_threads(case):
    image, events, seed = case
    probe = every_neuron(image)
    right = run_reference(image, events, TICKS, seed=seed, probe=probe)
    for threads in (1, 2, 3):
        found = Emulator(image, seed=seed, threads=threads).run(TICKS, events, probe=probe)
        assert_same(found, right)


@settings(max_examples=EXAMPLES // 3, deadline=None, derandomize=True)
@given(chips(TICKS))
def test_a_run_in_pieces_is_the_run(case):
    image, events, seed = case
    whole = Emulator(image, seed=seed, threads=2)
    right = whole.run(TICKS, events)
    chip = Emulator(image, seed=seed, threads=2)
    parts = [chip.run(ticks, events) for ticks in (1, 16, 0, 7, 16)]
    assert chip.tick == TICKS
    for name in ("spike_tick", "spike_core", "spike_neuron", "tick_counters"):
        np.testing.assert_array_equal(np.concatenate([getattr(part, name) for part in parts]), getattr(right, name))
    np.testing.assert_array_equal(sum(part.counters for part in parts), right.counters)
    np.testing.assert_array_equal(chip.potential, whole.potential)


@settings(max_examples=EXAMPLES // 3, deadline=None, derandomize=True)
@given(chips(TICKS), st.integers(1, 2))
def test_every_core_counts_the_same_in_every_tick(case, threads):
    image, events, seed = case
    reference, chip = ReferenceChip(image, seed=seed), Emulator(image, seed=seed, threads=threads)
    before = np.zeros((image.cores, len(COUNTERS)), np.int64)
    for tick in range(TICKS):
        now = events.tick == tick
        fired = reference.step(zip(events.core[now].tolist(), events.axon[now].tolist(), strict=True))
        found = chip.run(1, events)
        after = np.array(reference.counters)
        np.testing.assert_array_equal(found.counters, after - before)
        assert list(zip(found.spike_core.tolist(), found.spike_neuron.tolist(), strict=True)) == fired
        assert chip.potential.tolist() == reference.potential
        before = after


@settings(max_examples=EXAMPLES // 6, deadline=None, derandomize=True)
@given(chips(TICKS), st.integers(1, 17))
def test_memory_for_fewer_ticks_at_a_time_changes_nothing(case, ticks_at_a_time):
    image, events, seed = case
    probe = replace(every_neuron(image), start=2, interval=3)
    right = run_reference(image, events, TICKS, seed=seed, probe=probe)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_CHUNK_TICKS", (1, ticks_at_a_time))
        done: list[int] = []
        found = Emulator(image, seed=seed).run(TICKS, events, probe=probe, progress=done.append)
    assert_same(found, right)
    assert done == [*range(ticks_at_a_time, TICKS, ticks_at_a_time), TICKS]


def placed_elsewhere(image: ChipImage, order: np.ndarray) -> ChipImage:
    """The same cores in another order and at other places; the keys go along. order[i] is the old index of core i."""
    where = np.argsort(order)
    target = image.target_core[order]
    return replace(
        image,
        **{
            name: getattr(image, name)[order]
            for name in (
                *("crossbar", "axon_type", "axon_key", "weight", "stochastic_weight"),
                *("neuron_used", "neuron_key", "target_axon", "delay"),
            )
        },
        core_xy=image.core_xy,
        neurons=NeuronParameters(**{name: getattr(image.neurons, name)[order] for name in NEURON_FIELDS}),
        target_core=np.where(target >= 0, where[np.maximum(target, 0)], target).astype(np.int32),
    )


@settings(max_examples=EXAMPLES // 3, deadline=None, derandomize=True)
@given(chips(TICKS), st.randoms(use_true_random=False))
def test_cores_placed_elsewhere_with_their_keys_spike_the_same(case, random):
    image, events, seed = case
    order = np.array(random.sample(range(image.cores), image.cores))
    where = np.argsort(order)
    right = Emulator(image, seed=seed, threads=1).run(TICKS, events)
    moved = AxonEvents.sorted(events.tick, where[events.core], events.axon)
    found = Emulator(placed_elsewhere(image, order), seed=seed, threads=1).run(TICKS, moved)
    spikes = np.stack([found.spike_tick, order[found.spike_core], found.spike_neuron])
    spikes = spikes[:, np.lexsort(spikes[::-1])]
    np.testing.assert_array_equal(spikes, [right.spike_tick, right.spike_core, right.spike_neuron])
    hops = COUNTERS.index("hops")
    np.testing.assert_array_equal(np.delete(found.counters, hops, 1), np.delete(right.counters[order], hops, 1))


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
    found = emulator.run(16, AxonEvents.sorted([], [], []))
    assert fired == list(zip(found.spike_tick, found.spike_core, found.spike_neuron, strict=True))
    assert reference.potential == emulator.potential.tolist()


@pytest.mark.parametrize("seed", [0, 12345])
def test_the_same_seed_gives_the_same_spikes_again(seed):
    image = random_image(ChipSpec(grid=(3, 2)), 4)
    events = random_events(image, 100, 4)
    first, again = (Emulator(image, seed=seed).run(100, events) for _ in range(2))
    assert_same(again, first)
    other = Emulator(image, seed=seed + 1).run(100, events)
    assert other.spike_tick.tobytes() != first.spike_tick.tobytes()
