"""Blocks of cores: cut where few connections cross, checked, read alone; and the model of what ranks exchange."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from strategies import random_events, random_image

from neurocore.arch import ChipSpec
from neurocore.emulator.engine import Emulator
from neurocore.emulator.ranks.block import take_block
from neurocore.emulator.ranks.blocks import check_bounds, choose_bounds, crossings
from neurocore.emulator.ranks.late import later_ones
from neurocore.emulator.ranks.model import PACKET_BYTES, LinkModel, model_of
from neurocore.emulator.ranks.rehearsal import rehearse
from neurocore.errors import ImageError, RunError, SpikeFileError
from neurocore.formats.files import MAP_FROM
from neurocore.formats.image_file import load_cores, save_image
from neurocore.image import OUTPUT_BASE, UNWIRED, ChipImage
from neurocore.recording import COUNTERS
from neurocore.spikes import AxonEvents

NONE = AxonEvents.sorted([], [], [])


def chip(cores: int = 6, seed: int = 0) -> ChipImage:
    spec = ChipSpec(name="random", axons=65, neurons=65, axon_types=4, grid=(cores, 1), chips=(1, 1))
    image = next(image for s in range(seed, seed + 200) if (image := random_image(spec, s)).cores == min(cores, 6))
    image.target_core[image.target_core <= OUTPUT_BASE] = UNWIRED
    return image


def chain(cores: int, apart: int) -> ChipImage:
    """Cores in a row, each sending to the next, but for one gap that nothing crosses, before core ``apart``."""
    spec = ChipSpec(name="chain", axons=4, neurons=4, axon_types=1, grid=(cores, 1), chips=(1, 1))
    image = ChipImage.blank("chain", spec, np.stack([np.arange(cores), np.zeros(cores, np.int64)], axis=1))
    image.neuron_used[:] = 1
    image.target_core[:-1] = np.arange(1, cores)[:, None]
    image.target_core[apart - 1] = UNWIRED
    return image


def test_crossings_are_counted_at_every_cut():
    image = chip()
    found = crossings(image)
    source, goal = np.nonzero((image.target_core >= 0) & (image.neuron_used > 0))[0], image.target_core
    goal = goal[(goal >= 0) & (image.neuron_used > 0)]
    for cut in range(image.cores + 1):
        assert found[cut] == np.count_nonzero((source < cut) != (goal < cut))


def test_a_cut_moves_to_where_nothing_crosses_if_that_is_near():
    assert choose_bounds(chain(100, 52), 2).tolist() == [0, 52, 100]
    assert choose_bounds(chain(100, 70), 2).tolist() == [0, 50, 100]


def test_more_ranks_than_cores_leave_some_without_any():
    bounds = choose_bounds(chain(2, 1), 4)
    assert check_bounds(bounds, 2, 4) is not None
    assert len(rehearse(chip(), NONE, [5], ranks=9).recordings) == 1


@pytest.mark.parametrize("bounds", [[0, 3], [0, 4, 3, 6], [1, 3, 5, 6], [0, 2, 4, 7], [[0, 6]]])
def test_bounds_that_do_not_share_out_the_cores_are_refused(bounds):
    with pytest.raises(RunError, match="do not share out 6 cores to 3 ranks"):
        rehearse(chip(), NONE, [5], ranks=3, bounds=bounds)


def test_no_ranks_are_refused():
    with pytest.raises(RunError, match="0 ranks"):
        choose_bounds(chip(), 0)


def test_bad_events_are_refused_as_by_one_process():
    with pytest.raises(SpikeFileError, match="core 6"):
        rehearse(chip(), AxonEvents.sorted([0], [6], [0]), [5], ranks=2)


@pytest.mark.parametrize(("array", "value"), [("target_core", 6), ("target_axon", 65), ("delay", 0)])
def test_a_rank_that_cannot_send_ends_all(array, value):
    image = chip()
    leaves = image.target_core[0] > 2
    assert (leaves & (image.neuron_used[0] > 0)).any()
    changed = getattr(image, array).copy()
    changed[0, leaves] = value
    with pytest.raises(ImageError, match="core 0, neuron"):
        rehearse(replace(image, **{array: changed}), NONE, [5], ranks=2, bounds=[0, 3, 6])


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("mapped", [False, True])
def test_a_block_is_read_from_the_file_alone(tmp_path: Path, monkeypatch, compress, mapped):
    image, path = chip(), tmp_path / "image.npz"
    save_image(image, path, compress=compress)
    monkeypatch.setattr("neurocore.formats.files.MAP_FROM", 1 if mapped else MAP_FROM)
    for low, high in [(0, 6), (2, 5), (3, 3)]:
        part, core_xy = load_cores(path, low, high)
        right = take_block(image, low, high)
        for name, array in right.image.arrays().items():
            np.testing.assert_array_equal(part.arrays()[name], array, err_msg=name)
        np.testing.assert_array_equal(core_xy, image.core_xy)
    with pytest.raises(ImageError, match="cores 2 to 6"):
        load_cores(path, 2, 7)


@pytest.mark.parametrize("shortest", [1, 4])
@pytest.mark.parametrize("ranks", [2, 4])
def test_the_model_counts_the_messages_and_bytes_that_are_sent(shortest, ranks):
    image, ticks = chip(), 60
    delay = np.where(image.target_core >= 0, np.maximum(image.delay, shortest), image.delay).astype(np.uint8)
    image = replace(image, delay=delay)
    events = random_events(image, ticks, 1)
    bounds = choose_bounds(image, ranks)
    model = model_of(image, bounds)
    found = rehearse(image, events, [ticks], ranks=ranks)
    assert found.window == model.window == max(1, shortest - 1)
    np.testing.assert_array_equal(found.messages, np.round(model.messages_per_tick * ticks))
    # every neuron's own rate instead of a mean one: then the model is exact
    recording = found.recordings[0]
    owner = np.searchsorted(bounds, np.arange(image.cores), side="right") - 1
    goal = image.target_core[recording.spike_core, recording.spike_neuron]
    source = owner[recording.spike_core]
    left = (goal >= 0) & (owner[goal] != source)
    assert left.any()
    np.testing.assert_array_equal(found.sent, np.bincount(source[left], minlength=ranks) * PACKET_BYTES)


def test_the_model_of_bytes_holds_where_all_neurons_fire_alike():
    image = chip()
    image.neurons.threshold[:] = 1
    image.neurons.leak[:] = 1
    image.neurons.leak_reversal[:] = 0
    image.neurons.stochastic_leak[:] = 0
    image.neurons.threshold_noise_bits[:] = 0
    image.neurons.reset_mode[:] = 0
    image.neurons.reset_potential[:] = 0
    image.neurons.initial_potential[:] = 0
    image.crossbar[:] = 0
    model = model_of(image, choose_bounds(image, 3))
    found = rehearse(image, NONE, [30], ranks=3)
    np.testing.assert_array_equal(found.sent, model.bytes_per_tick(1.0) * 30)


def test_a_tick_takes_its_cores_messages_and_bytes():
    link = LinkModel(core_tick_s=1e-6, window_s=10e-6, latency_s=2e-6, bytes_per_s=1e9)
    assert link.tick_s(100, 3, 1000, 0.1, 2) == pytest.approx(100e-6 + (10e-6 + 3 * 2e-6) / 2 + 0.8e-6)


def test_a_packet_of_the_own_rank_that_was_sent_later_is_the_merged_one():
    image = chain(3, 1)
    image.target_core[:] = UNWIRED
    image.target_core[1, 0] = 1
    image.delay[1, 0] = 5
    tables = Emulator(image)._tables
    before = np.zeros(16 * image.cores, np.uint64)
    spikes, per_tick = np.array([64], np.uint32), np.array([0, 1, 0])
    late = np.array([[16, 64, 0]])  # arrives in tick 16 at core 1, axon 0; sent in tick 10
    counted, right = later_ones(tables, late, before, 10, spikes, per_tick)
    assert (counted.tolist(), right.tolist()) == ([0], [1])
    before[0 * image.cores + 1] = 1  # sent before: then the late one is the merged one
    assert later_ones(tables, late, before, 10, spikes, per_tick)[0].size == 0
    assert COUNTERS[4] == "merged_spikes"
