"""One core in words: the drawing shows each bit, runs lose nothing, and names come from the logical map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_cases import plain_image, with_populations

from neurocore.bits import pack_words
from neurocore.graph import Group
from neurocore.image import UNWIRED
from neurocore.report.core_reading import read_core
from neurocore.report.core_text import core_lines
from neurocore.report.crossbar_text import crossbar_lines
from neurocore.report.spans import cut_list, ranges, span


def dots(lines):
    """The bits of a Braille drawing, bool[4 x rows, 2 x columns]."""
    body = [line[line.index("|") + 1 : -1] for line in lines if line.endswith("|")]
    codes = np.array([[ord(letter) - 0x2800 for letter in row] for row in body])
    found = np.zeros((codes.shape[0] * 4, codes.shape[1] * 2), bool)
    for k, (row, column) in enumerate([(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (3, 0), (3, 1)]):
        found[row::4, column::2] = codes >> k & 1
    return found


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(1, 256), st.integers(1, 256), st.integers(0, 99))
def test_a_drawing_shows_every_synapse(axons, neurons, seed):
    bits = np.random.default_rng(seed).random((axons, neurons)) < 0.3
    bits[-1, -1] = True
    lines = crossbar_lines(bits)
    assert len(lines) <= 68 and max(map(len, lines)) <= 136
    shown = bits.T if "neurons down" in lines[0] else bits
    if "# is a synapse" in lines[0]:
        found = np.array([[mark == "#" for mark in line[line.index("|") + 1 : -1]] for line in lines if "|" in line])
    else:
        found = dots(lines)
    assert (found[: shown.shape[0], : shown.shape[1]] == shown).all()
    assert found.sum() == bits.sum()


def test_large_cores_are_condensed_and_the_title_says_so():
    bits = np.zeros((1024, 700), bool)
    bits[1023, 699] = bits[0, 0] = bits[3, 3] = True
    lines = crossbar_lines(bits)
    assert "a dot is synapses among 4 x 4" in lines[0]
    found = dots(lines)
    assert found[0, 0] and found[255, 174] and found.sum() == 2
    assert max(map(len, lines)) <= 140 and len(lines) <= 68


def test_rows_and_columns_carry_their_numbers():
    bits = np.zeros((256, 256), bool)
    bits[np.arange(256), np.arange(256)] = True
    lines = crossbar_lines(bits)
    assert lines[1].split() == [str(first) for first in range(0, 256, 32)]
    assert [line.split("|")[0].strip() for line in lines if "|" in line][::4] == [str(k) for k in range(0, 256, 16)]
    at = lines[1].index("64")
    assert lines[2][at] == "+" and lines[3 + 16][at] == "⠑"


def test_without_braille_shades_say_how_many():
    bits = np.zeros((256, 256), bool)
    bits[:4, :2] = bits[0, 2] = bits[-1, -1] = True
    lines = crossbar_lines(bits, braille=False)
    assert lines[3].split("|")[1].startswith("#. ") and lines[-2].endswith(".|")
    assert all(line.isascii() for line in lines)


def test_an_empty_crossbar_is_said():
    assert crossbar_lines(np.zeros((4, 4), bool)) == ["crossbar: no synapse"]


def test_labels_of_many():
    flat, deep = Group(name="a", start=5, shape=(9,)), Group(name="b", start=0, shape=(2, 3))
    assert (span(flat, 5, 7), span(flat, 6, 6)) == ("a[0..2]", "a[1]")
    assert (span(deep, 3, 5), span(deep, 1, 4)) == ("b[1, 0..2]", "b[0, 1]..[1, 1]")
    assert ranges([1, 2, 2, 5, 6, 9]) == [(1, 2), (5, 6), (9, 9)]
    assert cut_list(["aa", "bb", "cc"], 8) == "aa, bb, ... 1 more"
    assert cut_list(["long"], 1) == "long"


def chain():
    """Core 0: population 'a' drives core 1 in reversed order; its neuron 9 is a relay that neuron 0 drives."""
    image = with_populations(plain_image(2, used=10), {"a": 8})
    bits = np.zeros((2, 8, 16), bool)
    bits[1, :8, :5] = True
    bits[0, 0, 9] = True
    target = np.full_like(image.target_core, UNWIRED)
    axon = np.zeros_like(image.target_axon)
    target[0, 1:8], axon[0, 1:8] = 1, np.arange(1, 8)
    target[0, 0] = 0
    target[0, 9] = 1
    return replace(image, crossbar=pack_words(bits), target_core=target, target_axon=axon)


def test_axons_name_who_drives_them():
    view = read_core(chain(), 1)
    assert [axon.drivers[0].member.label for axon in view.axons] == ["relay of a[0]", *(f"a[{k}]" for k in range(1, 8))]
    assert view.axons[0].drivers[0].neuron == 9
    assert "  0     0     1      relay of a[0]         5" in core_lines(view)
    assert "  1..7  0     1      a[1..7]               5" in core_lines(view)


def test_relays_without_one_source_are_just_relays():
    view = read_core(chain(), 1)
    assert [neuron.member.label for neuron in view.neurons] == ["relay"] * 10
    assert "  relays    10 neurons: slots 0..9" in core_lines(view)


def test_neurons_that_drive_each_other_are_no_endless_chain():
    image = chain()
    image.target_core[0, 9], image.target_axon[0, 9], image.target_core[0, 0] = 0, 0, UNWIRED
    assert read_core(image, 0).neurons[9].member.label == "relay"


def test_axons_with_several_sources_list_them():
    image = chain()
    image.target_axon[0, 1:4] = 1
    lines = core_lines(read_core(image, 1))
    assert any("3 sources: a[1], a[2], a[3]" in line for line in lines)
    assert any("nothing on the chip" in line for line in lines)


def test_an_imported_image_knows_only_places():
    image = plain_image(2, used=4)
    image.crossbar[1, 2:5, 0] = 1
    image.target_core[0, :3], image.target_axon[0, :3] = 1, [2, 3, 4]
    lines = core_lines(read_core(image, 1))
    assert "  2..4  0     1      unknown (core 0,0 neuron 0..2)         1" in lines
    assert "  unknown   4 neurons: slots 0..3" in lines
    image.target_core[0, :3] = UNWIRED
    assert any("unknown (nothing on the chip)" in line for line in core_lines(read_core(image, 1)))


def test_an_unused_core_says_so():
    lines = core_lines(read_core(plain_image(1, used=0), 0))
    assert {"axons: none in use", "neurons: none in use", "crossbar: no synapse"} <= set(lines)


@pytest.mark.parametrize("axon_types", [1, 8])
def test_any_number_of_axon_types_has_its_columns(axon_types):
    image = plain_image(1, axon_types=axon_types)
    image.stochastic_weight[0] = 1
    text = "\n".join(core_lines(read_core(image, 0)))
    assert f" S{axon_types - 1} " in text and f" S{axon_types} " not in text and " ~0 " in text
