"""Real MPI ranks give the recording that one process gives, byte by byte; a rank that dies ends the run."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from strategies import random_events, random_image
from test_rank_checkpoints import NETWORK

from neurocore.arch import ChipSpec
from neurocore.cli.main import main
from neurocore.formats.image_file import save_image
from neurocore.image import OUTPUT_BASE, UNWIRED

MPIEXEC = Path(sys.executable).parent / "mpiexec"
ROOT = Path(__file__).parents[2]
TICKS = 200

pytestmark = [
    pytest.mark.mpi,
    pytest.mark.skipif(
        not MPIEXEC.is_file() or importlib.util.find_spec("mpi4py") is None, reason="make test-mpi installs an MPI"
    ),
]


def started(ranks: int, *words: object) -> subprocess.Popen[str]:
    """``mpiexec -n RANKS neurocore WORDS``, as root and with more ranks than processors."""
    allowed = {
        name: "1"
        for mpi in ("OMPI", "PRTE")
        for name in (f"{mpi}_ALLOW_RUN_AS_ROOT", f"{mpi}_ALLOW_RUN_AS_ROOT_CONFIRM")
    }
    more = {"PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [str(MPIEXEC), "-n", str(ranks), sys.executable, "-m", "neurocore", *map(str, words)],
        env=os.environ | allowed | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(job: subprocess.Popen[str]) -> tuple[str, str]:
    """What a job printed until its end. A machine with other work takes minutes; a job that hangs is ended."""
    try:
        return job.communicate(timeout=600)
    except BaseException:
        job.terminate()  # mpiexec ends its ranks
        job.communicate(timeout=60)
        raise


def same_recording(one: Path, other: Path) -> None:
    with np.load(one / "spikes.npz") as found, np.load(other / "spikes.npz") as right:
        assert sorted(found.files) == sorted(right.files)
        for name in found.files:
            if name != "meta":  # wall times
                np.testing.assert_array_equal(found[name], right[name], err_msg=name)


@pytest.fixture(scope="module", params=[1, 4], ids=lambda shortest: f"delays of {shortest} and more")
def chip(request, tmp_path_factory) -> Path:
    """A stochastic chip of several cores on disk, external spikes, and its run in one process."""
    folder = tmp_path_factory.mktemp("chip")
    spec = ChipSpec(name="random", axons=130, neurons=100, axon_types=4, grid=(3, 2), chips=(1, 1))
    image = next(image for seed in range(100) if (image := random_image(spec, seed)).cores == 6)
    image.target_core[image.target_core <= OUTPUT_BASE] = UNWIRED
    image.delay[image.target_core >= 0] = np.maximum(image.delay[image.target_core >= 0], request.param)
    save_image(image, folder / "image.npz")
    save_image(image, folder / "packed.npz", compress=True)
    events = random_events(image, TICKS, 5)
    np.savez(folder / "events.npz", tick=events.tick, core=events.core, axon=events.axon)
    given = ["--ticks", str(TICKS), "--seed", "3", "--input", str(folder / "events.npz"), "--no-report", "-q"]
    assert main(["run", str(folder / "image.npz"), *given, "--out", str(folder / "right")]) == 0
    return folder


@pytest.mark.parametrize("ranks", [1, 2, 3, 4])
def test_any_number_of_ranks_records_what_one_process_records(chip: Path, ranks: int):
    out = chip / f"ranks{ranks}"
    source = chip / ("packed.npz" if ranks == 3 else "image.npz")
    more = ["--rank-bounds", "0,1,4,6"] if ranks == 3 else []
    given = ["--ticks", TICKS, "--seed", 3, "--input", chip / "events.npz", "--no-report", *more]
    job = started(ranks, "run", source, *given, "--out", out)
    _, talk = said(job)
    assert job.returncode == 0, talk
    same_recording(out, chip / "right")
    assert json.loads((out / "run.json").read_text())["ranks"] == ranks


@pytest.mark.parametrize(("network", "ranks"), [("hello", 2), ("noisy", 2), ("noisy", 3)])
def test_a_network_with_probes_runs_on_ranks(tmp_path: Path, network: str, ranks: int):
    config = ROOT / "configs" / "hello.yaml"
    if network == "noisy":
        config = tmp_path / "noisy.yaml"
        config.write_text(NETWORK)
    given = ["--ticks", "100", "--no-report", "-q"]
    assert main(["run", str(config), *given, "--out", str(tmp_path / "one")]) == 0
    job = started(ranks, "run", config, *given, "--out", tmp_path / "more")
    _, talk = said(job)
    assert job.returncode == 0, talk
    same_recording(tmp_path / "more", tmp_path / "one")


@pytest.mark.skipif(importlib.util.find_spec("h5py") is None, reason="the extra nir is not installed")
def test_a_graph_on_ranks_has_the_columns_of_one_process(tmp_path: Path):
    given = ["run", ROOT / "tests/data/nir/norse_if.nir", "--ticks", "50", "--approximate", "weights=2", "-q"]
    assert main([*map(str, given), "--out", str(tmp_path / "one")]) == 0
    job = started(2, *given, "--rank-bounds", "0,0,1", "--out", tmp_path / "more")
    _, talk = job.communicate(timeout=300)
    assert job.returncode == 0, talk
    one, more = (json.loads((tmp_path / name / "run.json").read_text()) for name in ("one", "more"))
    assert more["ranks"] == 2
    assert more["graph"] == one["graph"] and one["graph"]["columns"][0]["rounding_wrong"] > 0


def test_bad_input_is_said_once_and_ends_all_ranks(tmp_path: Path):
    job = started(2, "run", tmp_path / "missing.npz", "--ticks", 5)
    _, talk = said(job)
    assert job.returncode == 2
    assert talk.count("missing.npz: this file cannot be read") == 1


def rank_processes(source: str) -> list[int]:
    """Processes of python, not of mpiexec, that run this source."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if words[0] == sys.executable and "neurocore" in words and source in words:
                found.append(int(folder.name))
    return sorted(found)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for its processes in /proc")
def test_a_rank_that_dies_ends_the_run(chip: Path):
    job = started(2, "run", chip / "image.npz", "--ticks", 100_000_000, "--no-files")
    try:
        victims: list[int] = []
        deadline = time.monotonic() + 300
        while len(victims) < 2 and time.monotonic() < deadline:
            time.sleep(0.2)
            victims = rank_processes(str(chip / "image.npz"))
        time.sleep(3)
        os.kill(victims[-1], signal.SIGKILL)
        _, talk = said(job)
    finally:
        job.terminate()
    assert job.returncode not in (0, None)
    assert "signal 9" in talk


@pytest.mark.parametrize(("ranks", "then"), [(1, 3), (3, 2), (2, 1), (2, 4)])
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for its processes in /proc")
def test_a_rank_that_is_killed_leaves_a_run_that_any_number_goes_on_with(
    chip: Path, tmp_path: Path, ranks: int, then: int
):
    ticks, source = 4_000, chip / "image.npz"
    given = ["--ticks", ticks, "--seed", 3, "--input", chip / "events.npz", "--no-report", "-q"]
    assert main(["run", str(source), *map(str, given), "--out", str(tmp_path / "right")]) == 0
    out = tmp_path / "new"
    job = started(ranks, "run", source, *given, "--checkpoint", "every=20", "--out", out)
    deadline = time.monotonic() + 300
    while len(list(out.glob("unfinished/checkpoint*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    victims = rank_processes(str(source))
    assert len(victims) == ranks
    os.kill(victims[-1], signal.SIGKILL)
    _, talk = said(job)
    assert job.returncode != 0 and "signal 9" in talk
    assert ranks == 1 or f"`neurocore resume {out}` goes on" in talk
    assert list(out.glob("unfinished/checkpoint*"))
    job = started(then, "resume", out)
    _, talk = said(job)
    assert job.returncode == 0, talk
    assert "going on from tick 0\n" not in talk
    same_recording(out, tmp_path / "right")
    assert json.loads((out / "run.json").read_text())["ranks"] == then


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for its processes in /proc")
def test_a_rank_killed_before_the_first_checkpoint_says_that_there_is_none(chip: Path, tmp_path: Path):
    out, source = tmp_path / "new", chip / "image.npz"
    given = ["--ticks", 40_000_000, "--seed", 3, "--input", chip / "events.npz", "--no-report", "-q"]
    job = started(2, "run", source, *given, "--out", out)
    deadline = time.monotonic() + 300
    while not list(out.glob("unfinished/segment*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(rank_processes(str(source))[-1], signal.SIGKILL)
    _, talk = said(job)
    assert job.returncode != 0
    assert f"`neurocore resume {out}` runs it from its beginning: it came to no checkpoint yet" in talk


@pytest.mark.parametrize("ranks", [2, 3])
def test_a_batch_is_shared_out_to_ranks(ranks: int, capsys: pytest.CaptureFixture[str]):
    words = ["batch", str(ROOT / "configs" / "mnist.yaml"), "--set", "run.ticks=26", "--frames-each", "2", "--json"]
    assert main(words) == 0
    right = json.loads(capsys.readouterr().out)
    job = started(ranks, *words)
    found, talk = said(job)
    assert job.returncode == 0, talk
    told, _ = json.JSONDecoder().raw_decode(found)  # mpiexec may end its output with an escape sequence
    assert told["ranks"] == ranks
    for facts in (told, right):
        for name in ("wall_s", "frames_per_s", "threads", "ranks"):
            facts.pop(name)
    assert told == right


def test_a_run_without_files_prints_what_one_process_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    config = ROOT / "configs" / "mnist.yaml"
    words = ["run", str(config), "--set", "run.ticks=23", "--no-files", "--json"]
    assert main(words) == 0
    right = json.loads(capsys.readouterr().out)
    job = started(3, *words)
    found, talk = said(job)
    assert job.returncode == 0, talk
    told, _ = json.JSONDecoder().raw_decode(found)  # mpiexec may end its output with an escape sequence
    assert told["classifier"]["frames"] == 20
    measured = {
        "wall_s",
        "threads",
        "frames_per_s",
        "ticks_per_s",
        "real_time_factor",
        "sops_emulated",
        "spikes_per_s",
        "phase_s",
    }
    different = {name for name in right if told[name] != right[name]}
    assert told.keys() == right.keys() and different <= measured
