"""Two runs beside each other: what is compared, how differences are said, and the page."""

from __future__ import annotations

import pytest
from page_cases import EVIL, Reader, reported, view_of

from neurocore.report.comparison import Compared, compare_figures, comparison_text, difference
from neurocore.report.comparison_page import comparison_page
from neurocore.report.html import html
from neurocore.verbs.reporting import _names


def compared(first, second):
    return Compared(key="k", label="k", first=first, second=second, shown_first="", shown_second="")


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (100, 150, "+50.0%"),
        (200, 150, "-25.0%"),
        (7, 7, "equal"),
        (0, 0, "equal"),
        (0, 5, ""),
        (None, 5, ""),
        (5, None, ""),
        (1e6, 1e6 + 1, "+1.0e-06"),
        (2, 44, "22 x"),
        (1000, 1, "0.001 x"),
        (5, 0, "0 x"),
    ],
)
def test_differences_are_said_so_that_small_and_large_ones_are_seen(first, second, said):
    assert difference(compared(first, second)) == said


def test_the_figures_are_those_of_the_two_summaries():
    a, b = reported(spikes=300), reported(spikes=600, classified=True)
    found = {figure.key: figure for figure in compare_figures(a.as_dict(), b.as_dict())}
    spikes = found["spikes"]
    assert (spikes.first, spikes.second) == (a.summary.spikes, b.summary.spikes)
    assert spikes.relative == b.summary.spikes / a.summary.spikes - 1
    assert found["accuracy"].first is None and found["accuracy"].shown_first == "none"
    point = a.estimate.as_dict()["throughput"]["nominal"]
    assert found["power_whole_chip"].first == point["power_w_whole_chip"]
    assert found["fastest_tick"].relative == 0
    assert len(found) == len(compare_figures(a.as_dict(), b.as_dict()))  # keys differ


def test_the_text_is_a_table():
    a, b = reported(spikes=300), reported(spikes=600)
    lines = comparison_text(("one", "two"), compare_figures(a.as_dict(), b.as_dict())).splitlines()
    assert lines[0].split() == ["one", "two", "difference"]
    assert next(line for line in lines if line.startswith("cores used")).split()[-3:] == ["3", "3", "equal"]
    assert all(len(line) <= len(lines[0]) for line in lines)


def test_the_page_shows_both_runs_beside_each_other(tmp_path):
    runs = reported(spikes=300, name=EVIL), reported(spikes=600, classified=True, cores=4)
    views = tuple(view_of(tmp_path, run, {"seed": 0, "image_digest": "same"}) for run in runs)
    figures = compare_figures(runs[0].as_dict(), runs[1].as_dict())
    page = html(comparison_page(("one", f"two{EVIL}"), views, figures))
    read = Reader(page)
    assert not read.all("script") and f"one and two{EVIL}" in read.text
    assert "Spikes: one" in read.text and f"Spikes: two{EVIL}" in read.text
    assert "Confusion" not in read.text  # the first run has none
    pictures = read.all("img")
    assert len(pictures) % 2 == 0 and len(pictures) >= 16
    (ran,) = comparison_page(("a", "b"), views, figures).sections[2].tables
    rows = {row[0]: row for row in ran.rows}
    assert rows["image digest (SHA-256)"][3] == "" and rows["network"][3] == "differs"


def test_runs_are_told_apart_by_as_much_of_their_path_as_it_takes(tmp_path):
    assert _names(tmp_path / "a", tmp_path / "b") == ("a", "b")
    assert _names(tmp_path / "x/run", tmp_path / "y/run") == ("x/run", "y/run")
    assert _names(tmp_path / "run", tmp_path / "run") == ("run (first)", "run (second)")
