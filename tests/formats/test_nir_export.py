"""A network written as NIR and read again fires as before; what NIR cannot say is refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurocore import api
from neurocore.errors import ConfigError, NeurocoreError
from neurocore.formats.nir.options import NirOptions

nir = pytest.importorskip("nir", reason="the extra nir is not installed")


def made(folder: Path, seed: int = 0, **neuron: Any) -> Path:
    draw = np.random.default_rng(seed)
    net = api.NetworkBuilder("net")
    net.input("pins", [2, 3], regular={"period": 3})
    net.population("hidden", [2, 2], threshold=2, reset_potential=-1)
    net.population("out", [3], output=True, **({"threshold": 3} | neuron))
    net.connect("pins", "hidden", weights=draw.integers(-1, 4, (6, 4)), delay=2)
    net.connect("hidden", "hidden", weights=draw.integers(-1, 2, (4, 4)), delay=3)
    net.connect("hidden", "out", weights=draw.integers(0, 4, (4, 3)), delay=1)
    path = folder / "net.yaml"
    api.write(net.build(), path)
    return path


@pytest.mark.parametrize("seed", range(3))
def test_a_round_trip_keeps_every_spike_at_its_tick(tmp_path: Path, seed: int):
    path = made(tmp_path, seed)
    told = api.convert(path, tmp_path / "net.nir")
    assert any("--dt 0.001" in line for line in told)
    assert nir.read(tmp_path / "net.nir").nodes["hidden"].v_threshold.tolist() == [1.5] * 4
    api.convert(tmp_path / "net.nir", tmp_path / "again.yaml", nir=NirOptions(dt=1e-3))
    same = {"run.stimulus.pins": {"regular": {"period": 3}}}
    first, again = (api.run(source, ticks=40, overrides=same) for source in (path, tmp_path / "again.yaml"))
    assert len(first.recording.spike_tick) > 10
    np.testing.assert_array_equal(first.recording.spike_tick, again.recording.spike_tick)
    np.testing.assert_array_equal(first.recording.spike_neuron, again.recording.spike_neuron)


@pytest.mark.parametrize(
    ("neuron", "said"),
    [
        ({"leak": -1}, "a leak"),
        ({"reset": "linear"}, "its reset is not 'absolute'"),
        ({"floor": 0}, "a floor"),
        ({"threshold_noise_bits": 2}, "a noisy threshold"),
        ({"initial_potential": 1}, "an initial potential"),
    ],
)
def test_what_nir_cannot_say_is_refused(tmp_path: Path, neuron: dict[str, Any], said: str):
    path = made(tmp_path, **neuron)
    with pytest.raises(ConfigError, match=said) as caught:
        api.convert(path, tmp_path / "net.nir")
    assert "out" in str(caught.value)
    assert not (tmp_path / "net.nir").exists()


def test_a_folder_that_is_not_there_is_an_error_that_says_so(tmp_path: Path):
    with pytest.raises(NeurocoreError, match="does not exist"):
        api.convert(made(tmp_path), tmp_path / "nowhere" / "net.nir")
