"""The command line and the Python API are twins: the same names, the same defaults, and a short list of exceptions."""

from __future__ import annotations

import argparse
import inspect
from typing import Any

import pytest

from neurocore import api
from neurocore.cli.main import build_parser, main

RENAMED = {("bench", "rate"): "rate_hz", ("report", "run"): "folder"}
"""(verb, command line) -> Python. Every verb's ``--set`` is ``overrides``."""

ONLY_COMMAND_LINE = {
    "json": "Python has the result itself",
    "no_files": "Python writes nothing unless 'out' is given",
    "help": "",
}
ONLY_COMMAND_LINE_OF = {
    "bench": {"out", "compare", "fail_below"},  # of what to do with the result
    "convert": {"quiet"},
    "report": {"quiet", "other", "out"},  # two runs beside each other: compare_reports
    "resume": {"rank_bounds"},
    # report=False; ranks are started by mpiexec; --images and what belongs to it: stream
    "run": {"no_report", "rank_bounds", "images", "labels", "first", "count", "pad"},
}
ONLY_PYTHON_OF = {
    "batch": {"ranks", "runner"},  # mpiexec -n ranks
    "remap": {"mapping"},
    "run": {"report", "emulation", "recorder", "ranks"},  # --no-report; mpiexec -n ranks
    "resume": {"recorder", "ranks"},
}
NIR = {"dt", "reset", "fires", "approximate"}
"""Options of the command line that are one object in Python: ``nir=NirOptions(...)``."""
OTHER_DEFAULTS = {
    "quiet": "Python prints no progress unless asked to",
    "set": "an empty list is no overrides",
}
OTHER_DEFAULTS_OF = {
    "bench": {"preset"},  # the command line wants it said
}
WITH_A_TARGET = {"compile", "convert", "remap"}
"""``-o OUT`` is the second parameter: verbs that make a file of a file."""
NO_VERBS = {"Network", "NetworkBuilder"}
PYTHON_VERBS = {"read", "write", "load_run", "compare_reports", "stream"}
"""Files to objects and back: a command line has no use for them; ``report A B`` is compare_reports, ``run --images``
is stream."""


def verbs() -> dict[str, argparse.ArgumentParser]:
    action = next(action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(action.choices)


VERBS = verbs()


def options(verb: str) -> dict[str, argparse.Action]:
    """The verb's arguments by the names that Python should have for them."""
    found = {}
    for action in VERBS[verb]._actions:
        name = RENAMED.get((verb, action.dest), "overrides" if action.dest == "set" else action.dest)
        if action.dest in NIR:
            continue
        if action.dest not in ONLY_COMMAND_LINE and action.dest not in ONLY_COMMAND_LINE_OF.get(verb, ()):
            found[name] = action
    return found


def parameters(verb: str) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(getattr(api, verb)).parameters)


def test_both_have_the_same_verbs():
    assert set(VERBS) == set(api.__all__) - NO_VERBS - PYTHON_VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_names_are_the_same(verb: str):
    assert set(parameters(verb)) - ONLY_PYTHON_OF.get(verb, set()) - {"nir"} == set(options(verb))
    dests = {action.dest for action in VERBS[verb]._actions}
    assert ("nir" in parameters(verb)) == (dests >= NIR)


@pytest.mark.parametrize("verb", VERBS)
def test_what_comes_first_comes_first_in_both(verb: str):
    """Positional arguments are the first parameters, in the same order; options are keywords."""
    positional = [name for name, action in options(verb).items() if not action.option_strings]
    found = parameters(verb)
    assert list(found)[: len(positional)] == positional
    for name, action in options(verb).items():
        if action.option_strings and not (name == "out" and verb in WITH_A_TARGET):
            assert found[name].kind is inspect.Parameter.KEYWORD_ONLY, name


@pytest.mark.parametrize("verb", VERBS)
def test_defaults_are_the_same(verb: str):
    wanted: dict[str, Any] = {}
    given: dict[str, Any] = {}
    for name, action in options(verb).items():
        if action.dest in OTHER_DEFAULTS or name in OTHER_DEFAULTS_OF.get(verb, ()):
            continue
        required = action.required or (not action.option_strings and action.nargs not in ("?", "*"))
        given[name] = inspect.Parameter.empty if required else action.default
        wanted[name] = parameters(verb)[name].default
    assert wanted == given


def test_every_exception_is_one():
    for verb, dest in RENAMED:
        assert dest in {action.dest for action in VERBS[verb]._actions}
    for verb, names in ONLY_COMMAND_LINE_OF.items():
        assert names <= {action.dest for action in VERBS[verb]._actions} and not names & set(parameters(verb))
    for verb, names in ONLY_PYTHON_OF.items():
        assert names <= set(parameters(verb)) - set(options(verb))


def test_images_are_options_of_run_and_parameters_of_stream():
    found = parameters("stream")
    shared = [name for name in found if name not in ("source", "images", "nir", "report", "quiet", "overrides")]
    given = {action.dest: action.default for action in VERBS["run"]._actions}
    assert {name: found[name].default for name in shared} == {name: given[name] for name in shared}
    assert list(found)[:2] == ["source", "images"]


def test_check_hands_its_profile_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    given: dict[str, Any] = {}

    class Checked:
        def text(self) -> str:
            return "looked"

    def look(source: Any, **options: Any) -> Checked:
        given.update(options)
        return Checked()

    monkeypatch.setattr("neurocore.verbs.checking.check", look)
    assert main(["check", "net.yaml", "--profile", "runs/earlier"]) == 0
    assert given["profile"] == "runs/earlier" and capsys.readouterr().out == "looked\n"
