"""The estimate of a run: its parts agree, both conventions and both ticks are there, and it prints and serialises."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from neurocore.arch import ChipSpec
from neurocore.emulator.engine import Emulator
from neurocore.errors import RunError
from neurocore.estimate.coefficients import COEFFICIENTS
from neurocore.estimate.estimate import estimate
from neurocore.image import ChipImage
from neurocore.noc.traffic import traffic
from neurocore.spikes import AxonEvents
from neurocore.workloads.characterisation import characterisation

NOTHING = AxonEvents.sorted([], [], [])


@pytest.fixture(scope="module")
def run():
    image = characterisation(grid=(4, 4), chips=(2, 1), rate_hz=60)
    recording = Emulator(image).run(100, NOTHING)
    return image, recording, traffic(image, recording)


def test_the_nominal_point_counts_operations_of_model_time(run):
    _, recording, _ = run
    point = estimate(*run).throughput.nominal
    assert point.sops == pytest.approx(recording.total("synaptic_operations") / 0.1)
    assert point.sops_per_w == pytest.approx(point.sops / point.power_w)
    assert point.synaptic_event_j == pytest.approx(1 / point.sops_per_w)
    assert point.as_dict()["gsops_per_w"] == pytest.approx(point.sops_per_w / 1e9)
    assert point.as_dict()["synaptic_event_pj"] == pytest.approx(1e3 / (point.sops_per_w / 1e9))


def test_the_fastest_point_does_the_same_work_in_the_shortest_tick(run):
    found = estimate(*run)
    nominal, fastest = found.throughput.nominal, found.throughput.fastest
    speedup = nominal.tick_s / found.timing.shortest_tick_s
    assert fastest.tick_s == found.timing.shortest_tick_s
    assert fastest.sops == pytest.approx(nominal.sops * speedup)
    assert nominal.power_w < fastest.power_w < nominal.power_w * speedup  # static power does not speed up
    assert fastest.sops_per_w > nominal.sops_per_w


def test_frames_follow_from_the_ticks_of_a_frame_under_both_conventions(run):
    few = replace(run[0], spec=run[0].spec.model_copy(update={"chips": (2, 2)}))
    found = estimate(few, *run[1:], ticks_per_frame=4)
    for point in (found.throughput.nominal, found.throughput.fastest):
        assert point.frames_per_s == pytest.approx(1 / (4 * point.tick_s))
        assert point.frames_per_s_per_w == pytest.approx(point.frames_per_s / point.power_w)
        assert point.energy_per_frame_j_whole_chip == pytest.approx(point.power_w_whole_chip * 4 * point.tick_s)
        assert point.energy_per_frame_j_used_cores == pytest.approx(point.power_w_used_cores * 4 * point.tick_s)
        assert point.energy_per_frame_j_used_cores < point.energy_per_frame_j_whole_chip
    assert estimate(*run).throughput.nominal.frames_per_s is None


def test_the_convention_chooses_the_headline_only(run):
    few = replace(run[0], spec=run[0].spec.model_copy(update={"chips": (2, 2)}))
    whole, used = (estimate(few, *run[1:], static=static) for static in ("whole", "used"))
    assert whole.energy.power_w == used.energy.power_w_whole_chip
    assert used.energy.power_w == whole.energy.power_w_used_cores < whole.energy.power_w
    assert whole.as_dict()["energy"]["static_convention"].startswith("whole chip")
    assert used.as_dict()["energy"]["static_convention"].startswith("used cores")


def test_the_chips_own_voltage_is_used_unless_another_is_given(run):
    image = replace(run[0], spec=run[0].spec.model_copy(update={"voltage": 0.9}))
    assert estimate(image, *run[1:]).energy.voltage_v == 0.9
    assert estimate(image, *run[1:], voltage=1.0).energy.voltage_v == 1.0
    assert estimate(*run).energy.voltage_v == 0.75


def test_the_dictionary_is_plain_json_and_lists_every_source(run):
    facts = json.loads(json.dumps(estimate(*run, ticks_per_frame=1).as_dict(), allow_nan=False))
    assert [source["name"] for source in facts["sources"]] == list(COEFFICIENTS)
    assert all(source["source"] and source["unit"] and source["conditions"] for source in facts["sources"])
    assert facts["throughput"]["definition"].startswith("SOPS: synaptic operations per second of model time")
    parts = facts["energy"]["breakdown"]
    assert sum(part["power_w"] for part in parts) == pytest.approx(facts["energy"]["power_w"])
    assert {part["name"] for part in parts} == {
        "static",
        "neuron_updates",
        "synaptic_operations",
        "hops",
        "core_to_periphery",
        "chip_to_chip",
        "input_output",
    }
    crossings = next(part for part in parts if part["name"] == "chip_to_chip")
    assert crossings["count_per_tick"] * 100 == facts["traffic"]["chip_crossings"] > 0


def test_the_text_prints_what_matters_in_lines_of_one_width(run):
    text = estimate(*run, ticks_per_frame=2).text()
    for word in (
        "power ",
        "static ",
        "synaptic operations ",
        "hops on chip",
        "chip to chip",
        "GSOPS/W",
        "per synaptic event (derived, no price)",
        "frames/s (2 ticks each)",
        "uJ whole chip",
        "x real time",
        "(assumption)",
        "chip borders crossed",
        "SOPS: synaptic operations per second of model time",
        "assumptions among them: input_output",
    ):
        assert word in text, word
    assert "26 pJ" not in text
    assert not text.endswith("\n")


def test_figures_on_weak_ground_say_so():
    spec = ChipSpec(name="small", axons=16, neurons=16, grid=(3, 3))
    image = ChipImage.blank("small", spec, np.array([[0, 0], [1, 0]]))
    image.neuron_used[:] = 1
    image.neurons.leak[:] = 1
    image.target_core[:] = -2
    recording = Emulator(image).run(20, NOTHING)
    warnings = "\n".join(estimate(image, recording, traffic(image, recording)).warnings)
    for word in ("256 axons and 256 neurons; these have 16 and 16", "3 x 3 cores", "error bars are wider", "pads"):
        assert word in warnings
    full = characterisation(grid=(2, 2), rate_hz=20)
    quiet = Emulator(full).run(20, NOTHING)
    assert "error bars" not in "\n".join(estimate(full, quiet, traffic(full, quiet)).warnings)


def test_what_cannot_be_estimated_is_refused(run):
    image, recording, sent = run
    with pytest.raises(RunError, match=r"no convention 'all' for static power"):
        estimate(image, recording, sent, static="all")
    with pytest.raises(RunError, match="0.5 V"):
        estimate(image, recording, sent, voltage=0.5)
    with pytest.raises(RunError, match="no ticks"):
        estimate(image, replace(recording, ticks=0), sent)
    empty = ChipImage.blank("empty", ChipSpec(), np.zeros((0, 2), np.int32))
    with pytest.raises(RunError, match="'empty' has no cores"):
        estimate(empty, recording, sent)
