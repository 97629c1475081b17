"""Every example network reads, fits, verifies, and does what it is there to show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurocore.api import run, verify
from neurocore.formats.network_yaml import read_network
from neurocore.mapper.pipeline import compile_network
from neurocore.verbs.profiling import spike_counts

CONFIGS = Path(__file__).parents[1] / "configs"
NAMES = sorted(path.stem for path in CONFIGS.glob("*.yaml"))
LONG = {"mnist": 100, "if_neuron": 400, "two_layer": 200, "hello": 300}
"""Ticks to verify of those that run longer than is needed here."""


@pytest.mark.parametrize("name", NAMES)
def test_every_example_verifies(name: str) -> None:
    result = verify(CONFIGS / f"{name}.yaml", ticks=LONG.get(name), reference_ticks=40)
    assert result.passed, [check for check in result.checks if not check.passed]
    assert sum(check.spikes for check in result.checks) > 0


def counts(name: str, **changes: object) -> dict[str, np.ndarray]:
    """Spikes of each neuron in a run, by population, in its shape."""
    done = run(CONFIGS / f"{name}.yaml", overrides=dict(changes) or None)
    every = spike_counts(done.image, done.recording)
    groups = done.image.logical.populations
    return {group.name: every[group.start : group.stop].reshape(group.shape) for group in groups}


def test_recurrent_balances() -> None:
    rates = counts("recurrent")["excitatory"] / 500
    assert 0.01 < rates.mean() < 0.06
    away = counts("recurrent", **{"projections[3].weight": 0})["excitatory"] / 500
    assert away.mean() > 0.9


def test_convolution_finds_the_edges_of_a_vertical_bar() -> None:
    edges = counts("convolution")["edges"].sum(axis=(1, 2))
    assert edges[:2].min() > 100
    assert edges[2:].tolist() == [0, 0]


def test_stochastic_rates_are_those_expected() -> None:
    found = counts("stochastic")
    assert found["coin"].mean() == pytest.approx(250, rel=0.03)
    assert found["drift"].mean() == pytest.approx(100, rel=0.03)
    expected = 1000 * np.arange(1, 65) / 64
    assert np.abs(found["sigmoid"] - expected).max() < 5 * np.sqrt(250)
    assert found["sigmoid"][63] == 1000


@pytest.mark.parametrize(("left", "detector"), [(0, 6), (64, 2)])
def test_delayed_tells_where_the_sound_comes_from(left: int, detector: int) -> None:
    found = counts("delayed", **{"run.stimulus.left.regular.start": left})["detectors"]
    assert np.flatnonzero(found).tolist() == [detector]


USES = {
    "delayed": lambda report: report.relays >= 8,
    "relays": lambda report: report.relays > 50,
    "multi_chip": lambda report: report.chips == 4 and report.crossings > 0,
    "recurrent": lambda report: report.copies > 500,
    "convolution": lambda report: report.cores > 1,
}


@pytest.mark.parametrize("name", USES)
def test_examples_use_what_they_are_named_for(name: str) -> None:
    assert USES[name](compile_network(read_network(CONFIGS / f"{name}.yaml")).report)


def test_multi_chip_avoids_broken_cores_and_keeps_its_region() -> None:
    compiled = compile_network(read_network(CONFIGS / "multi_chip.yaml"))
    places = {tuple(place) for place in compiled.image.core_xy.tolist()}
    assert not places & {(0, 1), (3, 0)}
    table = compiled.image.logical
    last = next(group for group in table.populations if group.name == "last")
    cores = table.instance_core[(table.instance_logical >= last.start) & (table.instance_logical < last.stop)]
    assert compiled.image.core_xy[cores].min() >= 2
