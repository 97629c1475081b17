"""``neurocore blocks``: every block is listed, its example runs as it stands, its cost is that of the example."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neurocore.api import blocks, check, run
from neurocore.cli.main import main
from neurocore.errors import ConfigError
from neurocore.formats.block_files import builtin_blocks
from neurocore.formats.located_yaml import load_yaml
from neurocore.formats.network_writer import write_network
from neurocore.formats.network_yaml import parse_network, read_network
from neurocore.mapper.pipeline import compile_network

MINE = """block: twice
does: Repeats a spike after one tick and after two.
parameters:
  size: {default: 3, min: 1, max: 10, about: lines}
ports:
  in:
    in: {to: [{population: out}, {population: out, delay: 1}]}
  out:
    out: out
populations:
  out: {shape: $size}
"""


def test_every_block_that_ships_is_listed_with_a_cost_and_what_its_ports_are_for() -> None:
    listed = blocks().blocks
    assert [one.use for one in listed] == builtin_blocks()
    for one in listed:
        assert one.cost is not None and one.cost.cores == 1 and one.cost.neurons > 0, one.use
        assert all([*one.inputs.values(), *one.outputs.values()]) and one.latency, one.use


@pytest.mark.parametrize("use", builtin_blocks())
def test_an_example_pasted_into_a_file_costs_what_is_said(use: str, tmp_path: Path) -> None:
    one = blocks(use).blocks[0]
    assert one.example is not None and one.cost is not None
    (tmp_path / "pasted.yaml").write_text(one.example)
    used = check(tmp_path / "pasted.yaml").occupancy
    assert (one.cost.cores, one.cost.neurons, one.cost.axons) == (used.cores, used.neurons, used.axons)
    assert one.example.rstrip() in one.text()


def test_an_example_runs(tmp_path: Path) -> None:
    (tmp_path / "pasted.yaml").write_text(blocks("or").blocks[0].example or "")
    assert 20 < len(run(tmp_path / "pasted.yaml").spikes_of("my_or.out")) < 80  # about 51 of 100 ticks


def test_the_verb_prints_a_line_for_each_and_one_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["blocks"]) == 0
    printed = capsys.readouterr().out
    assert all(f"\n{use}: " in f"\n{printed}" for use in builtin_blocks())
    assert main(["blocks", "hold", "--json"]) == 0
    (hold,) = json.loads(capsys.readouterr().out)["blocks"]
    assert hold["parameters"]["ticks"] == {"default": 5, "min": 1, "max": 15, "about": "ticks that a spike lasts"} | {
        "needed": False
    }
    assert hold["cost"] == {"cores": 1, "neurons": 1, "axons": 5}  # one neuron, an axon for each of 5 delays


def test_a_block_of_the_users_own_is_shown_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("twice.yaml").write_text(MINE)
    assert main(["blocks", "twice.yaml"]) == 0
    printed = capsys.readouterr().out
    assert "size: lines (1 to 10, default 3)" in printed and "use: twice.yaml" in printed
    Path("twice.yaml").write_text(MINE.replace("default: 3, ", ""))
    assert main(["blocks", "twice.yaml"]) == 0
    assert "not known: a needed parameter has no example" in capsys.readouterr().out


def test_a_block_that_is_not_there_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["blocks", "dely_line"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("neurocore: no block named 'dely_line'\n  fix: did you mean 'delay_line'?")
    with pytest.raises(ConfigError, match="gone.yaml"):
        blocks("gone.yaml")


def test_set_reaches_a_blocks_parameters(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(blocks("hold").blocks[0].example or "")
    assert read_network(path).populations["my_hold.out"].shape == (1,)
    changed = read_network(path, {"blocks.my_hold.with.ticks": 9})
    assert len(compile_network(changed).graph.delay) == 9
    with pytest.raises(ConfigError, match="16 is out of range") as caught:
        read_network(path, {"blocks.my_hold.with.ticks": 16})
    assert caught.value.fix == "allowed: 1 to 15"


@pytest.mark.parametrize("use", ["coincidence", "low_pass", "conv_filter"])
def test_a_network_with_blocks_survives_being_written_and_read(use: str, tmp_path: Path) -> None:
    """What is written has the blocks' populations, and maps to the same chip."""
    network = parse_network(blocks(use).blocks[0].example or "", "example", tmp_path)
    write_network(network, tmp_path / "written.yaml")
    assert "blocks" not in load_yaml(tmp_path / "written.yaml").value
    again = read_network(tmp_path / "written.yaml")
    assert compile_network(again).image.digest() == compile_network(network).image.digest()
