"""The behaviour library: every network shows its behaviour and no other, on the chip as without it."""

from __future__ import annotations

import numpy as np
import pytest

from neurocore.api import verify
from neurocore.emulator.logical import run_logical
from neurocore.emulator.stimulus import input_spikes
from neurocore.mapper.pipeline import compile_network
from neurocore.verbs.running import run
from tools.behaviours.rules import RULES, passes, words
from tools.behaviours.running import CELL, CONFIGS, NAMES, config, network, trace, trace_of
from tools.behaviours.table import (
    PAGE,
    behaviours_table,
    comment,
    heading,
    neurons_table,
    others_table,
    part_of_page,
)
from tools.behaviours.trace import Trace
from tools.behaviours_picture import PICTURE, draw
from tools.find_behaviour import find
from tools.find_behaviour import main as search

NEIGHBOURS = [  # (neurons, whose stimulus they get and whose rule they must fail)
    ("tonic_spiking", "tonic_bursting"),
    ("tonic_bursting", "tonic_spiking"),
    ("tonic_spiking", "phasic_spiking"),
    ("phasic_spiking", "tonic_spiking"),
    ("phasic_spiking", "phasic_bursting"),
    ("phasic_bursting", "phasic_spiking"),
    ("phasic_bursting", "tonic_bursting"),
    ("tonic_bursting", "phasic_bursting"),
    ("mixed_mode", "phasic_bursting"),
    ("mixed_mode", "spike_frequency_adaptation"),
    ("spike_frequency_adaptation", "mixed_mode"),
    ("tonic_spiking", "spike_frequency_adaptation"),
    ("class_1_excitable", "class_2_excitable"),
    ("class_2_excitable", "class_1_excitable"),
    ("integrator", "spike_latency"),
    ("spike_latency", "integrator"),
    ("depolarizing_after_potential", "subthreshold_oscillations"),
    ("resonator", "integrator"),
    ("integrator", "resonator"),
    ("rebound_spike", "rebound_burst"),
    ("rebound_burst", "rebound_spike"),
    ("inhibition_induced_spiking", "rebound_spike"),
    ("integrator", "threshold_variability"),
    ("bistability", "tonic_spiking"),
    ("spike_latency", "bistability"),
    ("integrator", "depolarizing_after_potential"),
    ("tonic_spiking", "accommodation"),
    ("rebound_spike", "inhibition_induced_spiking"),
    ("inhibition_induced_bursting", "inhibition_induced_spiking"),
    ("inhibition_induced_spiking", "inhibition_induced_bursting"),
]


@pytest.fixture(scope="module")
def traces() -> dict[str, Trace]:
    return {name: trace(name) for name in NAMES}


def failed(rule: str, found: Trace) -> list[str]:
    return [clause for clause, met in RULES[rule](found).items() if not met]


def changed(found: Trace, spikes: list[int] | np.ndarray) -> Trace:
    return Trace(
        excitation=found.excitation,
        inhibition=found.inhibition,
        potential=found.potential,
        spikes=np.asarray(spikes, np.int64),
    )


def test_there_is_a_network_for_each_of_the_twenty_behaviours() -> None:
    assert len(NAMES) == 20
    assert {path.stem for path in CONFIGS.glob("*.yaml")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_network_says_what_it_shows_how_and_by_which_rule(name: str) -> None:
    described = network(name)
    text = config(name).read_text(encoding="utf-8")
    assert described.name == name
    assert text.startswith(f"# {heading(name)}: ") and described.description
    assert comment(name, "Rule") == words(name)
    assert comment(name, "How") and comment(name, "Parameters")
    assert 1 <= sum(int(np.prod(p.shape)) for p in described.populations.values()) <= 3


@pytest.mark.parametrize("name", NAMES)
def test_a_network_shows_its_behaviour(name: str, traces: dict[str, Trace]) -> None:
    assert failed(name, traces[name]) == []


@pytest.mark.parametrize("rule", NAMES)
def test_no_other_run_meets_the_rule(rule: str, traces: dict[str, Trace]) -> None:
    assert [name for name in NAMES if passes(rule, traces[name])] == [rule]


@pytest.mark.parametrize("neurons, rule", NEIGHBOURS)
def test_neighbours_are_told_apart_under_the_same_stimulus(neurons: str, rule: str) -> None:
    assert failed(rule, trace(neurons, rule)) != []


@pytest.mark.parametrize("rule", NAMES)
def test_a_rule_refuses_silence_a_spike_in_every_tick_and_a_spike_too_many(rule: str, traces: dict[str, Trace]) -> None:
    right = traces[rule]
    assert failed(rule, changed(right, []))
    assert failed(rule, changed(right, np.arange(right.ticks)))
    assert failed(rule, changed(right, [5, *right.spikes]))
    assert not failed(rule, changed(right, right.spikes))


@pytest.mark.parametrize("name", NAMES)
def test_the_chip_does_what_the_description_says(name: str) -> None:
    """Every spike of every neuron, and the potential of the cell in every tick."""
    described = network(name)
    ticks = described.run.ticks
    compiled = compile_network(described)
    groups = {group.name: group for group in compiled.graph.populations}
    logical = run_logical(
        compiled.graph,
        compiled.image.spec,
        input_spikes(described, ticks),
        ticks,
        probe_neurons=(groups[CELL].start,),
    )
    chip = run(config(name), threads=1)
    assert (chip.recording.potential[:, 0] == logical.potential[:, 0]).all()
    for key, group in groups.items():
        assert chip.spikes_of(key).tick.tolist() == logical.tick[logical.neuron == group.start].tolist()
    assert int(chip.image.neuron_used.sum()) == len(described.populations)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_verify_finds_no_difference(name: str) -> None:
    assert verify(config(name)).passed


def test_the_resonator_answers_intervals_about_15_and_the_integrator_short_ones(traces: dict[str, Trace]) -> None:
    """Every interval from 1 to 40 ticks, not only those of the configs."""
    starts = [100 * interval for interval in range(1, 41)]
    pairs = [[at, 0] for at in starts] + [[at + at // 100, 0] for at in starts]
    stimulus = {"run.ticks": 4100, "run.stimulus.excite.spikes": pairs}
    answered = {}
    for name in ("resonator", "integrator"):
        ticks = run(config(name), overrides=stimulus, threads=1).spikes_of(CELL).tick
        answered[name] = sorted({int(tick) // 100 for tick in ticks})
    assert answered["resonator"] == [14, 15, 16]
    assert answered["integrator"] == [1, 2, 3, 4, 5]


def test_the_published_sets_fire_as_the_independent_implementation_has_it() -> None:
    """Spikes of ../shared/data/neuron_traces, whose ticks count from 1."""
    tonic = [316 + 300 * burst + 17 * spike for burst in range(3) for spike in range(6)]
    expected = {"tonic_bursting": tonic, "phasic_bursting": [116 + 17 * k for k in range(6)], "phasic_spiking": [200]}
    for name, ticks in expected.items():
        done = run(CONFIGS / "published" / f"{name}.yaml", threads=1)
        assert done.spikes_of(CELL).tick.tolist() == ticks
    assert done.recording.potential[-1, 0] == -10


def test_the_published_phasic_neuron_without_leak_reversal_fires_without_input() -> None:
    path = CONFIGS / "published" / "phasic_spiking.yaml"
    printed = {"populations.cell.neuron.leak_reversal": False, "run.ticks": 100}
    assert len(run(path, overrides=printed, threads=1).spikes_of(CELL)) > 0


def test_the_tables_of_the_page_are_up_to_date() -> None:
    """If not: python tools/behaviours_picture.py --page"""
    assert part_of_page("behaviours") == behaviours_table()
    assert part_of_page("neurons") == neurons_table()


@pytest.mark.slow
def test_the_table_of_second_behaviours_is_up_to_date() -> None:
    assert part_of_page("others") == others_table()


def test_the_gallery_is_drawn_and_in_the_docs(tmp_path) -> None:
    draw(tmp_path / "deep" / "all.png", NAMES[-4:])
    assert (tmp_path / "deep" / "all.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert PICTURE.is_file() and "images/behaviours.png" in PAGE.read_text(encoding="utf-8")


def test_a_search_finds_what_meets_the_rule_and_nothing_else(capsys) -> None:
    weight = "projections[0].weight"
    hits = [choice[weight] for choice, _ in find("integrator", {weight: [3, 9, 13]}, tries=12)]
    assert hits == [9]  # two pulses of 3 do not reach the threshold of 12, one of 13 does alone
    assert search(["integrator", f"{weight}=9", "--tries", "1"]) == 0
    assert capsys.readouterr().out == "1 --set projections[0].weight=9\n"
    assert search(["integrator", f"{weight}=3", "--tries", "1"]) == 1


def test_the_adapting_neuron_starts_anew_after_a_pause(traces: dict[str, Trace]) -> None:
    found = traces["spike_frequency_adaptation"]
    first, second = (np.diff(found.within(*part)) for part in ((50, 302), (500, 702)))
    assert first[:8].tolist() == second[:8].tolist() and first[-1] == 2 * first[0]


def test_a_trace_is_that_of_the_run_it_is_taken_from() -> None:
    done = run(config("bistability"), threads=1)
    found = trace_of(done, network("bistability"))
    assert np.flatnonzero(found.excitation).tolist() == [51, 301]
    assert np.flatnonzero(found.inhibition).tolist() == [174, 427]
    assert found.ticks == 500 and found.spikes.tolist() == done.spikes_of(CELL).tick.tolist()
