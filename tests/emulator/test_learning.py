"""On-chip learning (an extension): each rule by hand, kernels = reference, mapped = logical, and the draws' odds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from examples import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from learning_strategies import random_learning_image, random_learning_network
from strategies import random_events

from neurocore.arch import ChipSpec
from neurocore.bits import pack_words, unpack_words
from neurocore.emulator.backends import run
from neurocore.emulator.engine import Emulator
from neurocore.emulator.logical import run_logical
from neurocore.emulator.reference import run_reference
from neurocore.emulator.stimulus import axon_events, input_spikes
from neurocore.errors import CapacityError, ConfigError
from neurocore.image import ChipImage
from neurocore.learning import FORGOTTEN, POST_CLEAR, POST_SET, PRE_CLEAR, PRE_SET, ImageLearning
from neurocore.learning_rule import Learning
from neurocore.mapper.pipeline import compile_network
from neurocore.recording import Probe, Recording
from neurocore.spikes import AxonEvents
from neurocore.synapses import synapses_of

TICKS = 40


def assert_same(found: Recording, right: Recording) -> None:
    for name in ("potential", "spike_tick", "spike_core", "spike_neuron", "counters", "tick_counters", "learned"):
        np.testing.assert_array_equal(getattr(found, name), getattr(right, name), err_msg=name)


@settings(max_examples=examples(12), deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 2**64 - 1]))
def test_kernels_equal_the_reference_on_any_number_of_threads(case: int, seed: int) -> None:
    image = random_learning_image(case)
    events = random_events(image, TICKS, case)
    core, neuron = np.indices(image.neuron_used.shape, dtype=np.int32).reshape(2, -1)
    probe = Probe(core=core, neuron=neuron)
    digest = image.digest()
    right = run_reference(image, events, TICKS, seed=seed, probe=probe)
    for threads in (1, 2, 3):
        found = Emulator(image, seed=seed, threads=threads).run(TICKS, events, probe=probe)
        assert_same(found, right)
    assert image.digest() == digest


@pytest.mark.parametrize("case", range(6))
def test_a_run_in_pieces_and_by_states_is_the_run_and_a_reset_forgets(case: int) -> None:
    image = random_learning_image(case)
    events = random_events(image, TICKS, case)
    whole = Emulator(image, seed=5, threads=2)
    right = whole.run(TICKS, events)
    chip = Emulator(image, seed=5, threads=2)
    for ticks in (1, 16, 0, 7, 16):
        last = chip.run(ticks, events)
    np.testing.assert_array_equal(last.learned, right.learned)
    chip = Emulator(image, seed=5, threads=1)
    for ticks in (1, 16, 7, 16):
        chip.run(ticks, events)
        state = chip.state()
        chip = Emulator(image, seed=6, threads=2)
        chip.run(3, events)
        chip.set_state(state)
    np.testing.assert_array_equal(chip.crossbar, right.learned)
    np.testing.assert_array_equal(chip.potential, whole.potential)
    whole.reset()
    assert_same(whole.run(TICKS, events), right)


def test_random_images_do_learn() -> None:
    changed = []
    for case in range(8):
        image = random_learning_image(case)
        learned = Emulator(image, seed=1).run(TICKS, random_events(image, TICKS, case)).learned
        assert learned is not None
        changed.append(int(np.bitwise_count(learned ^ image.crossbar).sum()))
    assert sum(some > 50 for some in changed) >= 4


def one_synapse(there: bool, **case: Any) -> tuple[ChipImage, int]:
    """Axon 0 and neuron 0 learn from each other; axon 1 makes the neuron fire. case : of tables, [case][counter]"""
    image = ChipImage.blank("one", ChipSpec(axons=2, neurons=1, grid=(1, 1)), np.zeros((1, 2)))
    image.neuron_used[:] = 1
    image.weight[:] = [0, 9, 0, 0]
    image.axon_type[0] = [0, 1]
    image.neurons.threshold[:] = 9
    image.crossbar[0] = [[int(there)], [1]]
    tables = np.zeros((1, 4, 256), np.uint16)
    tables[0, case["case"], case["counter"]] = 256
    axons, neurons = np.array([[1, 0]], np.uint32), np.array([[1]], np.uint32)
    return replace(image, learning=ImageLearning(tables=tables, axons=axons, neurons=neurons)), 0


@pytest.mark.parametrize(("case", "there"), [(POST_SET, 0), (POST_CLEAR, 1), (PRE_SET, 0), (PRE_CLEAR, 1)])
@pytest.mark.parametrize("counter", [0, 1, 7, 254, FORGOTTEN])
@pytest.mark.parametrize("backend", ["numba", "reference"])
def test_each_case_acts_at_its_time_difference_and_at_no_other(
    case: int, there: int, counter: int, backend: str
) -> None:
    """POST: the neuron fires so long after the axon was active. PRE: the axon is active after the neuron fired."""
    image, _ = one_synapse(bool(there), case=case, counter=counter)
    for apart in (0, 1, 6, 7, 8, 253, 254, 255, 300):
        first, second = (0, 1) if case in (POST_SET, POST_CLEAR) else (1, 0)
        events = AxonEvents.sorted([3, 3 + apart], [0, 0], [first, second])
        learned = run(image, events, apart + 5, backend=backend).learned
        assert learned is not None
        # Together in one tick, the axon came first: a PRE case then sees a neuron that has never fired.
        seen = min(apart, FORGOTTEN)
        if case in (PRE_SET, PRE_CLEAR) and apart == 0:
            seen = FORGOTTEN
        if case in (PRE_SET, PRE_CLEAR) and apart > 0:
            assert learned[0, 0, 0] == (there ^ (seen == counter)), apart
        if case in (POST_SET, POST_CLEAR):
            assert learned[0, 0, 0] == (there ^ (seen == counter)), apart


def test_a_side_that_never_spiked_counts_as_long_ago() -> None:
    image, _ = one_synapse(True, case=POST_CLEAR, counter=FORGOTTEN)
    learned = run(image, AxonEvents.sorted([0], [0], [1]), 2).learned
    assert learned is not None and learned[0, 0, 0] == 0


@pytest.mark.parametrize("odds", [1, 64, 255, 256])
def test_synapses_change_with_the_given_probability_each_by_itself(odds: int) -> None:
    """65,536 synapses of one core, all asked once; within five standard deviations, and in no row or column more."""
    image = ChipImage.blank("block", ChipSpec(grid=(1, 1)), np.zeros((1, 2)))
    image.neuron_used[:] = 1
    image.neurons.threshold[:] = 0
    tables = np.zeros((1, 4, 256), np.uint16)
    tables[0, POST_SET, FORGOTTEN] = odds
    every = np.ones((1, 256), np.uint32)
    image = replace(image, learning=ImageLearning(tables=tables, axons=every, neurons=every))
    learned = run(image, AxonEvents.sorted([], [], []), 1, seed=3).learned
    assert learned is not None
    bits, p = unpack_words(learned[0], 256), odds / 256
    for share, n in ((bits.mean(), 65_536), (bits.mean(axis=0), 256), (bits.mean(axis=1), 256)):
        if n * p * (1 - p) > 9 or p == 1:  # rarer ones are not normally distributed: 6 of 256 come up where 1 is due
            assert (np.abs(share - p) <= 5 * np.sqrt(p * (1 - p) / n)).all()


def test_a_curve_falls_exponentially_within_its_window_and_forgetting_begins_behind_it() -> None:
    rule = Learning.model_validate(
        {"window": 3, "potentiation": {"peak": 200, "decay": 2}, "depression": [9, 8], "forgetting": 5}
    )
    table = rule.table()
    assert table[POST_SET, :5].tolist() == [200, 121, 74, 45, 0]
    assert table[PRE_CLEAR, :5].tolist() == [0, 9, 8, 0, 0]
    assert table[POST_CLEAR, :4].tolist() == [0] * 4 and set(table[POST_CLEAR, 4:].tolist()) == {5}
    assert not table[PRE_SET].any()


@settings(max_examples=examples(12), deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_the_chip_learns_what_the_described_network_learns(seed: int) -> None:
    network, ticks = random_learning_network(seed), 80
    try:
        compiled = compile_network(network)
    except (CapacityError, ConfigError):
        assume(False)
    image = compiled.image
    spikes = input_spikes(network, ticks)
    logical = run_logical(compiled.graph, network.chip, spikes, ticks, seed=seed)
    mapped = Emulator(image, seed=seed, threads=2).run(ticks, axon_events(image, spikes, ticks))
    assert mapped.learned is not None
    table, who = image.logical, np.full(image.neuron_used.shape, -1)
    who[table.instance_core, table.instance_neuron] = table.instance_logical
    fired = who[mapped.spike_core, mapped.spike_neuron]
    copies = np.bincount(table.instance_logical, minlength=compiled.graph.neuron_count)
    np.testing.assert_array_equal(
        np.bincount(fired[fired >= 0], minlength=len(copies)),
        copies * np.bincount(logical.neuron, minlength=len(copies)),
    )
    for block, bits in zip(compiled.graph.learning, logical.learned, strict=True):
        found = synapses_of(image.after_learning(mapped.learned), block.source, block.target, delay=block.delay)
        placed = copies[block.first_target : block.first_target + block.targets] > 0
        np.testing.assert_array_equal(found[:, placed], bits[:, placed])


def test_most_random_networks_compile_and_their_synapses_change() -> None:
    compiled, changed = 0, 0
    for seed in range(20):
        try:
            image = compile_network(random_learning_network(seed)).image
        except (CapacityError, ConfigError):
            continue
        compiled += 1
        network = random_learning_network(seed)
        events = axon_events(image, input_spikes(network, 80), 80)
        learned = Emulator(image, seed=seed).run(80, events).learned
        changed += bool((learned != image.crossbar).any())
    assert compiled >= 12 and changed >= 10


def test_axons_without_a_learning_neuron_keep_their_bits() -> None:
    image = random_learning_image(3)
    assert image.learning is not None
    learned = Emulator(image, seed=1).run(TICKS, random_events(image, TICKS, 3)).learned
    assert learned is not None
    common = image.learning.axons[:, :, None] & image.learning.neurons[:, None, :]
    changed = unpack_words(learned ^ image.crossbar, image.spec.neurons)
    assert not (changed & (common == 0)).any()
    np.testing.assert_array_equal(pack_words(changed), learned ^ image.crossbar)
