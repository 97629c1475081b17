"""Tables of spikes and camera events are understood by their headers, in all dialects; what is wrong is told."""

from __future__ import annotations

from pathlib import Path

import h5py
import nir
import numpy as np
import pytest

from neurocore.errors import ConfigError, NeurocoreError, SpikeFileError
from neurocore.formats.events.binning import Binned
from neurocore.formats.events.files import addresses_axons, read_events_file
from neurocore.formats.ibm_spikes import write_sfti
from neurocore.network import EventFile
from neurocore.spikes import AxonEvents


def read(path: Path, shape: tuple[int, ...] = (12,), tick_s: float = 1e-3, **wanted) -> Binned:
    return read_events_file(path, EventFile(file=path.name, **wanted), shape, "i", tick_s)


@pytest.mark.parametrize(
    "text",
    [
        "tick,index\n1,0\n5,11\n",
        "index , tick\n0,1\n11 , 5\n\n",
        "time_ms,index\n1.0,0\n5.99,11\n",
        "time_s,id\n1e-3,0\n.005,11\n",
        "time_us index\n1000 0\n5999.9 11\n",
        "# NEST version: 3.8\n# RecordingBackendASCII version: 2\nsender\ttime_ms\n1\t1.000\n12\t5.500\n",
        "# NEST version: 3.9\n# RecordingBackendASCII version: 2\n# sender\ttime_ms\n1\t1.000\n12\t5.500\n",
        "sender\ttime_step\ttime_offset\n1\t1\t0.000\n12\t5\t-0.0\n",
        "neuron,timestep\nin.0,2\nin.11,6\n",
        "timestamps population node_ids\n1.0 a 0\n5.25 a 11\n",
        "tick,core,neuron,population,index,copy\n1,0,7,in,0,0\n1,3,7,in,0,1\n2,3,8,,,\n5,0,7,in,11,0\n",
    ],
    ids=["plain", "columns", "ms", "s", "us", "nest", "newer nest", "nest steps", "sana-fe", "sonata", "ours"],
)
def test_every_dialect_says_the_same(text, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(text)
    assert read(path).spikes.tolist() == [[1, 0], [5, 11]]
    assert not addresses_axons(path)


def test_the_length_of_a_tick_is_the_chips_or_the_given_one_and_is_said(tmp_path):
    (tmp_path / "t.csv").write_text("time_ms,index\n3,0\n4,0\n9,1\n")
    assert read(tmp_path / "t.csv", tick_s=5e-4).spikes.tolist() == [[6, 0], [8, 0], [18, 1]]
    binned = read(tmp_path / "t.csv", tick_ms=2, start_ms=3, stop_ms=9)
    assert binned.spikes.tolist() == [[0, 0]]
    assert binned.sentence("i") == (
        "i: 3 events of t.csv became 1 spikes in ticks 0 to 0 of 2 ms; 1 after stop_ms, "
        "1 merged with another of the same pin and tick"
    )


def test_one_of_several_populations_is_read(tmp_path):
    (tmp_path / "t.csv").write_text('neuron,timestep\na.0,1\nb.b.3,1\n"a".2,9\na.1,4\n')
    assert read(tmp_path / "t.csv", population="b.b").spikes.tolist() == [[0, 3]]
    assert read(tmp_path / "t.csv", population="a").spikes.tolist() == [[0, 0], [3, 1]]
    with pytest.raises(SpikeFileError, match=r"several populations\n  fix: add population: one of .*a, b.b"):
        read(tmp_path / "t.csv")


def test_ids_may_begin_anywhere(tmp_path):
    (tmp_path / "t.dat").write_text("sender time_ms\n101 1\n104 2\n")
    assert read(tmp_path / "t.dat", (4,), first_id=101).spikes.tolist() == [[1, 0], [2, 3]]
    with pytest.raises(SpikeFileError, match="of neuron 101; the 4 pins of 'i' take 1 to 4\n  fix: set first_id"):
        read(tmp_path / "t.dat", (4,))


def test_ibms_spikes_drive_pins(tmp_path):
    write_sfti(AxonEvents.sorted([2, 6], [0, 0], [0, 11]), tmp_path / "t.sfti")
    assert read(tmp_path / "t.sfti").spikes.tolist() == [[1, 0], [5, 11]]
    assert addresses_axons(tmp_path / "t.sfti")
    (tmp_path / "t.csv").write_text("tick,core,axon\n")
    assert addresses_axons(tmp_path / "t.csv")
    np.savez(tmp_path / "t.npz", tick=[1], core=[0], axon=[1])
    assert addresses_axons(tmp_path / "t.npz")


def test_archives_hold_columns_or_populations(tmp_path):
    path = tmp_path / "t.npz"
    np.savez(path, time_s=np.array([1e-3, 5e-3], np.float32), sender=np.array([1, 12], np.uint8))
    assert read(path).spikes.tolist() == [[1, 0], [5, 11]]
    np.savez(path, **{"a.tick": [1], "a.index": [2], "b.c.tick": [3], "b.c.index": [4]})
    assert read(path, population="b.c").spikes.tolist() == [[3, 4]]
    with pytest.raises(SpikeFileError, match="it holds 2 populations\n  fix: add population: one of a, b.c"):
        read(path)
    with pytest.raises(SpikeFileError, match="it holds no population 'd'"):
        read(path, population="d")


def test_nirs_own_writer_is_understood(tmp_path):
    path = tmp_path / "t.nir"
    events = nir.EventData(
        np.array([[0, 11, -1], [3, -1, -1]]), np.array([[1e-3, 5e-3, np.inf], [2e-3, np.inf, np.inf]]), 12, 0.01
    )
    grid = np.zeros((1, 6, 12), bool)
    grid[0, [1, 5], [0, 11]] = True
    inner = nir.NIRNodeData({"spikes": nir.TimeGriddedData(grid, 1e-3)})
    volts = nir.TimeGriddedData(np.ones((1, 2, 12)), 1e-3)
    nir.write_data(path, nir.NIRGraphData({"n": inner, "m": nir.NIRNodeData({"spikes": events, "v": volts})}))
    with h5py.File(path, "r+") as file:  # a graph in the graph: nir 1.0.8 reads them and fails to write them
        file.create_group("nodes/g/nodes").attrs["__type__"] = "NIRGraphData"
        file.move("nodes/n", "nodes/g/nodes/n")
    assert read(path, population="m").spikes.tolist() == [[1, 0], [5, 11]]
    assert read(path, population="m/spikes", sample=1).spikes.tolist() == [[2, 3]]
    assert read(path, population="g/n").spikes.tolist() == [[1, 0], [5, 11]]
    assert read(path, population="g/n", tick_ms=5).spikes.tolist() == [[0, 0], [1, 11]]
    for wanted, problem in (
        ({}, "it holds 3 observables\n  fix: add population: one of g/n/spikes, m/spikes, m/v"),
        ({"population": "q"}, "it holds no node 'q'"),
        ({"population": "m/v"}, "it holds float64 of shape"),
        ({"population": "m", "sample": 2}, "there is no sample 2\n  fix: its 2 samples are numbered from 0"),
    ):
        with pytest.raises(SpikeFileError) as caught:
            read(path, **wanted)
        assert problem in str(caught.value) and str(path) in str(caught.value)


WRONG = {
    "": "the file is empty",
    "a,b\n1,2\n": "no line names the columns; the first of data is 'a,b'",
    "tick,tick,index\n": "a column is there twice",
    "tick,time_ms,index\n": "several columns are the time",
    "tick,core\n1,2\n": "no column is the number of the neuron",
    "t,x,y\n1,2,3\n": "no column is the polarity",
    "t,index\n1,2\n": "the unit of the column 't' is not said",
    "tick,index\n1\n": "t.csv:2: '1' does not fit the columns tick, index",
    "tick,index\n1,2\n1.5,2\n": "t.csv:3: '1.5,2' does not fit",
    "tick,index\n-1,2\n": "a spike has the time -1; its ticks are numbered from 0",
    "neuron,timestep\na.1,0\n": "a spike has the time 0; its ticks are numbered from 1",
    "neuron,timestep\na,1\n": "'a' is no neuron",
    "time_ms,index\n1e400,2\n": "a time is not finite",
    "time_ms,index\n1e30,2\n": "an event falls beyond tick",
    "time_ms,index\nnan,2\n": "does not fit",
    "tick,index\n1,\u0663\n": "does not fit",
    "tick,index\n1,12\n": "a spike is of neuron 12; the 12 pins of 'i' take 0 to 11",
    "sender time_step time_offset\n1 1 0.05\n": "spikes between its steps",
    "tick,index\n" + "1" * 5000: "this line is too long",
}


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_wrong_tables_name_the_file_and_what_to_do(text, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpikeFileError) as caught:
        read(path)
    assert WRONG[text] in str(caught.value) and str(path) in str(caught.value) and "\n  fix: " in str(caught.value)


@pytest.mark.parametrize(
    ("text", "wanted", "problem"),
    [
        ("tick,index\n1,1\n", {"tick_ms": 2}, "tick_ms: t.csv counts ticks already, not time"),
        ("tick,index\n1,1\n", {"sample": 1}, "sample: t.csv holds no samples"),
        ("time_ms,index\n1,1\n", {"crop": [0, 0, 2, 2]}, "crop: t.csv is a table of spikes: its spikes have no pixels"),
        ("time_ms,index\n1,1\n", {"start_ms": 5, "stop_ms": 5}, "stop_ms: nothing lies between start_ms and stop_ms"),
        ("tick,index\n1,1\n", {"population": "a"}, "it has no column that names populations"),
        ("t,x,y,p\n1,1,1,1\n", {"first_id": 1}, "first_id: t.csv is a table of camera events: its events have pixels"),
        ("t,x,y,p\n1,1,1,1\n", {}, "crop: t.csv does not say how many pixels the camera has"),
        ("t,x,y,p\n1,1,1,1\n", {"crop": [0, 0, 3, 0]}, "crop: [0, 0, 3, 0] keeps no pixel"),
        (
            "t,x,y,p\n1,1,1,1\n",
            {"crop": [0, 0, 3, 4]},
            "polarity: 3 x 4 pixels, down 1, polarity both do not fit the shape [12]",
        ),
    ],
)
def test_options_that_do_not_fit_the_file_are_told(text, wanted, problem, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text(text)
    with pytest.raises(NeurocoreError) as caught:
        read(Path("t.csv"), **wanted)
    assert problem in str(caught.value) and caught.value.fix
    assert isinstance(caught.value, (ConfigError, SpikeFileError))


def test_other_files_are_told(tmp_path):
    (tmp_path / "x.dat").write_bytes(b"\x01\x00\x02")
    np.savez(tmp_path / "w.npz", w=[1])
    np.savez(tmp_path / "f.npz", tick=[1.5], index=[1])
    np.savez(tmp_path / "l.npz", tick=[1], index=[1, 2])
    for name, problem in (
        ("none", "does not exist"),
        (".", "this is a folder"),
        ("x.dat", "its content is not known: it begins with 01 00 02"),
        ("w.npz", "it holds no populations"),
        ("f.npz", "this array is float64"),
        ("l.npz", "its arrays differ in length: tick 1, index 2"),
    ):
        with pytest.raises(SpikeFileError, match=problem):
            read(tmp_path / name)
