"""The supply voltage is part of an image's file, but not of what the image is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurocore.arch import ChipSpec
from neurocore.formats.file_writing import write_npz
from neurocore.formats.files import open_npz
from neurocore.formats.image_file import load_image, save_image
from neurocore.formats.located_yaml import parse_yaml
from neurocore.formats.meta import pack_meta, read_meta
from neurocore.formats.network_yaml import read_network
from neurocore.image import ChipImage


@pytest.fixture
def image() -> ChipImage:
    return ChipImage.blank("one", ChipSpec(grid=(2, 2)), np.array([[1, 0]]))


def powered(image: ChipImage, voltage: float | None) -> ChipImage:
    return replace(image, spec=image.spec.model_copy(update={"voltage": voltage}))


def test_it_does_not_change_the_digest_and_survives_the_file(image, tmp_path):
    assert powered(image, 0.8).digest() == image.digest() == powered(image, 0.9).digest()
    save_image(powered(image, 0.8), tmp_path / "image.npz")
    assert load_image(tmp_path / "image.npz").spec.voltage == 0.8


def test_a_file_written_before_there_was_a_voltage_still_loads(image, tmp_path):
    save_image(image, tmp_path / "image.npz")
    with open_npz(tmp_path / "image.npz") as npz:
        meta = read_meta(npz, "neurocore-image", 1)
        members = {name: npz.read(name) for name in npz.headers}
    assert "voltage" not in meta["spec"]  # so an image without one is written as before
    # The digest as version 0.1.0 took it: over all of the spec, which had no voltage.
    write_npz(tmp_path / "old.npz", members | {"meta": pack_meta(meta)})
    loaded = load_image(tmp_path / "old.npz")
    assert (loaded.spec.voltage, loaded.digest()) == (None, image.digest())


@pytest.mark.parametrize("chip", ["{voltage: 0.8}", "{preset: truenorth, voltage: 0.8}"])
def test_a_network_may_name_it(chip, tmp_path):
    (tmp_path / "net.yaml").write_text(f"name: net\nchip: {chip}\npopulations: {{one: {{shape: 1}}}}\n")
    assert read_network(tmp_path / "net.yaml").chip.voltage == 0.8


def test_set_reaches_it_whatever_the_form_of_the_chip(tmp_path):
    for number, chip in enumerate(("", "chip: truenorth\n", "chip: {grid: [2, 2]}\n")):
        file = tmp_path / f"{number}.yaml"
        file.write_text(f"name: net\n{chip}populations: {{one: {{shape: 1}}}}\n")
        assert read_network(file, overrides={"chip.voltage": parse_yaml("0.8", "--set").value}).chip.voltage == 0.8
