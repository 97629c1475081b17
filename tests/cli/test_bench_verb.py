"""``neurocore bench``: presets, knobs, JSON, comparison, exit codes."""

from __future__ import annotations

import json
import math

import pytest

from neurocore.verbs import benchmarking
from neurocore.verbs.benchmarking import bench

QUICK = ("--ticks", "20", "--warmup", "3", "--repeats", "3", "--quiet")


def test_a_small_chip_tells_everything_in_json(neurocore):
    told = neurocore("bench", "chip", "--side", "4", "--rate", "50", "--synapses", "64", *QUICK, "--json")
    assert (told.code, told.err) == (0, "")
    facts = told.json()
    assert (facts["cores"], facts["neurons"], facts["ticks"], facts["goal"]) == (16, 4096, 20, None)
    runs = facts["ms_per_tick_runs"]
    assert len(runs) == 3
    assert facts["ms_per_tick"] == sorted(runs)[1]
    assert facts["real_time_factor"] == pytest.approx(1 / facts["ms_per_tick"])
    assert facts["ticks_per_s"] == pytest.approx(1e3 / facts["ms_per_tick"])
    per_tick = facts["gsops"] * 1e9 * facts["ms_per_tick"] * 1e-3
    assert per_tick == pytest.approx(4096 * 0.05 * 64, rel=0.3)
    assert facts["gsops_nominal"] == pytest.approx(per_tick * 1e3 / 1e9)
    assert facts["bytes_per_synapse"] == pytest.approx(256 / 8 / 64, rel=0.05)
    assert list(facts["phases_ms"]) == ["integrate", "update", "deliver", "record"]
    assert sum(facts["phases_ms"].values()) == pytest.approx(facts["ms_per_tick"], rel=0.7)
    assert all(math.isfinite(value) for value in facts["phases_ms"].values())
    assert facts["machine"]["processors"] >= 1


def test_presets_have_their_sizes(neurocore):
    core = neurocore("bench", "core", *QUICK, "--json").json()
    array = neurocore("bench", "array", "--side", "2", "--stochastic", *QUICK, "--json").json()
    assert (core["cores"], array["cores"]) == (1, 16)
    assert array["name"].endswith("stochastic")


def test_a_config_is_played_from_the_start_each_time(neurocore, place):
    facts = neurocore("bench", "config", "small.yaml", "--repeats", "2", "--json").json()
    assert (facts["name"], facts["ticks"], facts["neurons"]) == ("small", 60, 7)
    run = neurocore("run", "small.yaml", "--no-files", "--json").json()
    assert facts["rate_hz"] == pytest.approx(run["mean_rate_hz"])
    changed = neurocore("bench", "config", "small.yaml", "--set", "run.ticks=30", *QUICK[2:], "--json").json()
    assert changed["ticks"] == 30


def test_an_image_without_stimulus_can_be_measured(neurocore, place):
    assert neurocore("compile", "small.yaml", "-o", "small.npz").code == 0
    assert neurocore("bench", "config", "small.npz", *QUICK, "--json").json()["ticks"] == 20


def test_results_are_kept_and_compared(neurocore, place):
    told = neurocore("bench", "core", *QUICK, "--out", "old.json")
    assert told.code == 0
    assert "x real time" in told.out
    old = json.loads((place / "old.json").read_text())
    (place / "old.json").write_text(json.dumps(old | {"threads": 7}))
    told = neurocore("bench", "core", *QUICK, "--compare", "old.json")
    assert "times as fast as before" in told.out
    assert "not the same threads: 7 before, 1 now" in told.out
    assert "not the same machine" not in told.out
    (place / "bad.json").write_text("{}")
    told = neurocore("bench", "core", *QUICK, "--compare", "bad.json")
    assert (told.code, told.err.splitlines()[0]) == (
        2,
        "neurocore: bad.json: not the result of a benchmark: it has no neurocore_bench",
    )


def test_too_slow_is_a_failed_check(neurocore):
    assert neurocore("bench", "core", *QUICK, "--fail-below", "0.001").code == 0
    told = neurocore("bench", "core", *QUICK[:-1], "--fail-below", "1e12")
    assert (told.code, "is below 1e+12" in told.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["chp"], "did you mean 'chip'"),
        (["config"], "needs a file"),
        (["chip", "small.yaml"], "takes no file"),
        (["config", "none.yaml"], "none.yaml"),
        (["core", "--ticks", "0"], "0 ticks"),
        (["core", "--repeats", "0"], "0 repeats"),
        (["core", "--side", "65"], "65 x 65 cores"),
        (["array", "--chips", "9"], "9 x 9 chips"),
        (["core", "--rate", "0"], "0 Hz"),
        (["core", "--threads", "0"], "0 threads"),
        (["core", "--set", "run.ticks=3"], "--set changes a config"),
    ],
)
def test_bad_knobs_are_explained(neurocore, words, said):
    told = neurocore("bench", *words)
    assert told.code == 2
    assert said in told.err


def test_a_goal_is_met_or_not(monkeypatch: pytest.MonkeyPatch):
    found = bench("core", ticks=10, repeats=1, warmup=1)
    assert found.goal is None
    monkeypatch.setattr(benchmarking, "_goal", lambda *facts: ("at least something", False))
    assert "at least something: not met" in bench("core", ticks=10, repeats=1, warmup=1).text()
