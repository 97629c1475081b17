"""RANC's and Compass's recorded runs through the file reader: input.json in, the recorded output spikes out."""

from __future__ import annotations

import numpy as np
import pytest
from ranc_cases import ranc_case, write_case
from ranc_model import simulate
from trace_cases import names

from neurocore.emulator.backends import run
from neurocore.emulator.outputs import output_spikes
from neurocore.formats.ranc import read_ranc
from neurocore.formats.ranc_output import read_ranc_output, write_ranc_output
from neurocore.formats.ranc_writer import bus_offsets, write_ranc

QUICK = ("absent", "compass_ua", "example_lt", "fuzz_64_a_lt", "tea_256", "vmm_mem")
CASES = [
    name if name in QUICK else pytest.param(name, marks=pytest.mark.slow)
    for name in names("ranc", "*.npz")
    if name.startswith(("fuzz", "compass")) or name in QUICK
]


@pytest.mark.parametrize("name", CASES)
def test_a_recorded_run_comes_out_of_its_files(name, tmp_path):
    case = ranc_case(name)
    model = read_ranc(write_case(case, tmp_path))
    assert model.image.spec.grid == tuple(case.arrays["grid"].tolist())
    found = run(model.image, model.events, case.ticks)
    if "exp_spikes_cpp" in case.arrays:
        wanted = case.arrays["exp_spikes_cpp"]
        spikes = np.stack([found.spike_tick, found.spike_core, found.spike_neuron], axis=1)
        np.testing.assert_array_equal(spikes, wanted[np.lexsort(wanted.T[::-1])])
    outputs = output_spikes(model.image, found)
    write_ranc_output(outputs, bus_offsets(model.image), case.ticks, tmp_path / "out.txt")
    read, complete = read_ranc_output(tmp_path / "out.txt")
    assert complete == case.ticks
    rows = np.unique(np.stack([read.tick, read.pin], axis=1), axis=0)
    sources = [key for key in case.arrays if key.startswith("exp_bus_") and key != "exp_bus_rtl"]
    assert sources
    for source in sources:  # complete for all ticks but the last, as RANC writes its bus a tick later
        wanted = np.unique(case.arrays[source], axis=0)
        np.testing.assert_array_equal(rows[rows[:, 0] < case.ticks - 1], wanted[wanted[:, 0] < case.ticks - 1])
    (tmp_path / "again").mkdir()
    write_ranc(model.image, tmp_path / "again/input.json", model.events)
    again = read_ranc(tmp_path / "again/input.json")
    assert again.image.digest() == model.image.digest()
    np.testing.assert_array_equal(
        np.unique(np.stack(columns(again)), axis=1), np.unique(np.stack(columns(model)), axis=1)
    )


def columns(model):
    return [model.events.tick, model.events.core, model.events.axon]


@pytest.mark.parametrize(
    "name", [name for name in names("ranc", "*.npz") if name in ("absent", "tea_256", "fuzz_64_a_lt")]
)
def test_the_separate_model_of_ranc_is_ranc(name, tmp_path):
    """tests/ranc_model.py stands in for RANC's simulator in other tests: here it meets what that recorded."""
    case = ranc_case(name)
    file, ticks = write_case(case, tmp_path), min(case.ticks, 40)
    found = simulate(file, tmp_path / "config.json", ticks)
    wanted = case.arrays["exp_spikes_cpp"]
    wanted = wanted[wanted[:, 0] < ticks]
    assert sorted(found.spikes) == sorted(map(tuple, wanted.tolist()))
    np.testing.assert_array_equal(found.potential, case.arrays["exp_V_cpp"][:ticks])
    bus = case.arrays["exp_bus_cpp"]
    for tick, line in enumerate(found.lines):
        fired = {pin for pin, word in enumerate(line.split()) if word == "1"}
        assert fired == set(bus[bus[:, 0] == tick - 1, 1].tolist())
