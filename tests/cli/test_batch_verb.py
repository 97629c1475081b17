"""``neurocore batch``: the same score as one frame after the other, whatever the instances are given."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from neurocore.verbs.batching import batch
from neurocore.verbs.running import run

MNIST = Path(__file__).parents[2] / "configs"
FEW = {"run.ticks": 43}

STATEFUL = """\
neurocore: 1
name: counting
inputs: {eyes: {shape: [2]}}
populations:
  votes: {shape: [2], neuron: {threshold: 3, reset: none}}
projections: [{from: eyes, to: votes, pattern: one_to_one, weight: 1}]
outputs: [votes]
run:
  ticks: 9
  stimulus: {eyes: {rate: {values: [[1.0, 0.0], [0.0, 1.0]], max_rate_hz: 1000, ticks_each: 4}}}
  classify: {population: votes, classes: 2, labels: [0, 1], ticks_each: 4, latency: 1}
"""


@pytest.fixture
def digits(place):
    shutil.copytree(MNIST, place / "configs")
    return "configs/mnist.yaml"


@pytest.mark.parametrize("frames_each", [1, 3, 40, 99])
def test_a_memoryless_network_votes_as_in_one_run(digits, frames_each):
    right = run(digits, overrides=FEW)
    found = batch(digits, frames_each=frames_each, overrides=FEW, threads=2)
    assert found.frames == right.classifier.frames == 40
    assert found.instances == -(-40 // frames_each)
    assert found.ticks_each == frames_each + 3
    np.testing.assert_array_equal(found.classifier.votes, right.classifier.votes)
    np.testing.assert_array_equal(found.classifier.labels, right.classifier.labels)


def test_an_instance_is_the_run_that_shows_its_frames(digits):
    right = run(digits, overrides=FEW)
    whole = batch(digits, frames_each=40, overrides=FEW).recordings[0]
    for name in ("tick", "core", "neuron"):  # the run goes on to show image 40, which is integrated in tick 41
        found, wanted = getattr(whole.spikes, name), getattr(right.recording.spikes, name)
        np.testing.assert_array_equal(found[whole.spikes.tick <= 40], wanted[right.recording.spikes.tick <= 40])


def test_each_instance_starts_from_the_initial_state(place):
    """Neurons that never reset stay active: only frames that meet the initial state are told apart."""
    (place / "counting.yaml").write_text(STATEFUL)
    alone, together = batch("counting.yaml", frames_each=1), batch("counting.yaml", frames_each=2)
    assert alone.classifier.correct == 2
    assert together.classifier.votes[1, 0] > 0 == alone.classifier.votes[1, 0]


def test_the_command_prints_the_score(neurocore, digits):
    told = neurocore("batch", digits, "--set", "run.ticks=43", "--frames-each", "10", "--json")
    assert (told.code, told.err) == (0, "")
    facts = told.json()
    assert (facts["frames"], facts["instances"], facts["ticks_each"], facts["interrupted"]) == (40, 4, 13, False)
    assert facts["frames_per_s"] == pytest.approx(40 / facts["wall_s"])
    assert facts["classifier"]["frames"] == 40
    told = neurocore("batch", digits, "--set", "run.ticks=43")
    assert told.out.splitlines()[0] == "mnist: 40 frames as a batch"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["small.yaml"], "a batch needs a network with run.classify"),
        (["configs/mnist.yaml", "--frames-each", "0"], "0 frames in each instance"),
        (["none.yaml"], "none.yaml"),
        (["configs/mnist.yaml", "--threads", "0"], "0 threads"),
    ],
)
def test_bad_input_is_explained(neurocore, digits, words, said):
    told = neurocore("batch", *words)
    assert told.code == 2
    assert said in told.err
