"""The house has floors; imports go down only, and heavy packages are imported inside functions."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "neurocore"
FLOORS = [
    {"errors", "rng", "bits", "units", "digests", "markup"},  # words
    {
        "learning",
        "learning_rule",
        "arch",
        "neuron",
        "network",
        "network_mapping",
        "network_projection",
        "network_run",
        "network_values",
        "graph",
        "float_graph",
        "image",
        "spikes",
        "recording",
        "snapshot",
        "synapses",
        "trains",
        "traffic",
    },  # nouns
    {"formats", "mapper", "emulator", "noc", "workloads"},  # rooms: each does one verb, none knows another
    {"estimate", "report", "training"},  # readings
    {"verbs"},  # what a user can ask for, one file each
    {"api"},  # all verbs, for Python
    {"cli", "__main__", "__init__"},  # doors
]
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
ORDER_ON_A_FLOOR = [
    "learning",
    "learning_rule",
    "neuron",
    "graph",
    "float_graph",
    "arch",
    "network_values",
    "network_run",
    "network_projection",
    "network_mapping",
    "network",
    "image",
    "synapses",
    "spikes",
    "recording",
    "snapshot",
    "trains",
    "traffic",
]
HEAVY = {"matplotlib", "jinja2", "h5py", "nir", "aedat", "mpi4py", "torch"}
NUMBA_ONLY_IN = {"emulator"}
TORCH_ONLY_IN = {"torch_layers.py", "torch_rate.py", "torch_voters.py", "torch_training.py", "torch_checkpoint.py"}
"""Files of training/ that are torch modules; whoever imports them does so inside a function."""
FILES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import at line {node.lineno}"
            yield node, node.module or ""
            if node.module == "neurocore":
                yield from ((node, f"neurocore.{alias.name}") for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    here, tree = room(path), ast.parse(path.read_text())
    assert here in FLOOR, f"{here} has no floor"
    for node, name in imports(tree):
        parts = name.split(".")
        place = f"{path.name}:{node.lineno}"
        if parts[0] == "neurocore" and len(parts) > 1 and parts[1] != here and parts[1] in FLOOR:
            there = parts[1]
            free = FLOOR[there] == FLOOR[here] and FLOOR[here] in (0, len(FLOORS) - 1)  # words, doors
            nouns = FLOOR[there] == FLOOR[here] == 1
            if nouns:
                before = ORDER_ON_A_FLOOR.index(there) < ORDER_ON_A_FLOOR.index(here)
                assert before, f"{place}: noun {here} may not import {there}"
            else:
                assert FLOOR[there] < FLOOR[here] or free, f"{place}: {here} may not import {there}"
        top_level = any(node is statement for statement in tree.body)
        if parts[0] == "torch" and here == "training" and path.name in TORCH_ONLY_IN:
            continue
        if top_level and f"{parts[-1]}.py" in TORCH_ONLY_IN and parts[:2] == ["neurocore", "training"]:
            assert path.name in TORCH_ONLY_IN, f"{place}: import {name} inside a function"
        assert not (parts[0] in HEAVY and top_level), f"{place}: import {name} inside a function"
        if parts[0] == "numba" and top_level:
            assert here in NUMBA_ONLY_IN, f"{place}: numba at import time only inside emulator/"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_subpackage_inits_are_empty(path: Path) -> None:
    if path.name == "__init__.py" and path.parent != PACKAGE:
        assert path.read_text() == ""


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_the_first_line_of_a_file_says_what_it_is_for(path: Path) -> None:
    if path.read_text():
        assert ast.get_docstring(ast.parse(path.read_text())), f"{path} has no docstring"
