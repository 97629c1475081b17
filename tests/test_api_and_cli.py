"""Python and the command line are twins: the same verbs, the same names, the same defaults."""

from __future__ import annotations

import argparse
import inspect
import json
from pathlib import Path

import pytest

from neurocore import api
from neurocore.cli.main import build_parser, main
from tools.cli_page import verbs

CONFIG = Path(__file__).parents[1] / "configs" / "multi_chip.yaml"
PARSERS = verbs(build_parser())
NIR = {"dt", "reset", "fires", "approximate"}
"""The options of graphs are one argument in Python, ``nir=NirOptions(...)``."""
OF_THE_COMMAND_LINE = {"json", "set", "no_files", "no_report", "rank_bounds", "quiet", *NIR}
"""Printing; --set is ``overrides``, --no-files ``out=None``, --no-report ``report``; Python is quiet by itself."""
OF_PYTHON = {"overrides", "nir", "quiet", "emulation", "recorder", "ranks"}
OTHERS = {
    "run": {"report"},
    "report": {"run", "folder", "other", "out"},  # of two runs: compare_reports
    "bench": {"rate", "rate_hz", "preset", "out", "compare", "fail_below"},  # files and exit codes of the command
    "sweep": {"no_files"},
    "remap": {"mapping"},
}
"""What else is named or given in another way."""


def test_every_verb_is_a_function() -> None:
    assert {"read", *PARSERS} <= set(api.__all__)


@pytest.mark.parametrize("verb", PARSERS)
def test_names_and_defaults_are_the_same(verb: str) -> None:
    options = {one.dest: one.default for one in PARSERS[verb]._actions if not isinstance(one, argparse._HelpAction)}
    arguments = {
        name: None if one.default is inspect.Parameter.empty else one.default
        for name, one in inspect.signature(getattr(api, verb)).parameters.items()
    }
    others = OTHERS.get(verb, set())
    assert options.keys() - OF_THE_COMMAND_LINE - others == arguments.keys() - OF_PYTHON - others
    shared = options.keys() & arguments.keys() - OF_PYTHON - others
    assert {name: options[name] for name in shared} == {name: arguments[name] for name in shared}


def test_check_places_cores_by_an_earlier_run(tmp_path, capsys) -> None:
    api.run(CONFIG, ticks=60, out=tmp_path / "run", report=False)
    assert main(["check", str(CONFIG), "--profile", str(tmp_path / "run"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["digest"] == api.check(CONFIG, profile=tmp_path / "run").image.digest()
    assert found["digest"] != api.check(CONFIG).image.digest()
