"""A network written as NIR and read again fires as before; what NIR cannot say is refused by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurocore import api
from neurocore.arch import ChipSpec
from neurocore.bits import pack_words
from neurocore.emulator.outputs import output_spikes
from neurocore.emulator.stimulus import axon_events
from neurocore.errors import ConfigError, NeurocoreError
from neurocore.formats.image_file import save_image
from neurocore.formats.nir.options import NirOptions
from neurocore.graph import Group
from neurocore.image import OUTPUT_BASE, ChipImage, LogicalMap
from neurocore.spikes import AxonEvents, InputSpikes, OutputSpikes
from neurocore.verbs.sources import open_source

nir = pytest.importorskip("nir", reason="the extra nir is not installed")
from nir_oracle import run_nir  # noqa: E402


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


def played(source: Any, ticks: int = 40, **pins: list[list[int]]) -> Any:
    """A run with given spikes at given pins."""
    return api.run(source, ticks=ticks, overrides={f"run.stimulus.{name}": {"spikes": at} for name, at in pins.items()})


def spikes(draw: Any, pins: int, ticks: int = 40) -> list[list[int]]:
    return [[int(t), int(p)] for t, p in np.argwhere(draw.random((ticks, pins)) < 0.35)]


def one(folder: Path, **neuron: Any) -> Path:
    """A layer with itself connected, and a layer behind it; weights of both signs."""
    draw = np.random.default_rng(3)
    net = api.NetworkBuilder("one", chip={"preset": "truenorth", "tick_s": 5e-4})
    net.input("pins", [5])
    net.population("first", [4], **neuron)
    net.population("last", [2], output=True, **({"threshold": 2} | {k: v for k, v in neuron.items() if k == "reset"}))
    net.connect("pins", "first", weights=draw.integers(-1, 4, (5, 4)), delay=1)
    net.connect("first", "first", weights=draw.integers(-1, 2, (4, 4)), delay=2)
    net.connect("first", "last", weights=draw.integers(0, 3, (4, 2)), delay=17)
    path = folder / "one.yaml"
    api.write(net.build(ticks=60), path)
    return path


WRITTEN: dict[str, tuple[dict[str, Any], str, dict[str, str]]] = {
    # what : (neuron, kind of node, options that the file is read with)
    "a leak as a bias": ({"threshold": 5, "leak": 1}, "IF", {}),
    "a leak of each": ({"threshold": 4, "leak": [1, -1, 0, 2]}, "IF", {}),
    "an initial potential": ({"threshold": 5, "initial_potential": [-3, 0, 2, 4], "reset_potential": -2}, "IF", {}),
    "a linear reset": ({"threshold": 3, "leak": 1, "reset": "linear"}, "IF", {"reset": "subtract", "fires": "at"}),
    "no memory": ({"threshold": 1, "floor": 0, "leak": [0, -1, -3, 0]}, "Threshold", {}),
    "no memory, and restless": ({"threshold": 1, "floor": 0, "leak": [0, 1, 2, -1]}, "Threshold", {}),
    "a negative threshold of 0 that is linear": (
        {"threshold": 3, "negative_threshold": 0, "reset": "linear"},
        "IF",
        {"reset": "subtract", "fires": "at"},
    ),
}


@pytest.mark.parametrize("what", WRITTEN)
def test_what_nir_can_say_comes_back_spike_for_spike(what: str, tmp_path: Path):
    neuron, kind, options = WRITTEN[what]
    path = one(tmp_path, **neuron)
    told = api.convert(path, tmp_path / "one.nir", to="nir")
    assert told[-1].endswith("--dt 0.0005" + " --reset subtract --fires at" * bool(options))
    assert type(nir.read(tmp_path / "one.nir").nodes["first"]).__name__ == kind
    given = {"pins": spikes(np.random.default_rng(7), 5)}
    api.convert(tmp_path / "one.nir", tmp_path / "again.yaml", nir=NirOptions(dt=5e-4, **options))  # type: ignore[arg-type]
    meant, again = played(path, 60, **given), played(tmp_path / "again.yaml", 60, **given)
    for name in ("first", "last"):
        assert len(meant.spikes_of(name).tick) > 3
        np.testing.assert_array_equal(meant.spikes_of(name).tick, again.spikes_of(name).tick)
        np.testing.assert_array_equal(meant.spikes_of(name).neuron, again.spikes_of(name).neuron)


@pytest.mark.parametrize(
    ("neuron", "said"),
    [
        ({"leak": -1, "leak_reversal": True}, "a leak that is reversed with the sign of V"),
        ({"leak": -1, "stochastic_leak": True}, "a stochastic leak"),
        ({"reset": "none"}, "the reset 'none'"),
        (
            {"threshold": [1, 2, 2, 2], "floor": 0},
            r"a floor that their potential can reach \(the first is first\[1\]\)",
        ),
        ({"negative_threshold": 3}, "a negative threshold that their potential can reach"),
        ({"threshold_noise_bits": 2}, "a noisy threshold"),
        ({"reset": "linear", "initial_potential": 1}, "an initial potential and the reset 'linear'"),
        ({"initial_potential": [0, 0, 1, 0]}, "not above the initial potential"),
    ],
)
def test_what_nir_cannot_say_is_refused(tmp_path: Path, neuron: dict[str, Any], said: str):
    path = one(tmp_path, **({"threshold": 1} | neuron))
    with pytest.raises(ConfigError, match=said) as caught:
        api.convert(path, tmp_path / "net.nir")
    assert caught.value.path == "populations.first"
    assert not (tmp_path / "net.nir").exists()


def test_two_kinds_of_reset_are_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"its reset is 'linear' and that of 'hidden' is not") as caught:
        api.convert(made(tmp_path, reset="linear"), tmp_path / "net.nir")
    assert caught.value.path == "populations.out"


def test_stochastic_synapses_are_refused(tmp_path: Path):
    net = api.NetworkBuilder("net")
    net.input("pins", [1])
    net.population("n", [1], threshold=1, output=True)
    net.connect("pins", "n", pattern="all_to_all", weight=9, stochastic=True)
    api.write(net.build(), tmp_path / "net.yaml")
    with pytest.raises(ConfigError, match="synapses of it are stochastic"):
        api.convert(tmp_path / "net.yaml", tmp_path / "net.nir")


def test_a_chip_comes_back_as_a_graph_copies_and_relays_included(tmp_path: Path):
    draw = np.random.default_rng(4)
    net = api.NetworkBuilder("chip", chip="tiny")
    net.input("pins", [6])
    net.population("wide", [20], threshold=2, leak=1)
    net.population("out", [12], threshold=2, output=True)
    net.connect("pins", "wide", weights=draw.integers(-1, 3, (6, 20)), delay=1)
    net.connect("wide", "out", weights=(draw.random((20, 12)) < 0.25) * 1, delay=3)
    net.connect("out", "wide", weights=(draw.random((12, 20)) < 0.1) * -1, delay=2)
    api.write(net.build(), tmp_path / "net.yaml")
    api.convert(tmp_path / "net.yaml", tmp_path / "net.npz")
    told = api.convert(tmp_path / "net.npz", tmp_path / "net.nir")
    assert told[-1].endswith("--dt 0.001")
    graph = nir.read(tmp_path / "net.nir")
    sets = {name for name, node in graph.nodes.items() if isinstance(node, nir.IF)}
    assert {"wide", "out"} < sets, "the mapper made copies or relays"
    assert any(isinstance(node, nir.Delay) for node in graph.nodes.values())
    given = {"pins": spikes(draw, 6)}
    meant = played(tmp_path / "net.yaml", **given)
    opened = open_source(
        tmp_path / "net.nir", nir=NirOptions(dt=1e-3), overrides={"run.stimulus.pins": {"spikes": given["pins"]}}
    )
    again = api.run(opened, ticks=40)
    for name in ("wide", "out"):
        right, found = meant.spikes_of(name), again.spikes_of(name)
        there = np.setdiff1d(np.arange(right.shape[0]), right.pruned)
        assert len(right.tick) > 20
        np.testing.assert_array_equal(right.tick, found.tick)
        np.testing.assert_array_equal(right.neuron, there[found.neuron])
    assert len(meant.spikes_of("wide").pruned) == 1 and told[0].startswith("'wide': 19 of its 20 neurons")


def test_an_image_without_names_comes_back_with_its_axons_as_pins(tmp_path: Path):
    compiled = api.compile(made(tmp_path))
    image = replace(compiled.image, logical=LogicalMap.empty())
    save_image(image, tmp_path / "bare.npz")
    told = api.convert(tmp_path / "bare.npz", tmp_path / "bare.nir", to="nir")
    assert "pins of 'axons' are the" in told[0]
    graph = nir.read(tmp_path / "bare.nir")
    wired = np.argwhere((image.crossbar != 0).any(axis=2)).tolist()
    driven = np.stack([image.target_core, image.target_axon], axis=2)[image.target_core >= 0].tolist()
    free = [place for place in wired if place not in driven]
    draw = np.random.default_rng(2)
    at = spikes(draw, len(free))
    events = AxonEvents.sorted([t for t, _ in at], [free[p][0] for _, p in at], [free[p][1] for _, p in at])
    meant = output_spikes(image, api.run(image, ticks=40, input=events).recording)
    opened = open_source(
        tmp_path / "bare.nir", nir=NirOptions(dt=1e-3), overrides={"run.stimulus.axons": {"spikes": at}}
    )
    assert opened.imported is not None and graph.nodes["out"].v_threshold.size == 3
    late = opened.imported.graph.shift["out"]
    again = api.run(opened, ticks=40 + late).spikes_of("out")
    assert len(meant.tick) > 5
    np.testing.assert_array_equal(meant.tick + late, again.tick)
    np.testing.assert_array_equal(meant.pin, again.neuron)


def merging(seed: int, back: bool) -> ChipImage:
    """Three cores whose neurons and pins meet at axons. back : the last core drives axons of the second, too"""
    draw = np.random.default_rng(seed)
    spec = ChipSpec(name="small", axons=6, neurons=8, axon_types=4, grid=(3, 1), chips=(1, 1))
    image = ChipImage.blank("merging", spec, np.array([[0, 0], [1, 0], [2, 0]]))
    image.crossbar[:] = pack_words(draw.random((3, 6, 8)) < 0.5)
    image.axon_type[:] = draw.integers(0, 4, (3, 6))
    image.weight[:] = draw.integers(-1, 4, (3, 8, 4))
    image.neuron_used[:] = 1
    image.neurons.threshold[:] = draw.integers(1, 4, (3, 8))
    image.neurons.negative_threshold[:] = spec.threshold_limit
    image.target_core[:2] = np.array([[1], [2]])
    image.target_axon[:2] = draw.integers(0, 3, (2, 8))  # 8 neurons on 3 axons
    image.delay[:2] = draw.integers(2, 4, (2, 8)) if back else draw.integers(1, 4, (2, 8))
    image.target_core[2] = OUTPUT_BASE
    image.target_axon[2] = np.arange(8)
    if back:
        image.target_core[2, 4:], image.target_axon[2, 4:], image.delay[2, 4:] = 1, [0, 1, 0, 4], 2
    pins = 8 - 4 * back
    named = replace(
        LogicalMap.empty(),
        inputs=(Group(name="pins", start=0, shape=(4,)),),
        pin=np.array([0, 0, 1, 2, 3, 3], np.int32),
        pin_core=np.array([0, 1, 0, 0, 0, 1], np.int32),
        pin_axon=np.array([0, 2, 1, 1, 2, 5], np.int32),  # pins 1 and 2 meet; pin 0 meets neurons
        pin_delay=np.array([2, 2, 2, 3, 1, 1], np.uint8),
    )
    return replace(image, logical=named, outputs=(Group(name="out", start=0, shape=(pins,)),))


def run_merging(image: ChipImage, at: list[list[int]], ticks: int) -> OutputSpikes:
    """What the chip sends out when its pins get spikes ``at`` [tick, pin]."""
    done = api.run(image, ticks=ticks, input=axon_events(image, InputSpikes.sorted(*np.array(at).T), ticks)).recording
    assert done.total("merged_spikes") > 5
    return output_spikes(image, done)


def assert_comes_back(path: Path, at: list[list[int]], ticks: int, meant: OutputSpikes) -> None:
    """The graph, read and mapped again, sends out the same, as much later as it says."""
    opened = open_source(path, nir=NirOptions(dt=1e-3), overrides={"run.stimulus.pins": {"spikes": at}})
    assert opened.imported is not None
    late = opened.imported.graph.shift["out"]
    again = api.run(opened, ticks=ticks + late).spikes_of("out")
    np.testing.assert_array_equal(meant.tick, again.tick - late)
    np.testing.assert_array_equal(meant.pin, again.neuron)


@pytest.mark.parametrize("seed", range(4))
def test_axons_with_several_sources_make_one_spike_of_two_in_the_graph_too(tmp_path: Path, seed: int):
    image = merging(seed, back=False)
    save_image(image, tmp_path / "m.npz")
    told = api.convert(tmp_path / "m.npz", tmp_path / "m.nir")
    assert "several sources" in told[0] and "'merged_CORE'" in told[0]
    at = spikes(np.random.default_rng(seed), 4)
    meant = run_merging(image, at, 40)
    assert len(meant.tick) > 20
    pins = np.zeros((40, 4), bool)
    pins[tuple(np.array(at).T)] = True
    naive = run_nir(nir.read(tmp_path / "m.nir", type_check=False), {"pins": pins}, 40, dt=1e-3)
    np.testing.assert_array_equal(np.argwhere(naive["out"]), np.stack([meant.tick, meant.pin], axis=1))
    assert_comes_back(tmp_path / "m.nir", at, 40, meant)


@pytest.mark.parametrize("seed", range(4))
def test_merging_axons_in_a_loop_come_back_where_delays_are_2_or_more(tmp_path: Path, seed: int):
    image = merging(seed, back=True)
    save_image(image, tmp_path / "m.npz")
    api.convert(tmp_path / "m.npz", tmp_path / "m.nir")
    at = spikes(np.random.default_rng(seed), 4)
    meant = run_merging(image, at, 60)
    assert len(meant.tick) > 10
    assert_comes_back(tmp_path / "m.nir", at, 60, meant)


def test_to_nir_and_the_name_agree(tmp_path: Path):
    path = made(tmp_path)
    for to, name in (("nir", "net.json"), ("ranc", "net.nir")):
        with pytest.raises(NeurocoreError, match=f"--to {to} does not write {name}"):
            api.convert(path, tmp_path / name, to=to)
    api.run(path, ticks=5, out=tmp_path / "run", report=False)
    api.convert(tmp_path / "run", tmp_path / "chip.nir", to="nir")
    assert "hidden" in nir.read(tmp_path / "chip.nir").nodes


def test_a_folder_that_is_not_there_is_an_error_that_says_so(tmp_path: Path):
    with pytest.raises(NeurocoreError, match="does not exist"):
        api.convert(made(tmp_path), tmp_path / "nowhere" / "net.nir")
