"""Images and labels in files: what is read, what is refused and in which words."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from neurocore.errors import NeurocoreError
from neurocore.formats.image_stacks import read_images, read_labels

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 5, 6), np.uint8)
COLOURS = np.random.default_rng(1).integers(0, 256, (5, 6, 3), np.uint8)


def write_idx(path: Path, array: np.ndarray) -> None:
    data = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def png(pixels: np.ndarray, kind: int, depth: int = 8) -> bytes:
    """A PNG file, by the book: kind 0 grey, 2 RGB, 4 grey with alpha, 6 RGB with alpha."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], depth, kind, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("names", [("images", "labels"), ("test_images", "test_labels")])
def test_npz_holds_images_and_labels(tmp_path, names):
    np.savez(tmp_path / "x.npz", **dict(zip(names, (IMAGES, [3, 1, 0, 2]), strict=True)))
    found = read_images(tmp_path / "x.npz")
    np.testing.assert_array_equal(found.images, IMAGES)
    assert found.labels.tolist() == [3, 1, 0, 2]
    np.savez(tmp_path / "y.npz", **{names[0]: IMAGES})
    assert read_images(tmp_path / "y.npz").labels is None


@pytest.mark.parametrize("end", ["", ".gz"])
def test_idx_finds_the_labels_beside_it(tmp_path, end):
    images, labels = tmp_path / f"t10k-images-idx3-ubyte{end}", tmp_path / f"t10k-labels-idx1-ubyte{end}"
    write_idx(images, IMAGES)
    assert read_images(images).labels is None
    write_idx(labels, np.array([3, 1, 0, 2]))
    found = read_images(images)
    np.testing.assert_array_equal(found.images, IMAGES)
    assert found.labels.tolist() == [3, 1, 0, 2]
    assert found.told == (f"labels are those of {labels}",)
    write_idx(tmp_path / "digits.idx", IMAGES)
    assert read_images(tmp_path / "digits.idx").labels is None


def test_a_folder_of_png_is_in_the_order_of_names_with_subfolders_as_classes(tmp_path):
    for number, image in enumerate(IMAGES):
        (tmp_path / "flat").mkdir(exist_ok=True)
        (tmp_path / f"flat/{number}.png").write_bytes(png(image, 0))
        (tmp_path / f"by_class/{number % 2}").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"by_class/{number % 2}/{number}.png").write_bytes(png(np.stack([image] * 3, axis=-1), 2))
    flat, sorted_ = read_images(tmp_path / "flat"), read_images(tmp_path / "by_class")
    np.testing.assert_array_equal(flat.images, IMAGES)
    assert flat.labels is None and flat.names == ("0.png", "1.png", "2.png", "3.png")
    np.testing.assert_array_equal(sorted_.images, IMAGES[[0, 2, 1, 3]])
    assert sorted_.labels.tolist() == [0, 0, 1, 1]
    assert sorted_.names == ("0/0.png", "0/2.png", "1/1.png", "1/3.png")


def test_png_in_colours(tmp_path):
    (tmp_path / "a.png").write_bytes(png(COLOURS, 2))
    np.testing.assert_array_equal(read_images(tmp_path, colours=3).images, COLOURS[None])
    opaque = np.concatenate([COLOURS, np.full((5, 6, 1), 255, np.uint8)], axis=-1)
    (tmp_path / "a.png").write_bytes(png(opaque, 6))
    np.testing.assert_array_equal(read_images(tmp_path, colours=3).images, COLOURS[None])


def test_labels_come_from_every_kind_of_file(tmp_path):
    wanted = np.array([3, 1, 0, 2])
    write_idx(tmp_path / "l.idx", wanted)
    np.save(tmp_path / "l.npy", wanted)
    np.savez(tmp_path / "l.npz", labels=wanted, images=IMAGES)
    (tmp_path / "l.csv").write_text("3\n1\n0\n2\n")
    for name in ("l.idx", "l.npy", "l.npz", "l.csv"):
        np.testing.assert_array_equal(read_labels(tmp_path / name), wanted)


def damaged(name: str) -> dict[str, bytes]:
    whole = png(IMAGES[0], 0)
    transparent = np.stack([IMAGES[0], IMAGES[1]], axis=-1)
    return {
        "cut": {"a.png": whole[:60]},
        "text": {"a.png": b"hello"},
        "deep": {"a.png": png(IMAGES[0].astype(">u2"), 0, 16)},
        "large": {"a.png": whole[:16] + struct.pack(">II", 60_000, 60_000) + whole[24:]},
        "transparent": {"a.png": png(transparent, 4)},
        "colours": {"a.png": png(COLOURS, 2)},
        "sizes": {"a.png": whole, "b.png": png(IMAGES[0, 1:], 0)},
        "mixed": {"a.png": whole, "0/b.png": whole},
        "words": {"cat/a.png": whole},
        "none": {"a.txt": b"hello"},
    }[name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cut", "a.png: this is no PNG file that can be read"),
        ("text", "a.png: this is no PNG file that can be read"),
        ("deep", "a.png: 16 bits a channel"),
        ("large", "a.png: 60,000 x 60,000 pixels"),
        ("transparent", "a.png: some pixels are transparent"),
        ("colours", "a.png: an image in colours; the network sees grey ones"),
        ("sizes", "b.png: this image is 4 x 6, the first one 5 x 6"),
        ("mixed", "a.png: some images are in subfolders, this one is not"),
        ("words", "the subfolder 'cat' is no class"),
        ("none", "no .png files in this folder"),
    ],
)
def test_folders_that_cannot_be_shown_are_refused(tmp_path, name, said):
    for file, data in damaged(name).items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(data)
    with pytest.raises(NeurocoreError) as caught:
        read_images(tmp_path)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"pictures": IMAGES}, "the file holds pictures"),
        ({"images": IMAGES.astype(float)}, "the images are float64[4, 5, 6]"),
        ({"images": IMAGES[0]}, "the images are uint8[5, 6]"),
        ({"images": IMAGES, "labels": np.zeros((4, 10), int)}, "labels are int64[4, 10]"),
    ],
)
def test_archives_that_cannot_be_shown_are_refused(tmp_path, arrays, said):
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(NeurocoreError) as caught:
        read_images(tmp_path / "x.npz")
    assert said in str(caught.value) and "x.npz" in str(caught.value)


@pytest.mark.parametrize(("name", "said"), [("none.npz", "no such file or folder"), ("x.jpg", "not read from '.jpg'")])
def test_other_files_are_refused(tmp_path, name, said):
    (tmp_path / "x.jpg").write_bytes(b"")
    with pytest.raises(NeurocoreError, match=said):
        read_images(tmp_path / name)
