"""Spike tables round-trip, keep their order where it matters, and are refused with file and line."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.errors import NeurocoreError, SpikeFileError
from neurocore.formats.ibm_spikes import write_sfti
from neurocore.formats.spike_tables import read_axon_events, read_pin_spikes, write_axon_events, write_output_spikes
from neurocore.spikes import AxonEvents, OutputSpikes

EVENTS = st.lists(st.tuples(st.integers(0, 2**40), st.integers(0, 2**31 - 1), st.integers(0, 1023)), max_size=20)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(rows=EVENTS, suffix=st.sampled_from([".csv", ".npz"]))
def test_axon_events_round_trip(
    rows: list[tuple[int, int, int]], suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("events") / f"e{suffix}"
    columns = np.array(rows, np.int64).reshape(-1, 3)
    events = AxonEvents.sorted(columns[:, 0], columns[:, 1], columns[:, 2])
    write_axon_events(events, path)
    back = read_axon_events(path)
    for name in ("tick", "core", "axon"):
        assert np.array_equal(getattr(back, name), getattr(events, name))
        assert getattr(back, name).dtype == getattr(events, name).dtype


def test_rows_in_any_order_are_sorted_and_repeats_kept(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("tick, core, axon\n5,0,1\n\n2 , 1,0\n5,0,1\n")
    events = read_axon_events(tmp_path / "e.csv")
    assert (events.tick.tolist(), events.core.tolist(), events.axon.tolist()) == ([2, 5, 5], [1, 0, 0], [0, 1, 1])


def test_output_spikes_are_written_with_a_header(tmp_path: Path) -> None:
    spikes = OutputSpikes.sorted([3, 1], [0, 0], [7, 2])
    write_output_spikes(spikes, tmp_path / "o.csv")
    assert (tmp_path / "o.csv").read_text() == "tick,connector,pin\n1,0,2\n3,0,7\n"
    write_output_spikes(spikes, tmp_path / "o.npz")
    with np.load(tmp_path / "o.npz", allow_pickle=False) as file:
        assert file["pin"].tolist() == [2, 7]


def test_spikes_are_not_written_to_other_files(tmp_path: Path) -> None:
    with pytest.raises(NeurocoreError, match="spikes are not written as '.txt' files\n  fix: allowed: .csv, .npz"):
        write_output_spikes(OutputSpikes.sorted([], [], []), tmp_path / "o.txt")


def test_pin_spikes_keep_the_order_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("tick,index\n4,1\n0,3\n")
    assert read_pin_spikes(tmp_path / "p.csv").tolist() == [[4, 1], [0, 3]]
    np.savez(tmp_path / "p.npz", tick=np.array([4, 0], np.uint16), index=np.array([1, 3], np.int8))
    assert read_pin_spikes(tmp_path / "p.npz").tolist() == [[4, 1], [0, 3]]
    (tmp_path / "none.csv").write_text("tick,index\n")
    assert read_pin_spikes(tmp_path / "none.csv").shape == (0, 2)


def test_a_spike_file_of_another_simulator_drives_the_pins_of_one_input(tmp_path: Path) -> None:
    write_sfti(AxonEvents.sorted([1, 6], [0, 0], [3, 9]), tmp_path / "one.sfti")
    assert read_pin_spikes(tmp_path / "one.sfti").tolist() == [[0, 3], [5, 9]]
    write_sfti(AxonEvents.sorted([1, 6], [0, 2], [3, 9]), tmp_path / "two.sfti")
    with pytest.raises(SpikeFileError, match="to axons of several cores"):
        read_pin_spikes(tmp_path / "two.sfti")


@pytest.mark.parametrize(
    ("text", "line", "problem", "fix"),
    [
        ("", 1, "the first line is ''", "the first line must be 'tick,core,axon'"),
        ("tick,axon,core\n", 1, "the first line is 'tick,axon,core'", "the first line must be 'tick,core,axon'"),
        ("tick,core,axon\n1,2\n", 2, "'1,2' is not a row of 3 whole numbers", "write tick,core,axon"),
        ("tick,core,axon\n1,2,3\n\n1,2,x\n", 4, "'1,2,x' is not a row of 3 whole numbers", "write tick,core,axon"),
        ("tick,core,axon\n1,2,1_0\n", 2, "'1,2,1_0' is not a row", "write tick,core,axon"),
        ("tick,core,axon\n1.5,2,3\n", 2, "'1.5,2,3' is not a row", "write tick,core,axon"),
        ("tick,core,axon\n1,2,\u0663\n", 2, "is not a row", "write tick,core,axon"),
        ("tick,core,axon\n" + "9" * 400 + ",2,3\n", 2, "is not a row", "write tick,core,axon"),
    ],
)
def test_wrong_tables_name_file_line_and_fix(text: str, line: int, problem: str, fix: str, tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpikeFileError) as caught:
        read_axon_events(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert problem in caught.value.problem and fix in str(caught.value.fix)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("-1,0,0", "tick: row 1 (from 0) has tick -1\n  fix: allowed: 0 to 4611686018427387903"),
        ("1,0,-3", "axon: row 1 (from 0) has axon -3\n  fix: allowed: 0 to 2147483647"),
        ("1,2147483648,0", "core: row 1 (from 0) has core 2147483648\n  fix: allowed: 0 to 2147483647"),
    ],
)
def test_numbers_out_of_range_are_told_with_their_row(row: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text(f"tick,core,axon\n0,0,0\n{row}\n")
    with pytest.raises(SpikeFileError) as caught:
        read_axon_events(tmp_path / "e.csv")
    assert str(caught.value) == f"{tmp_path / 'e.csv'}: {expected}"


def test_wrong_archives_are_told(tmp_path: Path) -> None:
    path = tmp_path / "e.npz"
    wrong = {
        "holds no array named 'axon'": {"tick": [1], "core": [1], "axons": [1]},
        "differ in length": {"tick": [1], "core": [1, 2], "axon": [1]},
        "this array is float64": {"tick": [1.5], "core": [1], "axon": [1]},
        "of shape [1, 1]": {"tick": [[1]], "core": [1], "axon": [1]},
        "is too large": {"tick": [2**64 - 1], "core": [1], "axon": [1]},
        "Python objects": {"tick": [{}], "core": [1], "axon": [1]},
    }
    for problem, arrays in wrong.items():
        np.savez(path, **{name: np.array(column) for name, column in arrays.items()})
        with pytest.raises(SpikeFileError) as caught:
            read_axon_events(path)
        assert problem in str(caught.value) and str(path) in str(caught.value)


def test_missing_files_folders_and_other_kinds_are_told(tmp_path: Path) -> None:
    for name, problem in (("none.csv", "does not exist"), (".", "this is a folder"), ("e.txt", "from '.txt' files")):
        (tmp_path / "e.txt").write_text("x")
        with pytest.raises(SpikeFileError, match=problem):
            read_axon_events(tmp_path / name)
