"""The picture of the placement: every core has the colours of its neurons' populations, at its place, and square."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from report_cases import plain_image, with_populations

from neurocore.report.palette import AREAS, area, new_figure
from neurocore.report.placement import RELAYS, UNUSED, draw_placement, residents, stripes
from neurocore.report.rendering import write_figure


def picture(figure):
    """The drawn data by place: (x, y) -> the colours of the core's square from left to right."""
    shown = figure.axes[0].get_images()[0]
    x0, x1, y1, y0 = shown.get_extent()
    data = np.asarray(shown.get_array())
    rows, wide = data.shape[0], data.shape[1] // round(x1 - x0)
    assert rows == round(y1 - y0)
    return {
        (round(x0 + 0.5) + x, round(y0 + 0.5) + y): [to_hex(colour) for colour in data[y, x * wide : (x + 1) * wide]]
        for x in range(round(x1 - x0))
        for y in range(rows)
    }


def entries(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def mixed():
    """Five cores of 16 neurons, not side by side: all a; a and b; b and c; c and relays; relays and copies of a."""
    image = with_populations(plain_image(5), {"a": 24, "b": 16, "c": 12}, copies=4)
    places = np.array([[3, 4], [0, 0], [7, 7], [2, 6], [5, 1]], np.int32)
    return replace(image, core_xy=places)


def test_every_core_has_the_colours_of_its_populations():
    image = mixed()
    drawn = picture(draw_placement(image))
    a, b, c = (area(k).lower() for k in range(3))
    shares = {
        (3, 4): {a: 16},
        (0, 0): {a: 8, b: 8},
        (7, 7): {b: 8, c: 8},
        (2, 6): {c: 4, RELAYS: 12},
        (5, 1): {a: 4, RELAYS: 12},
    }
    for place, colours in drawn.items():
        expected = shares.get(place, {UNUSED: 16})
        assert {colour: colours.count(colour) * 16 / len(colours) for colour in dict.fromkeys(colours)} == expected


def test_the_counts_are_those_of_the_logical_map():
    image = mixed()
    who = residents(image)
    there = image.logical
    assert who.names == ("a", "b", "c", "relays")
    counts = np.zeros_like(who.counts)
    for logical, core in zip(there.instance_logical.tolist(), there.instance_core.tolist(), strict=True):
        kind = next(k for k, group in enumerate(there.populations) if logical < group.stop)
        counts[core, kind] += 1
    counts[:, 3] = image.neuron_used.sum(axis=1) - counts.sum(axis=1)
    assert (who.counts == counts).all()


@settings(max_examples=examples(60), deadline=None, derandomize=True)
@given(st.lists(st.lists(st.integers(0, 256), min_size=3, max_size=3), min_size=1, max_size=9), st.integers(1, 48))
def test_stripes_fill_the_square_and_keep_the_shares(rows, columns):
    counts = np.array(rows) + np.array([0, 0, 1])
    drawn = stripes(counts, columns)
    assert drawn.shape == (len(rows), columns)
    share = counts * columns / counts.sum(axis=1, keepdims=True)
    found = np.stack([(drawn == kind).sum(axis=1) for kind in range(3)], axis=1)
    assert (np.abs(found - share) < 1).all()
    if columns == 1:
        assert (counts[np.arange(len(rows)), drawn[:, 0]] == counts.max(axis=1)).all()


def test_the_legend_names_what_is_there_and_counts_neurons():
    assert entries(draw_placement(mixed())) == [
        "a (28)",
        "b (16)",
        "c (12)",
        "relays (24)",
        "unused cores",
    ]
    whole = with_populations(plain_image(4, grid=(2, 2)), {"_a": 60, "$b$": 4})
    assert entries(draw_placement(whole)) == ["_a (60)", "$b$ (4)"]


@pytest.mark.parametrize(
    ("populations", "last"), [(12, "p11 (1)"), (13, "and 2 more (2)"), (24, "and 13 more (13)\ncolours repeat")]
)
def test_many_populations_share_a_line_of_the_legend(populations, last):
    image = with_populations(plain_image(2), {f"p{k}": 1 for k in range(populations)})
    assert entries(draw_placement(image))[11] == last


def test_twenty_populations_have_colours_of_their_own():
    assert len({area(k) for k in range(20)} | {RELAYS, UNUSED}) == 22
    assert area(20) == AREAS[0] == area(0) != area(10)


def test_broken_cores_are_crossed_out_and_chips_have_borders():
    image = with_populations(plain_image(3, grid=(2, 2), chips=(2, 2), broken_cores=((3, 3),)), {"a": 48})
    figure = draw_placement(image)
    crosses = next(line for line in figure.axes[0].lines if line.get_marker() == "x")
    assert (crosses.get_xdata().tolist(), crosses.get_ydata().tolist()) == ([3], [3])
    assert "broken cores" in entries(figure)
    assert picture(figure)[3, 3] == picture(figure)[3, 2] == [UNUSED] * 48
    edges = [lines for lines in figure.axes[0].collections if lines.get_linewidth()[0] == 1.5]
    assert [
        sorted({float(x) for line in lines.get_segments() for x in line[:, k]}) for k, lines in enumerate(edges)
    ] == [
        [-0.5, 1.5, 3.5],
        [-0.5, 1.5, 3.5],
    ]


def test_an_imported_image_has_one_colour():
    figure = draw_placement(plain_image(3))
    assert entries(figure) == ["population unknown (48)", "unused cores"]
    assert picture(figure)[1, 0] == [area(0).lower()] * 48


SIZES = {
    "one core": lambda: with_populations(plain_image(1, grid=(64, 64)), {"a": 16}),
    "a whole chip": lambda: with_populations(plain_image(4096, grid=(64, 64), neurons=1, axons=1), {"a": 4000}),
    "a column": lambda: with_populations(plain_image(40, grid=(1, 64)), {"a": 16}),
    "a row": lambda: with_populations(plain_image(40, grid=(64, 1)), {"a" * 90: 600}),
    "many names": lambda: with_populations(plain_image(8, grid=(64, 1)), {f"{k}" * 60: 5 for k in range(14)}),
    "nothing": lambda: plain_image(0),
}


@pytest.mark.parametrize("size", SIZES)
def test_cores_are_square_and_nothing_is_cut_or_overlaps(size, tmp_path):
    figure = draw_placement(SIZES[size]())
    write_figure(figure, tmp_path / "placement.png")
    axes = figure.axes[0]
    box, (x0, x1), (y1, y0) = axes.get_window_extent(), axes.get_xlim(), axes.get_ylim()
    assert box.width / (x1 - x0) == pytest.approx(box.height / (y1 - y0), rel=0.01)
    page = figure.bbox
    words = [axes.get_legend(), axes.title, axes.xaxis.label, axes.yaxis.label, axes._left_title]
    for part in words:
        part = part.get_window_extent()
        assert page.x0 <= part.x0 and part.x1 <= page.x1 and page.y0 <= part.y0 and part.y1 <= page.y1
    assert axes.get_legend().get_window_extent().x0 > box.x1


def test_it_draws_into_given_axes():
    figure = new_figure(12, 5)
    left, right = figure.subplots(1, 2)
    assert draw_placement(mixed(), ax=right) is figure
    assert not left.get_images() and len(right.get_images()) == 1
