"""Training plans are checked before anything is read or trained: errors name file, line, path, and what would help."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
import yaml
from small_plans import plan_of, small

from neurocore.errors import ConfigError, MissingExtraError, NeurocoreError
from neurocore.training.plan_yaml import read_plan
from neurocore.verbs.training import train


def written(folder: Path, text: str) -> Path:
    (folder / "plan.yaml").write_text(text)
    return folder / "plan.yaml"


def refused(folder: Path, text: str, overrides: dict | None = None) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read_plan(written(folder, text), overrides)
    return caught.value


def changed(old: str, new: str) -> str:
    """The small plan as a user would write it, one piece of it replaced."""
    text = yaml.safe_dump(small(), sort_keys=False, default_flow_style=None)
    assert old in text
    return text.replace(old, new, 1)


WRONG = {
    "channels: 8": ("chanels: 8", "layers[0].chanels", "unknown key 'chanels'", "did you mean 'channels'?"),
    "epochs: 10": ("epochs: ten", "training.epochs", "found 'ten'", "a whole number"),
    "kernel: 4": ("kernel: 14", "layers[0].kernel", "a kernel of 14 does not fit 8 x 8 pixels", "a smaller kernel"),
    "groups: 2": ("groups: 5", "layers[1].groups", "5 groups do not divide 8 channels below and 12", "divides both"),
    "kernel: 3": ("kernel: 2", "layers[1].kernel", "the last layer has 2 x 2 places", "kernel: 3 without padding"),
    "channels: 12": ("channels: 14", "layers[1].channels", "14 voters cannot be shared out to 3", "a multiple of 3"),
    "[100, 180]": ("[100, 256]", "input.thresholds[1]", "256", "255"),
    "validation: 60": ("validatoin: 60", "training.validatoin", "unknown key", "did you mean 'validation'?"),
    "seed: 3": ("seed: 3\nviews: [[0, 99]]", "views[0][1]", "99", "16"),
    "learning_rate: 0.03": ("learning_rate: 2", "training.learning_rate", "2", "1"),
    "neurocore_training: 1": ("neurocore_training: 2", "neurocore_training", "2", "1"),
    "shared: false": ("shared: no", "layers[0].shared", "'no'", "true"),
    "channels: 8, kernel": ("channels: 8000000, kernel", "layers[0].channels", "72,000,000 units", "at most 4,194,304"),
    "[8, 8]": ("[80000, 80000]", "input.size", "2 x 80000 x 80000 are 12,800,000,000 pins", "at most 4,194,304"),
    "epochs: 10, batch": ("epochs: .nan, batch", "training.epochs", "'.nan' is not a finite number", "finite"),
    "path: bars.npz": ("pth: bars.npz", "data.pth", "unknown key 'pth'", "did you mean 'path'?"),
}


@pytest.mark.parametrize("old", WRONG)
def test_what_is_wrong_is_named_with_its_line_and_what_would_help(old, tmp_path):
    new, path, problem, fix = WRONG[old]
    error = refused(tmp_path, changed(old, new))
    line = next(
        number
        for number, text in enumerate((tmp_path / "plan.yaml").read_text().split("\n"), 1)
        if new.split("\n")[-1] in text
    )
    assert (error.path, error.line) == (path, line)
    assert error.file == str(tmp_path / "plan.yaml")
    assert problem in error.problem and fix in (error.fix or "")


def test_more_inputs_than_a_core_has_axon_pairs_are_refused_with_the_count(tmp_path):
    error = refused(tmp_path, changed("[100, 180]", "[60, 100, 180]").replace("kernel: 4, stride: 2", "kernel: 7"))
    assert (error.path, error.line) == ("layers[0].kernel", 10)
    assert error.problem == "147 inputs a unit (3 channels of 7 x 7)"
    assert error.fix == "at most 128 fit a core (two axons for a ternary weight): more groups, a smaller kernel"


def test_exactly_128_inputs_fit():
    layers = [{"channels": 6, "kernel": 8, "shared": False}, {"channels": 3, "kernel": 1}]
    assert plan_of(layers=layers).reads(0).shape == (1, 128, 1)


def test_a_missing_key_a_repeated_one_and_a_network_are_told(tmp_path):
    assert "the key 'neurocore_training' is missing" in refused(tmp_path, "name: bars\n").problem
    network = refused(tmp_path, "neurocore: 1\nname: n\npopulations: {p: {shape: 2}}\n")
    assert "`neurocore run` takes" in network.fix
    without = refused(tmp_path, changed("classes: 3", "seed: 4"))
    assert without.problem.startswith("this key is given twice")
    assert refused(tmp_path, "[1, 2]\n").problem.startswith("found")
    plan = small()
    del plan["layers"]
    assert "layers" in str(refused(tmp_path, yaml.safe_dump(plan)))


def test_an_option_that_is_wrong_is_named_instead_of_the_file(tmp_path):
    text = yaml.safe_dump(small())
    error = refused(tmp_path, text, {"layers[1].groups": 5})
    assert error.file != str(tmp_path / "plan.yaml") and "layers[1].groups" in str(error)
    with pytest.raises(NeurocoreError, match="epoch"):
        read_plan(written(tmp_path, text), {"training.epoch": 5})
    assert read_plan(written(tmp_path, text), {"training.epochs": 5}).training.epochs == 5


def test_any_damage_to_a_plan_is_a_located_error_or_another_plan(tmp_path):
    rng = random.Random(1)
    text = yaml.safe_dump(small(), sort_keys=False, default_flow_style=None)
    pieces = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "- ",
        "\n",
        "  ",
        "0",
        "-1",
        "1e999",
        "null",
        "true",
        "~",
        "é",
        "\t",
        "&a ",
        "*a",
        "!!int ",
        "99999999999999999999",
        "'",
        "\0",
    ]
    refusals = 0
    for _ in range(120):
        damaged = text
        for _ in range(rng.randint(1, 3)):
            at, length = rng.randrange(len(damaged)), rng.choice([0, 0, 1, 4, 12])
            damaged = damaged[:at] + rng.choice(pieces) + damaged[at + length :]
        path = written(tmp_path, damaged)
        try:
            read_plan(path)
        except ConfigError as error:
            refusals += 1
            assert error.file == str(path) and error.problem
    assert refusals > 50


def test_without_torch_training_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError) as caught:
        train(written(tmp_path, yaml.safe_dump(small())))
    assert "'torch', which is not installed" in caught.value.problem
    assert caught.value.fix == "pip install 'neurocore[train]'"
