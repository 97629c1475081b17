"""``neurocore train``: what it prints and writes, Ctrl-C, going on, and data that do not fit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small_plans import write_small

from neurocore.cli.main import main

pytest.importorskip("torch", reason="training needs torch, which is not installed")


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A working folder with plan.yaml and bars.npz in it."""
    write_small(tmp_path, training__epochs=6)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_training_writes_a_network_that_runs_as_it_says(place, capsys):
    assert main(["train", "plan.yaml"]) == 0
    told = capsys.readouterr()
    files = {path.name for path in (place / "trained/bars").iterdir()}
    assert files == {"bars.yaml", "bars.arrays.npz", "checkpoints"}
    assert [path.name for path in (place / "trained/bars/checkpoints").iterdir()] == ["bars.member1.npz"]
    assert told.out.splitlines()[0] == "bars: trained"
    assert "0 mismatches between torch and the integer model" in told.out
    epochs = told.err.splitlines()
    assert len(epochs) == 6 and epochs[0].startswith("member 1  epoch   1 of 6  loss ")
    correct = told.out.split(" (")[1].split(" of ")[0]

    assert main(["run", "trained/bars/bars.yaml", "--json", "-q"]) == 0
    scored = json.loads(capsys.readouterr().out)["classifier"]
    assert scored["frames"] == 90 and scored["correct"] == int(correct)


def test_json_is_the_score_for_programs_and_quiet_says_nothing(place, capsys):
    options = ["--json", "-q", "--out", "here", "--shown", "7", "--set", "training.epochs=1"]
    assert main(["train", "plan.yaml", *options]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    facts = json.loads(told.out)
    assert set(facts) >= {
        "name",
        "files",
        "correct",
        "of",
        "accuracy",
        "mismatches",
        "members",
        "wall_s",
        "interrupted",
    }
    assert (facts["name"], facts["of"], facts["mismatches"], facts["interrupted"]) == ("bars", 90, 0, False)
    assert facts["accuracy"] == facts["correct"] / 90
    assert set(facts["files"]) == {"here/bars.arrays.npz", "here/bars.yaml"}
    assert main(["run", "here/bars.yaml", "--json", "-q"]) == 0
    assert json.loads(capsys.readouterr().out)["classifier"]["frames"] == 7


def test_ctrl_c_leaves_a_network_and_checkpoints_and_the_same_command_goes_on(place, capsys):
    command = [sys.executable, "-m", "neurocore", "train", "plan.yaml", "--set", "training.epochs=2000"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    for begin in (1, 2):
        started = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        line = started.stderr.readline()
        while line and "epoch" not in line:
            line = started.stderr.readline()
        assert "of 2000" in line, line
        first = int(line.split("epoch")[1].split("of")[0])
        assert first == 1 if begin == 1 else first > 1
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=120)
        assert started.returncode == 130, err
        assert "Traceback" not in err and "the same command goes on" in err
        assert "0 mismatches" in out
        assert (place / "trained/bars/checkpoints/bars.member1.npz").is_file()
    assert main(["check", "trained/bars/bars.yaml"]) == 0


def test_restart_forgets_what_was_trained(place, capsys):
    assert main(["train", "plan.yaml", "-q"]) == 0
    assert main(["train", "plan.yaml"]) == 0
    assert "epoch" not in capsys.readouterr().err
    assert main(["train", "plan.yaml", "--set", "seed=8"]) == 2
    assert "belongs to another plan" in capsys.readouterr().err
    assert main(["train", "plan.yaml", "--set", "seed=8", "--restart"]) == 0
    assert capsys.readouterr().err.count("epoch") == 6


def test_members_are_trained_one_by_one_and_one_that_is_there_already_is_kept(place, capsys):
    assert main(["train", "plan.yaml", "-q"]) == 0
    capsys.readouterr()
    assert main(["train", "plan.yaml", "--set", "members=2", "--set", "views=[[0,0],[0,1]]", "--json"]) == 0
    told = capsys.readouterr()
    assert "member 1" not in told.err and told.err.count("member 2") == 6
    assert json.loads(told.out)["members"] == 2
    text = (place / "trained/bars/bars.yaml").read_text()
    voters = [f"member{member}.view{view}.votes" for member in (1, 2) for view in (1, 2)]
    assert all(name in text for name in voters)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("input.size=[9,9]", "the images are [8, 8], the plan's input [9, 9]"),
        ("training.validation=300", "300 images for validation of 300"),
        ("classes=2", "a label is 2"),
        ("data.path=none.npz", "there is no file 'none.npz'"),
    ],
)
def test_data_that_do_not_fit_the_plan_are_told(place, capsys, change, problem):
    layers = ["--set", "layers[1].channels=12"] + (["--set", "layers[1].kernel=3"] if "size" in change else [])
    assert main(["train", "plan.yaml", "--set", change, *layers]) == 2
    told = capsys.readouterr()
    assert problem in told.err and f"--set {change.split('=')[0]}=" in told.err and told.out == ""
    assert not (place / "trained").exists()


def test_no_image_to_show_is_refused(place, capsys):
    assert main(["train", "plan.yaml", "--shown", "0"]) == 2
    assert "0 images shown" in capsys.readouterr().err
