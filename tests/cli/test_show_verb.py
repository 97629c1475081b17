"""`neurocore show`: a core in text that a person can read, every detail in JSON, and cores that are not there."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SMALL_CORE = """\
small: core 0,0 (chip 0,0; index 0 of 1) on 'truenorth'
  neurons   7 of 256, 249 spare
  axons     10 of 256 with synapses: 10 of type 0
  synapses  36, 0.0549 % of the crossbar
  middle    4 neurons: middle[0..3]
  noisy     3 neurons: noisy[0..2]

axons
  axon  type  delay  driven by     synapses
  0..3  0     1      middle[0..3]         3
  4..9  0     2      eyes[0..5]           4

neurons
  slot  neuron        S0  S1  S2  S3  threshold  leak  reset   synapses  target
  0..3  middle[0..3]   1   0   0   0          3    -1  to 0           6  core 0,0 axon 0..3 delay 1
  with threshold_noise_bits 2, negative_threshold 4:
  4..6  noisy[0..2]    2   0   0   0          2     0  linear         4  output noisy[0..2]

crossbar: axons down, neurons across; # is a synapse
     0
    ++------+
  0 |....###|
    |....###|
    |....###|
    |....###|
    |####...|
    |####...|
    |####...|
    |####...|
  8 |####...|
    |####...|
    ++------+
"""


def change(place, old, new):
    """Write small.yaml with one thing changed."""
    text = (place / "small.yaml").read_text()
    assert old in text
    (place / "small.yaml").write_text(text.replace(old, new))


def test_a_core_in_text_is_all_there_is_to_know(neurocore):
    told = neurocore("show", "small.yaml", "--core", "0,0")
    assert (told.code, told.out, told.err) == (0, SMALL_CORE, "")
    assert neurocore("show", "small.yaml", "--core", "0").out == SMALL_CORE


def test_json_keeps_every_detail(neurocore):
    facts = neurocore("show", "small.yaml", "--core", "0,0", "--json").json()
    core = facts["core"]
    assert {"index", "xy", "axons_used", "synapses", "neurons"} <= core.keys()
    assert (core["index"], core["xy"], core["chip"], core["spare"]) == (0, [0, 0], [0, 0], 249)
    assert core["populations"] == [
        {"name": "middle", "neurons": 4, "copies": 0},
        {"name": "noisy", "neurons": 3, "copies": 0},
    ]
    assert [axon["drivers"][0]["label"] for axon in core["axons"]] == [
        *(f"middle[{k}]" for k in range(4)),
        *(f"eyes[{k}]" for k in range(6)),
    ]
    assert core["axons"][4]["drivers"] == [{"kind": "input", "label": "eyes[0]", "delay": 2}]
    assert core["axons"][4]["row"] == "1111" + "0" * 252
    assert (
        core["neurons"][1]
        | {
            "neuron": 1,
            "label": "middle[1]",
            "weights": [1, 0, 0, 0],
            "threshold": 3,
            "synapses": 6,
            "target_core": 0,
            "target_xy": [0, 0],
            "target_axon": 1,
            "delay": 1,
        }
        == core["neurons"][1]
    )
    assert core["neurons"][5]["target"] == "output noisy[1]"
    assert core["neurons"][5]["target_core"] == -2


def test_relays_say_whose_spikes_they_repeat(neurocore, place):
    change(place, "delay: 2", "delay: 40")
    change(place, "weight: 2", "weight: 2, stochastic: true")
    told = neurocore("show", "small.yaml", "--core", "0")
    assert told.code == 0
    assert "  relays    12 neurons: slots 7..18\n" in told.out
    assert " 0     15     eyes[" in told.out and " 0     10     relay of eyes[" in told.out
    assert "relay of eyes[0]" in told.out
    assert " ~2   0   0   0 " in told.out and "\n  ~ stochastic\n" in told.out


def test_copies_are_counted(neurocore, place):
    change(place, "outputs: [noisy]", "outputs: [noisy, middle]")
    told = neurocore("show", "small.yaml", "--core", "0")
    assert "  middle    8 neurons, 4 of them copies: middle[0..3]\n" in told.out


def test_long_lists_are_cut_to_a_screenful(neurocore, place):
    leaks = [-(k % 7) for k in range(120)]
    change(
        place,
        "middle: {shape: [4], neuron: {threshold: 3, leak: -1,",
        f"middle: {{shape: [120], neuron: {{leak: {leaks},",
    )
    told = neurocore("show", "small.yaml", "--core", "0")
    assert told.code == 0, told.err
    assert told.out.count("\n  ... ") == 1
    assert "\n  ... 97 more (--json has all)\n" in told.out
    assert all(len(line) <= 140 for line in told.out.splitlines())
    assert len(neurocore("show", "small.yaml", "--core", "0", "--json").json()["core"]["neurons"]) == 123


@pytest.mark.parametrize(
    ("core", "said"),
    [
        ("7", "'small' has no core 7\n  fix: allowed: 0..0\n"),
        ("1,0", "'small' has no used core at 1,0: it is spare\n"),
        ("1,1", "'small' has no used core at 1,1: it is broken\n"),
        ("9,9", "'small' has no core 9,9\n"),
        ("0,4", "'small' has no core 0,4\n"),
    ],
)
def test_a_core_that_is_not_there_is_named_with_the_nearest_one(neurocore, place, core, said):
    change(place, "seed: 5", "chip: {preset: tiny, broken_cores: [[1, 1]]}")
    told = neurocore("show", "small.yaml", "--core", core)
    assert told.code == 2
    near = "  fix: the nearest used core is 0,0; used ones lie in x 0..0, y 0..0; the array has x 0..3, y 0..3\n"
    assert told.err == f"neurocore: {said}" + ("" if "fix" in said else near)


@pytest.mark.parametrize("core", ["x", "", "1,2,3", "1.5", "2,", "0x1"])
def test_what_is_no_core_is_refused(neurocore, core):
    told = neurocore("show", "small.yaml", "--core", core)
    assert told.code == 2
    assert told.err == (
        f"neurocore: --core {core}: not a core\n  fix: its place as X,Y, such as 12,7, or its index, such as 3\n"
    )


def test_a_terminal_without_braille_gets_shades(neurocore, place):
    change(place, "shape: [4]", "shape: [120]")
    assert "a dot is a synapse" in neurocore("show", "small.yaml", "--core", "0").out
    command = [sys.executable, "-m", "neurocore", "show", "small.yaml", "--core", "0"]
    done = subprocess.run(command, capture_output=True, cwd=place, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert b"shade: synapses among 4 x 2" in done.stdout
