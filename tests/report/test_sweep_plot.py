"""Pictures of sweeps show the values where they belong."""

from __future__ import annotations

import numpy as np
import pytest

from neurocore.errors import RunError
from neurocore.report.sweep_plot import draw_sweep


def axes_of(figure):
    """The picture's axes, drawn."""
    figure.canvas.draw()
    return figure.axes[0]


def test_a_line_joins_the_values_in_order_of_the_parameter():
    figure = draw_sweep({"rate_hz": (20, 5, 10)}, np.array([2.0, 0.5, np.nan]), "power (W)", "title\nsecond")
    ax = axes_of(figure)
    x, y = ax.lines[0].get_data()
    np.testing.assert_array_equal(x, [5, 10, 20])
    np.testing.assert_array_equal(y, [0.5, np.nan, 2.0])
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title("left")) == ("rate_hz", "power (W)", "title\nsecond")
    assert ax.lines[0].get_linestyle() == "-"
    assert [text.get_text() for text in ax.get_xticklabels()] == ["5", "10", "20"]


def test_words_are_points_without_a_line():
    ax = axes_of(draw_sweep({"packing": ("tiles", "linear")}, np.array([3.0, 4.0]), "cores", "t"))
    assert ax.lines[0].get_linestyle() == "None"
    assert [text.get_text() for text in ax.get_xticklabels()] == ["tiles", "linear"]


def test_a_map_has_the_first_parameter_along_x():
    heights = np.array([[1.0, 2.0], [3.0, np.nan], [5.0, 6.0]])
    ax = axes_of(draw_sweep({"rate": (10, 20, 30), "synapses": (64, 128)}, heights, "GSOPS", "t"))
    cells = ax.collections[0].get_array()
    np.testing.assert_array_equal(cells.filled(-1), [[1, 3, 5], [2, -1, 6]])
    written = {(text.get_position()[0], text.get_position()[1]): text.get_text() for text in ax.texts}
    assert written == {(0, 0): "1", (0, 1): "2", (1, 0): "3", (1, 1): "x", (2, 0): "5", (2, 1): "6"}
    assert [text.get_text() for text in ax.get_xticklabels()] == ["10", "20", "30"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["64", "128"]


def test_scales_place_cells_in_proportion_or_by_logarithm():
    heights = np.array([[1.0, 10.0], [100.0, 1000.0], [1.0, 1.0]])
    scales = {"a": "log", "b": "linear", "figure": "log"}
    ax = axes_of(draw_sweep({"a": (1, 100, 10), "b": (0, 4)}, heights, "GSOPS", "t", scales))
    corners = ax.collections[0].get_coordinates()
    np.testing.assert_allclose(corners[0, :, 0], [10**-0.5, 10**0.5, 10**1.5, 10**2.5])
    np.testing.assert_allclose(corners[:, 0, 1], [-2, 2, 6])
    np.testing.assert_array_equal(ax.collections[0].get_array(), [[1, 1, 100], [10, 1, 1000]])
    assert type(ax.collections[0].norm).__name__ == "LogNorm"
    assert ax.get_xscale() == "log" and ax.get_yscale() == "linear"


def test_a_log_line():
    ax = axes_of(draw_sweep({"a": (1, 10)}, np.array([1.0, 5.0]), "f", "t", {"a": "log", "figure": "log"}))
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (30, 2)])
@pytest.mark.parametrize("value", [0.0, 7.0, np.nan])
def test_any_number_of_values_is_drawn_even_if_all_are_equal_or_missing(shape, value):
    axes = {name: tuple(range(1, size + 1)) for name, size in zip("ab", shape, strict=True)}
    for scales in ({}, {"a": "log", "b": "linear"}):
        axes_of(draw_sweep(axes, np.full(shape, value), "f", "t", scales))
    axes_of(draw_sweep({"a": axes["a"]}, np.full(shape[0], value), "f", "$t$ <b>"))


def test_what_cannot_be_drawn_is_told():
    three = {"a": (1,), "b": (1,), "c": (1,)}
    with pytest.raises(RunError, match="3 parameters cannot be drawn"):
        draw_sweep(three, np.ones((1, 1, 1)), "f", "t")
    with pytest.raises(RunError, match="the values of a are not numbers\n  fix: leave a=log out of --axes"):
        draw_sweep({"a": ("x", "y")}, np.ones(2), "f", "t", {"a": "log"})
    with pytest.raises(RunError, match="a has the value 0: no logarithm"):
        draw_sweep({"a": (0, 1)}, np.ones(2), "f", "t", {"a": "log"})
    with pytest.raises(RunError, match="f has the value -1: no logarithm"):
        draw_sweep({"a": (0, 1), "b": (1, 2)}, np.full((2, 2), -1.0), "f", "t", {"figure": "log"})
