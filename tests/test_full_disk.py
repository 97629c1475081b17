"""The disk is full at any one write: only our error comes out, and what was saved goes on to the same recording."""

from __future__ import annotations

import builtins
import errno
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from test_rank_checkpoints import NETWORK, same_file

from neurocore.cli import run as run_verb
from neurocore.cli.main import main
from neurocore.emulator.engine import Emulator
from neurocore.verbs import rank_running, run_part
from neurocore.verbs.rank_part import rehearsed_recorder

TICKS = 60
RUN = ("run", "many.yaml", "-q", "--ticks", str(TICKS), "--out", "new")
PLAIN, SAVED = (*RUN, "--no-report"), (*RUN, "--no-report", "--checkpoint", "every=20")
FEW = 3
os_replace = os.replace


class Disk:
    """A disk that is full from one operation on: a file made, written to or synced, a folder made, a name given."""

    def __init__(self, full_from: int | None) -> None:
        self.full_from, self.used = full_from, 0

    def use(self, once: bool = False) -> None:
        """once : fails at that operation only: a full disk lets most files be renamed"""
        self.used += 1
        over = 0 if self.full_from is None else self.used - self.full_from
        if over == 1 or (over > 1 and not once):
            raise OSError(errno.ENOSPC, "No space left on device")

    def counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """A function of os that takes room on the disk."""

        def using(*given: Any, **how: Any) -> Any:
            self.use(once=real is os_replace)
            return real(*given, **how)

        return using

    def opening(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """``open``, whose files take room where they are written to."""

        def opened(file: Any, mode: str = "r", *given: Any, **how: Any) -> Any:
            if not set(mode) & set("wxa+"):
                return real(file, mode, *given, **how)
            self.use()
            return Written(real(file, mode, *given, **how), self)

        return opened


class Written:
    """An open file each write to which takes room."""

    def __init__(self, file: Any, disk: Disk) -> None:
        self._file, self._disk = file, disk

    def write(self, data: Any) -> Any:
        self._disk.use()
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> Written:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()


@contextmanager
def disk(full_from: int | None) -> Iterator[Disk]:
    """Within the block the disk is full from an operation on; None: it only counts."""
    found = Disk(full_from)
    with pytest.MonkeyPatch.context() as patch:
        for owner in (builtins, io):
            patch.setattr(owner, "open", found.opening(open))
        for name in ("fsync", "mkdir", "replace", "write"):
            patch.setattr(os, name, found.counted(getattr(os, name)))
        yield found


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An undisturbed run, its network beside it; kernels are compiled after it."""
    place = tmp_path_factory.mktemp("right")
    (place / "many.yaml").write_text(NETWORK)
    out = str(place / "right")
    assert main(["run", str(place / "many.yaml"), "-q", "--no-report", "--ticks", str(TICKS), "--out", out]) == 0
    return place / "right"


@pytest.fixture
def place(right: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the network; runs have several segments of a few ticks, and no wait for the real disk."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(right.parent / "many.yaml", tmp_path)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(Emulator, "chunk_ticks", property(lambda self: 10))
    monkeypatch.setattr(run_part, "SEGMENT_BYTES", 2000)
    return tmp_path


def moments(words: tuple[str, ...], every: bool) -> Iterator[int]:
    """After how many operations the disk may be full before a command is done: all, or some of them."""
    assert main(words) == 0  # caches that only the first run of a process writes are there now
    if "--force" not in words:
        shutil.rmtree("new", ignore_errors=True)
    with disk(None) as counted:
        assert main(words) == 0
    shutil.rmtree("new", ignore_errors=True)
    assert counted.used > 9
    yield from range(counted.used) if every else {round(i * (counted.used - 1) / FEW) for i in range(FEW + 1)}


def refused(words: tuple[str, ...], full_from: int, capsys: pytest.CaptureFixture[str]) -> str:
    """What a command says that meets a full disk: one error of ours."""
    capsys.readouterr()
    with disk(full_from):
        code = main(words)
    told = capsys.readouterr().err
    assert code == 2, (full_from, told)
    assert told.startswith("neurocore: ") and "No space left on device" in told, (full_from, told)
    assert "\n  fix: " in told and "defect" not in told and "Traceback" not in told, (full_from, told)
    return told


def go_on(words: tuple[str, ...], told: str) -> None:
    """Do what the error says, with room on the disk again."""
    begun = Path("new/unfinished/plan.json").is_file()
    assert begun == ("`neurocore resume new`" in told)
    assert main(["resume", "new", "-q"] if begun else words) == 0


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_run_with_checkpoints_goes_on_after_a_full_disk(place, right, capsys, every):
    for moment in moments(SAVED, every):
        go_on(SAVED, refused(SAVED, moment, capsys))
        same_file(place / "new", right)
        assert sorted(os.listdir(place)) == ["many.yaml", "new"]
        assert sorted(os.listdir("new")) == sorted(os.listdir(right))
        shutil.rmtree("new")


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_run_on_ranks_goes_on_after_a_full_disk(place, right, capsys, monkeypatch, every):
    on_two = rank_running.Ranks(None, None)
    on_two.count = 2
    monkeypatch.setattr(rank_running.Ranks, "recorder", lambda self, opened=None: rehearsed_recorder(2))
    monkeypatch.setattr(rank_running, "on_ranks", lambda command, bounds=None: command(on_two))
    assert run_verb.do  # it looks for on_ranks when it is called
    for moment in moments(SAVED, every):
        go_on(SAVED, refused(SAVED, moment, capsys))
        same_file(place / "new", right)
        shutil.rmtree("new")


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_plain_run_leaves_nothing_on_a_full_disk_or_the_run_before(place, right, capsys, every):
    for moment in moments(PLAIN, every):
        refused(PLAIN, moment, capsys)
        assert os.listdir(place) == ["many.yaml"]
    assert main(PLAIN) == 0
    for moment in moments((*PLAIN, "--force"), every):
        if not Path("new").is_dir():
            assert main(PLAIN) == 0
        refused((*PLAIN, "--force"), moment, capsys)
        assert Path("new/run.json").is_file()
        same_file(place / "new", right)


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_an_image_is_there_whole_or_not_at_all(place, capsys, every):
    words = ("compile", "many.yaml", "-o", "image.npz")
    for moment in moments(words, every):
        Path("image.npz").write_bytes(b"what was there before")
        refused(words, moment, capsys)
        assert Path("image.npz").read_bytes() == b"what was there before"
        assert sorted(os.listdir(place)) == ["image.npz", "many.yaml"]


@pytest.mark.slow
def test_the_report_may_meet_a_full_disk_anywhere(place, right, capsys):
    words = (*RUN, "--checkpoint", "every=20")
    for moment in moments(words, every=False):
        go_on(words, refused(words, moment, capsys))
        same_file(place / "new", right)
        shutil.rmtree("new")
