"""Prices: the preset is complete and sourced, a user's file changes what it names, mistakes are told with a place."""

from __future__ import annotations

import pytest

from neurocore.errors import ConfigError
from neurocore.estimate.coefficients import COEFFICIENTS, Coefficients, presets, read_coefficients


def read(tmp_path, text: str) -> Coefficients:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    return read_coefficients(file)


@pytest.mark.parametrize("preset", presets())
def test_every_number_of_a_preset_says_where_it_comes_from(preset):
    for name, coefficient in read_coefficients(preset).items().items():
        assert len(coefficient.source) > 2, name
        assert len(coefficient.conditions) > 10, name
        assert coefficient.kind in ("published", "derived", "assumption"), name
        assert 0 <= coefficient.uncertainty <= 1, name


def test_the_preset_holds_the_published_figures():
    found = read_coefficients()
    assert found.hop.value == pytest.approx(72e-15 * 32, rel=0.01)  # 72 fJ a bit, 32 bits
    assert found.core_to_periphery.value == pytest.approx(2e-12 * 32)
    assert found.chip_to_chip.value == pytest.approx(26e-12 * 32)
    assert found.neuron_update.value == pytest.approx(47e-15 * 410, rel=0.01)
    assert found.chip_ports_rate.value == pytest.approx(5.44e9 / 34)
    assert found.chip_edge_rate.value == pytest.approx(found.chip_ports_rate.value / 8)
    assert found.fastest_tick.value == pytest.approx(1e-3 / 21, rel=1e-3)
    assert found.exact_tick.value == pytest.approx(1e-3 / 5)


def test_a_file_changes_only_what_it_names(tmp_path):
    before = read_coefficients()
    text = "hop: {value: 3.0e-12, uncertainty: 0.5, source: my meter}\nchip_to_chip: 9.0e-10\n"
    found = read(tmp_path, text + "chip_edge_rate: {conditions: cold}\n")
    assert (found.name, found.preset) == ("mine.yaml", "truenorth")
    assert found.hop.model_dump() == before.hop.model_dump() | {
        "value": 3e-12,
        "uncertainty": 0.5,
        "source": "my meter",
        "kind": "user",
        "conditions": "not stated",
    }
    assert (found.chip_to_chip.value, found.chip_to_chip.source) == (9e-10, "mine.yaml")
    assert found.chip_edge_rate.model_dump() == before.chip_edge_rate.model_dump() | {"conditions": "cold"}
    untouched = set(COEFFICIENTS) - {"hop", "chip_to_chip", "chip_edge_rate"}
    assert all(found.items()[name] == before.items()[name] for name in untouched)


def test_an_empty_file_changes_nothing_but_the_name(tmp_path):
    assert read(tmp_path, "").items() == read_coefficients().items()


def test_numbers_already_read_pass_through():
    found = read_coefficients()
    assert read_coefficients(found) is found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hopp: 3\n", r"mine.yaml:1: hopp: unknown key 'hopp'\n  fix: did you mean 'hop'\?"),
        ("name: a\nhop: {valeu: 3}\n", r"mine.yaml:2: hop.valeu: unknown key 'valeu'\n  fix: did you mean 'value'\?"),
        ("hop: {value: -3}\n", r"mine.yaml:1: hop.value: -3 is out of range\n  fix: allowed: 0 or more"),
        ("hop: -3\n", r"mine.yaml:1: hop: -3 is out of range"),
        ("hop: {value: a lot}\n", r"mine.yaml:1: hop.value: found 'a lot'\n  fix: allowed: a number"),
        ("hop: true\n", r"mine.yaml:1: hop: found true"),
        ("hop: {value: true}\n", r"mine.yaml:1: hop.value: found true"),
        ("hop: {unit: mJ}\n", r"mine.yaml:1: hop.unit: found 'mJ'\n  fix: hop is in J"),
        ("hop: {kind: guess}\n", r"mine.yaml:1: hop.kind: 'guess' is not a choice here"),
        ("hop: {value: .inf}\n", r"mine.yaml:1: hop.value"),
        ("chip_edge_rate: 0\n", r"mine.yaml:1: chip_edge_rate: 0 is out of range\n  fix: allowed: more than 0"),
        ("hop: {at_voltage: 0}\n", r"mine.yaml:1: hop.at_voltage: 0 is out of range"),
        ("preset: loihi\n", r"mine.yaml:1: preset: no set of coefficients named 'loihi'"),
        ("neurocore_energy: 2\n", r"mine.yaml:1: neurocore_energy"),
        ("- hop\n", r"mine.yaml:1: found \["),
        ("hop: 1\nhop: 2\n", r"mine.yaml:2: hop: this key is given twice"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path, text, said):
    with pytest.raises(ConfigError, match=said):
        read(tmp_path, text)


def test_an_unknown_name_is_told_with_the_names_that_are_known():
    with pytest.raises(ConfigError, match=r"no set of coefficients named 'truenort'\n  fix: did you mean 'truenorth'"):
        read_coefficients("truenort")
    with pytest.raises(ConfigError, match="does not exist"):
        read_coefficients("nowhere.yaml")
