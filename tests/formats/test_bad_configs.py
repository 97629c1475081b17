"""Every wrong description gets one message with file, line, path, what was found and what to do; all pinned here."""

import os
import re
import time
from pathlib import Path

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.errors import ConfigError, SpikeFileError
from neurocore.formats.network_yaml import read_network

GOOD = """\
neurocore: 1
name: small
inputs:
  pixels: {shape: [2, 2]}
populations:
  hidden: {shape: 3, neuron: {threshold: 4}}
  digit: {shape: 2}
projections:
  - {from: pixels, to: hidden, pattern: all_to_all, weight: 1}
  - {from: hidden, to: digit, pattern: all_to_all, weight: 2}
outputs: [digit]
run:
  ticks: 10
  stimulus:
    pixels: {poisson: {rate_hz: 20}}
"""

RICH = """\
neurocore: 1
name: rich
seed: 7
chip: {preset: tiny, grid: [2, 2]}
inputs:
  a: {shape: [2, 2]}
  b: {shape: 4}
populations:
  p: {shape: [3], neuron: {threshold: [1, 2, 3], leak: -1, reset: linear, floor: 0, leak_reversal: true}}
  q: {shape: 2, quantize: {scale: 2.5}, neuron: {threshold: 1.5, threshold_noise_bits: 3}}
projections:
  - {from: a, to: p, pattern: random, fan_in: 2, weight: {uniform: [-2, 2]}, delay: 3}
  - {from: b, to: p, weights: [[1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3]], stochastic: true}
  - {from: p, to: q, pattern: list, synapses: [[0, 1, 2], [1, 0, -1]]}
  - {from: p, to: q, weights: {file: weights.npz, array: w1}}
outputs: [q]
run:
  ticks: 10
  stimulus:
    a: {spikes: [[0, 1], [2, 3]]}
    b: {threshold: {values: [[0.1, 0.9, 0.5, 0.2]], threshold: 0.5, ticks_each: 2}}
  probes:
    - {population: p, neurons: [0, 2], start: 2, interval: 3}
  classify: {population: q, classes: 2, labels: [0, 1], ticks_each: 2, latency: 1}
"""


def sections() -> dict[str, tuple[str, str, str]]:
    """name -> (old, new, message) from the text file beside this one."""
    found = {}
    for block in Path(__file__).with_name("bad_configs.txt").read_text().split("\n## ")[1:]:
        name, *lines = block.strip("\n").split("\n")
        part = {mark: "\n".join(line[2:] for line in lines if line.startswith(mark)) for mark in "-+="}
        found[name] = (part["-"], part["+"], part["="])
    return found


CASES = sections()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("configs")
    np.savez(place / "weights.npz", w1=np.ones((4, 3), int), w3=np.ones(3))
    np.savez(place / "pickled.npz", w1=np.array([{}], object))
    np.save(place / "pickled.npy", np.array([{}], object))
    np.save(place / "plain.npy", np.ones((4, 3), int))
    np.save(place / "nan.npy", np.array([[1, np.nan]]))
    (place / "cut.npy").write_bytes((place / "plain.npy").read_bytes()[:-8])
    (place / "folder.npz").mkdir()
    texts = {
        "notzip.npz": "hello",
        "letters.csv": "1,2,3\n1,x,3\n",
        "ragged.csv": "1,2,3\n1,3\n",
        "empty.csv": "\n",
        "notes.txt": "a",
        "weights.csv": "1,2\n",
        "letter.csv": "tick,index\n1,2\n1,x\n",
        "spikes.csv": "tick,index\n1,2\n1,4\n",
        "badchip.yaml": "preset: tiny\ngrid: [4, four]\n",
    }
    for name, text in texts.items():
        (place / name).write_text(text)
    return place


def message(folder: Path, content: str | bytes) -> str:
    """What the reader says about a file net.yaml of this content, seen from its folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        Path("net.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises((ConfigError, SpikeFileError)) as caught:
            read_network(Path("net.yaml"))
        return str(caught.value)
    finally:
        os.chdir(before)


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_description_says_where_what_and_how_to_mend_it(name: str, folder: Path) -> None:
    old, new, expected = CASES[name]
    assert old in GOOD
    assert message(folder, GOOD.replace(old, new, 1)) == expected


@pytest.mark.parametrize("name", CASES)
def test_every_message_has_a_place_and_a_fix(name: str) -> None:
    first, *rest = CASES[name][2].split("\n")
    assert re.match(r"[\w.]+:\d+: ", first)
    assert len(rest) == 1 and rest[0].startswith("  fix: ") and len(rest[0]) > 12


def test_there_are_enough_wrong_descriptions() -> None:
    assert len(CASES) >= 36


NEEDED = "a network is a mapping with keys such as name: and populations:"
BYTES = {
    "empty": (
        b"",
        f"net.yaml: the file is empty\n  fix: {NEEDED}",
    ),
    "only a comment": (
        b"# nothing\n",
        f"net.yaml: the file is empty\n  fix: {NEEDED}",
    ),
    "a list": (
        b"- 1\n- 2\n",
        f"net.yaml:1: found [1, 2] at the top\n  fix: {NEEDED}",
    ),
    "a word": (
        b"hello",
        f"net.yaml:1: found 'hello' at the top\n  fix: {NEEDED}",
    ),
    "not UTF-8": (b"name: x\n# caf\xe9\n", "net.yaml:2: byte 0xe9 is not UTF-8 text\n  fix: save the file as UTF-8"),
    "UTF-16": ("name: x".encode("utf-16-le"), "net.yaml:1: character U+0000 may not stand in YAML\n  fix: remove it"),
    "a bell": (b"name: x\nnote: \x07\n", "net.yaml:2: character U+0007 may not stand in YAML\n  fix: remove it"),
    "tabs": (
        b"name: x\npopulations:\n\tp: {shape: 1}\n",
        "net.yaml:3: a tab cannot indent YAML (column 1)\n  fix: indent with spaces",
    ),
    "deep": (
        b"name: " + b"[" * 100_000,
        "net.yaml:1: nested more than 40 levels deep (column 46)\n  fix: keep large arrays in .npz files",
    ),
    "long number": (
        b"seed: " + b"9" * 5000,
        "net.yaml:1: seed: the whole number '9999999999999999999999999999999999999...' is too large\n"
        "  fix: allowed: finite numbers; whole ones below 2^64",
    ),
    "large": (
        b"#" * (2**20 + 1),
        "net.yaml: the file has 1.0 MiB; at most 1.0 MiB of YAML are read\n"
        "  fix: keep large arrays in .npz files and name them: {file: weights.npz, array: w1}",
    ),
    "alias bomb": (
        b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + b"".join(b"a%d: &a%d [%s]\n" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 10)) for i in range(1, 30)),
        "net.yaml:6: a5: with its aliases written out this has more than 1000000 values\n"
        "  fix: keep large arrays in .npz files",
    ),
}


@pytest.mark.parametrize("name", BYTES)
def test_a_wrong_file_says_what_is_wrong_with_it(name: str, folder: Path) -> None:
    content, expected = BYTES[name]
    begin = time.perf_counter()
    assert message(folder, content) == expected
    assert time.perf_counter() - begin < 5


def test_a_missing_file_names_the_nearest_one(folder: Path) -> None:
    (folder / "sub").mkdir(exist_ok=True)
    (folder / "sub" / "hello.yaml").write_text(GOOD)
    with pytest.raises(ConfigError) as caught:
        read_network(folder / "sub" / "helo.yaml")
    assert str(caught.value) == (
        f"{folder / 'sub' / 'helo.yaml'}: this file does not exist\n"
        "  fix: did you mean 'hello.yaml'? YAML files there: hello.yaml"
    )
    with pytest.raises(ConfigError, match="does not exist\n  fix: check the path"):
        read_network(folder / "nowhere" / "a.yaml")


def test_a_folder_is_not_a_file(folder: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_network(folder)
    assert str(caught.value) == f"{folder}: this is a folder, not a file\n  fix: name the .yaml file inside it"


def test_the_good_networks_are_good(folder: Path) -> None:
    for text in (GOOD, RICH):
        (folder / "good.yaml").write_text(text)
        read_network(folder / "good.yaml")


TOKENS = [
    *("{", "}", "[", "]", ",", ":", "-", "'", '"', "&a ", "*a", "!x ", "|", ">", "?", "%", "@", "#", "\n", "  ", "\t"),
    *("null", "true", "no", "0", "-1", "1.5", "1e400", ".nan", "9" * 30, "x", "[]", "{}", "<<: *a", "---\n", "\x00"),
    *("file: weights.npz", "array: w9", "uniform: [1, 2]", "preset: 3", "shape: 0", "[[1, 2], [3]]", "\u00e9", "int"),
    *('"\\ud800"', '"\\0"', f"file: {'x' * 300}.npz", 'file: "a\\0.npz"', "chip: x/y.yaml", "chip: .yaml", "file: ."),
]


@settings(max_examples=examples(400), deadline=None, derandomize=True)
@given(st.data())
def test_no_mutation_of_a_description_gives_anything_but_a_config_error(folder: Path, data: st.DataObject) -> None:
    words = re.findall(r"\w+|\s+|[^\w\s]", RICH)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(words) - 1))
        match data.draw(st.sampled_from(["drop", "swap", "insert", "replace", "move"])):
            case "drop":
                words[at] = ""
            case "swap":
                other = data.draw(st.integers(0, len(words) - 1))
                words[at], words[other] = words[other], words[at]
            case "insert":
                words[at] += data.draw(st.sampled_from(TOKENS))
            case "replace":
                words[at] = data.draw(st.sampled_from(TOKENS))
            case _:
                words[at] = data.draw(st.sampled_from(words))
    (folder / "mutant.yaml").write_text("".join(words))
    begin = time.perf_counter()
    try:
        read_network(folder / "mutant.yaml")
    except ConfigError as error:
        assert error.file and error.problem
        assert "typing." not in str(error) and "pydantic" not in str(error)
    assert time.perf_counter() - begin < 2
