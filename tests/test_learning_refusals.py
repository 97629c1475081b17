"""Learning (an extension): what is refused and why, image files that learn, and what a run folder keeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from neurocore.api import convert, run, verify
from neurocore.emulator.batch import run_batch
from neurocore.emulator.ranks.block import take_block
from neurocore.errors import ConfigError, ImageError, NeurocoreError, RunError
from neurocore.formats.ibm_corelet_writer import write_model
from neurocore.formats.image_file import load_cores, load_image, save_image
from neurocore.formats.network_writer import write_network
from neurocore.formats.network_yaml import read_network
from neurocore.formats.ranc_writer import write_ranc
from neurocore.image import ChipImage
from neurocore.mapper.pipeline import compile_network
from neurocore.mapper.remap import remap_image
from neurocore.network import Mapping, Network
from neurocore.spikes import AxonEvents

RULE = {"potentiation": {"peak": 90, "decay": 4}, "depression": {"peak": 40}, "forgetting": 10}


def network(projection: dict[str, Any] | None = None, more: Any = (), **top: Any) -> Network:
    one = {"from": "a", "to": "p", "pattern": "random", "probability": 0.5, "weight": 1, "learning": RULE}
    return Network.model_validate(
        {
            "name": "small",
            "inputs": {"a": {"shape": [20]}},
            "populations": {"p": {"shape": [6], "neuron": {"threshold": 4, "leak": -1, "floor": 0}}},
            "projections": [projection or one, *more],
            "outputs": ["p"],
            "run": {"ticks": 200, "stimulus": {"a": {"poisson": {"rate_hz": 100}}}},
        }
        | top
    )


@pytest.fixture(scope="module")
def image() -> ChipImage:
    return compile_network(network()).image


def test_ranks_batches_remapping_and_other_formats_refuse_an_image_that_learns(
    image: ChipImage, tmp_path: Path
) -> None:
    nothing = AxonEvents.sorted([], [], [])
    save_image(image, tmp_path / "i.npz")
    for attempt in (
        lambda: run_batch(image, [nothing], 5),
        lambda: remap_image(image, Mapping()),
        lambda: take_block(image, 0, 1),
        lambda: write_ranc(image, tmp_path / "input.json"),
        lambda: write_model(image, tmp_path / "model.json"),
        lambda: load_cores(tmp_path / "i.npz", 0, 1),
        lambda: run(network(), ranks=2),
    ):
        with pytest.raises(RunError, match=r"learns \(an extension, not on the production chip\)"):
            attempt()
    assert {path.name for path in tmp_path.iterdir()} == {"i.npz"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pattern": "grouped", "groups": 2, "weight": 1}, "pattern 'grouped' cannot learn"),
        ({"pattern": "all_to_all", "weight": 1, "stochastic": True}, "stochastic synapses cannot learn"),
        ({"pattern": "all_to_all", "weight": {"uniform": [1, 2]}}, "one weight and one delay"),
    ],
)
def test_projections_that_cannot_learn_are_refused_when_read(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        network({"from": "a", "to": "p", "learning": RULE} | changes)


def test_synapses_that_would_not_be_single_bits_are_refused_with_their_projection() -> None:
    mixed = np.ones((20, 6), int)
    mixed[0, 0] = 2
    plain = {"from": "a", "to": "p", "pattern": "all_to_all", "weight": 1}
    same = {"from": "a", "to": "p", "pattern": "all_to_all", "weight": -1}
    for made, words in (
        (network({"from": "a", "to": "p", "weights": mixed, "learning": RULE}), "one of two values"),
        (network(plain | {"learning": RULE}, [same]), "the same neurons with the same delay"),
        (network(plain | {"learning": RULE}, mapping={"fan_in": "split"}), "partial sums"),
    ):
        with pytest.raises(ConfigError, match=words):
            compile_network(made)


def test_an_image_that_learns_survives_its_file_and_damage_is_found(image: ChipImage, tmp_path: Path) -> None:
    save_image(image, tmp_path / "i.npz")
    again = load_image(tmp_path / "i.npz")
    assert again.digest() == image.digest() != replace(image, learning=None).digest()
    learning = image.learning
    assert learning is not None
    for name, value in (("tables", 257), ("axons", 2)):
        array = getattr(learning, name).copy()
        array.flat[0] = value
        with pytest.raises(ImageError, match="learning_"):
            save_image(replace(image, learning=replace(learning, **{name: array})), tmp_path / "bad.npz")
    twice = replace(learning, tables=np.repeat(learning.tables, 2, axis=0), axons=learning.axons * 3)
    with pytest.raises(ImageError, match="two rules in common"):
        save_image(replace(image, learning=replace(twice, neurons=learning.neurons * 3)), tmp_path / "bad.npz")


def test_a_run_keeps_what_was_learned_as_an_image_that_no_longer_learns(tmp_path: Path) -> None:
    done = run(network(), out=tmp_path / "r", report=False)
    learned = load_image(tmp_path / "r" / "learned.npz")
    assert done.learned is not None
    assert learned.learning is None and learned.digest() == done.learned.digest()
    assert (learned.crossbar != done.image.crossbar).any()
    after = run(tmp_path / "r" / "learned.npz", ticks=20)
    assert after.learned is None and after.recording.learned is None
    assert (done.synapses_of("a", "p") != compile_network(network()).described.learning[0].bits).any()
    with pytest.raises(RunError, match="did you mean|allowed here"):
        done.synapses_of("b", "p")


def test_verify_compares_what_was_learned() -> None:
    checks = verify(network(), ticks=120).checks
    assert all(check.passed for check in checks)
    assert any("learned synapses a to p" in check.what for check in checks)


PAIRED = """\
block: paired
does: Cells that learn what comes together.
parameters: {chance: {default: 50, min: 1, max: 256, about: in 256ths}}
ports:
  in:
    seen: {to: [{population: cells, weight: 2}]}
    told: {shape: 6, to: [{population: cells, wiring: {pattern: one_to_one, weight: 9}}]}
  out: {out: cells}
populations:
  before: {shape: 6}
  cells: {shape: 6, neuron: {threshold: 9}}
projections:
  - {from: before, to: cells, pattern: all_to_all, weight: 1, learning: {window: 9, potentiation: {peak: $chance}}}
"""


def test_blocks_learn_inside_and_at_ports_except_where_the_port_says_how(tmp_path: Path) -> None:
    (tmp_path / "paired.yaml").write_text(PAIRED)
    text = """\
neurocore: 1
name: n
inputs: {a: {shape: 4}, t: {shape: 6}}
blocks: {b: {use: paired.yaml, with: {chance: 77}}}
projections:
  - {from: a, to: b.seen, pattern: all_to_all, weight: 1, learning: {forgetting: 5}}
  - {from: t, to: b.told}
outputs: [b.out]
run: {ticks: 9}
"""
    (tmp_path / "n.yaml").write_text(text)
    learn = {(p.from_, p.weight): p.learning for p in read_network(tmp_path / "n.yaml").projections if p.learning}
    assert {key: (one.forgetting, one.potentiation is None) for key, one in learn.items()} == {
        ("a", 2): (5, True),
        ("b.before", 1): (0, False),
    }
    (tmp_path / "n.yaml").write_text(text.replace("b.told}", "b.told, learning: {forgetting: 5}}"))
    with pytest.raises(ConfigError, match=r"projections\[1\].learning: this port has wiring of its own"):
        read_network(tmp_path / "n.yaml")


def test_a_network_that_learns_is_written_and_read_back_equal(tmp_path: Path) -> None:
    write_network(network(), tmp_path / "n.yaml")
    assert read_network(tmp_path / "n.yaml") == network()


def test_nir_has_no_synapses_that_change(tmp_path: Path) -> None:
    write_network(network(), tmp_path / "learns.yaml")
    with pytest.raises(NeurocoreError, match="this network learns"):
        convert(tmp_path / "learns.yaml", tmp_path / "learns.nir")
