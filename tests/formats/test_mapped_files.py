"""Large images are mapped into memory where they lie in the file: the same image, no copy, the file untouched."""

from __future__ import annotations

import errno
import gc
import mmap
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from neurocore.emulator.backends import run
from neurocore.errors import ImageError, NeurocoreError
from neurocore.formats import files, image_check, temporary
from neurocore.formats.image_file import load_cores, load_image, save_image
from neurocore.spikes import AxonEvents
from neurocore.workloads.characterisation import characterisation

NOTHING = AxonEvents.sorted([], [], [])


@pytest.fixture
def everything_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAP_FROM", 0)


def is_mapped(array: np.ndarray) -> bool:
    base = array
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base, mmap.mmap)


@pytest.mark.usefixtures("everything_mapped")
def test_a_mapped_image_is_the_image_and_its_file_stays_as_it_is(tmp_path):
    image = characterisation(grid=(3, 2), stochastic=True)
    save_image(image, tmp_path / "chip.npz")
    before = (tmp_path / "chip.npz").read_bytes()
    again = load_image(tmp_path / "chip.npz")
    assert all(is_mapped(array) for array in (again.crossbar, again.target_core, again.neurons.threshold))
    assert again.digest() == image.digest()
    np.testing.assert_array_equal(run(again, NOTHING, 40).counters, run(image, NOTHING, 40).counters)
    again.weight[:] = 0  # a private copy of these pages
    assert (tmp_path / "chip.npz").read_bytes() == before


@pytest.mark.usefixtures("everything_mapped")
def test_an_image_may_be_saved_over_the_file_it_is_mapped_from(tmp_path):
    save_image(characterisation(grid=(2, 2)), tmp_path / "chip.npz")
    image = load_image(tmp_path / "chip.npz")
    digest = image.digest()
    save_image(image, tmp_path / "chip.npz")
    assert load_image(tmp_path / "chip.npz").digest() == image.digest() == digest


@pytest.mark.usefixtures("everything_mapped")
def test_compressed_files_are_read(tmp_path):
    image = characterisation(grid=(2, 2))
    save_image(image, tmp_path / "chip.npz", compress=True)
    again = load_image(tmp_path / "chip.npz")
    assert not is_mapped(again.crossbar)
    assert again.digest() == image.digest()


@pytest.mark.usefixtures("everything_mapped")
def test_a_changed_byte_is_found(tmp_path):
    image = characterisation(grid=(2, 2))
    save_image(image, tmp_path / "chip.npz")
    content = bytearray((tmp_path / "chip.npz").read_bytes())
    place = content.index(image.crossbar.tobytes()[:64])
    assert place % 64 == 0
    content[place + 5] ^= 1
    (tmp_path / "chip.npz").write_bytes(content)
    with pytest.raises(ImageError, match="altered"):
        load_image(tmp_path / "chip.npz")


def test_small_arrays_are_read(tmp_path):
    save_image(characterisation(grid=(2, 2)), tmp_path / "chip.npz")
    assert not is_mapped(load_image(tmp_path / "chip.npz").crossbar)


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A compressed image of 256 cores, 5 MiB unpacked."""
    save_image(characterisation(grid=(16, 16)), tmp_path / "packed.npz", compress=True)
    return tmp_path / "packed.npz"


def peak_bytes(work: Callable[[], object]) -> int:
    """Most bytes that some work allocated at a time. Mapped files are not allocated."""
    gc.collect()
    tracemalloc.start()
    try:
        kept = work()
        return tracemalloc.get_traced_memory()[1] if kept else 0
    finally:
        tracemalloc.stop()


def test_a_rank_holds_its_part_of_a_compressed_image_and_no_more(packed, monkeypatch):
    image = load_image(packed)
    whole = sum(array.nbytes for array in image.arrays().values())
    monkeypatch.setattr(files, "_CHUNK", 2**14)
    monkeypatch.setattr(image_check, "_CORES", 2)
    load_cores(packed, 0, 1)  # what the first call keeps, such as compiled patterns, is not counted
    part = peak_bytes(lambda: load_cores(packed, 96, 128))
    assert whole / 8 < part < whole / 5
    assert peak_bytes(lambda: load_image(packed)) > whole
    monkeypatch.setattr(files, "MAP_FROM", 0)
    first = peak_bytes(lambda: load_image(packed, unpack=True))  # what rank 0 does, which checks all of it
    assert first < whole / 5
    again = load_image(packed, unpack=True)
    assert is_mapped(again.crossbar) and again.digest() == image.digest()
    for low, high in [(0, 5), (251, 256)]:
        one, core_xy = load_cores(packed, low, high)
        np.testing.assert_array_equal(one.crossbar, image.crossbar[low:high])
        np.testing.assert_array_equal(core_xy, image.core_xy)


@pytest.mark.usefixtures("everything_mapped")
def test_what_is_unpacked_is_checked_and_needs_room(packed, monkeypatch):
    def full(*given):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(NeurocoreError, match="TMPDIR") as told:
        patch.setattr(temporary.tempfile, "TemporaryFile", full)
        load_image(packed, unpack=True)
    assert "cannot be unpacked to the temporary folder: No space left on device" in str(told.value)
    content = bytearray(packed.read_bytes())
    content[len(content) // 3] ^= 1
    packed.write_bytes(content)
    with pytest.raises(ImageError, match="damaged|altered"):
        load_image(packed, unpack=True)
