"""Every example network reads, fits, runs and verifies; the examples do what their comments say they show."""

from __future__ import annotations

from math import comb
from pathlib import Path

import numpy as np
import pytest

from neurocore.api import check, run, verify
from neurocore.formats.network_yaml import read_network
from neurocore.mapper.mapping_report import MappingReport
from neurocore.mapper.pipeline import compile_network
from neurocore.report.rows import rows_of, spike_rows
from neurocore.verbs.profiling import spike_counts
from neurocore.verbs.run_result import RunResult

CONFIGS = Path(__file__).parents[1] / "configs"
NAMES = sorted(path.stem for path in CONFIGS.glob("*.yaml"))
TICKS = {"mnist": 12, "if_neuron": 400, "two_layer": 200, "stochastic": 200, "delayed": 600, "learning_digits": 400}
"""Ticks for those that run longer than is needed here."""


def path(name: str) -> Path:
    return CONFIGS / f"{name}.yaml"


def test_the_readme_lists_every_example() -> None:
    readme = (CONFIGS.parent / "README.md").read_text(encoding="utf-8")
    assert {name for name in NAMES if f"| `configs/{name}.yaml` |" in readme} == set(NAMES)
    assert {"convolution", "delayed", "multi_chip", "recurrent", "relays", "stochastic"} < set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_example_fits_runs_and_verifies(name: str) -> None:
    """Logical = mapped for every population, 1 thread = many, kernels = reference."""
    ticks = TICKS.get(name)
    network = read_network(path(name))
    assert network.name == name
    assert network.description or name == "hello"
    checked = check(path(name))
    done = run(path(name), ticks=ticks)
    assert done.image.digest() == checked.image.digest()
    spikes = done.recording.total("spikes")
    result = verify(path(name), ticks=ticks, reference_ticks=min(40, ticks or 40))
    assert [one.what for one in result.checks if not one.passed] == []
    assert len(result.checks) == len(network.populations) + 2 + sum(p.learning is not None for p in network.projections)
    assert result.checks[-2].spikes == spikes > 0


def counts(done: RunResult) -> dict[str, np.ndarray]:
    """Spikes of each neuron, by population, in its shape."""
    every = spike_counts(done.image, done.recording)
    return {
        group.name: every[group.start : group.stop].reshape(group.shape) for group in done.image.logical.populations
    }


def spikes_of(done: RunResult, name: str) -> list[tuple[int, int]]:
    """(tick, index in the population) of every spike of a population, in order of time."""
    rows = rows_of(done.image)
    group = next(band for band in rows.bands if band.name == name)
    tick, row = spike_rows(rows, done.recording)
    mine = (row >= group.start) & (row < group.stop)
    return sorted(zip(tick[mine].tolist(), (row[mine] - group.start).tolist(), strict=True))


def mapped(name: str) -> MappingReport:
    return compile_network(read_network(path(name))).report


def test_recurrent_is_balanced_by_inhibition_and_answers_the_kick() -> None:
    done = run(path("recurrent"))
    rate = counts(done)["excitatory"]
    assert 12 < rate.mean() < 18 and rate.min() >= 5
    at = np.bincount([tick for tick, _ in spikes_of(done, "excitatory")], minlength=500)
    assert at[300:310].sum() >= 128 > 2 * at[320:330].sum()
    free = counts(run(path("recurrent"), overrides={"projections[3].weight": 0}))["excitatory"]
    assert free.mean() > 480
    assert mapped("recurrent").copies > 160


def test_convolution_names_the_orientation_of_every_bar() -> None:
    network = read_network(path("convolution"))
    assert {(p.stride, p.padding) for p in network.projections if p.layout == "conv2d"} == {(1, 1), (4, 0), (1, 0)}
    for seed in (1, 2):
        done = run(path("convolution"), seed=seed)
        assert done.classifier is not None
        assert (done.classifier.correct, done.classifier.frames) == (20, 20)
        assert len(set(done.classifier.labels.tolist())) == 4
    assert mapped("convolution").cores > 1


def test_stochastic_ladders_follow_their_curves() -> None:
    """Within 4.5 standard deviations of 500 questions (clocks: of 1,000 steps)."""
    found = counts(run(path("stochastic")))
    strength = np.arange(32)
    heads = np.array([comb(64, k) for k in range(65)]) / 2**64
    chance = {
        "certain": (strength >= 16).astype(float),
        "ramp": strength / 32,
        "sigmoid": np.array([heads[48 - k :].sum() for k in strength]),
    }
    for name, p in chance.items():
        assert (np.abs(found[name] - 500 * p) <= 4.5 * np.sqrt(500 * p * (1 - p)) + 1e-9).all(), name
    p = (strength + 1) / 32
    assert (np.abs(found["clocks"] - 100 * p) <= 4.5 * np.sqrt(1000 * p * (1 - p)) / 10 + 1).all()


def test_stochastic_uses_every_way_to_be() -> None:
    graph = compile_network(read_network(path("stochastic"))).graph
    assert np.count_nonzero(graph.neurons.threshold_noise_bits) == 32
    assert np.count_nonzero(graph.neurons.stochastic_leak) == 32
    assert np.count_nonzero(graph.stochastic) == 64 * 32


def test_delayed_hears_where_every_click_comes_from() -> None:
    done = run(path("delayed"))
    assert done.classifier is not None
    assert (done.classifier.correct, done.classifier.frames) == (56, 56)
    directions = [index for _, index in spikes_of(done, "direction")]
    assert directions == sorted(directions) and set(directions) == set(range(12))
    graph = compile_network(read_network(path("delayed"))).graph
    assert graph.delay.max() == 60
    assert mapped("delayed").relays == 6


def test_multi_chip_waves_cross_chips_and_go_out_where_they_meet() -> None:
    """A cell spikes at its distance from the nearer spark, in columns and rows, plus when that was."""
    compiled = compile_network(read_network(path("multi_chip")))
    assert compiled.report.chips == 4 and compiled.report.crossings > 0
    places = {tuple(place) for place in compiled.image.core_xy.tolist()}
    assert not places & {(1, 1), (4, 6)}
    y, x = np.divmod(np.arange(225), 15)
    first = np.minimum(1 + y + x, 11 + (14 - y) + (14 - x))
    waves = sorted((int(when) + 50 * k, cell) for cell, when in enumerate(first) for k in range(3))
    done = run(path("multi_chip"))
    assert spikes_of(done, "sheet") == waves
    assert spikes_of(done, "alarm") == [(16, 0), (66, 0), (116, 0)]
    table = compiled.image.logical
    alarm = table.instance_core[table.instance_logical == 225]
    assert (compiled.image.core_xy[alarm] >= 4).all()


def test_relays_carry_one_beat_to_a_whole_choir() -> None:
    report = mapped("relays")
    assert report.relays >= 20
    graph = compile_network(read_network(path("relays"))).graph
    draws = graph.neurons.draws
    reached = np.bincount(graph.source, minlength=graph.neuron_count)
    assert reached[draws].tolist() == [326, 2, 2, 2, 2, 2, 2]
    done = run(path("relays"))
    voices = {
        name: spikes_of(done, name) for name in ("conductor", "metronome", "sopranos", "altos", "tenors", "basses")
    }
    beats = {tick + 5 for tick, _ in voices["conductor"]}
    lines = {tick + 5 for tick, _ in voices["metronome"]}
    for threshold, name in enumerate(("sopranos", "altos", "tenors", "basses"), start=1):
        expected, count = [], 0
        for tick in range(400):
            count = max(0, count + (tick in beats) - 4 * (tick in lines))
            if count >= threshold:
                expected += [(tick, index) for index in range(80)]
                count = 0
        assert voices[name] == expected, name
    heard = [(tick + 40, index) for tick, index in spikes_of(done, "soloists") if tick + 40 < 400]
    assert spikes_of(done, "echo") == heard


def test_blocks_open_the_doors_that_are_knocked_right() -> None:
    """A door is open 2 ticks after the secret's last knock, for 40 ticks; a tick too late is forgiven, two not."""
    done = run(path("blocks"))
    opened = {0: (40, 230), 1: (), 2: (91,)}
    ticks = [np.concatenate([np.arange(t + 2, t + 42) for t in opened[door]] or [[]]) for door in range(3)]
    for door, found in enumerate(done.spikes_of("open.out").spike_trains()):
        assert found.tolist() == ticks[door].tolist(), door
    assert spikes_of(done, "visits.out") == [(232, 0)]
    network = read_network(path("blocks"))
    assert {"lock.first.out", "lock.all.out", "closing.line"} <= set(network.populations)  # a block within the lock
    wide = run(path("blocks"), overrides={"blocks.lock.with.first_gap": 22})
    assert spikes_of(wide, "open.out")[0] == (93, 2) and spikes_of(wide, "visits.out") == []
