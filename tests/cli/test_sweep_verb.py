"""``neurocore sweep``: every combination once, whatever happens on the way."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurocore as nc
from neurocore.errors import NeurocoreError, RunError
from neurocore.verbs.sweep_point import CHARACTERISATION, KNOBS, Task, check_knobs
from neurocore.verbs.sweep_workers import run_tasks

RATE = "run.stimulus.eyes.poisson.rate_hz"
HERE = ("--jobs", "1")


def test_every_combination_is_run_and_told(neurocore, place):
    told = neurocore("sweep", "small.yaml", "--set", f"{RATE}=100,400", "--set", "chip.voltage=0.75,0.8", *HERE)
    assert told.code == 0
    lines = told.out.splitlines()
    assert lines[0] == f"small: 4 points, 2 {RATE} x 2 chip.voltage"
    assert lines[1].split() == ["rate_hz", "voltage", "gsops_per_w", "power_w", "sops_nominal", "mean_rate_hz"]
    assert [line.split()[:2] for line in lines[2:]] == [
        ["100", "0.75"],
        ["100", "0.8"],
        ["400", "0.75"],
        ["400", "0.8"],
    ]
    folder = place / "sweeps/small"
    pictures = [f"figures/estimate.throughput.nominal.gsops_per_w.{kind}" for kind in ("png", "svg")]
    assert told.err == f"wrote sweeps/small/table.csv, table.json, {', '.join(pictures)}\n"
    assert {path.name for path in folder.iterdir()} == {"sweep.json", "points", "table.csv", "table.json", "figures"}
    assert len(list((folder / "points").iterdir())) == 4
    with open(folder / "table.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    facts = json.loads((folder / "table.json").read_text())
    for row, point in zip(rows, facts["points"], strict=True):
        rate, voltage = float(row[RATE]), float(row["chip.voltage"])
        assert point["set"] == {RATE: rate, "chip.voltage": voltage}
        right = nc.run("small.yaml", overrides=point["set"])
        assert float(row["sops_nominal"]) == point["figures"]["sops_nominal"] == right.summary.sops_nominal
        assert float(row["estimate.energy.power_w"]) == pytest.approx(
            nc.estimate(right, voltage=voltage).energy.power_w
        )


def test_json_is_the_table_for_programs(neurocore, place):
    told = neurocore(
        "sweep", "small.yaml", "--set", "seed=1:3", "--show", "spikes,fastest.gsops", "--json", "-q", *HERE
    )
    assert (told.code, told.err) == (0, "")
    facts = told.json()
    assert facts == json.loads((place / "sweeps/small/table.json").read_text())
    assert facts["axes"] == {"seed": [1, 2, 3]}
    assert facts["show"] == ["spikes", "estimate.throughput.fastest.gsops"]
    assert [point["figures"]["spikes"] for point in facts["points"]] == [
        nc.run("small.yaml", seed=seed).summary.spikes for seed in (1, 2, 3)
    ]
    assert (facts["done"], facts["failed"], facts["interrupted"]) == (3, 0, False)


def test_a_sweep_goes_on_where_it_was(neurocore, place, monkeypatch):
    command = ("sweep", "small.yaml", "--set", f"{RATE}=100,400", "--show", "spikes", *HERE)
    first = neurocore(*command)
    points = place / "sweeps/small/points"
    done = {path.name: path.stat().st_mtime_ns for path in points.iterdir()}
    lost = sorted(done)[0]
    (points / lost).unlink()
    (points / sorted(done)[1]).touch()
    done[sorted(done)[1]] = (points / sorted(done)[1]).stat().st_mtime_ns
    again = neurocore(*command)
    assert (again.code, again.out) == (0, first.out)
    assert again.err.startswith("1 of 2 points were done before\n")
    assert (points / sorted(done)[1]).stat().st_mtime_ns == done[sorted(done)[1]]
    monkeypatch.setattr("neurocore.verbs.sweeping.run_tasks", None)  # nothing may be run from here on
    assert neurocore(*command, "--figure", "mean_rate_hz").code == 0
    assert (place / "sweeps/small/figures/mean_rate_hz.png").stat().st_size > 5000


def test_more_values_need_only_the_new_points(neurocore):
    neurocore("sweep", "small.yaml", "--set", "seed=1,2", *HERE)
    told = neurocore("sweep", "small.yaml", "--set", "seed=1:4", *HERE)
    assert told.err.startswith("2 of 4 points were done before\n")


def test_a_damaged_point_is_run_again(neurocore, place):
    first = neurocore("sweep", "small.yaml", "--set", "seed=1,2", "-q", *HERE)
    for path in (place / "sweeps/small/points").iterdir():
        path.write_text("{")
    assert neurocore("sweep", "small.yaml", "--set", "seed=1,2", "-q", *HERE).out == first.out


def test_another_description_is_not_mixed_in(neurocore, place):
    command = ("sweep", "small.yaml", "--set", "seed=1,2", "-q", *HERE)
    first = neurocore(*command)
    text = (place / "small.yaml").read_text()
    (place / "small.yaml").write_text("# a remark changes nothing\n" + text)
    assert neurocore(*command).out == first.out
    (place / "small.yaml").write_text(text.replace("weight: 2", "weight: 1"))
    told = neurocore(*command)
    assert (told.code, told.err) == (
        2,
        "neurocore: sweeps/small holds a sweep with another source digest than now\n"
        "  fix: give --force to start it again, or another --out to keep both\n",
    )
    assert neurocore(*command, "--force").code == 0
    assert len(list((place / "sweeps/small/points").iterdir())) == 2


@pytest.mark.parametrize("key", ["source_digest", "prices_digest", "neurocore_version"])
def test_points_are_good_for_the_same_source_prices_and_version_only(neurocore, place, key):
    command = ("sweep", "small.yaml", "--set", "seed=1,2", "-q", *HERE)
    neurocore(*command)
    path = place / "sweeps/small/sweep.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: "other"}))
    told = neurocore(*command)
    assert told.code == 2
    assert f"holds a sweep with another {key.replace('_', ' ')} than now" in told.err


def test_a_folder_of_something_else_is_not_touched(neurocore, place):
    (place / "mine").mkdir()
    (place / "mine/thesis.txt").write_text("years of work")
    told = neurocore("sweep", "small.yaml", "--set", "seed=1,2", "--out", "mine", "--force", *HERE)
    assert (told.code, told.err) == (
        2,
        "neurocore: mine holds files that are not a sweep\n  fix: choose another --out\n",
    )
    assert [path.name for path in (place / "mine").iterdir()] == ["thesis.txt"]
    assert neurocore("sweep", "small.yaml", "--set", "seed=1,2", "--out", "small.yaml", *HERE).code == 2


def test_a_point_that_fails_is_told_and_the_others_go_on(neurocore, place):
    told = neurocore(
        "sweep", "small.yaml", "--set", "populations.middle.neuron.threshold=2,-5,3", "--show", "spikes", *HERE
    )
    assert told.code == 1
    lines = told.out.splitlines()
    assert lines[1].split() == ["threshold", "spikes", "error"]
    assert lines[3].startswith("         -5       -  --set populations.middle.neuron.threshold=-5: ")
    assert "1 of 3 points failed; the first, populations.middle.neuron.threshold=-5: " in told.err
    assert len(list((place / "sweeps/small/points").iterdir())) == 2
    facts = json.loads((place / "sweeps/small/table.json").read_text())
    assert [point["figures"] is None for point in facts["points"]] == [False, True, False]
    assert (facts["failed"], facts["done"]) == (1, 2)


def test_a_network_that_does_not_fit_is_a_failed_point(neurocore):
    told = neurocore("sweep", "small.yaml", "--set", "chip.preset=tiny", "--set", "inputs.eyes.shape=6,40", *HERE)
    assert told.code == 1
    assert "middle[0] needs 40 axons" in told.out


def test_where_every_point_is_wrong_nothing_is_begun(neurocore, place):
    told = neurocore("sweep", "small.yaml", "--set", "populations.middle.shap=4,5", *HERE)
    assert told.code == 2
    assert "did you mean 'shape'?" in told.err
    assert not (place / "sweeps").exists()


def test_three_parameters_make_a_table_and_no_picture(neurocore, place):
    settings = ("--set", "seed=1,2", "--set", f"{RATE}=100,200", "--set", "run.ticks=10,20")
    told = neurocore("sweep", "small.yaml", *settings, *HERE)
    assert (told.code, len(told.out.splitlines())) == (0, 10)
    assert not (place / "sweeps/small/figures").exists()
    told = neurocore("sweep", "small.yaml", *settings, "--figure", "spikes", *HERE)
    assert "3 parameters cannot be drawn" in told.err
    settings = ("--set", "seed=1,2", "--set", "run.probes=[[]]", "--set", "run.ticks=[20]")
    told = neurocore("sweep", "small.yaml", *settings, "--figure", "spikes", *HERE)
    assert told.code == 0 and (place / "sweeps/small/figures/spikes.png").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["small.yaml"], "there is nothing to sweep over"),
        (["small.yaml", "--set", "seed=1"], "there is nothing to sweep over"),
        (["small.yaml", "--set", "seed=1,1"], "seed has the value 1 twice"),
        (["small.yaml", "--set", "seed=[]"], "seed has no values"),
        (["small.yaml", "--set", "seed=1,2", "--seed", "3"], "seed is given twice"),
        (["small.yaml", "--set", "seed=1:200", "--set", "run.ticks=1:200"], "40,000 points to run"),
        (["small.yaml", "--set", "seed=1,2", "--jobs", "0"], "0 jobs"),
        (["small.yaml", "--set", "seed=1,2", "--threads", "-1"], "-1 threads"),
        (["small.yaml", "--set", "seed=1,2", "--axes", "seed"], "--axes seed: not of the form NAME=SCALE"),
        (["small.yaml", "--set", "seed=1,2", "--axes", "sed=log"], "did you mean 'seed'?"),
        (["small.yaml", "--set", "seed=1,2", "--axes", "seed=lag"], "did you mean 'log'?"),
        (["small.yaml", "--set", "seed=1,2", "--figure", "spike", "--jobs", "1"], "did you mean spikes"),
        (["small.yaml", "--set", "seed=1,2", "--show", "spikes,hop", "--jobs", "1"], "a run has no figure 'hop'"),
        (
            ["small.yaml", "--set", "seed=1,2", "--figure", "chip", "--jobs", "1"],
            "figure 'chip' is a text: 'truenorth'",
        ),
        (["none.yaml", "--set", "seed=1,2"], "none.yaml: this file does not exist"),
        (["chip.npz", "--set", "seed=1,2"], "chip.npz: only the values of a network can be swept over"),
        (["characterisation", "--set", "sinapses=1,2"], "did you mean 'synapses'?"),
        (["characterisation", "--set", "synapses=1,257"], "synapses = 257\n  fix: allowed: whole numbers, 0 to 256"),
        (["characterisation", "--set", "side=1.5,2"], "side = 1.5"),
        (["characterisation", "--set", "stochastic=0,1"], "stochastic = 0\n  fix: allowed: true or false"),
        (["characterisation", "--set", "rate_hz=true,1"], "rate_hz = True"),
    ],
)
def test_bad_input_is_explained(neurocore, words, said):
    told = neurocore("sweep", *words)
    assert told.code == 2
    assert said in told.err


def test_no_files_writes_nothing(neurocore, place):
    assert neurocore("sweep", "small.yaml", "--set", "seed=1,2", "--no-files", *HERE).code == 0
    assert {path.name for path in place.iterdir()} == {"small.yaml"}


def test_processes_find_the_same(neurocore, place):
    command = ("sweep", "small.yaml", "--set", "seed=1,2,3", "--set", "populations.middle.neuron.threshold=3,-5")
    here = neurocore(*command, "--jobs", "1", "--no-files")
    there = neurocore(*command, "--jobs", "2")
    assert (here.code, there.code) == (1, 1)
    assert here.out == there.out
    assert len(list((place / "sweeps/small/points").iterdir())) == 3


class _Deadly:
    """A task that kills the process that unpacks it."""

    def __reduce__(self) -> Any:
        return os._exit, (9,)


def test_a_process_that_dies_costs_its_point_only(place):
    good = Task(source=Path("small.yaml"), changes={"seed": 3}, threads=1)
    found: dict[int, Any] = {}
    assert run_tasks([_Deadly(), good, good], 2, found.__setitem__) is False  # type: ignore[list-item]
    assert set(found) == {0, 1, 2}
    assert found[0].error.startswith("its process died (exit code 9)")
    assert found[1].facts["seed"] == found[2].facts["seed"] == 3


@pytest.mark.parametrize(
    ("raised", "said"),
    [(ZeroDivisionError("boom"), "a defect in neurocore: ZeroDivisionError: boom"), (MemoryError(), "out of memory")],
)
def test_whatever_goes_wrong_at_a_point_is_its_own_error(neurocore, monkeypatch, raised, said):
    def fail(source, *, overrides, **options):
        if overrides["seed"] == 2:
            raise raised
        return nc.run(source, overrides=overrides, **options)

    monkeypatch.setattr("neurocore.verbs.sweep_point.run", fail)
    told = neurocore("sweep", "small.yaml", "--set", "seed=1,2,3", *HERE)
    assert told.code == 1
    assert [said in line for line in told.out.splitlines()[2:]] == [False, True, False]


def test_a_script_without_a_guard_is_told_so(place):
    (place / "script.py").write_text(
        "import neurocore as nc\nnc.sweep('small.yaml', overrides={'seed': [1, 2]}, jobs=2)\n"
    )
    done = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, cwd=place)
    assert "a worker process could not start\n  fix: in a script, call sweep below `if __name__" in done.stderr


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(place, jobs):
    command = [sys.executable, "-m", "neurocore", "sweep", "small.yaml", "--jobs", jobs, "--show", "spikes"]
    command += [
        "--set",
        "run.probes=[[]]",
        "--set",
        "seed=1,2,3",
        "--set",
        "run.ticks=60,200000000",
        "--set",
        "run.stimulus={}",
        "--out",
        "s",
    ]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=place)
    end = time.monotonic() + 90
    while not list((place / "s").glob("points/*.json")) and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.3)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=90)
    assert started.returncode == 130, err
    kept = len(list((place / "s").glob("points/*.json")))
    assert 1 <= kept <= 3
    assert f"interrupted after {kept} of 6 points; what was done is kept in s; the same command goes on" in err
    assert "Traceback" not in err
    assert sum(line.split()[-1] != "-" for line in out.splitlines()[2:]) == kept
    assert len((place / "s/table.csv").read_text().splitlines()) == 7


def test_characterisation_networks_meet_their_knobs():
    result = nc.sweep(
        CHARACTERISATION,
        overrides={"rate_hz": [20, 100], "synapses": [64, 128], "side": 2, "voltage": 0.8},
        ticks=200,
        jobs=1,
    )
    assert result.fixed == {"side": 2, "voltage": 0.8, "ticks": 200}
    rates, operations = result.values("mean_rate_hz"), result.values("synaptic_operations")
    np.testing.assert_allclose(rates, [[20, 20], [100, 100]], rtol=0.05)
    neurons = 4 * 256
    np.testing.assert_allclose(operations, neurons * 0.2 * np.outer([20, 100], [64, 128]), rtol=0.06)
    assert (result.values("energy.voltage_v") == 0.8).all()
    assert result.points[0].facts is not None and result.points[0].facts["start_tick"] == 50
    assert not result.values("traffic.input_spikes").any()
    per_watt = result.values("nominal.gsops_per_w")
    assert (np.diff(per_watt, axis=0) > 0).all() and (np.diff(per_watt, axis=1) > 0).all()


def test_every_knob_has_a_default_within_its_range():
    assert check_knobs({}) == {name: knob[3] for name, knob in KNOBS.items()}
    for name, (_, least, most, default) in KNOBS.items():
        assert default is None or least <= default <= most, name


def test_python_sweeps_over_networks_and_arrays(place, tmp_path):
    network = nc.read("small.yaml")
    overrides = {RATE: np.array([100.0, 400.0]), "run.ticks": np.int64(30), "populations.middle.shape": [[4], [2, 2]]}
    result = nc.sweep(network, overrides=overrides, jobs=1, out=tmp_path / "s")
    assert result.axes == {RATE: (100.0, 400.0), "populations.middle.shape": ([4], [2, 2])}
    assert result.values("spikes").shape == (2, 2)
    assert result.values("spikes")[1, 0] == nc.run("small.yaml", overrides={RATE: 400.0}, ticks=30).summary.spikes
    assert {path.name for path in place.iterdir()} == {"small.yaml", "s"}
    again = nc.sweep(network, overrides=overrides, jobs=1, out=tmp_path / "s")
    assert all(point.resumed for point in again.points)
    changed = network.model_copy(update={"seed": 8})
    with pytest.raises(RunError, match="another source digest"):
        nc.sweep(changed, overrides=overrides, jobs=1, out=tmp_path / "s")
    assert "<table>" in result._repr_html_()
    axes = result.draw("spikes", {"figure": "linear", "rate_hz": "log"}).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("rate_hz", "shape")
    with pytest.raises(NeurocoreError, match="no axis is named 'rate'"):
        result.draw("spikes", {"rate": "log"})
