"""IDX files: what is written is read, plain and gzipped; damage of every kind is a ConfigError that names the file."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from neurocore.errors import ConfigError
from neurocore.formats.idx import is_idx, read_idx

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


def idx_bytes(array: np.ndarray) -> bytes:
    """The array as LeCun's page describes the format."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


@pytest.mark.parametrize("array", [IMAGES, np.array([7, 2, 1], np.uint8), np.zeros((0, 5), np.uint8)])
def test_what_is_written_is_read_plain_and_gzipped(array: np.ndarray, tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.idx", tmp_path / "a.idx.gz"
    plain.write_bytes(idx_bytes(array))
    packed.write_bytes(gzip.compress(idx_bytes(array)))
    for path in (plain, packed):
        found = read_idx(path)
        assert found.dtype == np.uint8 and found.shape == array.shape
        np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "begins with nothing"),
        (b"\x89PNG", "begins with 89 50 4e 47"),
        (b"\0\0\x0d\x01" + b"\0\0\0\1" + b"\0\0\0\0", "begins with 00 00 0d 01"),
        (b"\0\0\x08\x00", "1 to 6 axes"),
        (idx_bytes(IMAGES)[:9], "ends too early: 5 bytes where 12"),
        (idx_bytes(IMAGES)[:-1], "ends too early: 23 bytes where 24"),
        (idx_bytes(IMAGES) + b"\0", "more bytes than the 24"),
        (b"\0\0\x08\x02" + b"\xff" * 8, "at most 2,147,483,648"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_damage_is_an_error_that_names_the_file(data: bytes, said: str, packed: bool, tmp_path: Path) -> None:
    path = tmp_path / ("a.idx.gz" if packed else "a.idx")
    path.write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(ConfigError) as caught:
        read_idx(path)
    assert said in str(caught.value) and path.name in str(caught.value)


@pytest.mark.parametrize(
    "data", [b"", b"no gzip", gzip.compress(idx_bytes(IMAGES), mtime=0)[:-9]], ids=["empty", "other", "cut"]
)
def test_a_damaged_gzip_is_an_error_that_names_the_file(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.idx.gz"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=r"a\.idx\.gz"):
        read_idx(path)


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="gone"):
        read_idx(tmp_path / "gone.idx")


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("t10k-images-idx3-ubyte", True),
        ("t10k-images.idx3-ubyte.gz", True),
        ("x.idx", True),
        ("x.idx.gz", True),
        ("x.npz", False),
        ("x.gz", False),
    ],
)
def test_the_name_tells_an_idx_file(name: str, is_one: bool) -> None:
    assert is_idx(Path(name)) is is_one
