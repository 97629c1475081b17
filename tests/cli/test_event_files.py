"""Event files on the command line: in through the YAML and --input, out through convert."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import neurocore as nc
from neurocore.errors import RunError
from neurocore.formats.image_file import save_image
from neurocore.formats.network_yaml import read_network
from neurocore.image import LogicalMap

ROOT = Path(__file__).parents[2]
IN = [[1, 0], [1, 1], [1, 3], [1, 5], [4, 2], [9, 5]]
"""Ticks and pins of the input that all files say."""
CAMERA = "t,x,y,p\n" + "".join(f"{tick * 1000 + 500},{pin % 3},{pin // 3},1\n" for tick, pin in IN)
FILES = {
    "in.dat": "sender\ttime_ms\n" + "".join(f"{pin + 1}\t{tick}.25\n" for tick, pin in IN),
    "sanafe.csv": "neuron,timestep\n" + "".join(f"eyes.{pin},{tick + 1}\n" for tick, pin in IN),
    "pins.csv": "tick,index\n" + "".join(f"{tick},{pin}\n" for tick, pin in IN),
    "camera.csv": CAMERA,
}
OPTIONS = {"camera.csv": ["crop=[0,0,3,2]", "polarity=on", "start_ms=0"]}


@pytest.fixture
def files(place: Path) -> Path:
    """The small network's folder with the same spikes in several files, one beside that drives it by axons."""
    for name, text in FILES.items():
        (place / name).write_text(text)
    return place


def spikes_of(folder: str) -> list[np.ndarray]:
    recording = nc.load_run(folder).recording
    return [recording.spike_tick, recording.spike_core, recording.spike_neuron]


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_every_file_drives_a_network_and_its_image_alike(neurocore, files):
    neurocore("compile", "small.yaml", "-o", "small.npz")
    neurocore("run", "small.yaml", "--set", f"run.stimulus.eyes={{spikes: {IN}}}", "--out", "wanted", "--no-report")
    wanted = spikes_of("wanted")
    assert len(wanted[0]) > 0
    for name in FILES:
        keys = OPTIONS.get(name, [])
        given = ",".join([f"eyes={name}", *keys])
        told = neurocore("run", "small.yaml", "--input", given, "--out", "r", "--no-report", "--force")
        assert told.code == 0, told.err
        assert f"eyes: 6 events of {name} became 6 spikes in ticks 1 to 9" in told.err
        assert same(spikes_of("r"), wanted), name
        more = ["--ticks", "60", "--seed", "5"]
        told = neurocore("run", "small.npz", "--input", ",".join([name, *keys]), *more, "--out", "i", "--no-report")
        assert told.code == 0, told.err
        assert same(spikes_of("i"), wanted), name
        shutil.rmtree("i")
        inner = ", ".join(["file: " + name, *(key.replace("=", ": ", 1) for key in keys)])
        text = (files / "small.yaml").read_text().replace("{poisson: {rate_hz: 400}}", f"{{events: {{{inner}}}}}")
        (files / "events.yaml").write_text(text)
        assert read_network(files / "events.yaml").run.stimulus["eyes"].spikes.tolist() == IN
        told = neurocore("run", "events.yaml", "--out", "r", "--no-report", "--force")
        assert json.loads((files / "r/run.json").read_text())["remarks"][0].startswith("eyes: 6 events")
        assert "eyes: 6 events" in told.err and same(spikes_of("r"), wanted)
        assert "eyes: 6 events" in neurocore("check", "events.yaml").out


def test_other_inputs_keep_their_stimulus(files):
    net = nc.NetworkBuilder("two")
    net.input("a", 6, regular={"period": 3})
    net.input("b", 2, regular={"period": 2})
    for name, size in (("a", 6), ("b", 2)):
        net.population(f"of_{name}", size, output=True)
        net.connect(name, f"of_{name}", pattern="one_to_one", weight=1)
    network = net.build(ticks=20)
    driven = nc.run(network, input="a=pins.csv")
    assert np.array_equal(driven.spikes_of("of_b").tick, nc.run(network).spikes_of("of_b").tick)
    found = driven.spikes_of("of_a")
    assert list(zip((found.tick - 1).tolist(), found.neuron.tolist(), strict=True)) == [tuple(pair) for pair in IN]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("absent.h5", "absent.h5: this file does not exist"),
        ("ears=pins.csv", "'small' has no input 'ears'\n  fix: allowed here: eyes"),
        ("pins.csv,first_id", "'first_id' is not of the form KEY=VALUE"),
        ("pins.csv,down=1,down=2", "'down' is there twice"),
        ("pins.csv,dwn=1", "dwn: unknown key 'dwn'\n  fix: did you mean 'down'?"),
        ("pins.csv,down=zero", "down: found 'zero'\n  fix: allowed: a whole number"),
        ("pins.csv,tick_ms=2", "tick_ms: pins.csv counts ticks already, not time"),
        ("camera.csv,polarity=on", "crop: camera.csv does not say how many pixels the camera has"),
        ("pins.csv,population=a", "pins.csv: it has no column that names populations"),
    ],
)
def test_wrong_inputs_are_told(neurocore, files, given, told):
    found = neurocore("run", "small.yaml", "--no-files", "--input", given)
    assert found.code == 2
    assert told in found.err


def test_an_input_that_is_not_named_must_be_the_only_one(files):
    net = nc.NetworkBuilder("two")
    for name in ("a", "b"):
        net.input(name, 6)
        net.population(f"of_{name}", 6, output=True)
        net.connect(name, f"of_{name}", pattern="one_to_one", weight=1)
    with pytest.raises(RunError, match="has 2 inputs; which one the file drives is not said"):
        nc.run(net.build(ticks=20), input="pins.csv")


OUT = ("r.nest.csv", "r.dat", "r.sanafe.csv", "r.npz", "r.nir", "r.nir.h5", "r.h5", "r.hdf5")


def test_a_runs_spikes_drive_another_network_from_every_format(neurocore, files):
    """The spikes of ``middle`` go out, and come in as those of an input of its size."""
    neurocore("run", "small.yaml", "--out", "r", "--no-report")
    run = nc.load_run("r")
    middle = run.spikes_of("middle")
    wanted = [list(pair) for pair in zip(middle.tick.tolist(), middle.neuron.tolist(), strict=True)]
    text = "neurocore: 1\nname: next\ninputs: {i: {shape: 4}}\npopulations: {p: {shape: 1}}\n"
    for name in OUT:
        told = neurocore("convert", "r", "-o", name)
        assert told.code == 0, told.err
        only = ", population: middle"
        if name in ("r.nest.csv", "r.dat"):  # one numbering for all: 4 of middle, 3 of noisy
            only, wide = "", text.replace("shape: 4", "shape: 7")
        (files / "next.yaml").write_text(
            (wide if not only else text) + f"run: {{stimulus: {{i: {{events: {{file: {name}{only}}}}}}}}}\n"
        )
        found = read_network(files / "next.yaml").run.stimulus["i"].spikes
        assert found[found[:, 1] < 4].tolist() == wanted, name
        if not only:
            noisy = run.spikes_of("noisy")
            assert np.array_equal(found[found[:, 1] >= 4][:, 0], noisy.tick)
        told = neurocore("convert", "r", "-o", name, "--population", "middle")
        assert f"{len(wanted)} spikes of 1 population" in told.err
        (files / "next.yaml").write_text(text + f"run: {{stimulus: {{i: {{events: {{file: {name}}}}}}}}}\n")
        assert read_network(files / "next.yaml").run.stimulus["i"].spikes.tolist() == wanted, name
    assert neurocore("convert", "r", "-o", "all.csv").code == 0
    (files / "next.yaml").write_text(text + "run: {stimulus: {i: {events: {file: all.csv, population: middle}}}}\n")
    assert read_network(files / "next.yaml").run.stimulus["i"].spikes.tolist() == wanted
    assert neurocore("convert", "r", "-o", "middle.csv", "--population", "middle").code == 0
    assert (files / "middle.csv").read_text().splitlines()[:2] == ["tick,index", ",".join(map(str, wanted[0]))]


def test_a_format_may_be_said(neurocore, files):
    neurocore("run", "small.yaml", "--out", "r", "--no-report")
    assert neurocore("convert", "r", "-o", "r.txt", "--format", "nest").code == 0
    assert (files / "r.txt").read_text().splitlines()[2] == "sender\ttime_ms"
    for arguments, told in (
        (("r", "-o", "r.xyz"), "a run is not converted to '.xyz'\n  fix: allowed: .nest.csv, "),
        (("r", "-o", "r.npz", "--population", "muddle"), "no population named 'muddle'\n  fix: did you mean 'middle'?"),
        (("r", "-o", "r.sfcp", "--population", "middle"), "an .sfcp file holds output connectors"),
        (
            ("pins.csv", "-o", "x.csv", "--format", "nest"),
            "--format is for a run's spikes, and pins.csv is no run folder",
        ),
    ):
        found = neurocore("convert", *arguments)
        assert found.code == 2 and told in found.err
    assert neurocore("convert", "r", "-o", "r.x", "--format", "pest").code == 2


def test_an_image_without_populations_goes_out_by_core_and_neuron(neurocore, files):
    neurocore("run", "small.yaml", "--out", "r", "--no-report")
    run = nc.load_run("r")
    bare = replace(run.image, logical=LogicalMap.empty())
    save_image(bare, files / "bare.npz")
    (files / "axons.csv").write_text("tick,core,axon\n2,0,0\n")
    told = neurocore("run", "bare.npz", "--ticks", "5", "--input", "pins.csv", "--no-files")
    assert told.code == 2 and "has no inputs; its spikes must be addressed to axons" in told.err
    neurocore("run", "bare.npz", "--ticks", "60", "--input", "axons.csv", "--out", "b", "--no-report")
    assert neurocore("convert", "b", "-o", "b.sanafe.csv").code == 0
    recording = nc.load_run("b").recording
    numbers = recording.spike_core.astype(int) * run.image.spec.neurons + recording.spike_neuron
    rows = [f"chip.{number},{tick + 1}" for tick, number in zip(recording.spike_tick, numbers, strict=True)]
    assert (files / "b.sanafe.csv").read_text().splitlines()[1:] == rows


def test_the_demo_tells_where_each_bar_goes():
    done = nc.run(ROOT / "configs/events.yaml")
    assert done.classifier is not None
    assert (done.classifier.correct, done.classifier.frames) == (4, 4)
    direction = done.spikes_of("direction").to_dense()
    for bar in range(4):
        votes = direction[25 * bar + 2 : 25 * bar + 27].sum(axis=0)
        assert votes[bar] >= 8 and votes.sum() == votes[bar]
    assert "129 merged with another of the same pin and tick" in done.remarks[0]
