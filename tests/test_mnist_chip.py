"""The digit classifier: the emulated chip and the integer numpy model agree on every vote for every image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from trace_cases import data

from neurocore.emulator.backends import run
from neurocore.emulator.stimulus import axon_events, input_spikes
from neurocore.formats.network_yaml import read_network
from neurocore.mapper.pipeline import Compiled, compile_network
from neurocore.network import Images, Network, Stimulus
from neurocore.report.classifier import classify
from tools.mnist.integer_model import IntegerModel, load
from tools.mnist.layout import CLASSES

CONFIGS = Path(__file__).parents[1] / "configs"
LATENCY = 3


@pytest.fixture(scope="module")
def network() -> Network:
    return read_network(CONFIGS / "mnist.yaml")


@pytest.fixture(scope="module")
def compiled(network: Network) -> Compiled:
    return compile_network(network)


@pytest.fixture(scope="module")
def model() -> IntegerModel:
    return load(CONFIGS / "mnist/weights.npz")


def chip_votes(network: Network, compiled: Compiled, images: np.ndarray) -> np.ndarray:
    """Every vote of the emulated chip, uint8[images, voters]."""
    ticks = len(images) + LATENCY
    shown = network.model_copy(
        update={"run": network.run.model_copy(update={"stimulus": {"pixels": Stimulus(images=Images(values=images))}})}
    )
    recording = run(compiled.image, axon_events(compiled.image, input_spikes(shown, ticks), ticks), ticks)
    table = compiled.image.logical
    group = next(group for group in table.populations if group.name == "votes")
    voter = np.full(compiled.image.neuron_used.shape, -1)
    canonical = np.searchsorted(table.instance_logical, np.arange(group.start, group.stop))
    voter[table.instance_core[canonical], table.instance_neuron[canonical]] = np.arange(group.size)
    who = voter[recording.spike_core, recording.spike_neuron]
    votes = np.zeros((ticks, group.size), np.uint8)
    votes[recording.spike_tick[who >= 0], who[who >= 0]] = 1
    return votes[LATENCY:]


def test_weights_are_ternary_and_the_files_small():
    with np.load(CONFIGS / "mnist/weights.npz", allow_pickle=False) as arrays:
        for layer in (1, 2, 3):
            assert set(np.unique(arrays[f"weights{layer}"]).tolist()) == {-1, 0, 1}
            assert (arrays[f"weights{layer}"] != 0).sum(axis=0).max() <= 128
    assert sum(path.stat().st_size for path in (CONFIGS / "mnist").iterdir()) < 600_000


def test_the_shipped_thousand_are_classified_as_the_readme_says(network, compiled):
    assert compiled.image.cores == 48
    recording = run(
        compiled.image,
        axon_events(compiled.image, input_spikes(network, network.run.ticks), network.run.ticks),
        network.run.ticks,
    )
    assert network.run.classify is not None
    result = classify(compiled.image, recording, network.run.classify)
    assert (result.correct, result.frames) == (986, 1000)


def test_every_vote_for_every_shipped_image(network, compiled, model):
    with np.load(CONFIGS / "mnist/test_images.npz", allow_pickle=False) as arrays:
        images = arrays["images"]
    np.testing.assert_array_equal(chip_votes(network, compiled, images), model.votes(images))


def test_every_vote_for_all_ten_thousand_test_images(network, compiled, model):
    with np.load(data("mnist.npz"), allow_pickle=False) as arrays:
        images, labels = arrays["test_images"], arrays["test_labels"]
    right = 0
    for first in range(0, len(images), 2500):
        part = slice(first, first + 2500)
        votes = chip_votes(network, compiled, images[part])
        np.testing.assert_array_equal(votes, model.votes(images[part]))
        predicted = votes.reshape(len(votes), -1, CLASSES).sum(axis=1).argmax(axis=1)
        right += int((predicted == labels[part]).sum())
    assert right == 9905
