"""Broken images, models and spike files: the whole message of each, as a user sees it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from broken_files import IMAGES, MODELS, SPIKES, good_image, model
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.errors import ImageError, NeurocoreError, SpikeFileError
from neurocore.formats.ibm_corelet import read_model
from neurocore.formats.ibm_spikes import read_spikes
from neurocore.formats.image_file import load_image, save_image

PINNED = Path(__file__).with_name("broken_files.txt")
TABLES: dict[str, tuple[dict[str, Callable[[Path], Path]], Callable[[Path], Any]]] = {
    "images": (IMAGES, load_image),
    "models": (MODELS, read_model),
    "spikes": (SPIKES, read_spikes),
}
CASES = [(kind, name) for kind, (table, _) in TABLES.items() for name in table]


def pinned() -> dict[tuple[str, str], str]:
    """Messages by kind and name; a case starts with ``=== kind: name``."""
    parts = PINNED.read_text(encoding="utf-8").split("=== ")[1:]
    heads = [part.partition("\n") for part in parts]
    return {(head.partition(": ")[0], head.partition(": ")[2]): body.rstrip("\n") for head, _, body in heads}


def test_every_case_is_pinned_and_every_pin_has_its_case():
    assert sorted(pinned()) == sorted(CASES)


@pytest.mark.parametrize(("kind", "name"), CASES, ids=[f"{kind}: {name}" for kind, name in CASES])
def test_the_message_says_where_what_and_how_to_mend_it(kind, name, tmp_path):
    table, read = TABLES[kind]
    path = table[name](tmp_path)
    with pytest.raises(NeurocoreError) as caught:
        read(path)
    assert isinstance(caught.value, SpikeFileError if kind == "spikes" else ImageError)
    message = re.sub(r"\b[0-9a-f]{12}\.\.\.", "HEX...", str(caught.value).replace(f"{tmp_path}/", ""))
    assert message == pinned()[(kind, name)]
    assert "\n  fix: " in message


@pytest.fixture(scope="module")
def image_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("good") / "chip.npz"
    save_image(good_image(), path)
    return path.read_bytes()


@settings(max_examples=examples(150), deadline=None, derandomize=True)
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(1, 255), cut=st.booleans())
def test_no_damage_to_an_image_gives_anything_but_an_image_error_or_the_same_image(
    image_bytes, tmp_path_factory, place, value, cut
):
    at = int(place * len(image_bytes))
    broken = image_bytes[:at] if cut else image_bytes[:at] + bytes([image_bytes[at] ^ value]) + image_bytes[at + 1 :]
    path = tmp_path_factory.mktemp("damage") / "chip.npz"
    path.write_bytes(broken)
    with suppress(ImageError):
        assert load_image(path).digest() == good_image().digest()


@settings(max_examples=examples(150), deadline=None, derandomize=True)
@given(place=st.floats(0, 1, exclude_max=True), new=st.sampled_from(list('0{}[]",:x-')))
def test_no_damage_to_a_model_gives_anything_but_an_image_error(tmp_path_factory, place, new):
    text = model()
    at = int(place * len(text))
    path = tmp_path_factory.mktemp("damage") / "model.json"
    path.write_text(text[:at] + new + text[at + 1 :])
    with suppress(ImageError):
        read_model(path)
