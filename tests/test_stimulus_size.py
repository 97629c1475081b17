"""How many spikes a stimulus has is known before they are made, and a run that could not hold them does not start."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurocore.emulator.stimulus import axon_events, input_spikes
from neurocore.emulator.stimulus_size import expected_events, expected_spikes
from neurocore.errors import RunError
from neurocore.mapper.pipeline import compile_network
from neurocore.network import Network
from neurocore.verbs import needs
from neurocore.verbs.checking import check
from neurocore.verbs.running import run

EXACT = {
    "spikes": [[0, 3], [5, 0], [5, 2], [80, 1]],
    "regular": {"start": [0, 3, 50, 7], "period": [1, 4, 9, 100]},
    "threshold": {"values": [[0.1, 0.9, 0.5, 0.5]] * 7, "threshold": 0.5, "ticks_each": 9, "active_ticks": 4},
    "images": {
        "values": np.arange(24, dtype=np.uint8).reshape(6, 2, 2) * 10,
        "coding": "threshold", "threshold": 100, "ticks_each": 3,
    },
    "images, even": {
        "values": np.arange(24, dtype=np.uint8).reshape(6, 2, 2) * 10,
        "coding": "even", "ticks_each": 11, "silent_ticks": 2,
    },
    "images, late": {
        "values": np.arange(24, dtype=np.uint8).reshape(6, 2, 2) * 10, "threshold": 100, "ticks_each": 3,
        "silent_ticks": 1,
    },
}  # fmt: skip
RANDOM = {
    "poisson": {"rate_hz": [10, 0, 500, 1000]},
    "rate": {"values": [[0.0, 0.2, 0.4, 1.0], [1.0, 0.5, 0.5, 0.0]], "max_rate_hz": 800, "ticks_each": 40},
    "images": {
        "values": np.arange(24, dtype=np.uint8).reshape(6, 2, 2) * 10,
        "coding": "rate", "max_rate_hz": 900, "ticks_each": 20,
    },
}  # fmt: skip


def network(kind: str, told: object) -> Network:
    kind = kind.split(",")[0]
    return Network.model_validate(
        {
            "neurocore": 1,
            "name": "driven",
            "inputs": {"quiet": {"shape": [3]}, "eyes": {"shape": [2, 2] if kind == "images" else [4]}},
            "populations": {"a": {"shape": [6], "neuron": {"threshold": 1}}, "b": {"shape": [4]}},
            "projections": [
                {"from": "eyes", "to": "a", "pattern": "all_to_all", "weight": 1},
                {"from": "eyes", "to": "b", "pattern": "one_to_one", "weight": 5, "delay": 2},
            ],
            "run": {"ticks": 70, "stimulus": {"eyes": {kind: told}}},
        }
    )


@pytest.mark.parametrize("kind", EXACT)
@pytest.mark.parametrize("ticks", [1, 10, 55, 70, 200])
def test_what_is_certain_is_counted(kind, ticks):
    described = network(kind, EXACT[kind])
    found = input_spikes(described, ticks)
    np.testing.assert_array_equal(expected_spikes(described, ticks), np.bincount(found.pin, minlength=7))


@pytest.mark.parametrize("kind", RANDOM)
@pytest.mark.parametrize("ticks", [30, 5000])
def test_what_is_random_is_counted_by_its_mean(kind, ticks):
    described = network(kind, RANDOM[kind])
    mean, found = expected_spikes(described, ticks), np.bincount(input_spikes(described, ticks).pin, minlength=7)
    assert mean.sum() > 5
    assert (np.abs(found - mean) <= 5 * np.sqrt(mean)).all()


def test_a_spike_counts_once_for_each_axon_that_it_reaches():
    described = network("regular", EXACT["regular"])
    image = compile_network(described).image
    events = axon_events(image, input_spikes(described, 70), 1000)
    assert len(image.logical.pin) > 4
    assert expected_events(image, described, 70) == len(events.tick)


def test_a_stimulus_that_memory_cannot_hold_is_refused_before_it_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    described = network("poisson", {"rate_hz": 1000})
    told = check(described)
    assert told.needs is not None and told.needs.stimulus_events == 70 * len(told.image.logical.pin)
    assert f"stimulus of {told.needs.stimulus_events:,} spikes at axons" in told.text()
    described = described.model_copy(update={"run": described.run.model_copy(update={"ticks": 10**8})})
    monkeypatch.setattr(needs, "available_memory_bytes", lambda: 2**34)
    with pytest.raises(RunError, match="of memory, 16.0 GiB are available") as refused:
        run(described, out=tmp_path / "new")
    assert "its 800,000,000 spikes are held in memory" in str(refused.value)
    assert not (tmp_path / "new").exists()
