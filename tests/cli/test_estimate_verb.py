"""``neurocore estimate``: text, JSON, voltage, coefficients, conventions, mistakes; the same from Python."""

from __future__ import annotations

import pytest

import neurocore as package


@pytest.fixture
def finished(neurocore):
    """The folder of a run of small.yaml."""
    assert neurocore("run", "small.yaml", "--out", "done", "-q", "--no-report").code == 0
    return "done"


def test_a_run_folder_is_estimated_as_text_and_as_json(neurocore, finished):
    told = neurocore("estimate", finished)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("small: estimate for 'truenorth' at 0.75 V, ticks of 1 ms\n")
    facts = neurocore("estimate", finished, "--json").json()
    assert facts["energy"]["power_w"] == pytest.approx(54.8e-3, rel=0.01)
    assert facts["timing"]["real_time_margin"] == pytest.approx(21, rel=0.01)
    summary = neurocore("report", finished, "--json").json()
    assert facts["throughput"]["nominal"]["sops"] == pytest.approx(summary["sops_nominal"])
    assert facts["traffic"]["hops"] == summary["hops"]
    assert facts["traffic"]["input_spikes"] > 0


def test_the_voltage_is_the_commands_then_the_configs(neurocore, place):
    assert neurocore("run", "small.yaml", "--out", "warm", "--set", "chip.voltage=0.8", "-q", "--no-report").code == 0
    assert neurocore("estimate", "warm", "--json").json()["energy"]["voltage_v"] == 0.8
    assert neurocore("estimate", "warm", "--voltage", "1.05", "--json").json()["energy"]["voltage_v"] == 1.05
    told = neurocore("estimate", "warm", "--voltage", "0.5")
    assert (told.code, told.out) == (2, "")
    assert "a supply voltage of 0.5 V" in told.err


def test_a_voltage_out_of_range_is_refused_when_the_network_is_read(neurocore, place):
    told = neurocore("check", "small.yaml", "--set", "chip.voltage=2")
    assert told.code == 2
    assert "chip.voltage: 2 is out of range\n  fix: allowed: 1.05 or less" in told.err


def test_prices_can_be_changed_and_mistakes_in_them_have_a_line(neurocore, finished, place):
    (place / "mine.yaml").write_text("static_power: {value: 0.1, source: a meter}\n")
    facts = neurocore("estimate", finished, "--coefficients", "mine.yaml", "--json").json()
    assert facts["energy"]["power_w"] == pytest.approx(0.1, rel=0.01)
    assert {"name": "static_power", "value": 0.1, "source": "a meter"}.items() <= facts["sources"][4].items()
    (place / "mine.yaml").write_text("static_powr: 0.1\n")
    told = neurocore("estimate", finished, "--coefficients", "mine.yaml")
    assert told.code == 2
    assert "mine.yaml:1: static_powr: unknown key 'static_powr'\n  fix: did you mean 'static_power'?" in told.err


def test_the_convention_for_static_power_can_be_chosen(neurocore, finished):
    whole, used = (neurocore("estimate", finished, "--static", static, "--json").json() for static in ("whole", "used"))
    assert used["energy"]["power_w"] < whole["energy"]["power_w"] / 1000
    assert neurocore("estimate", finished, "--static", "all").code == 2


def test_a_folder_without_a_run_is_told(neurocore, place):
    told = neurocore("estimate", "nowhere")
    assert (told.code, told.err.splitlines()[0]) == (2, "neurocore: nowhere/run.json does not exist")


def test_python_estimates_a_result_as_the_command_does_its_folder(neurocore, place):
    result = package.run("small.yaml", out="made", report=False)
    from_result, from_folder = package.estimate(result), package.estimate("made")
    assert from_result.as_dict() == from_folder.as_dict()
    assert from_result.as_dict() == neurocore("estimate", "made", "--json").json()
    assert package.estimate(result, voltage=0.9, static="used").energy.voltage_v == 0.9
