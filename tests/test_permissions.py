"""Folders and files that may not be read or written, and two processes at one folder: said in words, nothing harmed."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_rank_checkpoints import NETWORK, Died, same_file

from neurocore.cli.main import main
from neurocore.emulator.engine import Emulator
from neurocore.errors import NeurocoreError
from neurocore.formats import network_yaml
from neurocore.verbs import reporting, sources
from neurocore.verbs.running import run

assert reporting  # imported before the process gives up its rights
NOBODY = 65534

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions of POSIX")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network, its image, a run that is done, one that is not, and an empty shelf."""
    place = tmp_path_factory.mktemp("shop")
    (place / "many.yaml").write_text(NETWORK)
    config = str(place / "many.yaml")
    assert main(["compile", config, "-o", str(place / "image.npz")]) == 0
    assert main(["run", config, "-q", "--no-report", "--ticks", "60", "--out", str(place / "done")]) == 0
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Died):
        advance = Emulator.advance

        def dies(self: Emulator, *given: object) -> object:
            if self.tick >= 40:
                raise Died
            return advance(self, *given)  # type: ignore[arg-type]

        patch.setattr(Emulator, "advance", dies)
        run(config, ticks=60, out=place / "stopped", report=False, checkpoint="every=20")
    (place / "shelf").mkdir()
    # what is imported late, is there after this
    assert main(["convert", str(place / "done"), "-o", str(place / "x.csv")]) == 0
    (place / "x.csv").unlink()
    return place


@pytest.fixture
def place(shop: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A copy of it, owned by somebody who may not do everything: within the test the process has no rights of root."""
    if request.node.get_closest_marker("slow"):  # imports what draws, which may lie where only root reads
        assert main(["report", str(shop / "done")]) == 0
    before, folder = Path.cwd(), Path(tempfile.mkdtemp())
    shutil.copytree(shop, folder, dirs_exist_ok=True)
    root = os.geteuid() == 0
    try:
        if root:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        os.chdir(folder)
        yield folder
    finally:
        if root:
            os.seteuid(0)
        os.chdir(before)
        for path in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
            path.chmod(0o755)
        shutil.rmtree(folder)


def names(folder: Path) -> dict[str, int]:
    """Every file below a folder and its size; locks left out, which may stay where they cannot be removed."""
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("closed", "mode", "words", "named"),
    [
        ("shelf", 0o555, ["run", "many.yaml", "--out", "shelf/new"], "cannot write to shelf"),
        (
            "shelf",
            0o555,
            ["run", "many.yaml", "--out", "shelf/new", "--checkpoint", "every=9"],
            "cannot write to shelf",
        ),
        ("shelf", 0o555, ["compile", "many.yaml", "-o", "shelf/chip.npz"], "shelf/chip.npz"),
        ("shelf", 0o555, ["convert", "done", "-o", "shelf/new.csv"], "shelf/new.csv"),
        (".", 0o555, ["run", "many.yaml", "--out", "done", "--force"], "cannot write to ."),
        (".", 0o555, ["resume", "stopped"], "cannot write to ."),
        ("stopped/unfinished", 0o555, ["resume", "stopped"], "stopped/unfinished"),
        pytest.param("done", 0o555, ["report", "done"], "done", marks=pytest.mark.slow),
        ("many.yaml", 0, ["run", "many.yaml", "--no-files"], "many.yaml"),
        ("image.npz", 0, ["run", "image.npz", "--ticks", "5", "--no-files"], "image.npz"),
        ("done", 0, ["report", "done"], "done"),
        ("done/run.json", 0, ["report", "done"], "done/run.json"),
        ("done/spikes.npz", 0, ["report", "done"], "done/spikes.npz"),
        ("stopped/unfinished/plan.json", 0, ["resume", "stopped"], "stopped/unfinished/plan.json"),
        ("stopped/image.npz", 0, ["resume", "stopped"], "stopped/image.npz"),
    ],
)
def test_what_may_not_be_read_or_written_is_named_and_left(place: Path, capsys, closed, mode, words, named):
    before = names(place)
    usual = stat.S_IMODE(Path(closed).stat().st_mode)
    Path(closed).chmod(mode)
    capsys.readouterr()
    code = main(words)
    told = capsys.readouterr().err
    Path(closed).chmod(usual)
    assert code in (1, 2) and "defect" not in told and "Traceback" not in told, told
    assert named in told and "Permission denied" in told, told
    assert names(place) == before
    if words[0] == "resume":
        assert main(["resume", "stopped", "-q"]) == 0
        same_file(place / "stopped", place / "done")


def test_of_two_processes_that_begin_one_run_one_does_it(tmp_path: Path):
    (tmp_path / "many.yaml").write_text(NETWORK)
    words = [
        sys.executable,
        "-m",
        "neurocore",
        "run",
        "many.yaml",
        "-q",
        "--no-report",
        "--ticks",
        "20000",
        "--out",
        "new",
    ]
    jobs = [
        subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in "ab"
    ]
    told = [job.communicate(timeout=300)[1] for job in jobs]
    assert sorted(job.returncode for job in jobs) == [0, 2], told
    refused = "".join(told)
    assert "another run is writing new" in refused or "new already holds a run" in refused
    assert sorted(os.listdir(tmp_path)) == ["many.yaml", "new"]
    assert (tmp_path / "new/run.json").is_file()


def test_a_configuration_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "many.yaml"
    path.write_text(NETWORK)
    read: Callable[..., object] = network_yaml.read_network

    def edited(*given: object, **how: object) -> object:
        found = read(*given, **how)
        path.write_text(NETWORK.replace("seed: 5", "seed: 6"))
        return found

    with monkeypatch.context() as patch, pytest.raises(NeurocoreError, match="was changed while it was read"):
        patch.setattr(sources, "read_network", edited)
        sources.open_source(path)
    assert sources.open_source(path).config == path.read_bytes()
