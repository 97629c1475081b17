"""Streams of images: every vote is that of one image after the other on one chip, and of the integer model."""

from __future__ import annotations

import json
import signal

import numpy as np
import pytest
from frame_cases import CLASSES, PLAN, little_images, little_labels, little_layers, little_network, predicted

import neurocore as nc
from neurocore.errors import NeurocoreError
from neurocore.network import Network
from neurocore.training.integer_model import transduce, votes_of
from neurocore.verbs import streaming
from neurocore.verbs.cutting import why_whole
from neurocore.verbs.report_files import EstimateOptions
from neurocore.verbs.reporting import load_reported
from neurocore.verbs.run_loading import load_run
from neurocore.verbs.shown_frames import showing
from neurocore.verbs.sources import compile_source, open_source

IMAGES, LABELS = little_images(23), little_labels(23)


def one_after_the_other(network: Network, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Votes of a plain run."""
    ticks = len(images) * network.run.classify.ticks_each + network.run.classify.latency
    return nc.run(showing(network, "pixels", images, ticks, labels)).classifier.votes


@pytest.fixture(scope="module")
def network() -> Network:
    return little_network()


@pytest.fixture(scope="module")
def right(network: Network) -> np.ndarray:
    return one_after_the_other(network, IMAGES, LABELS)


@pytest.mark.parametrize(("each", "threads"), [(1, 1), (4, 2), (23, 1), (100, 2)])
def test_votes_are_those_of_a_plain_run_however_the_stream_is_cut(network, right, each, threads, monkeypatch):
    monkeypatch.setattr(streaming, "FRAMES_EACH", each)
    found = nc.stream(network, IMAGES, labels=LABELS, threads=threads)
    assert found.facts["one_piece_because"] is None
    np.testing.assert_array_equal(found.votes, right)
    assert found.classifier.accuracy == np.mean(right.argmax(axis=1) == LABELS)


def test_votes_are_those_of_the_integer_model(network, right):
    found = nc.stream(network, IMAGES)
    np.testing.assert_array_equal(found.votes, votes_of(PLAN, little_layers(), transduce(IMAGES, [90, 180])))
    np.testing.assert_array_equal(found.predictions, predicted(IMAGES))
    assert len(set(found.predictions.tolist())) > 1
    assert found.classifier is None and found.labels is None


def changed(network: Network, **neuron: object) -> Network:
    """The network with other neurons in its last layer."""
    last = network.populations["votes"]
    votes = last.model_copy(update={"neuron": last.neuron.model_copy(update=neuron)})
    return network.model_copy(update={"populations": network.populations | {"votes": votes}})


def test_a_network_that_remembers_is_streamed_in_one_piece(network, monkeypatch):
    monkeypatch.setattr(streaming, "FRAMES_EACH", 4)
    integrating = changed(network, threshold=9)
    found = nc.stream(integrating, IMAGES, labels=LABELS)
    assert "keep their potential" in found.facts["one_piece_because"]
    wanted = one_after_the_other(integrating, IMAGES, LABELS)
    np.testing.assert_array_equal(found.votes, wanted)
    assert not np.array_equal(wanted, one_after_the_other(network, IMAGES, LABELS))


def test_a_stochastic_network_is_streamed_in_one_piece(network, monkeypatch):
    monkeypatch.setattr(streaming, "FRAMES_EACH", 4)
    noisy = changed(network, threshold_noise_bits=3)
    found = nc.stream(noisy, IMAGES, labels=LABELS)
    assert "stochastic" in found.facts["one_piece_because"]
    np.testing.assert_array_equal(found.votes, one_after_the_other(noisy, IMAGES, LABELS))


def test_what_cannot_be_cut_is_known(network):
    def why(changes: dict[str, object]) -> str:
        other = network.model_copy(update=changes)
        return why_whole(other, image, "pixels")

    image = compile_source(open_source(network)).image
    assert why({}) == ""
    loop = network.projections[0].model_copy(update={"from_": "votes", "to": "layer1"})
    assert why({"projections": [*network.projections, loop]}) == "a population drives itself"
    late = network.projections[1].model_copy(update={"delay": 4})
    assert "up to 5 ticks" in why({"projections": [network.projections[0], late]})
    listed = {"pattern": "list", "weights": None, "synapses": [[0, 0, 1, 1], [1, 0, 1, 7]]}
    late = network.projections[1].model_copy(update=listed)
    assert "up to 8 ticks" in why({"projections": [network.projections[0], late]})
    pixels = network.run.stimulus["pixels"]
    both = network.run.model_copy(update={"stimulus": {"pixels": pixels, "other": pixels}})
    assert why({"run": both}) == "another input is driven, too"
    random = pixels.model_copy(update={"images": pixels.images.model_copy(update={"coding": "rate"})})
    assert "random" in why({"run": network.run.model_copy(update={"stimulus": {"pixels": random}})})


def test_the_cost_of_a_frame_does_not_depend_on_how_many_there_are(network):
    """A short stream is measured over and over: one frame costs what a long stream of it costs."""
    one, many = nc.stream(network, IMAGES[:1]), nc.stream(network, np.repeat(IMAGES[:1], 40, axis=0))
    assert one.operations_per_frame == many.operations_per_frame > 0
    energy = [done.estimate.throughput.nominal.energy_per_frame_j_used_cores for done in (one, many)]
    assert energy[0] == pytest.approx(energy[1])
    assert one.estimate.throughput.fastest.frames_per_s == pytest.approx(1 / one.estimate.timing.shortest_tick_s)


def test_first_count_and_pad_choose_and_frame_the_images(network, right):
    smaller = IMAGES[:, 1:-1, 1:-1]
    framed = np.pad(smaller, [(0, 0), (1, 1), (1, 1)])
    found = nc.stream(network, smaller, labels=LABELS, pad=1, first=3, count=5)
    np.testing.assert_array_equal(found.votes, nc.stream(network, framed).votes[3:8])
    np.testing.assert_array_equal(found.labels, LABELS[3:8])


def test_an_interrupted_stream_scores_and_writes_what_was_done(network, right, tmp_path, monkeypatch):
    monkeypatch.setattr(streaming, "FRAMES_EACH", 4)
    original = streaming.count_votes

    def count(voters, recording, wanted, frames):  # Ctrl-C while a piece is read
        signal.raise_signal(signal.SIGINT) if len(seen) == 1 else None
        seen.append(frames)
        return original(voters, recording, wanted, frames)

    seen: list[range] = []
    monkeypatch.setattr(streaming, "count_votes", count)
    found = nc.stream(network, IMAGES, labels=LABELS, threads=1, out=tmp_path / "run", report=False)
    assert found.interrupted and len(found.votes) == 8
    np.testing.assert_array_equal(found.votes, right[:8])
    assert load_run(tmp_path / "run").classifier.frames == 8


def test_a_run_folder_is_read_back_with_the_score_of_all_frames(network, tmp_path, monkeypatch):
    monkeypatch.setattr(streaming, "MOST_MEASURED", 6)
    found = nc.stream(network, IMAGES, labels=LABELS, out=tmp_path / "run", report=False)
    again = load_run(tmp_path / "run")
    assert again.recording.ticks == found.run.recording.ticks == 8
    assert again.classifier.frames == 23
    assert again.classifier.as_dict() == found.classifier.as_dict()
    reported, _ = load_reported(tmp_path / "run", EstimateOptions())
    assert reported.as_dict() == json.loads((tmp_path / "run/summary.json").read_text())
    assert nc.estimate(tmp_path / "run").as_dict() == found.estimate.as_dict()
    rows = (tmp_path / "run/predictions.csv").read_text().splitlines()
    assert rows[0].split(",") == ["frame", "label", "predicted", *(f"votes_{k}" for k in range(CLASSES))]
    assert [int(word) for word in rows[7].split(",")] == [6, LABELS[6], found.predictions[6], *found.votes[6]]
    with np.load(tmp_path / "run/predictions.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["votes"], found.votes)
        np.testing.assert_array_equal(file["predicted"], found.predictions)


def test_a_folder_without_labels_is_reported_again(network, tmp_path):
    found = nc.stream(network, IMAGES, out=tmp_path / "run", report=False)
    assert nc.estimate(tmp_path / "run").throughput.ticks_per_frame == 1
    assert found.text().splitlines()[0] == "little: 23 frames through 2 cores"


@pytest.mark.parametrize(
    ("images", "options", "said"),
    [
        (IMAGES[:, 1:-1, 1:-1], {}, "--pad 1 "),
        (IMAGES[:, 1:], {}, "images of 7 x 8 pixels for a network that sees 8 x 8 pixels"),
        (IMAGES, {"pad": 1}, "images of 8 x 8 pixels with 1 more pixels at each side"),
        (IMAGES / 255, {}, "numpy.rint(images * 255).astype(numpy.uint8)"),
        (IMAGES.astype(int), {}, "images.astype(numpy.uint8) loses nothing"),
        (IMAGES[:0], {}, "at least one"),
        (IMAGES, {"labels": LABELS[1:]}, "22 labels for 23 images"),
        (IMAGES, {"labels": LABELS / 2}, "labels are float64[23]"),
        (IMAGES, {"labels": LABELS + 1}, f"there are {CLASSES} classes"),
        (IMAGES, {"first": 20, "count": 4}, "images 20 to 23 are asked for, there are images 0 to 22"),
        (IMAGES, {"count": 0}, "images 0 to -1 are asked for"),
        (IMAGES, {"threads": 0}, "0 threads"),
        (np.stack([IMAGES] * 3, axis=-1), {}, "8 x 8 pixels in 3 colours"),
    ],
)
def test_images_that_do_not_fit_are_refused(network, images, options, said):
    with pytest.raises(NeurocoreError) as caught:
        nc.stream(network, images, **options)
    assert said in str(caught.value)


def test_a_network_that_is_no_classifier_of_images_is_refused(network):
    plain = network.run.model_copy(update={"classify": None})
    with pytest.raises(NeurocoreError, match=r"a network with run\.classify"):
        nc.stream(network.model_copy(update={"run": plain}), IMAGES)
    silent = network.run.model_copy(update={"stimulus": {}})
    with pytest.raises(NeurocoreError, match="0 inputs are driven by images"):
        nc.stream(network.model_copy(update={"run": silent}), IMAGES)
