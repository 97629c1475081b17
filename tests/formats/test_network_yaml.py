"""A network file becomes a Network: defaults, files, chips, overrides, and places for errors that come later."""

import copy
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from neurocore.arch import PRESETS
from neurocore.emulator.stimulus import input_spikes
from neurocore.errors import CapacityError, ConfigError, NeurocoreError, SpikeFileError
from neurocore.formats.network_yaml import add_location, read_network
from neurocore.formats.overrides import apply_overrides
from neurocore.network import Network

CONFIGS = Path(__file__).parents[2] / "configs"
TEXT = """\
neurocore: 1
name: small
chip: tiny
inputs:
  pixels: {shape: [2, 2]}
populations:
  hidden:
    shape: 3
    neuron: {threshold: 4, leak: [0, -1, 2]}
  digit.a: {shape: 2}
projections:
  - {from: pixels, to: hidden, pattern: all_to_all, weight: 1}
  - from: hidden
    to: digit.a
    pattern: all_to_all
    weight: 2
    delay: 3
outputs: [digit.a]
run:
  ticks: 10
  stimulus:
    pixels: {spikes: [[0, 1], [2, 3]]}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "net.yaml"
    path.write_text(TEXT)
    return path


def fails(path: Path, overrides: dict[str, Any] | None = None) -> str:
    with pytest.raises(NeurocoreError) as caught:
        read_network(path, overrides)
    return str(caught.value)


def test_a_file_says_the_same_as_the_models_in_python(file: Path) -> None:
    assert read_network(file) == Network.model_validate(yaml.safe_load(TEXT))


def test_the_smallest_network_is_a_name_and_a_population(tmp_path: Path) -> None:
    path = tmp_path / "n.yaml"
    path.write_text("name: n\npopulations: {p: {shape: 1}}\n")
    network = read_network(path)
    assert network.chip == PRESETS["truenorth"] and network.run.ticks == 1000 and network.populations["p"].shape == (1,)


def test_arrays_and_spikes_come_from_files_beside_the_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "deep" / "er"
    place.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)  # file names are relative to the YAML, not to the working folder
    weights = np.arange(12).reshape(4, 3)
    np.savez(place / "arrays.npz", w=weights, t=np.array([1, 2, 3]), one=np.array([7]), labels=np.array([0, 1]))
    np.save(place / "flags.npy", np.array([True, False, True]))
    (place / "w.csv").write_text("0,1,2\n3,4,5\n6,7,8\n9,10,11\n")
    (place / "s.csv").write_text("tick,index\n5,3\n0,1\n")
    (place / "n.yaml").write_text("""\
name: n
inputs: {a: {shape: [2, 2]}}
populations:
  p: {shape: 3, neuron: {threshold: {file: arrays.npz, array: t}, leak_reversal: {file: flags.npy}}}
  q: {shape: 1, neuron: {threshold: {file: arrays.npz, array: one}}}
projections:
  - {from: a, to: p, weights: {file: arrays.npz, array: w}}
  - {from: a, to: p, weights: {file: w.csv}}
run:
  stimulus: {a: {file: s.csv}}
  classify: {population: p, classes: 2, labels: {file: arrays.npz, array: labels}, latency: 0}
""")
    network = read_network(Path("deep/er/n.yaml"))
    for projection in network.projections:
        assert isinstance(projection.weights, np.ndarray) and np.array_equal(projection.weights, weights)
    assert np.array_equal(network.populations["p"].neuron.threshold, [1, 2, 3])  # type: ignore[arg-type]
    assert np.array_equal(network.populations["p"].neuron.leak_reversal, [True, False, True])  # type: ignore[arg-type]
    assert np.array_equal(network.populations["q"].neuron.threshold, [7])  # type: ignore[arg-type]
    assert np.array_equal(network.run.stimulus["a"].spikes, [[5, 3], [0, 1]])  # type: ignore[arg-type]
    assert network.run.stimulus["a"].file is None
    assert network.run.classify is not None and np.array_equal(network.run.classify.labels, [0, 1])


def test_a_chip_may_be_a_preset_a_mapping_or_a_file(file: Path) -> None:
    assert read_network(file).chip == PRESETS["tiny"]
    file.write_text(TEXT.replace("chip: tiny", "chip: {preset: tiny, grid: [2, 3]}"))
    assert read_network(file).chip == PRESETS["tiny"].model_copy(update={"grid": (2, 3)})
    (file.parent / "own.yaml").write_text("preset: tiny\nname: own\ngrid: [2, 3]\n")
    file.write_text(TEXT.replace("chip: tiny", "chip: own.yaml"))
    assert read_network(file).chip == PRESETS["tiny"].model_copy(update={"grid": (2, 3), "name": "own"})
    file.write_text(TEXT.replace("chip: tiny", "chip: {axons: 128}"))
    assert read_network(file).chip == PRESETS["truenorth"].model_copy(update={"axons": 128})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "{}: the file is empty\n  fix: a chip is a mapping with keys such as preset: and grid:"),
        ("- 1", "{}:1: found [1] at the top\n  fix: a chip is a mapping with keys such as preset: and grid:"),
        (
            "preset: tinny",
            "{}:1: preset: no chip preset named 'tinny'\n"
            "  fix: did you mean 'tiny'? allowed here: ranc, tiny, truenorth",
        ),
        ("grid: [4]", "{}:1: grid: found [4]\n  fix: allowed: a pair of whole numbers"),
        (
            "preset: tiny\naxons: '16'",
            "{}:2: axons: found '16'\n  fix: allowed: a number, in digits and without quotes",
        ),
        ("preset: tiny\naxons: 0", "{}:2: axons: 0 is out of range\n  fix: allowed: 1 or more"),
    ],
)
def test_a_wrong_chip_file_is_named_itself(text: str, expected: str, file: Path) -> None:
    own = file.parent / "own.yaml"
    own.write_text(text)
    file.write_text(TEXT.replace("chip: tiny", "chip: own.yaml"))
    assert fails(file) == expected.format(own)


def test_overrides_change_single_values(file: Path) -> None:
    changes = {
        "run.ticks": 50,
        "seed": 9,
        "projections[1].delay": 5,
        "populations.hidden.neuron.threshold": [1, 2, 3],
        "populations.hidden.neuron.leak[1]": -7,
        "populations.digit.a.shape": [4],
        "populations.digit.a.neuron.floor": 0,
        "chip.grid": [2, 2],
        "run.stimulus.pixels": {"poisson": {"rate_hz": 5}},
    }
    network = read_network(file, changes)
    assert (network.run.ticks, network.seed, network.projections[1].delay) == (50, 9, 5)
    assert network.populations["hidden"].neuron.threshold == [1, 2, 3]
    assert network.populations["hidden"].neuron.leak == [0, -7, 2]
    assert network.populations["digit.a"].shape == (4,) and network.populations["digit.a"].neuron.floor == 0
    assert network.chip == PRESETS["tiny"].model_copy(update={"grid": (2, 2)})
    assert network.run.stimulus["pixels"].poisson is not None
    assert read_network(file, {"chip": "ranc"}).chip == PRESETS["ranc"]
    assert read_network(file) == Network.model_validate(yaml.safe_load(TEXT))


def test_overrides_leave_their_argument_alone() -> None:
    data = yaml.safe_load(TEXT)
    before = copy.deepcopy(data)
    changed, _ = apply_overrides(data, {"run.ticks": 3, "outputs[0]": "hidden"})
    assert data == before and changed["run"]["ticks"] == 3 and changed["outputs"] == ["hidden"]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("run.ticks", 0, "--set run.ticks=0: run.ticks: 0 is out of range\n  fix: allowed: 1 or more"),
        (
            "run.tick",
            5,
            "--set run.tick=5: run.tick: unknown key 'tick'\n"
            "  fix: did you mean 'ticks'? allowed here: classify, probes, stimulus, ticks",
        ),
        ("projections[2].delay", 2, "--set projections[2].delay=2: 'projections' has 2 items, numbered from 0\n"),
        ("projections.delay", 2, "--set projections.delay=2: 'projections' is a list of 2; it has no delay\n"),
        ("projections[0", 2, "--set projections[0=2: 'projections[0' is not a path\n"),
        ("projections[x].delay", 2, "--set projections[x].delay=2: 'projections[x].delay' is not a path\n"),
        ("", 2, "--set =2: '' is not a path\n"),
        ("run.", 2, "--set run.=2: 'run.' is not a path\n"),
        ("run..ticks", 2, "--set run..ticks=2: 'run..ticks' is not a path\n"),
        (
            "projections[0].to",
            "hiden",
            "--set projections[0].to='hiden': projections[0].to: no population named 'hiden'\n"
            "  fix: did you mean 'hidden'? allowed here: digit.a, hidden",
        ),
        ("chip", "tin", "--set chip='tin': chip: no chip preset named 'tin'\n"),
        ("chip.grid", [0, 1], "--set chip.grid=[0, 1]: chip.grid: [0, 1] has no room\n"),
        ("populations.hidden.neuron.threshold", {"file": "x.npz"}, "--set populations.hidden.neuron.threshold="),
    ],
)
def test_errors_of_overrides_name_the_option(path: str, value: Any, expected: str, file: Path) -> None:
    assert fails(file, {path: value}).startswith(expected)


def test_an_override_does_not_hide_the_line_of_another_error(file: Path) -> None:
    file.write_text(TEXT.replace("delay: 3", "delay: x"))
    assert fails(file, {"run.ticks": 5}).startswith(f"{file}:17: projections[1].delay: found 'x'")
    assert read_network(file, {"projections[1].delay": 2}).projections[1].delay == 2


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("populations.hidden.neuron.leak[2]", 9),
        ("populations.digit.a", 10),
        ("projections[1].delay", 17),
        ("projections[1]", 13),
        ("run.stimulus.pixels.spikes[1]", 22),
        ("chip.grid", 3),
        ("nowhere", 1),
    ],
)
def test_later_errors_find_their_line(path: str, line: int, file: Path) -> None:
    errors = [
        ConfigError("x", path=path),
        SpikeFileError("x", path=path),
        CapacityError("x", constraint="cores", needs=2, has=1, path=path, fix="y"),
    ]
    for error in errors:
        add_location(error, file)
        assert (error.file, error.line) == (str(file), line)
        assert str(error).startswith(f"{file}:{line}: {path}: x")


def test_a_file_that_is_gone_does_not_hide_the_error(tmp_path: Path) -> None:
    error = ConfigError("x", path="a")
    add_location(error, tmp_path / "gone.yaml")
    assert (error.file, error.line) == (str(tmp_path / "gone.yaml"), None)


def test_of_several_mistakes_the_first_in_the_file_is_told(file: Path) -> None:
    file.write_text(TEXT.replace("weight: 2", "weight: two").replace("shape: [2, 2]", "shape: [2, 0]"))
    assert fails(file).startswith(f"{file}:5: inputs.pixels.shape[1]: 0 is out of range")


def test_a_population_may_be_called_like_a_type(tmp_path: Path) -> None:
    path = tmp_path / "n.yaml"
    path.write_text("name: n\npopulations: {int: {shape: 1, neuron: {threshold: x}}, list: {shape: 2}}\n")
    assert fails(path).startswith(f"{path}:2: populations.int.neuron.threshold: found 'x'")


def test_reading_is_quick_enough_for_large_files(tmp_path: Path) -> None:
    path = tmp_path / "n.yaml"
    rows = ", ".join(f"[{i % 100}, {i % 50}, 1]" for i in range(5000))
    path.write_text(
        "name: n\npopulations: {p: {shape: 100}, q: {shape: 50}}\n"
        f"projections: [{{from: p, to: q, pattern: list, synapses: [{rows}]}}]\n"
    )
    synapses = read_network(path).projections[0].synapses
    assert isinstance(synapses, list) and len(synapses) == 5000


def test_a_file_full_of_mistakes_is_refused_quickly(tmp_path: Path) -> None:
    path = tmp_path / "n.yaml"
    rows = ", ".join(["[a, b]"] * 4000)
    path.write_text(
        "name: n\ninputs: {i: {shape: 1}}\npopulations: {p: {shape: 1}}\n"
        f"run: {{stimulus: {{i: {{spikes: [{rows}]}}}}}}\n"
    )
    begin = time.perf_counter()
    assert "run.stimulus.i.spikes[0][0]: found 'a'" in fails(path)
    assert time.perf_counter() - begin < 10


@pytest.mark.parametrize("config", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_the_shipped_networks_read(config: Path) -> None:
    network = read_network(config)
    assert network.name == config.stem and network.outputs


@pytest.mark.parametrize("number", ["18446744073709551615", "-1e300", "9007199254740993"])
@pytest.mark.parametrize("place", ["threshold: 4", "delay: 3", "weight: 2", "[2, 3]", "[0, -1, 2]"])
def test_numbers_that_would_overflow_later_are_refused(number: str, place: str, file: Path) -> None:
    if place in ("delay: 3", "[2, 3]") and "e" in number:  # whole numbers only
        number = "-" + "9" * 18
    file.write_text(TEXT.replace(place, re.sub(r"\d", number, place, count=1), 1))
    assert "is out of range\n  fix: allowed: numbers up to 2^53, on either side of 0" in fails(file)


def test_seeds_take_all_64_bits(file: Path) -> None:
    assert read_network(file, {"seed": 2**64 - 1}).seed == 2**64 - 1


def test_images_of_a_real_archive_become_the_spikes_of_their_bright_pixels(tmp_path: Path) -> None:
    digits = Path(__file__).parents[2].parent / "shared" / "data" / "mnist.npz"
    if not digits.is_file():
        pytest.skip(f"{digits.name} is not here")
    path = tmp_path / "n.yaml"
    path.write_text(f"""\
name: digits
inputs: {{pixels: {{shape: [2, 28, 28]}}}}
populations: {{p: {{shape: 10}}}}
run:
  stimulus:
    pixels:
      images:
        values: {{file: {digits}, array: test_images}}
        threshold: [64, 192]
        first: 3
        count: 5
        ticks_each: 4
  classify: {{population: p, labels: {{file: {digits}, array: test_labels}}, latency: 1}}
""")
    network = read_network(path)
    spikes = input_spikes(network, 100)
    with np.load(digits, allow_pickle=False) as archive:
        images = archive["test_images"][3:8]
    for number, image in enumerate(images):
        pins = spikes.pin[spikes.tick == 4 * number]
        assert np.array_equal(pins, np.flatnonzero(np.concatenate([image.ravel() >= 64, image.ravel() >= 192])))
    assert set(spikes.tick.tolist()) == {0, 4, 8, 12, 16}
