"""The docs tell the truth: their commands run, their Python runs, their links and make targets exist."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from neurocore.cli.main import main
from tools.make_tutorial import OTHERS, executed

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
INDEPENDENT = [page for page in PAGES if page.name != "tutorial.md"]
"""Pages whose blocks stand alone; tests/test_tutorial.py runs the tutorial's in order."""
IBM = ROOT.parent / "shared/data/nscs"


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)


def lines(page: Path) -> list[list[str]]:
    """The words of every command in the page's sh blocks."""
    joined = "".join(blocks(page, "sh")).replace("\\\n", " ")
    return [words for line in joined.splitlines() if (words := shlex.split(line, comments=True))]


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


@pytest.mark.parametrize("page", INDEPENDENT, ids=lambda page: page.name)
def test_commands_on_the_page_run(page: Path, workplace: Path, capsys: pytest.CaptureFixture[str]):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for words in lines(page):
        match words:
            case ["make", *wanted]:
                assert set(wanted) <= targets
            case ["neurocore", *arguments]:
                if any("patternMatch" in word for word in words) and not IBM.is_dir():
                    continue
                assert main(arguments) == 0, (" ".join(words), capsys.readouterr().err)
            case ["python", script, *_] if script.startswith("tools/"):
                assert (ROOT / script).is_file()
            case _:
                pytest.fail(f"{page.name} shows a command that no test knows: {' '.join(words)}")


@pytest.mark.parametrize("page", INDEPENDENT, ids=lambda page: page.name)
def test_python_on_the_page_runs(page: Path, workplace: Path):
    text = page.read_text(encoding="utf-8")
    done = executed(text, alone=True)
    if page in OTHERS:
        assert done == text, "run: python tools/make_tutorial.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_yaml_on_the_page_is_a_shipped_file_or_part_of_one(page: Path):
    shipped = [path.read_text(encoding="utf-8") for path in (ROOT / "configs").rglob("*.yaml")]
    for block in blocks(page, "yaml"):
        assert any(block in text for text in shipped), block


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_on_the_page_lead_somewhere(page: Path):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target
