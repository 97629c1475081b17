"""The Python API: the same verbs as the command line, reachable from the package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import neurocore
from neurocore import api
from neurocore.errors import ConfigError, NeurocoreError

HELLO = Path(__file__).parents[1] / "configs/hello.yaml"


PACKAGES = {"report", "estimate"}
"""Verbs whose name is a sub-package's too."""


def test_every_name_of_the_api_is_reachable_from_the_package():
    for name in set(api.__all__) - PACKAGES:
        assert getattr(neurocore, name) is getattr(api, name)
    assert set(api.__all__) <= set(dir(neurocore))


@pytest.mark.parametrize("first", ["", "import neurocore.report.summary\n", "from neurocore.report import words\n"])
def test_a_verb_that_is_a_package_too_is_both(first: str, tmp_path: Path):
    """Whichever is met first, in a fresh interpreter."""
    script = first + (
        "import inspect, neurocore as nc\n"
        f"nc.run({str(HELLO)!r}, ticks=20, out='r', report=False)\n"
        "assert nc.report('r').summary.ticks == 20\n"
        "assert nc.estimate('r').energy.power_w > 0\n"
        "from neurocore.report.summary import Summary\n"
        "import neurocore.report.words as words\n"
        "assert words.number(3) == nc.report.words.number(3) == '3'\n"
        "assert inspect.signature(nc.report) == inspect.signature(nc.api.report)\n"
        "try: nc.report('r', no_such_option=1)\n"
        "except TypeError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert (done.stderr, done.stdout) == ("", "report() got an unexpected keyword argument 'no_such_option'\n")


def test_a_fresh_interpreter_reaches_them_too():
    script = "import neurocore; print(neurocore.check.__name__); neurocore.nothing"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "check\n"
    assert done.stderr.splitlines()[-1] == "AttributeError: module 'neurocore' has no attribute 'nothing'"


def test_a_network_object_runs_without_any_file():
    network = neurocore.read(HELLO)
    result = neurocore.run(network, ticks=50, seed=3)
    again = neurocore.run(HELLO, ticks=50, seed=3)
    assert result.recording.ticks == 50
    assert result.recording.spike_tick.tolist() == again.recording.spike_tick.tolist()
    assert neurocore.check(network).image.digest() == neurocore.check(HELLO).image.digest()
    assert neurocore.verify(network, ticks=50).passed


def test_a_network_from_python_names_no_files():
    net = neurocore.NetworkBuilder("n")
    net.population("p", 2, threshold={"file": "weights.npz", "array": "t"})
    with pytest.raises(ConfigError, match=r"populations\.p\.neuron\.threshold: a file is named in a network that was"):
        neurocore.run(net.build())


def test_write_replaces_nothing_unasked(tmp_path):
    network = neurocore.read(HELLO)
    with pytest.raises(NeurocoreError, match="a network is written as YAML"):
        neurocore.write(network, tmp_path / "hello.json")
    assert neurocore.write(network, tmp_path / "hello.yaml") == [tmp_path / "hello.yaml"]
    with pytest.raises(NeurocoreError, match="is there already"):
        neurocore.write(network, tmp_path / "hello.yaml")
    other = network.model_copy(update={"seed": 5})
    neurocore.write(other, tmp_path / "hello.yaml", force=True)
    assert neurocore.read(tmp_path / "hello.yaml") == other != network
