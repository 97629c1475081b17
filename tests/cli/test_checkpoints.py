"""Runs with checkpoints: killed, interrupted, out of disk or damaged, they come out as an undisturbed run does."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from neurocore.emulator.engine import Emulator
from neurocore.formats import file_writing, recording_stream
from neurocore.formats.recording_stream import spikes_in
from neurocore.verbs import checkpointing, needs, run_lock, run_part, run_result, running
from neurocore.verbs.run_loading import load_run
from neurocore.verbs.unfinished import checkpoint_files

TICKS = 600
"""As in the fixture ``undisturbed``."""
ARRAYS = ("spike_tick", "spike_core", "spike_neuron", "counters", "tick_counters", "probe_tick", "potential")
LONG = ("run", "small.yaml", "--no-report", "-q", "--ticks")


@pytest.fixture
def right(undisturbed: Path, place: Path) -> Path:
    """The folder of an undisturbed run without checkpoints."""
    return shutil.copytree(undisturbed, place / "right")


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks and segments of a few ticks, so that a short run has many."""
    monkeypatch.setattr(Emulator, "chunk_ticks", property(lambda self: 8))
    monkeypatch.setattr(run_part, "SEGMENT_BYTES", 2000)


def assert_same(found: Path, right: Path) -> None:
    """The recordings are the same, byte for byte, and nothing else is left behind."""
    with np.load(found / "spikes.npz") as a, np.load(right / "spikes.npz") as b:
        assert a.files == b.files
        for name in b.files:
            if name != "meta":
                assert a[name].dtype == b[name].dtype, name
                assert a[name].tobytes() == b[name].tobytes(), name
    here, there = ({str(p.relative_to(folder)) for p in folder.rglob("*")} for folder in (found, right))
    assert here == there
    assert not (found.parent / f".{found.name}.lock").exists()


@pytest.mark.parametrize("schedule", ["every=37", "every=601", "seconds=0.05", "seconds=1000"])
def test_a_run_with_checkpoints_is_a_run_like_any_other(neurocore, right, schedule):
    told = neurocore(*LONG, str(TICKS), "--out", "new", "--checkpoint", schedule)
    assert told.code == 0, told.err
    assert_same(right.parent / "new", right)
    assert neurocore("compare", "new", "right").code == 0
    again = neurocore("resume", "new")
    assert (again.code, again.err) == (0, "new/ is complete\n")


def test_counters_of_a_very_long_run_are_kept_in_a_temporary_file(neurocore, right, monkeypatch):
    monkeypatch.setattr(recording_stream, "_MAP_FROM", 1)
    assert neurocore(*LONG, str(TICKS), "--out", "new", "--checkpoint", "every=37").code == 0
    assert_same(right.parent / "new", right)


def test_other_verbs_read_a_run_with_checkpoints(neurocore, place):
    assert neurocore("run", "small.yaml", "--out", "new", "--checkpoint", "every=50").code == 0
    assert (place / "new/report.html").is_file()
    for verb in ("report", "estimate", "show"):
        assert neurocore(verb, "new").code == 0


@pytest.mark.parametrize("last", [1, 20, 1000])
def test_a_probe_with_last_keeps_the_end_of_the_run(neurocore, place, monkeypatch, last):
    text = (place / "small.yaml").read_text()
    (place / "small.yaml").write_text(text.replace("[0, 2]}", f"[0, 2], interval: 3, last: {last}}}"))
    assert neurocore(*LONG, str(TICKS), "--out", "right").code == 0
    with monkeypatch.context() as patch:
        stop_at(patch, 500)
        assert neurocore(*LONG, str(TICKS), "--out", "new", "--checkpoint", "every=90").code == 130
    assert neurocore("resume", "new").code == 0
    assert_same(place / "new", place / "right")
    kept = load_run("new").recording.probe_tick
    np.testing.assert_array_equal(kept, np.arange(0, TICKS, 3)[-last:])


def test_a_run_that_cannot_fit_is_refused_before_it_starts(neurocore, place, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(needs, "available_memory_bytes", lambda: 100 * 2**20)
        told = neurocore("run", "small.yaml", "--out", "new")
    assert (told.code, told.err) == (
        2,
        "neurocore: 60 ticks need 200.0 MiB of memory, 100.0 MiB are available\n"
        "  fix: run fewer ticks, probe less, or use a machine with more memory\n",
    )
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(2**20, 2**20, 1024))
        told = neurocore("run", "small.yaml", "--out", "new", "--checkpoint", "every=10")
    assert (told.code, told.err) == (
        2,
        "neurocore: 60 ticks need 35.0 KiB of disk, 1.0 KiB are free at new\n"
        "  fix: free some space, choose another --out, run fewer ticks or probe less\n",
    )
    assert not (place / "new").exists()
    told = neurocore("run", "small.yaml", "--ticks", str(10**12), "--no-files")
    assert told.code == 2 and "of memory, " in told.err


def stop_at(monkeypatch: pytest.MonkeyPatch, tick: int) -> None:
    """Press Ctrl-C when a run comes to a tick."""
    advance = Emulator.advance

    def pressed(self, *given):
        chunk = advance(self, *given)
        if self.tick >= tick > self.tick - chunk.ticks:
            os.kill(os.getpid(), signal.SIGINT)
        return chunk

    monkeypatch.setattr(Emulator, "advance", pressed)


def test_ctrl_c_saves_and_says_how_to_go_on(neurocore, right, monkeypatch):
    with monkeypatch.context() as patch:
        stop_at(patch, 200)
        told = neurocore(*LONG, str(TICKS), "--out", "new", "--checkpoint", "every=1000")
    assert told.code == 130
    assert told.err == (
        "neurocore: interrupted after 200 of 600 ticks; they are saved\n  fix: `neurocore resume new` goes on\n"
    )
    for arguments in (("report", "new"), ("compare", "new", "right"), ("convert", "new", "-o", "new.csv")):
        assert neurocore(*arguments).err == (
            "neurocore: the run in new is not finished\n  fix: `neurocore resume new` goes on with it\n"
        )
    told = neurocore(*LONG, str(TICKS), "--out", "new")
    assert told.err == (
        "neurocore: new holds a run that is not finished\n"
        "  fix: `neurocore resume new` goes on with it; --force starts it again; or choose another --out\n"
    )
    told = neurocore("resume", "new", "--threads", "1")
    assert told.code == 0 and told.err == "going on from tick 200\nnew/ is complete\n"
    assert_same(right.parent / "new", right)


def test_force_starts_an_unfinished_run_again(neurocore, right, monkeypatch):
    with monkeypatch.context() as patch:
        stop_at(patch, 200)
        assert neurocore(*LONG, "700", "--out", "new", "--checkpoint", "every=50").code == 130
    assert neurocore(*LONG, str(TICKS), "--out", "new", "--force").code == 0
    assert_same(right.parent / "new", right)


def test_the_configuration_may_change_or_go_while_it_runs(neurocore, place, right, monkeypatch):
    with monkeypatch.context() as patch:
        stop_at(patch, 96)
        assert neurocore(*LONG, str(TICKS), "--out", "new", "--checkpoint", "every=32").code == 130
    text = (place / "small.yaml").read_text()
    (place / "small.yaml").write_text("this is: [no network")
    assert neurocore("resume", "new").code == 0
    assert_same(place / "new", right)
    assert (place / "new/config.yaml").read_text() == text


def test_a_plain_run_keeps_the_configuration_that_it_read(neurocore, place, monkeypatch):
    text, emulate = (place / "small.yaml").read_text(), running.emulate

    def edited(*given, **options):
        (place / "small.yaml").unlink()
        return emulate(*given, **options)

    monkeypatch.setattr(running, "emulate", edited)
    assert neurocore("run", "small.yaml", "--out", "new", "--no-report").code == 0
    assert (place / "new/config.yaml").read_text() == text


@pytest.fixture
def stopped(neurocore, right, monkeypatch) -> Path:
    """A run that was stopped at tick 324 with checkpoints at 300 and 324."""
    with monkeypatch.context() as patch:
        stop_at(patch, 324)
        assert neurocore(*LONG, str(TICKS), "--out", "new", "--checkpoint", "every=100").code == 130
    folder = right.parent / "new"
    assert [int(path.stem[11:]) for path in checkpoint_files(folder / "unfinished")] == [300, 324]
    return folder


def flip(path: Path, place: int = -400) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2 if place == 0 else place % len(data)] ^= 0x10
    path.write_bytes(bytes(data))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("harm", [lambda path: flip(path, 0), cut, empty], ids=["flipped", "cut", "empty"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(neurocore, stopped, right, harm):
    last = checkpoint_files(stopped / "unfinished")[-1]
    harm(last)
    told = neurocore("resume", "new")
    assert told.code == 0, told.err
    assert told.err.startswith(f"refused: new/unfinished/{last.name}")
    assert "going on from tick 300\n" in told.err
    assert_same(stopped, right)


@pytest.mark.parametrize("number", [0, 3, -1])
@pytest.mark.parametrize("harm", [cut, empty, Path.unlink], ids=["cut", "empty", "gone"])
def test_a_damaged_segment_is_named_and_its_ticks_run_again(neurocore, stopped, right, harm, number):
    segment = sorted((stopped / "unfinished").glob("segment-*"))[number]
    harm(segment)
    told = neurocore("resume", "new")
    assert told.code == 0, told.err
    if harm is not Path.unlink:
        assert f"refused: new/unfinished/{segment.name}" in told.err
    assert_same(stopped, right)


def test_every_flipped_byte_of_a_segment_or_checkpoint_is_harmless(neurocore, stopped, right):
    chance = random.Random(1)
    kept = shutil.copytree(stopped, stopped.with_name("kept"))
    for _ in range(12):
        shutil.rmtree(stopped)
        shutil.copytree(kept, stopped)
        path = chance.choice([*sorted((stopped / "unfinished").glob("*-*.npz"))])
        flip(path, chance.randrange(1, path.stat().st_size))
        assert neurocore("resume", "new").code == 0
        assert_same(stopped, right)


def test_only_one_process_goes_on_with_a_run(neurocore, stopped):
    with run_lock.locked(stopped):
        told = neurocore("resume", "new")
    assert told.code == 2 and told.err.startswith(f"neurocore: another run is writing new (process {os.getpid()})\n")


def test_ctrl_c_while_the_segments_are_joined_says_how_to_go_on(neurocore, stopped, right, monkeypatch):
    def pressed(*given, **how):
        raise KeyboardInterrupt

    for module, name in ((checkpointing, "join_segments"), (run_result, "summarize")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, pressed)
            told = neurocore("resume", "new", "-q")
        assert (told.code, told.err) == (
            130,
            "neurocore: interrupted; what was saved is there\n  fix: `neurocore resume new` goes on\n",
        )
    assert neurocore("resume", "new").code == 0
    assert_same(stopped, right)


def test_files_of_another_run_are_refused(neurocore, stopped, right, monkeypatch):
    last = checkpoint_files(stopped / "unfinished")[-1]
    with monkeypatch.context() as patch:
        stop_at(patch, 324)
        assert neurocore(*LONG, "601", "--out", "other", "--checkpoint", "every=100").code == 130
    shutil.copy(stopped.parent / "other/unfinished" / last.name, last)
    told = neurocore("resume", "new")
    assert f"refused: new/unfinished/{last.name}: meta.run: it belongs to another run" in told.err
    assert_same(stopped, right)


def test_a_changed_plan_or_image_is_refused(neurocore, stopped):
    plan = stopped / "unfinished/plan.json"
    text = plan.read_text()
    plan.write_text(text.replace('"planned": 600', '"planned": 700'))
    told = neurocore("resume", "new")
    assert told.code == 2
    assert told.err == (
        "neurocore: new/unfinished/plan.json: this plan is damaged or was changed by hand\n  fix: start the run again\n"
    )
    plan.write_text(text)
    cut(stopped / "image.npz")
    told = neurocore("resume", "new")
    assert told.code == 2 and told.err.startswith("neurocore: new/image.npz: ")


def disk_of(patch: pytest.MonkeyPatch, size: int, then: list[bool]) -> None:
    """A disk with so many bytes left; ``then`` becomes [True] when it was full."""
    left, opened = [size], open

    class Full:
        def __init__(self, file):
            self.file = file

        def write(self, data):
            left[0] -= len(data)
            if left[0] < 0:
                then[:] = [True]
                raise OSError(errno.ENOSPC, "No space left on device")
            return self.file.write(data)

        def __getattr__(self, name):
            return getattr(self.file, name)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.file.close()

    patch.setattr(
        file_writing,
        "open",
        lambda path, mode, **how: Full(opened(path, mode, **how)) if "x" in mode else opened(path, mode, **how),
        raising=False,
    )


def test_a_full_disk_ends_the_run_and_more_room_goes_on(neurocore, right):
    chance, full = random.Random(7), 0
    for _ in range(10):
        shutil.rmtree(right.parent / "new", ignore_errors=True)
        arguments, then = [*LONG, str(TICKS), "--out", "new", "--checkpoint", "every=40"], [False]
        with pytest.MonkeyPatch.context() as patch:
            disk_of(patch, int(10 ** chance.uniform(3, 5.3)), then)
            told = neurocore(*arguments)
        full += then[0]
        if then[0]:
            assert told.code == 2 and "No space left on device" in told.err, told.err
        begun = (right.parent / "new/unfinished/plan.json").exists()
        if begun:
            assert "`neurocore resume new`" in told.err
        if told.code:
            told = neurocore("resume", "new") if begun else neurocore(*arguments)
        assert told.code == 0, told.err
        assert_same(right.parent / "new", right)
    assert full >= 5


def test_two_runs_into_one_folder_do_not_mix(neurocore, place, monkeypatch):
    with run_lock.locked(Path("new")):
        told = neurocore("run", "small.yaml", "--out", "new")
        assert told.code == 2
        assert told.err == (
            f"neurocore: another run is writing new (process {os.getpid()})\n"
            "  fix: wait until it is done, or choose another --out\n"
        )
    assert not (place / "new").exists()
    (place / ".new.lock").write_text("4000000\n")  # left behind by a run that was killed
    assert neurocore("run", "small.yaml", "--out", "new", "--no-report").code == 0
    assert not (place / ".new.lock").exists()


def test_a_folder_that_may_not_be_written_is_named(neurocore, place, monkeypatch):
    def refused(*given, **how):
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(run_lock, "_take", refused)
        told = neurocore("run", "small.yaml", "--out", "shelf/new")
    assert (told.code, told.err) == (
        2,
        "neurocore: cannot write to shelf: Permission denied\n  fix: choose another --out\n",
    )
    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", refused)
        told = neurocore("run", "small.yaml", "--out", "new", "--checkpoint", "every=9")
    assert told.code == 2 and "Permission denied\n  fix: choose another --out" in told.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_named(neurocore, place):
    (place / "shelf").mkdir(mode=0o555)
    told = neurocore("run", "small.yaml", "--out", "shelf/new")
    assert told.err == "neurocore: cannot write to shelf: Permission denied\n  fix: choose another --out\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--checkpoint", "every=0"), "--checkpoint every=0: not something to go by"),
        (("--checkpoint", "hourly"), "--checkpoint hourly: not something to go by"),
        (("--checkpoint", "seconds=0"), "--checkpoint seconds=0: not something to go by"),
        (("--checkpoint", "every=5", "--no-files"), "checkpoints need a run folder"),
        (("--checkpoint", "every=5", "--backend", "reference"), "the backend 'reference' makes no checkpoints"),
    ],
)
def test_what_cannot_be_saved_is_refused(neurocore, place, arguments, problem):
    told = neurocore("run", "small.yaml", "--out", "new", *arguments)
    assert told.code == 2 and told.err.startswith(f"neurocore: {problem}\n"), told.err
    assert not (place / "new").exists()


def test_there_must_be_something_to_go_on_with(neurocore, place):
    assert neurocore("resume", "none").err.startswith("neurocore: none: no such run folder\n")
    (place / "bare").mkdir()
    assert neurocore("resume", "bare").err.startswith("neurocore: bare: there is no run to go on with\n")


def test_spikes_are_read_a_piece_at_a_time(right):
    with np.load(right / "spikes.npz") as whole:
        pieces = list(spikes_in(right / "spikes.npz", 7))
        assert max(len(tick) for tick, _, _ in pieces) == 7
        for column, name in zip(zip(*pieces, strict=True), ARRAYS, strict=False):
            np.testing.assert_array_equal(np.concatenate(column), whole[name])


@pytest.mark.parametrize("where", ["unfinished.write_npz", "run_folder.os.replace", "run_folder.shutil.rmtree"])
def test_a_run_killed_while_it_begins_can_be_started_again(neurocore, place, right, where):
    owner, name = f"neurocore.verbs.{where}".rsplit(".", 1)
    dies = (
        "import os, neurocore.verbs.unfinished, neurocore.verbs.run_folder\n"
        "from neurocore.cli.main import main\n"
        f"{owner}.{name} = lambda *_, **__: os._exit(9)\n"
        f"main({[*LONG, str(TICKS), '--out', 'new', '--checkpoint', 'every=37', '--force']})\n"
    )
    assert neurocore(*LONG, str(TICKS), "--out", "new").code == 0  # what --force is to replace
    assert subprocess.run([sys.executable, "-c", dies], cwd=place, check=False).returncode == 9
    assert neurocore(*LONG, str(TICKS), "--out", "new", "--checkpoint", "every=37", "--force").code == 0
    assert_same(place / "new", right)


def kills(place: Path, right: Path, wanted: int, seed: int, ticks: int) -> Iterator[tuple[int, int]]:
    """Kill runs at random moments, ``wanted`` times in all; yields (kills, of these in mid-run) after each one."""
    chance, killed, midway = random.Random(seed), 0, 0
    plan, command = place / "new/unfinished/plan.json", [sys.executable, "-m", "neurocore"]
    start = [*LONG, str(ticks), "--out", "new", "--checkpoint"]

    def names() -> set[str]:
        return set(os.listdir(plan.parent)) if plan.parent.is_dir() else set()

    while killed < wanted:
        shutil.rmtree(place / "new", ignore_errors=True)
        done = place / "new/run.json"
        while not done.exists() or plan.parent.exists():
            schedule = chance.choice(["every=400", "every=1700", "seconds=0.1"])
            arguments = ["resume", "new", "-q"] if plan.exists() or done.exists() else [*start, schedule]
            threads = chance.choice(["1", "2"])
            process = subprocess.Popen([*command, *arguments, "--threads", threads], stdout=subprocess.DEVNULL)
            if killed < wanted:
                # one in five anywhere, starting up included; the others at work, however long a start takes here
                before, anywhere = names(), chance.random() < 0.2
                until = time.monotonic() + (chance.uniform(0, 3) if anywhere else 60)
                while process.poll() is None and time.monotonic() < until:
                    if not anywhere and names() != before:  # it writes: a moment more
                        anywhere, until = True, time.monotonic() + chance.choice([0.02, 0.2, 1]) * chance.random()
                    time.sleep(0.002)
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)
                    killed, midway = killed + 1, midway + plan.exists()
            code = process.wait()
            assert code in (0, -signal.SIGKILL), code
        (place / ".new.lock").unlink(missing_ok=True)
        assert_same(place / "new", right)
        yield killed, midway


def killing(neurocore: Callable, place: Path, wanted: int) -> tuple[int, int]:
    assert neurocore(*LONG, "20000", "--out", "right").code == 0
    return list(kills(place, place / "right", wanted, wanted, 20_000))[-1]


def test_killed_three_times_a_run_comes_out_the_same(neurocore, place):
    assert killing(neurocore, place, 3)[0] == 3


@pytest.mark.slow
def test_killed_a_hundred_times_a_run_comes_out_the_same(neurocore, place):
    killed, midway = killing(neurocore, place, 100)
    assert killed == 100 and midway > 50
