"""A core that learned digits without labels tells them apart: a slice of the demo, for one seed."""

from __future__ import annotations

import numpy as np

from neurocore.formats.network_yaml import read_network
from neurocore.mapper.pipeline import compile_network
from tools.learning_digits import CONFIG, Arrays, accuracy, coded, fixed, learned, named, read_images, showing

SEEN, TESTED = 1000, 300


def a_slice() -> Arrays:
    digits = read_images()
    count = {"train": SEEN, "test": TESTED}
    return {name: array[: count[name.partition("_")[0]]] for name, array in digits.items()}


def test_a_core_that_learned_tells_digits_apart_that_it_has_not_seen() -> None:
    digits = a_slice()
    network = showing(read_network(CONFIG), digits["train_images"])
    before, after = learned(network)
    untrained, trained = accuracy(network, before, digits), accuracy(network, after, digits)
    most_common = np.bincount(digits["test_labels"]).max() / TESTED
    assert trained.first > untrained.first + 0.2 and trained.first > 3 * most_common
    assert trained.voters > untrained.voters + 0.2 and trained.voters > 0.65
    assert trained.silent == 0
    assert compile_network(fixed(network, after)).image.learning is None  # the production chip runs the tests


def test_the_shipped_images_are_pairs_of_lines_of_which_one_spikes() -> None:
    digits = read_images()
    for kind, count in (("train", 5000), ("test", 1000)):
        images, labels = digits[f"{kind}_images"], digits[f"{kind}_labels"]
        assert images.shape == (count, 2, 11, 11) and (images.sum(axis=1) == 1).all()
        assert labels.shape == (count,) and set(labels.tolist()) == set(range(10))


def test_pixels_are_dark_from_their_mean_on() -> None:
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 3:5, 3:5] = 64
    image[0, 23:25, 23:25] = [[255, 0], [0, 0]]
    dark, light = coded(image)[0]
    assert np.argwhere(dark).tolist() == [[0, 0]] and (light == 1 - dark).all()


def test_neurons_are_named_by_the_shares_of_their_answers() -> None:
    answered = np.array([[1, 0, 0], [1, 1, 0], [1, 1, 0], [0, 1, 0]], bool)
    shares = named(answered, np.array([7, 7, 2, 2], np.uint8))
    assert shares[0, [2, 7]].round(3).tolist() == [0.333, 0.667]
    assert shares[1, [2, 7]].round(3).tolist() == [0.667, 0.333] and not shares[2].any()
