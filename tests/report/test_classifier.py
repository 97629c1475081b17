"""Classification of a run: votes, windows, ties, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_cases import plain_image, random_spikes, recorded, with_populations

from neurocore.errors import ConfigError
from neurocore.network import Classify
from neurocore.report.classifier import check_classify, classify

IMAGE = with_populations(plain_image(2, used=10), {"hidden": 7, "digit": 9}, copies=3)
"""Logical 0..6 hidden, 7..15 digit; logical n is neuron n of core 0 for n < 10, else n - 10 of core 1."""


def wanted(labels, **more):
    return Classify.model_validate({"population": "digit", "classes": 3, "labels": labels, "latency": 2} | more)


def place(voter):
    """Core and neuron of a neuron of 'digit'."""
    return divmod(voter + 7, 10)


def spikes(*pairs):
    return [(tick, *place(voter)) for tick, voter in pairs]


def test_the_class_with_most_spikes_in_the_window_wins():
    recording = recorded(IMAGE, spikes((4, 0), (4, 4), (5, 7), (6, 8), (7, 6), (7, 2)), 8)
    result = classify(IMAGE, recording, wanted([1, 1, 0], ticks_each=2, latency=2))
    assert result.votes.tolist() == [[0, 0, 0], [1, 2, 0], [1, 0, 2]]
    assert result.predictions.tolist() == [0, 1, 2]
    assert result.confusion.tolist() == [[0, 0, 1], [1, 1, 0], [0, 0, 0]]
    assert (result.frames, result.correct, result.accuracy, result.silent_frames) == (3, 1, 1 / 3, 1)


def test_a_tie_goes_to_the_lowest_class():
    result = classify(IMAGE, recorded(IMAGE, spikes((2, 8), (2, 4)), 3), wanted([1]))
    assert result.predictions.tolist() == [1]


def test_copies_and_other_populations_do_not_vote():
    hidden = [(2, 0, 0), (2, 0, 6)]
    copies = [(2, 1, neuron) for neuron in (7, 8, 9)]
    result = classify(IMAGE, recorded(IMAGE, [*hidden, *copies], 3), wanted([0]))
    assert result.silent_frames == 1


def test_spikes_before_the_latency_and_after_the_last_whole_frame_do_not_count():
    recording = recorded(IMAGE, spikes((1, 0), (6, 0)), 7)
    result = classify(IMAGE, recording, wanted([0, 0], ticks_each=2))
    assert result.frames == 2
    assert result.silent_frames == 2


def test_a_recording_that_starts_later_scores_its_own_frames_with_their_own_labels():
    recording = recorded(IMAGE, spikes((14, 0), (16, 8)), 9, start_tick=11)
    result = classify(IMAGE, recording, wanted([1] * 5 + [2, 2, 2, 2], ticks_each=2, latency=2))
    assert (result.first_frame, result.frames) == (5, 4)
    assert result.labels.tolist() == [2, 2, 2, 2]
    assert result.predictions.tolist() == [0, 0, 2, 0]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(1, 4), st.integers(0, 9), st.sampled_from([3, 9]), st.integers(0, 5), st.integers(0, 1000))
def test_votes_are_those_of_counting_one_by_one(each, latency, classes, start, seed):
    recording = recorded(IMAGE, random_spikes(IMAGE, 30, 200, seed, start), 30, start_tick=start)
    labels = np.random.default_rng(seed).integers(0, classes, 60)
    result = classify(IMAGE, recording, wanted(labels, ticks_each=each, latency=latency, classes=classes))
    voter = {place(number): number % classes for number in range(9)}
    votes = np.zeros((60, classes), int)
    rows = zip(recording.spike_tick, recording.spike_core, recording.spike_neuron, strict=True)
    for tick, core, neuron in rows:
        if tick >= latency and (core, neuron) in voter:
            votes[(tick - latency) // each, voter[core, neuron]] += 1
    whole = [f for f in range(60) if f * each + latency >= start and (f + 1) * each + latency <= start + 30]
    assert [result.first_frame + k for k in range(result.frames)] == whole
    assert np.array_equal(result.votes, votes[whole])
    assert np.array_equal(result.labels, labels[whole])
    assert result.confusion.sum() == result.frames
    assert result.correct == int((result.predictions == result.labels).sum())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"labels": [0, 3]}, "run.classify.labels[1]: label 3 is not one of 3 classes\n  fix: allowed: 0..2"),
        ({"labels": [-1, 0]}, "run.classify.labels[0]: label -1 is not one of 3 classes\n  fix: allowed: 0..2"),
        (
            {"labels": np.zeros((2, 1), int)},
            "run.classify.labels: labels are int64 of shape [2, 1]\n  fix: one whole number per frame is needed",
        ),
        (
            {"labels": np.zeros(2)},
            "run.classify.labels: labels are float64 of shape [2]\n  fix: one whole number per frame is needed",
        ),
        (
            {"labels": [0]},
            "run.classify.labels: 1 labels for 2 frames\n  fix: give 2 labels, or run 3 ticks",
        ),
        (
            {"latency": 4},
            "run.classify.latency: no frame of 1 ticks ends within 4 ticks\n"
            "  fix: with latency 4, a run of 5 ticks scores one frame",
        ),
        (
            {"classes": 10},
            "run.classify.classes: 9 neurons cannot share their votes evenly among 10 classes\n"
            "  fix: a divisor of 9, or another shape of 'digit': its last axis runs over the classes",
        ),
        (
            {"population": "digits"},
            "run.classify.population: the image 'case' has no population named 'digits'\n"
            "  fix: did you mean 'digit'? allowed here: digit, hidden",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(change, said):
    with pytest.raises(ConfigError) as caught:
        classify(IMAGE, recorded(IMAGE, [], 4), wanted(**({"labels": [0, 1]} | change)))
    assert str(caught.value) == said


def test_mistakes_are_found_before_a_run():
    assert check_classify(IMAGE, wanted([0, 1, 2]), 5) == range(3)
    with pytest.raises(ConfigError, match="3 labels for 4 frames"):
        check_classify(IMAGE, wanted([0, 1, 2]), 6)


def test_the_dictionary_holds_plain_numbers():
    facts = classify(IMAGE, recorded(IMAGE, [], 3), wanted([1])).as_dict()
    assert facts == {
        "population": "digit",
        "frames": 1,
        "first_frame": 0,
        "ticks_per_frame": 1,
        "correct": 0,
        "accuracy": 0.0,
        "silent_frames": 1,
        "confusion": [[0, 0, 0], [1, 0, 0], [0, 0, 0]],
    }
