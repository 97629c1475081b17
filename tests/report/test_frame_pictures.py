"""The pictures of a classifier's frames: votes by class, examples with their spikes, energy against accuracy."""

from __future__ import annotations

import numpy as np
import pytest
from report_cases import plain_image, recorded, texts, with_populations

from neurocore.network import Classify
from neurocore.report.class_votes import draw_class_votes, margin_of, mean_votes
from neurocore.report.classifier import ClassifierResult, score
from neurocore.report.example_frames import (
    ShownFrames,
    choose_examples,
    draw_examples,
    examples_of,
    layers_shown,
    spikes_in_frame,
    square_of,
)
from neurocore.report.frame_energy import FramePoint, draw_frame_energy
from neurocore.report.palette import new_figure
from neurocore.report.published_frames import PUBLISHED
from neurocore.report.rows import rows_of, spike_rows

WANTED = Classify(population="digit", classes=3, labels=[0], latency=2)
VOTES = np.array([[5, 1, 0], [3, 2, 2], [0, 4, 1], [1, 2, 6], [2, 0, 1]])
LABELS = np.array([0, 0, 1, 1, 0])


def scored(votes: np.ndarray = VOTES, labels: np.ndarray = LABELS) -> ClassifierResult:
    return score(votes, labels, WANTED)


def test_mean_votes_are_over_the_frames_of_each_class():
    mean = mean_votes(scored())
    np.testing.assert_allclose(mean[:2], [[10 / 3, 1, 1], [0.5, 3, 3.5]])
    assert np.isnan(mean[2]).all()
    assert margin_of(scored()) == pytest.approx(((5 + 3 + 4 + 2 + 2) / 5, (1 + 2 + 1 + 6 + 1) / 5))


def test_votes_by_class_are_drawn_as_they_are():
    figure = new_figure(5, 5)
    ax = figure.add_subplot()
    assert draw_class_votes(plain_image(1), scored(), ax=ax) is figure
    (drawn,) = ax.get_images()
    np.testing.assert_array_equal(drawn.get_array().filled(np.nan), mean_votes(scored()))
    assert {"3.33", "3.5", "0.5"} <= {text.get_text() for text in ax.texts}
    assert "right class 3.2 votes a frame, the strongest other 2.2" in texts(figure)


def test_examples_are_right_ones_of_different_classes_then_wrong_ones():
    labels = np.array([0, 0, 1, 0, 2, 1, 2, 2, 1, 0])
    said = np.array([0, 0, 1, 1, 2, 0, 2, 1, 2, 0])
    result = scored(np.eye(3, dtype=int)[said], labels)
    assert choose_examples(result, 10) == [0, 2, 4, 3, 5, 7]  # at most three wrong ones
    assert choose_examples(result, 4) == [0, 1, 2, 3]
    assert choose_examples(result, 0) == []


def network_and_spikes():
    """12 hidden and 3 voting neurons; in frame f hidden neuron f fires one tick later, voter f % 3 two ticks later."""
    image = with_populations(plain_image(1), {"hidden": 12, "digit": 3})
    spikes = [(f + 1, 0, f) for f in range(5)] + [(f + 2, 0, 12 + f % 3) for f in range(5)]
    shown = ShownFrames(pixels=np.arange(5 * 4 * 4, dtype=np.uint8).reshape(5, 4, 4), depth={"hidden": 1, "digit": 2})
    return image, recorded(image, spikes, 7), shown


def test_each_frame_has_the_spikes_that_it_caused():
    image, recording, shown = network_and_spikes()
    hidden, digit = layers_shown(image, shown)
    tick, row = spike_rows(rows_of(image), recording)
    for frame in range(5):
        assert np.flatnonzero(spikes_in_frame(tick, row, hidden, frame + 1, 1)).tolist() == [frame]
        assert np.flatnonzero(spikes_in_frame(tick, row, digit, frame + 2, 1)).tolist() == [frame % 3]
    np.testing.assert_array_equal(spikes_in_frame(tick, row, hidden, 1, 3)[:4], [1, 1, 1, 0])


def test_examples_show_pixels_spikes_and_votes():
    image, recording, shown = network_and_spikes()
    result = scored()
    chosen = examples_of(recording, result, shown)
    assert chosen == [0, 1, 2, 4, 3]
    figure = new_figure(9, 6)
    ax = figure.add_subplot()
    assert draw_examples(image, recording, result, shown, ax=ax) is figure
    panels = ax.child_axes
    assert len(panels) == 5 * 4
    for place, frame in enumerate(chosen):
        pixels, hidden, digit, votes = panels[4 * place : 4 * place + 4]
        np.testing.assert_array_equal(pixels.get_images()[0].get_array(), shown.pixels[frame])
        wanted = square_of(np.eye(12, dtype=int)[frame])
        np.testing.assert_array_equal(hidden.get_images()[0].get_array().filled(np.nan), wanted)
        assert digit.get_title() == "1 fire"
        assert [bar.get_height() for bar in votes.patches] == VOTES[frame].tolist()
    assert "1, read as 2" in texts(figure)


def test_frames_at_the_end_whose_spikes_are_not_all_recorded_are_no_examples():
    image, recording, shown = network_and_spikes()
    short = recorded(image, [(1, 0, 0)], 4)
    assert examples_of(short, scored(), shown) == [0, 1]


def test_of_many_layers_the_first_of_each_depth_is_shown_and_the_deepest():
    sizes = {f"view{view}.layer{depth}": 1 for depth in range(1, 7) for view in (1, 2)}
    image = with_populations(plain_image(1), sizes)
    depth = {name: int(name[-1]) for name in sizes}
    shown = ShownFrames(pixels=np.zeros((1, 2, 2), np.uint8), depth=depth)
    names = [group.name for group in layers_shown(image, shown)]
    assert names == ["view1.layer1", "view1.layer2", "view1.layer3", "view1.layer6"]


def test_energy_and_accuracy_are_drawn_where_they_are():
    figure = new_figure(7, 5)
    ax = figure.add_subplot()
    point = FramePoint(name="mine", accuracy=0.98, whole_chip_j=50e-6, used_cores_j=2e-6)
    assert draw_frame_energy([point], ax=ax) is figure
    marks = {(float(x), float(y)) for line in ax.get_lines() for x, y in zip(*line.get_data(), strict=True)}
    wanted = {(one.energy_per_frame_j * 1e6, one.accuracy * 100) for one in PUBLISHED}
    assert marks >= wanted and len(marks) == len(wanted) + 2
    assert any(np.allclose(mark, (2, 98)) for mark in marks) and any(np.allclose(mark, (50, 98)) for mark in marks)
    said = texts(figure)
    assert "mine" in said and all(one.dataset in said for one in PUBLISHED)
    assert ax.get_xscale() == "log"
