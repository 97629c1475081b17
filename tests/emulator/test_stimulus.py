"""Stimuli become the spikes that their description promises, and mapped pins become events at axons."""

import time
import tracemalloc
from typing import Any

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from neurocore.arch import PRESETS
from neurocore.emulator import stimulus
from neurocore.emulator.coding import bernoulli, regular, repeat_frames, thermometer
from neurocore.emulator.stimulus import axon_events, input_spikes
from neurocore.errors import ConfigError, RunError, SpikeFileError
from neurocore.graph import Group
from neurocore.image import ChipImage, LogicalMap
from neurocore.network import Network
from neurocore.spikes import InputSpikes


def network(driven: dict[str, Any], seed: int = 0, chip: Any = "truenorth", **shapes: Any) -> Network:
    return Network.model_validate(
        {
            "name": "n",
            "seed": seed,
            "chip": chip,
            "inputs": {name: {"shape": shape} for name, shape in shapes.items()},
            "populations": {"p": {"shape": 1}},
            "run": {"stimulus": driven},
        }
    )


def pairs(spikes: InputSpikes) -> list[tuple[int, int]]:
    assert spikes.tick.dtype == np.int64 and spikes.pin.dtype == np.int32
    return list(zip(spikes.tick.tolist(), spikes.pin.tolist(), strict=True))


def test_listed_spikes_are_sorted_and_repeats_dropped() -> None:
    made = network({"a": {"spikes": [[3, 0], [0, 1], [3, 0], [9, 1]]}}, a=2)
    assert pairs(input_spikes(made, 9)) == [(0, 1), (3, 0)]
    made = network({"a": {"spikes": np.array([[3, 0], [0, 1]])}}, a=2)
    assert pairs(input_spikes(made, 9)) == [(0, 1), (3, 0)]
    assert pairs(input_spikes(network({"a": {"spikes": []}}, a=2), 9)) == []


def test_pins_are_numbered_over_all_inputs_in_their_order() -> None:
    made = network({"c": {"spikes": [[0, 0]]}, "a": {"spikes": [[0, 5], [1, 0]]}}, a=[2, 3], b=4, c=1)
    assert pairs(input_spikes(made, 5)) == [(0, 5), (0, 10), (1, 0)]


def test_no_stimulus_is_silence() -> None:
    assert pairs(input_spikes(network({}, a=3), 100)) == []
    assert pairs(input_spikes(network({}), 100)) == []


def test_regular_spikes_come_at_start_and_every_period() -> None:
    made = network({"a": {"regular": {"start": 2, "period": 3}}}, a=2)
    assert pairs(input_spikes(made, 9)) == [(2, 0), (2, 1), (5, 0), (5, 1), (8, 0), (8, 1)]
    made = network({"a": {"regular": {"start": [0, 4], "period": [5, 1]}}}, a=2)
    assert pairs(input_spikes(made, 6)) == [(0, 0), (4, 1), (5, 0), (5, 1)]


@settings(max_examples=examples(60), deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9)), min_size=1, max_size=5), st.integers(0, 30))
def test_regular_spikes_are_those_of_a_plain_loop(pins: list[tuple[int, int]], ticks: int) -> None:
    start, period = (np.array(column, np.int64) for column in zip(*pins, strict=True))
    tick, pin = regular(start, period, ticks)
    wanted = sorted((t, p) for p, (first, step) in enumerate(pins) for t in range(first, ticks, step))
    assert list(zip(tick.tolist(), pin.tolist(), strict=True)) == wanted


def test_poisson_spikes_have_the_rate_and_the_spread_of_a_binomial() -> None:
    made = network({"a": {"poisson": {"rate_hz": [0, 20, 500, 1000]}}}, a=4)
    counts = np.bincount(input_spikes(made, 20_000).pin, minlength=4)
    assert counts[0] == 0 and counts[3] == 20_000
    for pin, chance in ((1, 0.02), (2, 0.5)):
        assert abs(counts[pin] - 20_000 * chance) < 4 * np.sqrt(20_000 * chance * (1 - chance))


def test_poisson_intervals_are_geometric() -> None:
    spikes = input_spikes(network({"a": {"poisson": {"rate_hz": 250}}}, a=1), 40_000)
    gaps = np.diff(spikes.tick)
    seen = np.bincount(np.minimum(gaps, 12), minlength=13)[1:]
    chance = np.array([0.25 * 0.75**k for k in range(11)] + [0.75**11])
    chi2 = float((((seen - len(gaps) * chance) ** 2) / (len(gaps) * chance)).sum())
    assert chi2 < 31.3  # 0.1 % of a chi-square with 11 degrees of freedom


def test_another_input_changes_no_spike_of_this_one() -> None:
    alone = input_spikes(network({"b": {"poisson": {"rate_hz": 100}}}, seed=3, b=5), 500)
    drive = {"a": {"poisson": {"rate_hz": 300}}, "b": {"poisson": {"rate_hz": 100}}}
    both = input_spikes(network(drive, seed=3, a=7, b=5), 500)
    kept = both.pin >= 7
    assert np.array_equal(both.tick[kept], alone.tick) and np.array_equal(both.pin[kept] - 7, alone.pin)


def test_inputs_and_seeds_differ() -> None:
    drive = {"a": {"poisson": {"rate_hz": 300}}, "b": {"poisson": {"rate_hz": 300}}}
    spikes = input_spikes(network(drive, seed=3, a=5, b=5), 500)
    first = set(zip(spikes.tick[spikes.pin < 5].tolist(), spikes.pin[spikes.pin < 5].tolist(), strict=True))
    second = set(zip(spikes.tick[spikes.pin >= 5].tolist(), (spikes.pin[spikes.pin >= 5] - 5).tolist(), strict=True))
    other = set(pairs(input_spikes(network(drive, seed=4, a=5, b=5), 500)))
    assert first != second and not first <= other


@pytest.mark.parametrize("kind", ["poisson", "rate", "threshold", "images", "regular"])
def test_a_longer_run_begins_like_the_shorter(kind: str) -> None:
    frames = np.linspace(0, 1, 12).reshape(3, 4)
    drive: dict[str, Any] = {
        "poisson": {"rate_hz": 200},
        "rate": {"values": frames, "ticks_each": 7},
        "threshold": {"values": frames, "threshold": 0.5, "ticks_each": 7, "active_ticks": 3},
        "images": {"values": (frames * 255).astype(np.uint8).reshape(3, 2, 2), "coding": "rate", "ticks_each": 7},
        "regular": {"period": 4},
    }
    made = network({"a": {kind: drive[kind]}}, a=[2, 2])
    short, long = input_spikes(made, 10), input_spikes(made, 30)
    assert pairs(short) == [pair for pair in pairs(long) if pair[0] < 10]
    assert pairs(long)


def test_chunks_do_not_show_in_random_spikes(monkeypatch: pytest.MonkeyPatch) -> None:
    made = network({"a": {"poisson": {"rate_hz": 200}}}, a=6)
    whole = pairs(input_spikes(made, 100))
    monkeypatch.setattr("neurocore.emulator.coding._CHUNK", 13)
    assert pairs(input_spikes(made, 100)) == whole


def test_many_pins_for_a_long_time_stay_small_in_memory() -> None:
    made = network({"a": {"poisson": {"rate_hz": 20}}}, a=1024)
    tracemalloc.start()
    begin = time.perf_counter()
    spikes = input_spikes(made, 20_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert abs(len(spikes.tick) - 409_600) < 4 * np.sqrt(409_600)
    assert peak < 150e6
    assert time.perf_counter() - begin < 20


def test_threshold_frames_fire_where_the_value_reaches_the_threshold() -> None:
    drive = {"values": [[1, 5], [5, 4]], "threshold": 5, "ticks_each": 3, "active_ticks": 2}
    made = network({"a": {"threshold": drive}}, a=2)
    assert pairs(input_spikes(made, 100)) == [(0, 1), (1, 1), (3, 0), (4, 0)]
    assert pairs(input_spikes(made, 4)) == [(0, 1), (1, 1), (3, 0)]


def test_a_list_of_thresholds_is_one_channel_each_the_first_first() -> None:
    drive = {"values": [[[1, 5], [9, 0]]], "threshold": [1, 5, 9]}
    made = network({"a": {"threshold": drive}}, a=[3, 2, 2])
    assert pairs(input_spikes(made, 5)) == [(0, 0), (0, 1), (0, 2), (0, 5), (0, 6), (0, 10)]


def test_rate_frames_fire_in_proportion_to_their_values() -> None:
    drive = {"values": [[0, 2, 4], [4, 0, 0]], "full_scale": 4, "max_rate_hz": 500, "ticks_each": 10_000}
    spikes = input_spikes(network({"a": {"rate": drive}}, a=3), 30_000)
    first = np.bincount(spikes.pin[spikes.tick < 10_000], minlength=3)
    second = np.bincount(spikes.pin[spikes.tick >= 10_000], minlength=3)
    assert first[0] == 0 and second[1] == second[2] == 0
    assert abs(first[1] - 2500) < 4 * 44 and abs(first[2] - 5000) < 4 * 50 and abs(second[0] - 5000) < 4 * 50
    assert int(spikes.tick.max()) < 20_000


def test_grey_images_fire_once_where_they_are_bright() -> None:
    values = np.array([[[0, 128], [127, 255]], [[200, 0], [0, 0]]], np.uint8)
    made = network({"a": {"images": {"values": values, "ticks_each": 4}}}, a=[2, 2])
    assert pairs(input_spikes(made, 100)) == [(0, 1), (0, 3), (4, 0)]
    chosen = {"values": values, "first": 1, "count": 1}
    assert pairs(input_spikes(network({"a": {"images": chosen}}, a=4), 100)) == [(0, 0)]


def test_colour_images_put_channels_first_and_thresholds_before_them() -> None:
    values = np.zeros((1, 1, 2, 3), np.uint8)
    values[0, 0, 0] = (10, 20, 30)  # the left pixel's red, green and blue
    thresholds = [15, 25]
    drive = {"a": {"images": {"values": values, "threshold": thresholds}}}
    wanted = [(0, 2), (0, 4), (0, 10)]  # [threshold, colour, row, column]: (15, g), (15, b), (25, b)
    for shape in ([6, 1, 2], [2, 3, 1, 2], 12):
        assert pairs(input_spikes(network(drive, a=shape), 5)) == wanted


def test_images_in_rate_coding_use_grey_levels() -> None:
    values = np.array([[[0, 255]]], np.uint8)
    drive = {"values": values, "coding": "rate", "ticks_each": 50}
    assert pairs(input_spikes(network({"a": {"images": drive}}, a=[1, 2]), 200)) == [(t, 1) for t in range(50)]
    late = network({"a": {"images": drive | {"silent_ticks": 9}}}, a=[1, 2])
    assert pairs(input_spikes(late, 200)) == [(t, 1) for t in range(9, 50)]


def test_images_in_even_coding_have_fired_their_share_after_every_tick(monkeypatch) -> None:
    values = np.array([[[0, 128], [255, 70]], [[200, 0], [9, 64]]], np.uint8)
    drive = {"values": values, "coding": "even", "ticks_each": 9, "silent_ticks": 1}
    made = network({"a": {"images": drive}}, a=[1, 2, 2])
    fired = np.zeros((18, 4), int)
    for tick, pin in pairs(input_spikes(made, 100)):
        fired[tick, pin] += 1
    assert fired.max() == 1 and not fired[[0, 9]].any()
    for frame, begin in ((0, 1), (1, 10)):
        for ticks in range(9):
            wanted = values[frame].reshape(4).astype(int) * ticks // 255
            assert fired[begin : begin + ticks].sum(axis=0).tolist() == wanted.tolist()
    whole = pairs(input_spikes(made, 100))
    assert pairs(input_spikes(made, 7)) == [pair for pair in whole if pair[0] < 7]
    monkeypatch.setattr(stimulus, "_EVEN_CHUNK", 1)  # some images at a time: the same
    assert pairs(input_spikes(made, 100)) == whole


def test_silent_ticks_must_leave_some_to_show_the_image_in() -> None:
    drive = {"values": np.zeros((1, 2, 2), np.uint8), "coding": "even", "ticks_each": 3, "silent_ticks": 3}
    with pytest.raises(ValidationError, match="3 silent ticks of 3 leave none"):
        network({"a": {"images": drive}}, a=[2, 2])
    late = {"values": np.full((2, 2, 2), 200, np.uint8), "ticks_each": 3, "silent_ticks": 2}
    assert pairs(input_spikes(network({"a": {"images": late}}, a=[2, 2]), 5)) == [(2, pin) for pin in range(4)]


@settings(max_examples=examples(60), deadline=None, derandomize=True)
@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 4), st.data())
def test_repeated_frames_are_those_of_a_plain_loop(count: int, pins: int, each: int, data: st.DataObject) -> None:
    fires = np.array(data.draw(st.lists(st.booleans(), min_size=count * pins, max_size=count * pins)), bool)
    fires = fires.reshape(count, pins)
    active, ticks = data.draw(st.integers(1, each)), data.draw(st.integers(1, count * each + 3))
    tick, pin = repeat_frames(fires, each, active, ticks)
    wanted = [
        (frame * each + step, p)
        for frame in range(count)
        for step in range(active)
        for p in range(pins)
        if fires[frame, p] and frame * each + step < ticks
    ]
    assert list(zip(tick.tolist(), pin.tolist(), strict=True)) == wanted


def test_thermometer_and_bernoulli_are_pure() -> None:
    values = np.array([[1, 2, 3]])
    assert thermometer(values, np.array([2, 3])).tolist() == [[False, True, True, False, False, True]]
    tick, pin = bernoulli(np.random.default_rng(1), 2, 3, lambda now: np.array([1.0, 0.0]))
    assert tick.tolist() == [0, 1, 2] and pin.tolist() == [0, 0, 0]


WRONG: list[tuple[dict[str, Any], str]] = [
    (
        {"spikes": [[0, 1], [2, 4]]},
        "run.stimulus.a.spikes[1]: the input has no pin 4\n  fix: its pins (2 x 2) are numbered 0..3",
    ),
    ({"spikes": [[-1, 1]]}, "run.stimulus.a.spikes[0]: tick -1 is before the run\n  fix: ticks count from 0"),
    (
        {"spikes": np.zeros((2, 3))},
        "run.stimulus.a.spikes: an array of float64 [2, 3]; pairs [tick, pin] of whole numbers are needed\n"
        "  fix: give an integer array of two columns",
    ),
    (
        {"poisson": {"rate_hz": 2000}},
        "run.stimulus.a.poisson.rate_hz: 2000 Hz is not possible with ticks of 1 ms\n"
        "  fix: allowed: 0 to 1000 Hz, one spike in every tick",
    ),
    (
        {"poisson": {"rate_hz": [1, 2, 3]}},
        "run.stimulus.a.poisson.rate_hz: 3 values for 4 pins\n  fix: give one number for all, or 4",
    ),
    (
        {"regular": {"period": [1, 2, 0, 4]}},
        "run.stimulus.a.regular.period[2]: 0 is no period\n  fix: use 1 (a spike every tick) or more",
    ),
    (
        {"regular": {"period": 2, "start": -3}},
        "run.stimulus.a.regular.start: tick -3 is before the run\n  fix: ticks count from 0",
    ),
    (
        {"rate": {"values": [[0, 1, 2, 0]]}},
        "run.stimulus.a.rate.values: frame 0 has the value 2 for pin 2\n"
        "  fix: rate coding needs values in 0..full_scale, which is 1",
    ),
    (
        {"rate": {"values": [[0, 1, 0]]}},
        "run.stimulus.a.rate.values: the frames have shape [1, 3]\n"
        "  fix: for this input the shape must be [frames, 2, 2] or [frames, 4]",
    ),
    (
        {"threshold": {"values": [[0, 1, 0, 1]], "threshold": 1, "active_ticks": 3}},
        "run.stimulus.a.threshold.active_ticks: 3 active ticks in a frame of 1\n"
        "  fix: raise ticks_each or lower active_ticks",
    ),
    (
        {"threshold": {"values": [[0, 1]], "threshold": [1, 2, 3]}},
        "run.stimulus.a.threshold.threshold: 3 thresholds for an input of shape [2, 2]\n"
        "  fix: make the input's first dimension 3, or give 2 thresholds",
    ),
    (
        {"threshold": {"values": [[0, 1], [0]], "threshold": 1}},
        "run.stimulus.a.threshold.values: the frames are not an array of numbers\n"
        "  fix: give lists of equal length with finite numbers only, or an array in a file",
    ),
    (
        {"images": {"values": np.zeros((2, 3, 3), np.uint8)}},
        "run.stimulus.a.images.values: images of 3 x 3 in 1 channels do not fit the input's shape [2, 2]\n"
        "  fix: allowed shapes of the input: [1, 3, 3], [9], [3, 3]",
    ),
    (
        {"images": {"values": np.zeros((2, 2, 2))}},
        "run.stimulus.a.images.values: an array of float64 [2, 2, 2]\n"
        "  fix: images are uint8 [image, height, width] or [image, height, width, channel]",
    ),
    (
        {"images": {"values": np.zeros((2, 2, 2), np.uint8), "first": 1, "count": 2}},
        "run.stimulus.a.images.count: images 1..2 are asked for\n  fix: the array holds images 0..1",
    ),
    (
        {"file": "spikes.csv"},
        "run.stimulus.a.file: the spike file 'spikes.csv' has not been read\n"
        "  fix: read the network with neurocore.read, or give spikes: as [tick, pin] pairs",
    ),
]


@pytest.mark.parametrize(("stimulus", "expected"), WRONG, ids=[text.split("\n")[0] for _, text in WRONG])
@pytest.mark.parametrize("ticks", [1, 100])
def test_a_wrong_stimulus_is_named_however_short_the_run(stimulus: dict[str, Any], expected: str, ticks: int) -> None:
    with pytest.raises((ConfigError, SpikeFileError)) as caught:
        input_spikes(network({"a": stimulus}, a=[2, 2]), ticks)
    assert str(caught.value) == expected


def test_more_spikes_than_memory_are_refused_at_once() -> None:
    for drive in ({"poisson": {"rate_hz": 1000}}, {"regular": {"period": 1}}):
        with pytest.raises(ConfigError, match="spikes would have to be made"):
            input_spikes(network({"a": drive}, a=1000), 2**40)


def test_the_rate_limit_follows_the_length_of_a_tick() -> None:
    made = network({"a": {"poisson": {"rate_hz": 10_000}}}, chip={"tick_s": 1e-4}, a=2)
    assert len(input_spikes(made, 10).tick) == 20


def mapped() -> ChipImage:
    """Pins 0 (to two axons), 1 (to none) and 2 (to one)."""
    image = ChipImage.blank("m", PRESETS["tiny"], np.array([[0, 0], [1, 0]]))
    columns = {
        "pin": np.array([0, 0, 2], np.int32),
        "pin_core": np.array([0, 1, 1], np.int32),
        "pin_axon": np.array([3, 5, 2], np.int32),
        "pin_delay": np.array([1, 4, 15], np.uint8),
    }
    empty = LogicalMap.empty()
    there = LogicalMap(
        populations=(),
        inputs=(Group(name="a", start=0, shape=(3,)),),
        instance_logical=empty.instance_logical,
        instance_core=empty.instance_core,
        instance_neuron=empty.instance_neuron,
        **columns,
    )
    fields = {name: getattr(image, name) for name in image.__slots__}
    return ChipImage(**(fields | {"logical": there}))


def test_a_pins_spike_reaches_each_of_its_axons_after_the_delay() -> None:
    spikes = InputSpikes.sorted([0, 0, 1, 5], [0, 1, 2, 0])
    events = axon_events(mapped(), spikes, 100)
    found = list(zip(events.tick.tolist(), events.core.tolist(), events.axon.tolist(), strict=True))
    assert found == [(1, 0, 3), (4, 1, 5), (6, 0, 3), (9, 1, 5), (16, 1, 2)]
    assert (events.tick.dtype, events.core.dtype, events.axon.dtype) == (np.int64, np.int32, np.int32)


def test_events_after_the_run_are_dropped() -> None:
    spikes = InputSpikes.sorted([0, 0, 1, 5], [0, 1, 2, 0])
    assert axon_events(mapped(), spikes, 9).tick.tolist() == [1, 4, 6]
    assert axon_events(mapped(), InputSpikes.sorted([], []), 9).tick.tolist() == []


def test_pins_that_an_image_lacks_are_refused() -> None:
    with pytest.raises(RunError, match="input pin 3 spikes; the image 'm' has 3 input pins"):
        axon_events(mapped(), InputSpikes.sorted([0], [3]), 9)
