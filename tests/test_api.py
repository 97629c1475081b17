"""The Python API: the same verbs as the command line, reachable from the package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import neurocore
from neurocore import api

HELLO = Path(__file__).parents[1] / "configs/hello.yaml"


ROOMS = {"estimate", "report"}
"""Verbs that share their name with a sub-package."""


def test_every_verb_is_reachable_from_the_package():
    for name in set(api.__all__):
        assert name in ROOMS or getattr(neurocore, name) is getattr(api, name)
        assert name in dir(neurocore)
    assert set(api.__all__) > ROOMS


@pytest.mark.parametrize("name", sorted(ROOMS))
@pytest.mark.parametrize("before", ["", "import neurocore.{0}; ", "import neurocore.api; "])
def test_a_sub_package_with_a_verbs_name_is_that_verb_when_called(name, before):
    script = f"import neurocore; {before.format(name)}neurocore.{name}('nowhere')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "nowhere/run.json does not exist" in done.stderr


def test_sub_packages_with_a_verbs_name_can_be_imported_from():
    import neurocore.estimate.coefficients as there
    from neurocore.report import words

    assert there.DEFAULT_PRESET == "truenorth"
    assert words.__name__ == "neurocore.report.words"


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
