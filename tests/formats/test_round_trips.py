"""What is written is read back the same: images, recordings, IBM's spike files; large models load."""

from __future__ import annotations

import json
import re
import struct
import time
from pathlib import Path

import numpy as np
import pytest
from broken_files import NEURON, good_image
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import chips

from neurocore.emulator.backends import run
from neurocore.emulator.engine import Emulator
from neurocore.errors import NeurocoreError, SpikeFileError
from neurocore.formats.ibm_corelet import read_model
from neurocore.formats.ibm_spikes import read_spikes, write_sfcp, write_sfti
from neurocore.formats.image_file import load_image, save_image
from neurocore.formats.recording_file import load_recording, save_recording
from neurocore.formats.run_lengths import expand_runs
from neurocore.formats.spikes_csv import write_spikes_csv
from neurocore.image import OUTPUT_BASE
from neurocore.recording import Probe
from neurocore.spikes import AxonEvents, OutputSpikes


@settings(max_examples=examples(25), deadline=None, derandomize=True)
@given(case=chips(), compress=st.booleans())
def test_an_image_comes_back_as_it_was(tmp_path_factory, case, compress):
    image = case[0]
    image.target_core[image.target_core <= OUTPUT_BASE] = -1
    image.target_axon[image.target_core < 0] = 0
    path = tmp_path_factory.mktemp("images") / "chip.npz"
    save_image(image, path, compress=compress)
    again = load_image(path)
    assert again.digest() == image.digest()
    assert (again.name, again.spec, again.outputs) == (image.name, image.spec, image.outputs)
    before = path.read_bytes()
    save_image(again, path, compress=compress)
    assert path.read_bytes() == before


@settings(max_examples=examples(15), deadline=None, derandomize=True)
@given(case=chips(), ticks=st.integers(0, 30))
def test_a_recording_comes_back_as_it_was(tmp_path_factory, case, ticks):
    image, events, seed = case
    probe = Probe(core=np.zeros(1, np.int32), neuron=np.zeros(1, np.int32), start=2, stop=20, interval=3)
    recording = Emulator(image, seed=seed, threads=1).run(ticks, events, probe=probe)
    path = tmp_path_factory.mktemp("runs") / "spikes.npz"
    save_recording(recording, path, image_digest=image.digest(), extra={"why": "test"})
    again, meta = load_recording(path)
    assert (meta["image_digest"], meta["extra"]) == (image.digest(), {"why": "test"})
    for name in ("spike_tick", "spike_core", "spike_neuron", "counters", "tick_counters", "probe_tick", "potential"):
        found, wanted = getattr(again, name), getattr(recording, name)
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)
    assert (again.ticks, again.seed, again.probe.interval) == (ticks, seed, 3)


def test_spikes_as_a_table(tmp_path):
    image = good_image()
    recording = run(image, AxonEvents.sorted([0], [0], [0]), 30)
    write_spikes_csv(recording, tmp_path / "spikes.csv")
    rows = np.loadtxt(tmp_path / "spikes.csv", delimiter=",", skiprows=1, dtype=np.int64, ndmin=2)
    np.testing.assert_array_equal(
        rows, np.stack([recording.spike_tick, recording.spike_core, recording.spike_neuron], axis=1)
    )


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "chip.npz"
    save_image(good_image(), path)
    before = path.read_bytes()
    broken = good_image()
    broken.weight[0, 0, 0] = 300
    with pytest.raises(NeurocoreError, match="found 300"):
        save_image(broken, path)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["chip.npz"]


triples = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 5), st.integers(0, 700)), max_size=40)


@settings(max_examples=examples(50), deadline=None, derandomize=True)
@given(rows=triples)
def test_output_spikes_come_back_from_sfcp(tmp_path_factory, rows):
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    spikes = OutputSpikes.sorted(*columns)
    path = tmp_path_factory.mktemp("sfcp") / "out.sfcp"
    write_sfcp(spikes, path)
    found = read_spikes(path)
    assert isinstance(found, OutputSpikes)
    for name in ("tick", "connector", "pin"):
        np.testing.assert_array_equal(getattr(found, name), getattr(spikes, name))


@settings(max_examples=examples(50), deadline=None, derandomize=True)
@given(rows=triples)
def test_input_spikes_come_back_from_sfti(tmp_path_factory, rows):
    columns = [list(column) for column in zip(*((t + 1, c, a) for t, c, a in rows), strict=True)] or [[], [], []]
    events = AxonEvents.sorted(*columns)
    path = tmp_path_factory.mktemp("sfti") / "in.sfti"
    write_sfti(events, path)
    found = read_spikes(path)
    assert isinstance(found, AxonEvents)
    for name in ("tick", "core", "axon"):
        np.testing.assert_array_equal(getattr(found, name), getattr(events, name))


def test_sfti_cannot_hold_a_spike_that_is_integrated_in_the_first_tick(tmp_path):
    with pytest.raises(SpikeFileError, match="integrated in tick 0"):
        write_sfti(AxonEvents.sorted([0], [0], [0]), tmp_path / "in.sfti")
    assert not (tmp_path / "in.sfti").exists()


def test_a_delay_of_its_own_moves_an_sfti_spike(tmp_path):
    path = tmp_path / "in.sfci"
    path.write_text(
        '{"class":"SpikeWriter"}\n{"version":"sfti1.0","defaultDestinationDelay":2}\n'
        '{"spike":{"srcTime":5,"destCore":1,"destAxon":3}}\n{"spike":{"srcTime":5,"destCore":1,"destAxon":3,"destDelay":4}}\n'
    )
    found = read_spikes(path)
    assert isinstance(found, AxonEvents)
    assert found.tick.tolist() == [7, 9]


def test_sfro_records_are_spikes_of_neurons(tmp_path):
    path = tmp_path / "out.sfro"
    records = [(4, 1, 7, 0, 3, 1), (3, 0, 9, -1, 0, 1)]
    path.write_bytes(b'{"class":"SpikeWriter"}\n\xff' + b"".join(struct.pack(">6i", *row) for row in records))
    found = read_spikes(path)
    assert [found.tick.tolist(), found.core.tolist(), found.neuron.tolist()] == [[3, 4], [0, 1], [9, 7]]


@pytest.mark.parametrize(
    ("items", "values"),
    [
        (["7x3"], [7, 7, 7]),
        (["-2x2", "5"], [-2, -2, 5]),
        (["2:5"], [2, 3, 4, 5]),
        (["0:25:60"], [0, 25, 50]),
        (["3:-1:0"], [3, 2, 1, 0]),
        ([4, "1x0"], [4]),
    ],
)
def test_run_length_lists(items, values):
    assert expand_runs(items).tolist() == values


@pytest.mark.parametrize("item", ["7x", "1:2:3:4", "0:0:5", "x3", "1x99999999999", "0:99999999", None, 1.5, True])
def test_run_length_lists_refuse_what_makes_no_sense(item):
    with pytest.raises(ValueError, match=re.escape(f"'{item}' is not a number")):
        expand_runs([item])


def big_model(path: Path, cores: int) -> None:
    """A relay on every core, core c sends to core c + 1; every tenth core has its crossbar inline."""
    rows = [{"type": "S1", "synapses": "80" + " 00" * 31} for _ in range(256)]
    neuron = {"name": "N00000001", "class": "NeuronGeneral"} | NEURON
    with open(path, "w") as file:
        file.write(json.dumps({"model": {"coreCount": cores, "crossbarSize": 256}})[:-1])
        file.write(',\n"crossbarTypes": ' + json.dumps([{"name": "relay", "crossbar": {"rows": rows}}]))
        file.write(',\n"neuronTypes": ' + json.dumps([neuron]))
        for core in range(cores):
            last = core == cores - 1
            neurons = {
                "dendrites": ["0:255"],
                "types": ["1", "0x255"],
                "destCores": ["-32" if last else str(core + 1), "-1x255"],
                "destAxons": ["0", "0x255"],
                "destDelays": ["1x256"],
            }
            crossbar = {"rows": rows} if core % 10 == 0 else {"name": "relay"}
            file.write(',\n/* a core */ "core": ' + json.dumps({"id": core, "neurons": neurons, "crossbar": crossbar}))
        file.write("}\n")


def test_models_of_more_than_a_chip_load_and_run(tmp_path):
    cores = 4100
    big_model(tmp_path / "big.json", cores)
    started = time.perf_counter()
    image, remarks = read_model(tmp_path / "big.json")
    assert time.perf_counter() - started < 60
    assert remarks == ()
    assert (image.cores, image.spec.chips) == (cores, (2, 1))
    assert image.core_xy[4099].tolist() == [64 + 3, 0]
    found = run(image, AxonEvents.sorted([0], [0], [0]), cores)
    np.testing.assert_array_equal(found.spike_core, np.arange(cores))
    np.testing.assert_array_equal(found.spike_tick, np.arange(cores))


def test_what_does_not_matter_is_remarked_on(tmp_path):
    big_model(tmp_path / "m.json", 2)
    text = (tmp_path / "m.json").read_text()
    text = text.replace('"coreCount": 2', '"coreCount": 2, "colour": "red"').replace('"id": 1,', '"id": 1, "mood": 3,')
    text = text.replace('"b1": false', '"b1": true').replace('{"model"', '{"author": "me", "model"')
    (tmp_path / "m.json").write_text(text)
    _, remarks = read_model(tmp_path / "m.json")
    assert remarks == (
        "ignored: 'author'",
        "ignored: 'model.colour'",
        "ignored: 'core.mood'",
        "2 neurons are stochastic: IBM's generator is not published, so they follow the same distributions, "
        "not the same draws",
    )
