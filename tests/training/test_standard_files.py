"""The standard files of data sets, written small here, are read as their pages describe them; damage is told."""

from __future__ import annotations

import gzip
import pickle
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from small_plans import small

from neurocore.errors import ConfigError, NeurocoreError
from neurocore.formats.image_stacks import read_images
from neurocore.formats.mat_file import read_mat
from neurocore.training.datasets import Dataset, read_dataset
from neurocore.training.plan import Data
from neurocore.training.plan_yaml import read_plan
from neurocore.verbs.training import _read_data

RNG = np.random.default_rng(4)


def read(kind: str, folder: Path, **more: object) -> Dataset:
    return read_dataset(Data(path="x", kind=kind, **more), folder)  # type: ignore[arg-type]


def refused(kind: str, folder: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read(kind, folder)
    assert caught.value.fix
    return caught.value


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def fashion(folder: Path, end: str = ".gz") -> list[np.ndarray]:
    """A folder as Fashion-MNIST is given out. Returns its arrays."""
    arrays = []
    for part, count in (("train", 5), ("t10k", 3)):
        for what, shape in (("images-idx3", (count, 4, 6)), ("labels-idx1", (count,))):
            arrays.append(RNG.integers(0, 10, shape).astype(np.uint8))
            data = idx(arrays[-1])
            (folder / f"{part}-{what}-ubyte{end}").write_bytes(gzip.compress(data) if end else data)
    return arrays


def cifar(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Five batches of two records and a test batch. Returns images [batch, record, y, x, colour] and labels."""
    images = RNG.integers(0, 256, (6, 2, 32, 32, 3)).astype(np.uint8)
    labels = RNG.integers(0, 10, (6, 2)).astype(np.uint8)
    for batch, name in enumerate([f"data_batch_{number}.bin" for number in range(1, 6)] + ["test_batch.bin"]):
        planes = np.moveaxis(images[batch], 3, 1).reshape(2, -1)
        (folder / name).write_bytes(np.concatenate([labels[batch][:, None], planes], axis=1).tobytes())
    return images, labels


def element(kind: int, data: bytes, order: str = "<") -> bytes:
    return struct.pack(f"{order}II", kind, len(data)) + data + bytes(-len(data) % 8)


def matrix(name: str, array: np.ndarray, kind: int, matlab_class: int, order: str = "<", flags: int = 0) -> bytes:
    """A matrix as MATLAB writes it; a short name lies in its tag."""
    named = name.encode()
    tag = (
        struct.pack(f"{order}I", len(named) << 16 | 1) + named.ljust(4, b"\0")
        if len(named) <= 4
        else element(1, named, order)
    )
    inner = element(6, struct.pack(f"{order}II", matlab_class | flags, 0), order)
    inner += element(5, struct.pack(f"{order}{array.ndim}i", *array.shape), order) + tag
    inner += element(kind, array.astype(array.dtype.newbyteorder(order)).tobytes(order="F"), order)
    return element(14, inner, order)


def mat(*matrices: bytes, packed: bool = True, order: str = "<") -> bytes:
    head = b"MATLAB 5.0 MAT-file, written by a test".ljust(124) + struct.pack(f"{order}H", 0x0100)
    body = b""
    for one in matrices:
        squeezed = zlib.compress(one)
        body += struct.pack(f"{order}II", 15, len(squeezed)) + squeezed if packed else one
    return head + (b"IM" if order == "<" else b"MI") + body


def svhn(folder: Path, packed: bool = True, order: str = "<") -> list[np.ndarray]:
    arrays = []
    for name, count in (("train", 4), ("test", 1)):
        images = RNG.integers(0, 256, (32, 32, 3, count)).astype(np.uint8)
        labels = np.array([[10], [1], [9], [5]], np.uint8)[:count]
        shown = images if count > 1 else images[..., 0]
        # the labels are MATLAB's doubles, stored as bytes
        data = mat(matrix("X", shown, 2, 9, order), matrix("y", labels, 2, 6, order), packed=packed, order=order)
        (folder / f"{name}_32x32.mat").write_bytes(data)
        arrays += [images, labels]
    return arrays


@pytest.mark.parametrize("end", [".gz", ""])
def test_fashion_mnist_is_read_plain_and_gzipped(tmp_path, end):
    wanted = fashion(tmp_path, end)
    found = read("idx", tmp_path)
    for name, array in zip(Dataset.__dataclass_fields__, wanted, strict=True):
        np.testing.assert_array_equal(getattr(found, name), array)
    assert found.train_labels.dtype == np.int64


def test_names_with_a_dot_are_those_of_the_same_files(tmp_path):
    wanted = fashion(tmp_path, "")
    for path in list(tmp_path.iterdir()):
        path.rename(tmp_path / path.name.replace("-idx", ".idx"))
    np.testing.assert_array_equal(read("idx", tmp_path).test_images, wanted[2])


def test_what_is_wrong_with_idx_files_is_told(tmp_path):
    fashion(tmp_path, "")
    labels = tmp_path / "train-labels-idx1-ubyte"
    labels.write_bytes(idx(np.zeros((5, 2), np.uint8)))
    assert refused("idx", tmp_path).file == str(labels)
    labels.write_bytes(idx(np.zeros(4, np.uint8)))
    assert refused("idx", tmp_path).problem == "there are 5 train_images and 4 train_labels"
    labels.write_bytes(idx(np.zeros(5, np.uint8))[:-1])
    assert "ends too early" in refused("idx", tmp_path).problem
    labels.unlink()
    error = refused("idx", tmp_path)
    assert error.path == "data.path" and "there is no train-labels-idx1-ubyte" in error.problem


@pytest.mark.parametrize("below", [".", "cifar-10-batches-bin"])
def test_cifar_10_is_read_from_its_binary_version(tmp_path, below):
    (tmp_path / below).mkdir(exist_ok=True)
    images, labels = cifar(tmp_path / below)
    found = read("cifar10", tmp_path)
    np.testing.assert_array_equal(found.train_images, images[:5].reshape(10, 32, 32, 3))
    np.testing.assert_array_equal(found.train_labels, labels[:5].reshape(-1))
    np.testing.assert_array_equal(found.test_images, images[5])
    np.testing.assert_array_equal(found.test_labels, labels[5])


@pytest.mark.parametrize("below", [".", "cifar-10-batches-mat"])
def test_cifar_10_is_read_from_its_version_for_matlab_too(tmp_path, below):
    (tmp_path / below).mkdir(exist_ok=True)
    images = RNG.integers(0, 256, (6, 2, 32, 32, 3)).astype(np.uint8)
    labels = RNG.integers(0, 10, (6, 2, 1)).astype(np.uint8)
    for batch, name in enumerate([f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]):
        planes = np.moveaxis(images[batch], 3, 1).reshape(2, -1)
        data = mat(matrix("data", planes, 2, 9), matrix("labels", labels[batch], 2, 9))
        (tmp_path / below / f"{name}.mat").write_bytes(data)
    found = read("cifar10", tmp_path)
    np.testing.assert_array_equal(found.train_images, images[:5].reshape(10, 32, 32, 3))
    np.testing.assert_array_equal(found.train_labels, labels[:5].reshape(-1))
    np.testing.assert_array_equal(found.test_images, images[5])
    third = tmp_path / below / "data_batch_3.mat"
    right, small_ones = matrix("labels", labels[0], 2, 9), np.zeros((2, 3072), np.uint8)
    for data, problem in [
        (mat(matrix("data", small_ones[:, :9], 2, 9), right), "data is uint8[2, 9], not uint8[images, 3072]"),
        (mat(matrix("data", small_ones[:1], 2, 9), right), "there are 1 images and 2 labels"),
        (mat(matrix("data", small_ones, 2, 9), matrix("labels", labels[0] * 0 + 10, 2, 9)), "has the label 10"),
    ]:
        third.write_bytes(data)
        assert problem in refused("cifar10", tmp_path).problem


def test_one_file_of_a_data_set_is_shown_to_a_network(tmp_path):
    images, labels = cifar(tmp_path)
    found = read_images(tmp_path / "test_batch.bin", colours=3)
    np.testing.assert_array_equal(found.images, images[5])
    np.testing.assert_array_equal(found.labels, labels[5])
    _, _, test, right = svhn(tmp_path)
    (tmp_path / "test_32x32.mat").rename(tmp_path / "mine.mat")
    found = read_images(tmp_path / "mine.mat", colours=3)
    np.testing.assert_array_equal(found.images, np.moveaxis(test, 3, 0))
    assert found.labels.tolist() == [0] == (right.reshape(-1) % 10).tolist()
    planes = np.moveaxis(images[0], 3, 1).reshape(2, -1)
    (tmp_path / "b.mat").write_bytes(mat(matrix("data", planes, 2, 9), matrix("labels", labels[0][:, None], 2, 9)))
    np.testing.assert_array_equal(read_images(tmp_path / "b.mat").images, images[0])
    (tmp_path / "b.mat").write_bytes(mat(matrix("Y", planes, 2, 9)))
    with pytest.raises(ConfigError, match="it holds no array 'data'"):
        read_images(tmp_path / "b.mat")


@pytest.mark.parametrize("below", [".", "cifar-10-batches-py"])
def test_pickles_are_refused_with_the_reason_and_not_opened(tmp_path, below):
    (tmp_path / below).mkdir(exist_ok=True)
    path = tmp_path / below / "data_batch_1"
    path.write_bytes(pickle.dumps({b"data": [1]}))
    error = refused("cifar10", tmp_path)
    assert error.file == str(path)
    assert "neurocore reads none, as a pickle can run any program" in error.problem
    assert "cifar-10-binary.tar.gz" in error.fix


def test_what_is_wrong_with_cifar_10_is_told(tmp_path):
    cifar(tmp_path)
    third = tmp_path / "data_batch_3.bin"
    whole = third.read_bytes()
    third.write_bytes(whole[:-1])
    assert refused("cifar10", tmp_path).problem == "its 6,145 bytes are no whole number of records of 3,073 bytes"
    third.write_bytes(whole[:3073] + b"\x0a" + whole[3074:])
    assert refused("cifar10", tmp_path).problem == "record 1 (from 0) has the label 10, not 0 to 9"
    third.write_bytes(b"")
    assert refused("cifar10", tmp_path).file == str(third)
    with open(third, "wb") as file:
        file.truncate(3073 * 10**6)  # no bytes on the disk
    assert "at most 1.0 GiB are read" in refused("cifar10", tmp_path).problem
    third.rename(tmp_path / "data_batch_three.bin")
    assert "did you mean 'data_batch_" in refused("cifar10", tmp_path).fix


@pytest.mark.parametrize("how", [{}, {"packed": False}, {"order": ">"}], ids=["packed", "plain", "big end first"])
def test_svhn_is_read_and_label_10_is_the_digit_0(tmp_path, how):
    images, _, test, _ = svhn(tmp_path, **how)
    found = read("svhn", tmp_path)
    np.testing.assert_array_equal(found.train_images, np.moveaxis(images, 3, 0))
    np.testing.assert_array_equal(found.test_images, np.moveaxis(test, 3, 0))
    assert found.train_labels.tolist() == [0, 1, 9, 5] and found.test_labels.tolist() == [0]
    assert found.train_images.flags.c_contiguous


def test_what_is_wrong_with_svhn_is_told(tmp_path):
    svhn(tmp_path)
    path = tmp_path / "train_32x32.mat"
    images = RNG.integers(0, 256, (32, 32, 3, 2)).astype(np.uint8)
    labels = np.array([[1], [2]], np.uint8)
    right = matrix("X", images, 2, 9), matrix("y", labels, 2, 6)
    for data, problem in [
        (mat(right[0]), "it holds no array 'y', but X"),
        (mat(right[0], matrix("y", labels[:1], 2, 6)), "there are 2 images and 1 labels"),
        (mat(right[0], matrix("y", labels * 11, 2, 6)), "label 0 (from 0) is 11, not 1 to 10"),
        (mat(right[0], matrix("y", labels + 0.5, 9, 6)), "label 0 (from 0) is 1.5, not 1 to 10"),
        (mat(matrix("X", images[:30], 2, 9), right[1]), "X is uint8[30, 32, 3, 2], not uint8[32, 32, 3, images]"),
        (mat(matrix("X", images, 2, 1), right[1]), "'X' is no array of real numbers"),
        (mat(matrix("X", images, 2, 9, flags=0x0800), right[1]), "'X' is no array of real numbers"),
        (b"MATLAB 7.3 MAT-file".ljust(600), "this is a MAT-file of version 7.3 (HDF5)"),
        (b"\x89PNG".ljust(600), "this is no MAT-file of level 5: it begins with 89 50 4e 47"),
        (mat(*right)[:300], "the element at byte"),
    ]:
        path.write_bytes(data)
        error = refused("svhn", tmp_path)
        assert error.file == str(path) and problem in error.problem, error


def test_a_mat_file_that_claims_more_than_it_has_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "a.mat"
    inner = element(6, struct.pack("<II", 9, 0)) + element(5, struct.pack("<4i", 32, 32, 3, 10**6))
    inner += struct.pack("<I", 1 << 16 | 1) + b"X\0\0\0" + struct.pack("<II", 2, 3072 * 10**6)
    squeezed = zlib.compress(struct.pack("<II", 14, 3072 * 10**6 + 100) + inner)
    path.write_bytes(mat() + struct.pack("<II", 15, len(squeezed)) + squeezed)
    with pytest.raises(ConfigError, match="'X' has 2.9 GiB; at most 2.0 GiB are read"):
        read_mat(path, ("X",))
    less = struct.pack("<II", 14, 400) + inner.replace(struct.pack("<I", 3072 * 10**6), struct.pack("<I", 300))
    path.write_bytes(mat() + struct.pack("<II", 15, len(zlib.compress(less))) + zlib.compress(less))
    with pytest.raises(ConfigError, match="has 300 bytes, not 3,072,000,000"):
        read_mat(path, ("X",))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_mat_file_gives_arrays_or_an_error_of_ours(tmp_path_factory, data):
    images = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    whole = bytearray(mat(matrix("X", images, 2, 9), matrix("y", images[0, 0], 2, 6), packed=data.draw(st.booleans())))
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(120, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("mat") / "a.mat"
    path.write_bytes(bytes(whole[: data.draw(st.integers(100, len(whole)))]))
    try:
        assert set(read_mat(path, ("X", "y"))) == {"X", "y"}
    except ConfigError as error:
        assert error.file == str(path)


def test_npz_files_are_checked(tmp_path):
    path = tmp_path / "a.npz"
    right = {
        "train_images": np.zeros((4, 5, 6, 1), np.uint8),
        "train_labels": np.arange(4),
        "test_images": np.zeros((2, 5, 6), np.uint8),
        "test_labels": np.zeros(2, np.uint8),
    }
    np.savez(path, **right)
    assert read("npz", path, pad=1).train_images.shape == (4, 7, 8)
    for name, array, problem in [
        ("train_images", right["train_images"].astype(np.float32), "train_images is float32[4, 5, 6, 1]"),
        ("train_labels", np.arange(3), "there are 4 train_images and 3 train_labels"),
        ("train_labels", np.arange(4) - 1, "train_labels has the label -1"),
        ("test_labels", np.zeros(2), "test_labels is float64[2]"),
        ("test_images", np.zeros((0, 5, 6), np.uint8), "test_images is uint8[0, 5, 6]"),
        ("test_images", np.zeros((2, 5, 7), np.uint8), "images to train and to test are [5, 6] and [5, 7]"),
    ]:
        np.savez(path, **(right | {name: array}))
        error = refused("npz", path)
        assert (error.problem, error.path) == (problem, "data.path")


def test_a_file_where_a_folder_is_needed_and_a_folder_that_is_not_there(tmp_path):
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(b"x")
    assert "unpack it" in refused("cifar10", tmp_path / "cifar-10-binary.tar.gz").fix
    assert "there is no folder" in refused("svhn", tmp_path / "none").problem


def test_faults_of_the_data_name_the_plans_line_or_the_option(tmp_path):
    fashion(tmp_path)
    text = yaml.safe_dump(small(data={"path": ".", "kind": "idx"}), sort_keys=False)
    (tmp_path / "plan.yaml").write_text(text)

    def problem(data: Path | None = None, **overrides: object) -> NeurocoreError:
        given = {key.replace("__", "."): value for key, value in overrides.items()}
        with pytest.raises(ConfigError) as caught:
            _read_data(read_plan(tmp_path / "plan.yaml", given), tmp_path / "plan.yaml", given, data)
        return caught.value

    line = 1 + text.split("\n").index("  size:")
    assert str(problem()).startswith(f"{tmp_path / 'plan.yaml'}:{line}: input.size: the images are [4, 6]")
    assert problem(data__path="none").file == "--set data.path='none'"
    assert problem(data=tmp_path / "none").file == str(tmp_path / "none")
    assert problem(data__kind="svhn").path == "data.path"
