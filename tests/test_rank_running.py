"""``neurocore run`` under mpiexec, without an MPI: what is refused, and what a failing rank does."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from neurocore.cli.main import main
from neurocore.emulator.ranks.mpi import job_size
from neurocore.errors import RunError
from neurocore.verbs.rank_failing import or_abort
from neurocore.verbs.rank_running import Ranks, on_ranks

CONFIG = "configs/hello.yaml"


class FakeComm:
    """Rank 0 of several that never answer."""

    def __init__(self, size: int, rank: int = 0) -> None:
        self.size, self.rank = size, rank
        self.sent: list[object] = []
        self.aborted: list[int] = []

    def Get_size(self) -> int:
        return self.size

    def Get_rank(self) -> int:
        return self.rank

    def send(self, value: object, dest: int, tag: int) -> None:
        assert dest != self.rank
        self.sent.append(value)

    def iprobe(self, source: int, tag: int) -> bool:
        return True

    def recv(self, source: int, tag: int) -> object:
        return None

    def Abort(self, code: int) -> None:
        self.aborted.append(code)


@pytest.fixture
def comm(monkeypatch: pytest.MonkeyPatch) -> FakeComm:
    """Two processes, as the launcher says and mpi4py sees them."""
    found = FakeComm(2)
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "2")
    package = ModuleType("mpi4py")
    package.MPI = SimpleNamespace(COMM_WORLD=found)
    monkeypatch.setitem(sys.modules, "mpi4py", package)
    return found


def test_without_a_launcher_there_is_one_rank(monkeypatch: pytest.MonkeyPatch):
    for name in ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS"):
        monkeypatch.delenv(name, raising=False)
    assert job_size() == 1
    monkeypatch.setenv("PMI_SIZE", "3")
    assert job_size() == 3


def test_mpiexec_without_mpi4py_names_the_extra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "2")
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    assert main(["run", CONFIG, "--no-files"]) == 2
    assert "pip install 'neurocore[mpi]'" in capsys.readouterr().err


def test_the_mpiexec_of_another_mpi_is_refused(comm: FakeComm):
    comm.size = 1
    with pytest.raises(RunError, match="mpiexec started 2 processes, but mpi4py sees 1"):
        on_ranks(lambda ranks: 0)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["missing.npz", "--ticks", "5"], "cannot be read"),
        ([CONFIG, "--rank-bounds", "0,x"], "'0,x' is no list of numbers"),
        ([CONFIG, "--rank-bounds", "0,1,2,3,4"], "do not share out"),
        ([CONFIG, "--backend", "reference"], "runs in one process"),
    ],
)
def test_bad_input_sends_the_other_ranks_home(
    comm: FakeComm, capsys: pytest.CaptureFixture[str], words: list[str], problem: str
):
    assert main(["run", *words, "--no-files", "-q"]) == 2
    assert problem in capsys.readouterr().err
    assert comm.sent == [None]


def test_a_rank_sent_home_does_nothing(comm: FakeComm):
    comm.rank = 1
    assert on_ranks(lambda ranks: pytest.fail("only rank 0 does the command")) == 0


@pytest.mark.parametrize(("error", "code"), [(RunError("no memory", fix="more"), 2), (ValueError("odd"), 3)])
def test_a_rank_that_fails_says_why_and_ends_all(capsys: pytest.CaptureFixture[str], error: Exception, code: int):
    comm = FakeComm(4, rank=2)

    def fail() -> None:
        raise error

    with pytest.raises(type(error)):
        or_abort(comm, fail)
    assert comm.aborted == [code]
    assert f"rank 2 of 4 failed and ends the run: {'no memory' if code == 2 else 'ValueError: odd'}" in (
        capsys.readouterr().err
    )


def test_one_process_runs_as_ever():
    ranks = Ranks(None, None)
    assert ranks.count == 1
    ranks.tell(None)
