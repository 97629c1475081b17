"""The tutorial runs, block after block, and prints what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from neurocore.cli.main import main
from tools.make_tutorial import PAGE, executed


def test_the_tutorial_runs_in_order_and_prints_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text(encoding="utf-8")
    assert executed(page) == page, "run: python tools/make_tutorial.py"
    assert (tmp_path / "tutorial_sweep.png").stat().st_size > 10_000
    commands = re.findall(r"^```sh\n(.*?)^```", page, re.M | re.S)
    assert len(commands) == 1
    for line in commands[0].splitlines():
        word, *arguments = shlex.split(line)
        assert word == "neurocore"
        assert main(arguments) == 0, capsys.readouterr().err


def test_what_a_block_prints_stands_below_it():
    page = "a\n\n```python\nx = 3\n```\n\nb\n\n```python\nprint(x)\n```\n\n```text\nold\n```\n\nc\n"
    assert executed(page) == page.replace("old", "3")
    assert executed("```python\nprint(1)\n```\n\n```text\n0\n```\n") == "```python\nprint(1)\n```\n\n```text\n1\n```\n"
