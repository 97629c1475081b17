"""A small network on disk, and the command line called in this process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from neurocore.cli.main import main

SMALL = """\
neurocore: 1
name: small
seed: 5
inputs:
  eyes: {shape: [6]}
populations:
  middle: {shape: [4], neuron: {threshold: 3, leak: -1, floor: 0}}
  noisy: {shape: [3], neuron: {threshold: 2, threshold_noise_bits: 2, reset: linear, floor: -4}}
projections:
  - {from: eyes, to: middle, pattern: all_to_all, weight: 1, delay: 2}
  - {from: middle, to: noisy, pattern: all_to_all, weight: 2}
outputs: [noisy]
run:
  ticks: 60
  stimulus:
    eyes: {poisson: {rate_hz: 400}}
  probes:
    - {population: noisy, neurons: [0, 2]}
"""


@dataclass(frozen=True)
class Outcome:
    """What a command returned and printed."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with small.yaml in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(SMALL)
    return tmp_path


@pytest.fixture
def neurocore(place: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Call the command line as a user would, in the folder of small.yaml."""

    def call(*arguments: str) -> Outcome:
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Outcome(code, said.out, said.err)

    return call


@pytest.fixture(scope="session")
def reported_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of small.yaml with its report, to be copied."""
    folder = tmp_path_factory.mktemp("reported")
    (folder / "small.yaml").write_text(SMALL)
    assert main(["run", str(folder / "small.yaml"), "--out", str(folder / "r"), "-q"]) == 0
    return folder / "r"


@pytest.fixture
def reported(reported_once: Path, place: Path) -> Path:
    """The folder r of such a run, beside small.yaml."""
    return shutil.copytree(reported_once, place / "r")
