"""Large images are mapped into memory where they lie in the file: the same image, no copy, the file untouched."""

from __future__ import annotations

import mmap

import numpy as np
import pytest

from neurocore.emulator.engine import run
from neurocore.errors import ImageError
from neurocore.formats import files
from neurocore.formats.image_file import load_image, save_image
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
