"""The integrate-and-fire comparison: the YAML is what its tool designs, and the errors that are stated hold."""

from __future__ import annotations

import numpy as np
import pytest

from neurocore.formats.network_yaml import read_network
from tools.if_neuron import (
    CONFIG,
    DELAY,
    PERIODS,
    PICTURE,
    REFRACTORY_MS,
    STARTS,
    STEP_MV,
    TAU_MS,
    THRESHOLD_MV,
    TICKS,
    WEIGHTS,
    compare,
    float_neuron,
    kernel,
    main,
    stages,
    taps,
    train_times,
    yaml_rows,
)


@pytest.fixture(scope="module")
def compared():
    return compare()


def test_both_neurons_fire_twice_and_at_most_one_tick_apart(compared):
    assert np.allclose(compared.float_spikes, [260.09, 860.09], atol=0.011)
    assert compared.chip_spikes.tolist() == [260, 861]


def test_the_potentials_stay_as_close_as_the_picture_says(compared):
    assert compared.rms_before_mv < 0.10
    assert compared.rms_mv < 0.48
    assert compared.worst_mv < 1.11
    assert compared.undecided.sum() == 1


def test_before_the_first_spike_each_train_is_off_by_at_most_half_a_step(compared):
    first = int(compared.chip_spikes[0])
    assert np.abs(compared.chip_mv - compared.float_mv)[:first].max() <= len(WEIGHTS) * STEP_MV / 2 + 1e-9


def test_the_chip_rests_for_thirty_ticks_after_a_spike(compared):
    for fired in compared.chip_spikes.tolist():
        assert (compared.chip_mv[fired : fired + REFRACTORY_MS + 1] == 0).all()


def test_the_float_model_is_the_sum_of_its_kernels_until_it_fires():
    potential, spikes = float_neuron(steps_per_ms=20)
    ticks = np.arange(int(spikes[0]) + 1)
    expected = sum(
        weight * kernel(ticks - time) for weight, times in zip(WEIGHTS, train_times(), strict=True) for time in times
    )
    assert np.allclose(potential[: len(ticks)], expected, atol=1e-9)
    assert kernel(TAU_MS) == pytest.approx(TAU_MS / np.e)
    assert (potential < THRESHOLD_MV).all() and (potential >= 0).all()


def test_every_response_ends_at_rest_and_lies_within_half_a_step_of_its_kernel():
    for train, weight in enumerate(WEIGHTS):
        steps = np.zeros(200)
        for which, after, units in taps():
            steps[after] += units if which == train else 0
        response = np.cumsum(steps) * STEP_MV
        assert response[-1] == pytest.approx(0)
        assert np.abs(response - weight * kernel(np.arange(200))).max() <= STEP_MV / 2 + 1e-9


def test_the_yaml_holds_the_trains_and_the_steps_that_the_tool_designs():
    network = read_network(CONFIG)
    assert network.run.ticks == TICKS
    regular = network.run.stimulus["trains"].regular
    assert (tuple(regular.start), tuple(regular.period)) == (STARTS, PERIODS)
    assert network.populations["line"].shape == (stages(), len(WEIGHTS))
    wired = {(p.from_, p.to): np.asarray(p.synapses) for p in network.projections}
    assert np.allclose(wired["trains", "cell"], yaml_rows(0))
    later = [row for stage in range(1, stages() + 1) for row in yaml_rows(stage)]
    assert np.allclose(wired["line", "cell"], later)
    assert sum(len(yaml_rows(stage)) for stage in range(stages() + 1)) == len(taps())
    assert all(1 <= row[3] <= DELAY for row in later)


def test_the_tool_draws_its_picture_and_says_how_close_they_are(tmp_path, capsys):
    assert main(["--out", str(tmp_path / "deep" / "if.png")]) == 0
    assert (tmp_path / "deep" / "if.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    told = capsys.readouterr().out
    assert "tick 260, tick 861" in told and "0.475 mV root mean square, at most 1.106 mV" in told
    assert main(["--taps"]) == 0
    assert capsys.readouterr().out.startswith("after 0 relays: [[0, 0, 0.6, 1]")


def test_the_picture_is_in_the_docs():
    assert PICTURE.is_file()
