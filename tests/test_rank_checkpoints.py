"""Runs with checkpoints on ranks: any number of them begins, any number goes on, and the recording is one process's."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import chips

from neurocore.emulator.engine import Emulator
from neurocore.emulator.ranks.rank import RankEmulator
from neurocore.errors import NeurocoreError, RunError
from neurocore.formats.segment_file import segment_files
from neurocore.image import OUTPUT_BASE, UNWIRED
from neurocore.verbs import run_part, running
from neurocore.verbs.rank_part import rehearsed_recorder
from neurocore.verbs.resuming import resume
from neurocore.verbs.running import run
from neurocore.verbs.unfinished import checkpoint_files, how_to_go_on

NETWORK = """\
neurocore: 1
name: many
seed: 5
chip: {preset: tiny}
inputs:
  eyes: {shape: [12]}
populations:
  middle: {shape: [40], neuron: {threshold: 3, leak: -1, floor: 0}}
  noisy: {shape: [20], neuron: {threshold: 2, threshold_noise_bits: 2, reset: linear, floor: -4}}
projections:
  - {from: eyes, to: middle, pattern: random, probability: 0.3, weight: 1, delay: 2}
  - {from: middle, to: noisy, pattern: random, probability: 0.15, weight: 2, delay: 4}
outputs: [noisy]
run:
  ticks: 300
  stimulus:
    eyes: {poisson: {rate_hz: 300}}
  probes:
    - {population: noisy, neurons: [0, 2, 17], interval: 3, start: 4, last: 20}
    - {population: middle, neurons: [39, 1], interval: 3, start: 4, last: 20}
"""


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks and segments of a few ticks, so that a short run has many; none waits for the disk."""
    monkeypatch.setattr("os.fsync", lambda descriptor: None)
    monkeypatch.setattr(Emulator, "chunk_ticks", property(lambda self: 8))
    monkeypatch.setattr(run_part, "SEGMENT_BYTES", 4000)


class Died(BaseException):
    """What a rank that is killed does in a rehearsal: nothing more."""


def die_at(patch: pytest.MonkeyPatch, tick: int, rank: int) -> None:
    """A rank dies when it comes to a tick."""
    advance = RankEmulator.advance

    def mortal(self, ticks, *given):
        if self.exchange.rank == rank and self.tick + ticks > tick:
            raise Died
        return advance(self, ticks, *given)

    patch.setattr(RankEmulator, "advance", mortal)


def same_file(one: Path, other: Path) -> None:
    with np.load(one / "spikes.npz") as found, np.load(other / "spikes.npz") as right:
        assert found.files == right.files
        for name in right.files:
            if name != "meta":
                assert (found[name].dtype, found[name].shape) == (right[name].dtype, right[name].shape), name
                assert found[name].tobytes() == right[name].tobytes(), name


def on(ranks: int, bounds=None) -> dict:
    return {"recorder": rehearsed_recorder(ranks, bounds), "ranks": ranks}


@pytest.fixture(scope="module")
def right(tmp_path_factory) -> Path:
    """The folder of an undisturbed run of one process; its network is beside it."""
    place = tmp_path_factory.mktemp("right")
    (place / "many.yaml").write_text(NETWORK)
    result = run(place / "many.yaml", out=place / "right", report=False)
    assert result.image.cores > 4 and len(result.recording.spikes) > 500
    return place / "right"


@pytest.fixture
def config(right) -> Path:
    return right.parent / "many.yaml"


@pytest.mark.parametrize(("ranks", "then"), [(3, 2), (2, 1), (1, 4)])
def test_a_rank_that_dies_leaves_what_any_number_of_ranks_goes_on_from(
    config, right, tmp_path, monkeypatch, ranks, then
):
    out = tmp_path / "new"
    with monkeypatch.context() as patch:
        die_at(patch, 200, ranks - 1)
        with pytest.raises(Died):
            run(config, out=out, report=False, checkpoint="every=50", **on(ranks))
    left = sorted(int(path.stem.split("-")[1]) for path in (out / "unfinished").glob("checkpoint*"))
    assert left and left[-1] in (150, 200)
    assert max(map(len, segment_files(out / "unfinished"))) == ranks
    result = resume(out, **on(then))
    assert f"going on from tick {left[-1]}" in result.remarks
    same_file(out, right)
    assert not (out / "unfinished").exists()


def test_a_run_on_ranks_always_streams_its_recording(config, right, tmp_path, monkeypatch):
    out = tmp_path / "new"
    with monkeypatch.context() as patch:
        die_at(patch, 200, 0)
        with pytest.raises(Died):
            run(config, out=out, report=False, **on(2))
    assert not list((out / "unfinished").glob("checkpoint*"))
    assert len(segment_files(out / "unfinished")) > 1
    assert "going on from tick 0" in resume(out, **on(3)).remarks
    same_file(out, right)


def test_a_run_on_ranks_saves_its_state_without_being_asked(config, right, tmp_path, monkeypatch):
    out = tmp_path / "new"
    with monkeypatch.context() as patch:
        patch.setattr(running, "ON_RANKS", "seconds=0.000001")
        die_at(patch, 200, 1)
        with pytest.raises(Died):
            run(config, out=out, report=False, **on(2))
    last = checkpoint_files(out / "unfinished")[-1]
    assert f"going on from tick {int(last.stem[11:])}" in resume(out, **on(3)).remarks
    same_file(out, right)


@pytest.mark.parametrize(
    ("first", "schedule", "said", "then"),
    [
        (0, None, "runs it from its beginning: it came to no checkpoint yet", "going on from tick 0"),
        (100, "every=40", "goes on", "going on from tick 80"),
    ],
)
def test_what_resume_will_do_is_said_as_it_is(config, right, tmp_path, monkeypatch, first, schedule, said, then):
    save, out = run_part.save_segment, tmp_path / "new"

    def full(segment, *where):
        if segment.first_tick >= first:
            raise NeurocoreError("no space left")
        save(segment, *where)

    with monkeypatch.context() as patch:
        patch.setattr(run_part, "save_segment", full)
        with pytest.raises(RunError) as told:
            run(config, out=out, report=False, checkpoint=schedule, **on(2))
    assert str(told.value).endswith(f"then `neurocore resume {out}` {said}")
    assert then in resume(out, **on(2)).remarks
    same_file(out, right)
    assert how_to_go_on(tmp_path / "elsewhere").endswith("goes on from the last checkpoint, if there is one")


def test_ctrl_c_at_one_rank_saves_all_of_them(config, right, tmp_path, monkeypatch):
    advance = RankEmulator.advance

    def pressed(self, *given):
        chunk = advance(self, *given)
        if self.tick >= 100 and threading.current_thread() is threading.main_thread():
            os.kill(os.getpid(), signal.SIGINT)
        return chunk

    out = tmp_path / "new"
    with monkeypatch.context() as patch:
        patch.setattr(RankEmulator, "advance", pressed)
        with pytest.raises(run_part.RunInterrupted, match="they are saved"):
            run(config, out=out, report=False, **on(3))
    result = resume(out)
    assert any(remark.startswith("going on from tick 1") for remark in result.remarks)
    same_file(out, right)


@pytest.mark.parametrize("shared", [True, False])
def test_without_a_shared_folder_rank_0_writes_for_all(config, right, tmp_path, monkeypatch, shared):
    main = threading.main_thread()
    kept = []
    join = run_part.merge_segments
    monkeypatch.setattr(run_part, "_sees", lambda order: int(shared or threading.current_thread() is main))
    monkeypatch.setattr(run_part, "merge_segments", lambda parts, *more: kept.append(len(parts)) or join(parts, *more))
    run(config, out=tmp_path / "new", report=False, checkpoint="every=100", **on(3))
    assert set(kept) == (set() if shared else {3})
    same_file(tmp_path / "new", right)


@pytest.mark.parametrize("harm", ["gone", "cut"])
def test_a_segment_that_one_rank_lost_is_run_again(config, right, tmp_path, monkeypatch, harm):
    out = tmp_path / "new"
    with monkeypatch.context() as patch:
        die_at(patch, 250, 1)
        with pytest.raises(Died):
            run(config, out=out, report=False, checkpoint="every=40", **on(3))
    lost = segment_files(out / "unfinished")[-2][1]
    lost.unlink() if harm == "gone" else lost.write_bytes(lost.read_bytes()[:99])
    assert any("refused" in remark for remark in resume(out, **on(2)).remarks)
    same_file(out, right)


def test_a_full_disk_at_one_rank_says_how_to_go_on(config, right, tmp_path, monkeypatch):
    save, out = run_part.save_segment, tmp_path / "new"

    def full(segment, *where):
        if segment.first_core and segment.first_tick > 100:
            raise NeurocoreError("no space left")
        save(segment, *where)

    with monkeypatch.context() as patch:
        patch.setattr(run_part, "save_segment", full)
        with pytest.raises(RunError, match="no space left") as told:
            run(config, out=out, report=False, checkpoint="every=40", **on(2))
    assert f"`neurocore resume {out}` goes on" in str(told.value)
    resume(out, **on(2))
    same_file(out, right)


@settings(
    max_examples=examples(8),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(chips(60), st.data(), st.integers(1, 15))
def test_random_chips_killed_anywhere_come_out_the_same(tmp_path_factory, monkeypatch, case, data, shortest):
    image, events, seed = case
    delay = np.where(image.target_core >= 0, np.maximum(image.delay, shortest), image.delay).astype(np.uint8)
    goal = np.where(image.target_core <= OUTPUT_BASE, UNWIRED, image.target_core).astype(np.int32)
    image, place = replace(image, delay=delay, target_core=goal), tmp_path_factory.mktemp("ranks")
    asked = {"ticks": 60, "seed": seed, "input": events, "report": False}
    run(image, out=place / "right", **asked)
    ranks = data.draw(st.integers(1, 4))
    cuts = data.draw(st.lists(st.integers(0, image.cores), min_size=ranks - 1, max_size=ranks - 1))
    bounds = [0, *sorted(cuts), image.cores]
    with monkeypatch.context() as patch:
        die_at(patch, data.draw(st.integers(0, 59)), data.draw(st.integers(0, ranks - 1)))
        with pytest.raises(Died):
            schedule = f"every={data.draw(st.integers(3, 30))}"
            run(image, out=place / "new", checkpoint=schedule, **asked, **on(ranks, bounds))
    resume(place / "new", **on(data.draw(st.integers(1, 4))))
    same_file(place / "new", place / "right")
