"""Traffic of a recording: every load, peak and crossing is that of walking each packet along its path."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report.report_cases import recorded

import neurocore.noc.arrivals as arrivals_module
import neurocore.noc.traffic as module
from neurocore.arch import ChipSpec
from neurocore.emulator.engine import Emulator
from neurocore.image import OUTPUT_BASE, ChipImage
from neurocore.noc.mesh import path
from neurocore.noc.traffic import traffic
from neurocore.recording import COUNTERS, Probe, Recording, Spikes
from neurocore.spikes import AxonEvents
from neurocore.traffic import DIRECTIONS
from neurocore.workloads.characterisation import characterisation

SETTINGS = settings(max_examples=60, deadline=None, derandomize=True)
STEPS = {(1, 0): "east", (-1, 0): "west", (0, 1): "north", (0, -1): "south"}
NOTHING = AxonEvents.sorted([], [], [])


@st.composite
def runs(draw):
    """An image on an array of chips, cores anywhere on it, and a recording of spikes that its targets route."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    grid = (int(rng.integers(1, 5)), int(rng.integers(1, 5)))
    chips = (int(rng.integers(1, 4)), int(rng.integers(1, 4)))
    spec = ChipSpec(axons=4, neurons=3, grid=grid, chips=chips)
    width, height = spec.extent
    places = rng.permutation(width * height)[: rng.integers(1, min(width * height, 9) + 1)]
    image = ChipImage.blank("case", spec, np.stack([places % width, places // width], axis=1))
    image.neuron_used[:] = 1
    shape = image.target_core.shape
    image.target_core[:] = rng.integers(OUTPUT_BASE - 1, image.cores, shape)
    image.target_axon[:] = rng.integers(0, 3, shape)
    image.delay[:] = rng.integers(1, 16, shape)
    ticks, start = int(rng.integers(1, 9)), int(rng.integers(0, 3))
    count = int(rng.integers(0, 40))
    number = rng.choice(ticks * shape[0] * shape[1], min(count, ticks * shape[0] * shape[1]), replace=False)
    tick, neuron = np.divmod(number, shape[0] * shape[1])
    spikes = np.stack([tick + start, neuron // 3, neuron % 3], axis=1)
    return image, recorded(image, spikes, ticks, start_tick=start)


def walked(image: ChipImage, recording: Recording) -> list[tuple[int, list[tuple[int, int]]]]:
    """Tick and path of every packet."""
    found = []
    for tick, core, neuron in zip(recording.spike_tick, recording.spike_core, recording.spike_neuron, strict=True):
        target = image.target_core[core, neuron]
        if target >= 0:
            ends = (tuple(image.core_xy[i].tolist()) for i in (core, target))
            found.append((int(tick), path(*ends)))
    return found


def counted(walks, grid=None) -> Counter:
    """Packets by (tick, direction, y, x) of the link's lower end; with a grid, by that of the chip border."""
    loads: Counter = Counter()
    for tick, walk in walks:
        for here, there in zip(walk, walk[1:], strict=False):
            if grid is not None:
                here, there = ((x // grid[0], y // grid[1]) for x, y in (here, there))
                if here == there:
                    continue
            direction = STEPS[there[0] - here[0], there[1] - here[1]]
            loads[tick, direction, min(here[1], there[1]), min(here[0], there[0])] += 1
    return loads


def same(found, loads: Counter, combine) -> None:
    """Every link's figure is what ``combine`` makes of its loads in all ticks."""
    for direction in DIRECTIONS:
        array = getattr(found, direction)
        wanted = np.zeros_like(array)
        for y, x in np.ndindex(array.shape):
            wanted[y, x] = combine([load for key, load in loads.items() if key[1:] == (direction, y, x)] or [0])
        np.testing.assert_array_equal(array, wanted)


@SETTINGS
@given(runs())
def test_loads_peaks_and_crossings_are_those_of_walking_every_packet(run):
    image, recording = run
    found, walks = traffic(image, recording), walked(image, recording)
    links, borders = counted(walks), counted(walks, image.spec.grid)
    same(found.total, links, sum)
    same(found.peak, links, max)
    same(found.crossings, borders, sum)
    same(found.crossings_peak, borders, max)
    histogram = np.bincount([len(walk) - 1 for _, walk in walks], minlength=len(found.hops_histogram))
    np.testing.assert_array_equal(found.hops_histogram, histogram)
    assert found.routed_spikes == len(walks)
    assert found.chip_crossings == sum(borders.values())
    for busiest, loads in ((found.busiest, links), (found.busiest_edge, borders)):
        if not loads:
            assert busiest is None
            continue
        assert busiest.packets == max(loads.values())
        y = busiest.y - (busiest.direction == "south")
        x = busiest.x - (busiest.direction == "west")
        assert loads[busiest.tick, busiest.direction, y, x] == busiest.packets
        assert busiest.tick == min(key[0] for key, load in loads.items() if load == busiest.packets)
        assert busiest.total == sum(load for key, load in loads.items() if key[1:] == (busiest.direction, y, x))


@SETTINGS
@given(runs())
def test_working_in_pieces_changes_nothing(run):
    whole = traffic(*run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PIECE_MARKS", 1)  # one tick at a time
        patch.setattr(module, "_PIECE_SPIKES", 3)
        pieces = traffic(*run)
    assert pieces.as_dict() == whole.as_dict()
    for name in ("total", "peak", "crossings", "crossings_peak"):
        same_arrays(getattr(pieces, name).arrays(), getattr(whole, name).arrays())


def same_arrays(one, other) -> None:
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


@SETTINGS
@given(runs())
def test_spikes_without_a_path_are_told_apart(run):
    image, recording = run
    found = traffic(image, recording)
    target = image.target_core[recording.spike_core, recording.spike_neuron]
    assert found.unwired_spikes == (target == -1).sum()
    leaving = recording.spike_tick[target <= OUTPUT_BASE]
    assert found.output_spikes == len(leaving)
    assert found.output_peak == max(Counter(leaving.tolist()).values(), default=0)
    assert found.routed_spikes + found.unwired_spikes + found.output_spikes == len(recording.spike_tick)


def test_hops_are_those_that_the_emulator_counted():
    image = characterisation(grid=(3, 4), chips=(2, 2), rate_hz=100)
    recording = Emulator(image).run(60, NOTHING)
    found = traffic(image, recording)
    assert found.hops == recording.total("hops") > 10_000
    assert found.mean_hops == pytest.approx(found.mean_dx + found.mean_dy)
    assert found.mean_loads()["east"].sum() == pytest.approx(found.total.east.sum() / 60)
    assert (found.input_spikes, found.input_peak, found.input_exact) == (0, 0, True)


def test_uniform_targets_on_a_chip_are_21_33_columns_and_rows_away():
    # E|dx| of two uniform draws from 0..63 is (64^2 - 1) / (3 * 64) = 21.33; published as 21.3 (Merolla et al. 2014)
    image = characterisation(grid=(64, 64), synapses=0)
    number = np.arange(64 * 64 * 256)
    spikes = Spikes(np.zeros(len(number), np.int64), (number // 256).astype(np.int32), (number % 256).astype(np.int32))
    empty = recorded(image, [], 1)
    found = traffic(image, replace(empty, spikes=spikes))
    assert found.mean_dx == pytest.approx(21.33, abs=0.06)
    assert found.mean_dy == pytest.approx(21.33, abs=0.06)
    assert found.routed_spikes == 2**20


@pytest.mark.parametrize("seed", range(8))
def test_every_external_spike_is_found_even_where_it_merged(seed):
    rng = np.random.default_rng(seed)
    image = characterisation(grid=(2, 2), rate_hz=200, synapses=200, seed=seed)
    ticks, count = 40, 3000
    events = AxonEvents.sorted(*(rng.integers(0, high, count) for high in (ticks + 9, 4, 256)))
    recording = Emulator(image).run(ticks, events)
    found = traffic(image, recording)
    inside = events.tick < ticks
    assert recording.total("merged_spikes") > 100
    assert found.input_spikes == inside.sum()
    per_tick = Counter(events.tick[inside].tolist())
    assert 0 < found.input_peak <= max(per_tick.values())


def test_a_recording_from_within_a_run_says_that_its_input_is_not_exact():
    image = characterisation(grid=(2, 1), rate_hz=200)
    emulator = Emulator(image)
    emulator.run(20, NOTHING)
    found = traffic(image, emulator.run(20, NOTHING))
    assert not found.input_exact
    assert found.input_spikes > 0  # those that were under way


def test_nothing_gives_loads_of_nothing():
    image = ChipImage.blank("empty", ChipSpec(grid=(3, 2), chips=(2, 1)), np.zeros((0, 2), np.int32))
    found = traffic(image, recorded_nothing(image))
    assert (found.hops, found.routed_spikes, found.mean_hops, found.mean_dx, found.mean_dy) == (0, 0, 0, 0, 0)
    assert (found.busiest, found.busiest_edge) == (None, None)
    assert found.total.east.shape == (2, 5)
    assert found.crossings.east.shape == (1, 1)
    assert found.as_dict()["busiest_link"] is None


def recorded_nothing(image: ChipImage) -> Recording:
    nothing = np.zeros(0, np.int32)
    return Recording(
        start_tick=0,
        ticks=4,
        spikes=Spikes(nothing.astype(np.int64), nothing, nothing),
        counters=np.zeros((image.cores, len(COUNTERS)), np.int64),
        tick_counters=np.zeros((4, len(COUNTERS)), np.int64),
        probe=Probe.none(),
        probe_tick=np.zeros(0, np.int64),
        potential=np.zeros((0, 0), np.int32),
        seed=0,
        wall_s=0.0,
    )


@pytest.mark.parametrize("places", [1, 10_000, 2**22])
def test_axons_set_in_pieces_of_ticks_are_those_set_tick_by_tick(places, monkeypatch):
    image = characterisation(grid=(3, 2), rate_hz=150)
    recording = Emulator(image).run(60, NOTHING)
    size = image.cores * image.spec.axons
    monkeypatch.setattr(arrivals_module, "_PLACES", places)
    monkeypatch.setattr(arrivals_module, "_TICKS", 7)
    found = {}
    for first, count, active in arrivals_module.active_axons(image, recording):
        for tick in range(count):
            found[first + tick] = sorted((active[active // size == tick] % size).tolist())
    each = enumerate(arrivals_module.arrivals(image, recording))
    assert found == {tick: sorted(active.tolist()) for tick, (active, _) in each}
    assert len(found) == 60 and sum(map(len, found.values())) > 5000
