"""Spikes as a table: every spike once, with its population where it has one."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np

from neurocore.arch import ChipSpec
from neurocore.formats import spikes_csv
from neurocore.formats.spikes_csv import write_spikes_csv
from neurocore.graph import Group
from neurocore.image import ChipImage, LogicalMap
from neurocore.recording import COUNTERS, Probe, Recording, Spikes


def recording_of(rows, cores=2):
    table = np.array(rows, np.int64).reshape(-1, 3)
    nothing = np.zeros(0)
    return Recording(
        start_tick=0,
        ticks=9,
        spikes=Spikes(table[:, 0], table[:, 1].astype(np.int32), table[:, 2].astype(np.int32)),
        counters=np.zeros((cores, len(COUNTERS)), np.int64),
        tick_counters=np.zeros((9, len(COUNTERS)), np.int64),
        probe=Probe.none(),
        probe_tick=nothing.astype(np.int64),
        potential=np.zeros((0, 0), np.int32),
        seed=0,
        wall_s=0.0,
    )


def image_of(name="b"):
    """Population a of 2 x 2 neurons in core 0, b of 1 in core 1, a[1, 1] copied to core 1, neuron 3 a relay."""
    image = ChipImage.blank("case", ChipSpec(axons=4, neurons=8, grid=(2, 1)), np.array([[0, 0], [1, 0]], np.int32))
    there = replace(
        LogicalMap.empty(),
        populations=(Group(name="a", start=0, shape=(2, 2)), Group(name=name, start=4, shape=(1,))),
        instance_logical=np.array([0, 1, 2, 3, 3, 4], np.int32),
        instance_core=np.array([0, 0, 0, 0, 1, 1], np.int32),
        instance_neuron=np.array([0, 1, 2, 3, 5, 0], np.int32),
    )
    return replace(image, logical=there)


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


ROWS = [(0, 0, 3), (2, 1, 0), (2, 1, 3), (8, 1, 5)]


def test_populations_indices_and_copies_are_named(tmp_path):
    write_spikes_csv(recording_of(ROWS), tmp_path / "s.csv", image_of())
    assert read(tmp_path / "s.csv") == [
        ["tick", "core", "neuron", "population", "index", "copy"],
        ["0", "0", "3", "a", "3", "0"],
        ["2", "1", "0", "b", "0", "0"],
        ["2", "1", "3", "", "", ""],
        ["8", "1", "5", "a", "3", "1"],
    ]


def test_names_that_would_break_the_table_are_quoted(tmp_path):
    write_spikes_csv(recording_of(ROWS), tmp_path / "s.csv", image_of('x,"y"\n'))
    assert read(tmp_path / "s.csv")[2] == ["2", "1", "0", 'x,"y"\n', "0", "0"]


def test_an_image_without_a_map_leaves_the_columns_empty(tmp_path):
    image = replace(image_of(), logical=LogicalMap.empty())
    write_spikes_csv(recording_of(ROWS), tmp_path / "s.csv", image)
    assert [row[3:] for row in read(tmp_path / "s.csv")[1:]] == [["", "", ""]] * 4


def test_without_an_image_there_are_three_columns(tmp_path):
    write_spikes_csv(recording_of([]), tmp_path / "none.csv")
    assert read(tmp_path / "none.csv") == [["tick", "core", "neuron"]]


def test_pieces_join_without_a_seam(tmp_path, monkeypatch):
    monkeypatch.setattr(spikes_csv, "_ROWS", 3)
    rows = [(tick, core, neuron) for tick in range(9) for core in range(2) for neuron in (0, 3)]
    write_spikes_csv(recording_of(rows), tmp_path / "s.csv", image_of())
    found = read(tmp_path / "s.csv")[1:]
    assert [tuple(map(int, row[:3])) for row in found] == rows
    assert [row[3] for row in found[:4]] == ["a", "a", "b", ""]
