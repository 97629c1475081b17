"""What is wrong in or with a block is said with file, line, path and a fix; never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurocore.errors import ConfigError
from neurocore.formats.block_expressions import Budget, ExpressionError, evaluate
from neurocore.formats.network_yaml import read_network
from neurocore.mapper.pipeline import compile_network
from neurocore.verbs.checking import check

FILES = {
    "own.yaml": """\
block: own
does: An and within a block.
parameters:
  size: {default: 2, min: 1, max: 9, about: lines}
ports: {in: {a: g.a, b: g.b}, out: {out: g.out}}
blocks: {g: {use: and, with: {size: $size}}}
""",
    "loop.yaml": """\
block: loop
does: Contains itself.
ports: {in: {in: g.in}, out: {out: g.out}}
blocks: {g: {use: loop.yaml}}
""",
    "typo.yaml": """\
block: typo
does: Misspells a key.
ports: {in: {in: p}, out: {out: p}}
populations:
  p: {shape: 2, neuron: {threshhold: 3}}
""",
    "leak.yaml": """\
block: leak
does: Leaks more than the chip can.
ports: {in: {in: p}, out: {out: p}}
populations:
  p: {shape: 2, neuron: {leak: 300}}
""",
}
CASES = {
    "{use: loop.yaml} g.in g.out": "loop.yaml:4: blocks.g.use: the block 'loop' contains itself (block 'g'",
    "{use: typo.yaml} g.in g.out": "typo.yaml:5: populations.p.neuron.threshhold: unknown key 'threshhold'",
    "{use: leak.yaml} g.in g.out": "leak.yaml:5: populations.p.neuron.leak: 300 is out of range (block 'g' at",
    "{use: none.yaml} g.in g.out": "n.yaml:3: blocks.g.use: there is no file 'none.yaml'",
    "{use: adn} g.a g.out": "n.yaml:3: blocks.g.use: no block named 'adn'\n  fix: did you mean 'and'?",
    "{use: and, with: {sise: 2}} g.a g.out": "blocks.g.with.sise: block 'and' has no parameter 'sise'\n  fix: did you",
    "{use: and, with: {size: 0}} g.a g.out": "n.yaml:3: blocks.g.with.size: 0 is out of range\n  fix: allowed: 1 to",
    "{use: and, size: 2} g.a g.out": "n.yaml:3: blocks.g.size: unknown key 'size'",
    "{use: delay_line} g.in g.out": "n.yaml:3: blocks.g: the parameter 'ticks' of block 'delay_line' is missing",
    "{use: and} g.aa g.out": "n.yaml:4: projections[0].to: block 'and' has no input port 'aa'\n  fix: did you mean",
    "{use: and} g.out g.out": "n.yaml:4: projections[0].to: 'g.out' is an output port",
    "{use: and} g.a g.ou": "n.yaml:5: outputs[0]: block 'and' has no output port 'ou'\n  fix: did you mean 'g.out'?",
    "{use: splitter, with: {size: 65536, copies: 256}} g.in g.out": "more than 2,000,000 steps of arithmetic",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def network(use: str, port: str, out: str) -> Path:
    lines = ["name: t", "inputs: {x: {shape: 2}}", f"blocks: {{g: {use}}}"]
    lines += [f"projections: [{{from: x, to: {port}}}]", f"outputs: [{out}]"]
    Path("n.yaml").write_text("\n".join(lines) + "\n")
    return Path("n.yaml")


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_block_says_where_and_how_to_mend_it(case: str, folder: Path) -> None:
    path = network(*case.rsplit(" ", 2))
    with pytest.raises(ConfigError) as caught:
        check(path)
    assert CASES[case] in str(caught.value)


def test_a_users_own_block_nests_one_that_ships(folder: Path) -> None:
    read = read_network(network("{use: own.yaml}", "g.a", "g.out"))
    assert list(read.populations) == ["g.g.out"] == read.outputs
    assert compile_network(read).graph.neuron_count == 2


@pytest.mark.parametrize(
    "text",
    ["__import__('os')", "size.real", "(lambda: 1)()", "open('x')", "'a' * 9", "size ** 9999", "[0 for i in [1]][5]"]
    + ["1 / 0", "range(10 ** 9)", "f'{size}'", "size := 3", "{}", "nothing", "(" * 300, "1e308 * 10", "1 < 2 < 3"],
)
def test_expressions_do_arithmetic_and_nothing_else(text: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(text, {"size": 4}, Budget())


def test_expressions_work_out_what_wiring_needs() -> None:
    names = {"size": 4, "row": [3, 1]}
    assert evaluate("2 * size + 1 if size > 3 else 0", names, Budget()) == 9
    assert evaluate("[[i, j] for i in range(2) for j in range(i, 2) if i != j]", names, Budget()) == [[0, 1]]
    assert evaluate("max(row) - row[1] + len(row) + sum(each(2, size))", names, Budget()) == 12
