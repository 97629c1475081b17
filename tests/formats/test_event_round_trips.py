"""Spikes that are written for other tools are read back the same, whatever the format and the length of a tick."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import h5py
import nir
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.errors import MissingExtraError, NeurocoreError
from neurocore.formats.events.binning import tick_of
from neurocore.formats.events.files import read_events_file
from neurocore.formats.events.nir_data import write_nir_data
from neurocore.formats.events.sonata import write_sonata
from neurocore.formats.events.written import write_nest, write_pins_csv, write_populations_npz, write_sanafe
from neurocore.network import EventFile
from neurocore.trains import PopulationSpikes

Writer = Callable[[Sequence[PopulationSpikes], Path, float], None]
WRITERS: dict[str, Writer] = {
    "s.sanafe.csv": lambda spikes, path, tick_s: write_sanafe(spikes, path),
    "s.npz": lambda spikes, path, tick_s: write_populations_npz(spikes, path),
    "s.nir": write_nir_data,
    "s.h5": write_sonata,
}
TICK_S = st.sampled_from([1e-3, 1e-4, 2.5e-5, 1 / 3000, 0.1])
SPIKES = st.sets(st.tuples(st.integers(0, 2**22), st.integers(0, 5)), max_size=12)


def population(name: str, pairs: set[tuple[int, int]], shape: tuple[int, ...] = (2, 3)) -> PopulationSpikes:
    found = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    tick, neuron = found[:, 0], found[:, 1].astype(np.int32)
    none = np.zeros(0, np.int32)
    return PopulationSpikes(name=name, shape=shape, start_tick=0, ticks=2**23, tick=tick, neuron=neuron, pruned=none)


def back(path: Path, size: int, tick_s: float, **wanted) -> list[tuple[int, int]]:
    binned = read_events_file(path, EventFile(file=path.name, **wanted), (size,), "i", tick_s)
    assert binned.merged == 0
    assert binned.events == len(binned.spikes)
    return [tuple(pair) for pair in binned.spikes.tolist()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written")


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(a=SPIKES, b=SPIKES, tick_s=TICK_S)
def test_two_populations_come_back(name, folder, a, b, tick_s):
    path = folder / name
    WRITERS[name]([population("a", a), population("b.2", b)], path, tick_s)
    for chosen, pairs in (("a", a), ("b.2", b)):
        if name != "s.sanafe.csv" or pairs:  # a table says nothing of the silent
            assert back(path, 6, tick_s, population=chosen) == sorted(pairs)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(a=SPIKES, b=SPIKES, tick_s=TICK_S)
def test_nest_numbers_the_neurons_of_all_populations_from_1(folder, a, b, tick_s):
    path = folder / "s.nest.csv"
    write_nest([population("a", a), population("b", b)], path, tick_s)
    both = sorted(a | {(tick, 6 + index) for tick, index in b})
    assert back(path, 12, tick_s) == both
    table = [line.split("\t") for line in path.read_text().splitlines()[3:]]
    assert [int(sender) for sender, _ in table] == [index + 1 for _, index in both]
    assert np.allclose([float(time) for _, time in table], [tick * tick_s * 1e3 for tick, _ in both], rtol=1e-12)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(a=SPIKES)
def test_one_population_comes_back_without_being_named(folder, a):
    one = population("a", a)
    for name, write in WRITERS.items():
        write([one], folder / name, 1e-3)
        assert back(folder / name, 6, 1e-3) == sorted(a)
    write_pins_csv(one, folder / "s.csv")
    assert back(folder / "s.csv", 6, 1e-3) == sorted(a)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    tick=st.integers(0, 2**40), tick_s=st.sampled_from([1e-3, 1e-4, 1 / 3000, 3e-7]), unit_s=st.sampled_from([1, 1e-3])
)
def test_a_ticks_own_time_lies_in_the_tick(tick, tick_s, unit_s):
    time = np.array([tick * tick_s / unit_s])
    assert tick_of(time, unit_s / tick_s).tolist() == [tick]
    if tick < 2**30:
        assert tick_of(time + 0.5 * tick_s / unit_s, unit_s / tick_s).tolist() == [tick]
        assert tick_of(time - 1e-3 * tick_s / unit_s, unit_s / tick_s).tolist() == [tick - 1]


def test_what_is_written_is_what_the_formats_own_readers_expect(tmp_path):
    one, two = population("a", {(3, 5), (1, 0)}), population("b", {(2, 1)})
    write_sanafe([one, two], tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "neuron,timestep\na.0,2\nb.1,3\na.5,4\n"
    write_nest([one, two], tmp_path / "t.dat", 1e-3)
    lines = (tmp_path / "t.dat").read_text().splitlines()
    assert [line[0] for line in lines[:3]] == ["#", "#", "s"]
    assert lines[2:] == ["sender\ttime_ms", "1\t1.000", "8\t2.000", "6\t3.000"]
    write_nir_data([one], tmp_path / "t.nir", 1e-3)
    data = nir.read_data(str(tmp_path / "t.nir")).nodes["a"].observables["spikes"]
    assert (data.idx.tolist(), data.time.tolist(), data.n_neurons) == ([[0, 5]], [[0.001, 0.003]], 6)
    assert data.to_time_gridded(1e-3).data.shape[2] == 6
    write_sonata([one], tmp_path / "t.h5", 1e-3)
    with h5py.File(tmp_path / "t.h5") as file:
        group = file["spikes/a"]
        assert group["timestamps"].dtype == np.float64 and group["node_ids"].dtype == np.uint64
        assert group["timestamps"].attrs["units"] == "ms"
        assert (file.attrs["magic"], file.attrs["version"].tolist()) == (0x0A7A, [0, 1])
        assert h5py.check_enum_dtype(group.attrs.get_id("sorting").dtype) == {"none": 0, "by_id": 1, "by_time": 2}
        assert group.attrs["sorting"] == 2


def test_a_name_that_would_break_the_table_is_refused(tmp_path):
    with pytest.raises(NeurocoreError, match="cannot be named in this table"):
        write_sanafe([population("a,b", set())], tmp_path / "t.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("package", "write", "extra"), [("h5py", write_sonata, "events"), ("nir", write_nir_data, "nir")]
)
def test_a_missing_package_is_named_with_its_extra(package, write, extra, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"'{package}'.*\n.*neurocore\[{extra}\]"):
        write([population("a", set())], tmp_path / "t", 1e-3)
    assert not list(tmp_path.iterdir())
