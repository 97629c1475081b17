"""Figures by dotted keys and their ends, and what they are called on axes."""

from __future__ import annotations

import pytest

from neurocore.errors import RunError
from neurocore.report.figure_keys import find_key, flat_figures, label_of, short_names

FACTS = {
    "spikes": 3,
    "notes": ["a", "b"],
    "classifier": None,
    "estimate": {
        "energy": {"power_w": 0.5, "breakdown": [{"name": "static", "power_w": 0.4}, {"name": "hops", "power_w": 0.1}]},
        "throughput": {"nominal": {"gsops": 1.0}, "fastest": {"gsops": 5.0}},
    },
}


def test_nested_figures_get_dotted_keys():
    assert dict(flat_figures(FACTS)) == {
        "spikes": 3,
        "classifier": None,
        "estimate.energy.power_w": 0.5,
        "estimate.energy.breakdown.static.power_w": 0.4,
        "estimate.energy.breakdown.hops.power_w": 0.1,
        "estimate.throughput.nominal.gsops": 1.0,
        "estimate.throughput.fastest.gsops": 5.0,
    }


def test_a_key_is_found_by_its_end_where_that_is_clear():
    keys = dict(flat_figures(FACTS))
    assert find_key("spikes", keys) == "spikes"
    assert find_key("nominal.gsops", keys) == "estimate.throughput.nominal.gsops"
    assert find_key("hops.power_w", keys) == "estimate.energy.breakdown.hops.power_w"
    with pytest.raises(RunError) as raised:
        find_key("gsops", keys)
    assert str(raised.value) == (
        "'gsops' means several figures\n"
        "  fix: one of estimate.throughput.nominal.gsops, estimate.throughput.fastest.gsops"
    )
    with pytest.raises(RunError, match="a run has no figure 'nominal.gsop'\n  fix: did you mean estimate.throughput"):
        find_key("nominal.gsop", keys)
    with pytest.raises(RunError, match="did you mean spikes"):
        find_key("spike", keys)


def test_columns_are_named_by_the_shortest_end_that_is_theirs_alone():
    assert short_names(["run.rate_hz", "a.power_w", "b.power_w", "power_w"]) == {
        "run.rate_hz": "rate_hz",
        "a.power_w": "a.power_w",
        "b.power_w": "b.power_w",
        "power_w": "power_w",
    }


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("estimate.throughput.nominal.gsops_per_w", "GSOPS/W"),
        ("estimate.energy.power_w", "power (W)"),
        ("mean_rate_hz", "mean rate (Hz)"),
        ("sops_nominal", "SOPS nominal"),
        ("frames_per_s_per_w", "frames/s/W"),
        ("spikes", "spikes"),
    ],
)
def test_axes_name_units(key, label):
    assert label_of(key) == label
