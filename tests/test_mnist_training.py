"""The shipped digit classifier is as trained: ternary, local, exact in integers, right as often as is claimed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from trace_cases import data

from tools.mnist.integer_model import IntegerModel, load
from tools.mnist.layout import CLASSES, CORES, SIDE, UNITS, VOTES, neighbourhoods, patches, spread

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "configs/mnist"
TOOL = ROOT / "tools/train_mnist.py"
AXON_PAIRS = 128
"""Inputs a core of 256 axons can read with weights of both signs."""


@pytest.fixture(scope="module")
def model() -> IntegerModel:
    return load(SHIPPED / "weights.npz")


@pytest.fixture(scope="module")
def shown() -> tuple[np.ndarray, np.ndarray]:
    with np.load(SHIPPED / "test_images.npz", allow_pickle=False) as arrays:
        return arrays["images"], arrays["labels"]


def train_tool(*options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, TOOL, *map(str, options)], capture_output=True, text=True, timeout=300, check=False
    )


def few_digits(path: Path) -> Path:
    """mnist.npz in miniature: random pictures, a bright bar in the row of their label."""
    rng = np.random.default_rng(5)
    arrays = {}
    for part, count in (("train", 500), ("test", 60)):
        labels = rng.integers(0, CLASSES, count).astype(np.uint8)
        images = rng.integers(0, 140, (count, SIDE, SIDE)).astype(np.uint8)
        images[np.arange(count), 4 + 2 * labels.astype(int)] = 255
        arrays |= {f"{part}_images": images, f"{part}_labels": labels}
    np.savez_compressed(path, **arrays)
    return path


def test_the_integer_model_is_right_for_986_of_the_shipped_thousand(model, shown):
    images, labels = shown
    assert int((model.predict(images) == labels).sum()) == 986


def test_its_float_matrix_products_are_exact_integer_arithmetic(model, shown):
    spikes = (shown[0][:40].reshape(40, -1) >= 128).astype(np.int64)
    for weight, bias in zip(model.weights, model.biases, strict=True):
        spikes = (spikes @ weight.astype(np.int64) + bias.astype(np.int64) >= 1).astype(np.int64)
    np.testing.assert_array_equal(model.votes(shown[0][:40]), spikes)


def test_a_tie_goes_to_the_lowest_class():
    silent = IntegerModel(
        weights=(np.zeros((SIDE * SIDE, 4), np.int8), np.zeros((4, 4), np.int8), np.zeros((4, 20), np.int8)),
        biases=(np.zeros(4, np.int16), np.zeros(4, np.int16), np.zeros(20, np.int16)),
    )
    blank = np.zeros((1, SIDE, SIDE), np.uint8)
    assert silent.predict(blank).tolist() == [0]
    silent.biases[2][[7, 13, 18]] = 1  # one vote for 7, 3 and 8
    assert silent.predict(blank).tolist() == [3]


def test_weights_are_minus_one_zero_or_one_and_biases_fit_the_leak(model):
    for weight, bias in zip(model.weights, model.biases, strict=True):
        assert weight.dtype == np.int8 and set(np.unique(weight).tolist()) == {-1, 0, 1}
        assert bias.dtype == np.int16 and np.abs(bias).max() <= 255
        assert bias.shape == (weight.shape[1],)


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_a_core_reads_no_more_than_its_128_inputs(model, layer):
    reads = (patches(), neighbourhoods(), spread())[layer]
    weight = model.weights[layer]
    assert reads.shape[1] <= AXON_PAIRS
    for core, block in enumerate(np.split(weight, CORES, axis=1)):
        assert np.isin(np.flatnonzero(block.any(axis=1)), reads[core]).all()


def test_a_hidden_unit_drives_one_core_and_every_pixel_is_read():
    for reads in (neighbourhoods(), spread()):
        np.testing.assert_array_equal(np.sort(reads, axis=None), np.arange(CORES * UNITS))
    assert set(patches().ravel().tolist()) == set(range(SIDE * SIDE))
    assert 2 * UNITS <= 256 and VOTES * CLASSES <= 256


def test_the_files_are_small(shown):
    assert (SHIPPED / "weights.npz").stat().st_size < 1_000_000
    assert (SHIPPED / "test_images.npz").stat().st_size < 300_000
    images, labels = shown
    assert images.shape == (1000, SIDE, SIDE) and images.dtype == np.uint8
    assert labels.shape == (1000,) and set(labels.tolist()) == set(range(CLASSES))


def test_the_shipped_images_are_the_first_thousand_of_the_test_set(shown):
    with np.load(data("mnist.npz"), allow_pickle=False) as digits:
        np.testing.assert_array_equal(shown[0], digits["test_images"][:1000])
        np.testing.assert_array_equal(shown[1], digits["test_labels"][:1000])


def test_the_tool_says_what_is_wrong_with_its_data(tmp_path):
    missing = train_tool("--data", tmp_path / "no.npz")
    assert missing.returncode == 1 and "no such file" in missing.stderr
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    other = train_tool("--data", tmp_path / "other.npz")
    assert other.returncode == 1 and "no array test_images, test_labels" in other.stderr


def test_training_folds_to_the_integer_model_it_reports(tmp_path):
    pytest.importorskip("torch", reason="training needs torch, which is not installed")
    digits = few_digits(tmp_path / "digits.npz")
    trained = train_tool("--data", digits, "--epochs", 2, "--out", tmp_path / "out")
    assert trained.returncode == 0, trained.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["test_images.npz", "weights.npz"]
    with np.load(digits, allow_pickle=False) as arrays:
        images, labels = arrays["test_images"], arrays["test_labels"]
    right = int((load(tmp_path / "out/weights.npz").predict(images) == labels).sum())
    assert f"integer model: {right} of 60 test images right" in trained.stdout


def test_biases_fold_batch_statistics_without_changing_a_spike():
    torch = pytest.importorskip("torch", reason="training needs torch, which is not installed")
    from tools.mnist.training import Digits

    generator = torch.Generator().manual_seed(3)
    network = Digits(seed=3).eval()
    for layer in network.layers:
        layer.mean.copy_(torch.randn(layer.mean.shape, generator=generator) * 3)
        layer.deviation.copy_(torch.rand(layer.deviation.shape, generator=generator) * 4 + 0.5)
        layer.shift.data.copy_(torch.randn(layer.shift.shape, generator=generator))
    images = np.random.default_rng(3).integers(0, 256, (200, SIDE, SIDE)).astype(np.uint8)
    with torch.no_grad():
        share = network(torch.from_numpy((images >= 128).reshape(200, -1)).float())
    votes = IntegerModel.of(network.integers()).votes(images).reshape(200, -1, CLASSES).sum(axis=1)
    assert len(np.unique(votes)) > 20
    np.testing.assert_array_equal(np.rint(share.numpy() * CORES * VOTES).astype(int), votes)
