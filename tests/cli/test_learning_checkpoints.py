"""Learning runs with checkpoints (an extension): stopped and gone on with, they learn what an undisturbed run does."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurocore.emulator.engine import Emulator
from neurocore.errors import ImageError, RunError
from neurocore.formats.checkpoint_file import load_checkpoint, save_checkpoint
from neurocore.verbs.resuming import resume
from neurocore.verbs.run_loading import load_run
from neurocore.verbs.running import run
from neurocore.verbs.unfinished import checkpoint_files, open_unfinished

LEARNS = ", learning: {window: 9, potentiation: {peak: 60}, depression: {peak: 20, decay: 3}, forgetting: 30}}"
ARRAYS = ("spike_tick", "spike_core", "spike_neuron", "counters", "tick_counters", "learned")
TICKS = 300


@pytest.fixture
def stopped(place: Path, neurocore, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of small.yaml, both projections of which learn, that was stopped at tick 132 of 300."""
    text = (place / "small.yaml").read_text().replace("delay: 2}", "delay: 2" + LEARNS)
    (place / "small.yaml").write_text(text.replace("weight: 2}", "weight: 2" + LEARNS))
    assert neurocore("run", "small.yaml", "--ticks", str(TICKS), "--out", "right", "--no-report").code == 0
    monkeypatch.setattr(Emulator, "chunk_ticks", property(lambda self: 8))
    advance = Emulator.advance

    def pressed(self, *given):
        chunk = advance(self, *given)
        if self.tick == 132:
            os.kill(os.getpid(), signal.SIGINT)
        return chunk

    with monkeypatch.context() as patch:
        patch.setattr(Emulator, "advance", pressed)
        told = neurocore(
            *("run", "small.yaml", "--ticks", str(TICKS), "--out", "new", "--no-report", "--checkpoint", "every=50")
        )
    assert told.code == 130
    return place / "new"


@pytest.mark.parametrize("lost", [0, 1])
def test_a_run_gone_on_with_learns_what_an_undisturbed_run_does(stopped: Path, neurocore, lost: int) -> None:
    for path in checkpoint_files(stopped / "unfinished")[2 - lost :]:
        path.unlink()
    assert neurocore("resume", "new").err == f"going on from tick {(132, 100)[lost]}\nnew/ is complete\n"
    found, right = load_run(stopped), load_run(stopped.with_name("right"))
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(found.recording, name), getattr(right.recording, name), err_msg=name)
    assert (
        right.synapses_of("eyes", "middle") != run(stopped / "image.npz", ticks=1).synapses_of("eyes", "middle")
    ).any()
    files = [{str(path.relative_to(run)) for path in run.rglob("*")} for run in (stopped, stopped.with_name("right"))]
    assert files[0] == files[1] and "learned.npz" in files[0]


def test_a_checkpoint_whose_fixed_synapses_were_changed_is_refused(stopped: Path) -> None:
    unfinished = open_unfinished(stopped)
    path = checkpoint_files(stopped / "unfinished")[-1]
    known = {"image_digest": unfinished.image_digest, "run": unfinished.run}
    checkpoint = load_checkpoint(path, unfinished.image, **known)
    learning = checkpoint.state.learning
    assert learning is not None and unfinished.image.learning is not None
    crossbar = learning.crossbar.copy()
    crossbar[np.nonzero(unfinished.image.learning.axons == 0)[0][0], -1, -1] ^= np.uint64(1)
    wrong = replace(checkpoint.state, learning=replace(learning, crossbar=crossbar))
    save_checkpoint(replace(checkpoint, state=wrong), path)
    with pytest.raises(ImageError, match="crossbar: a synapse that does not learn differs"):
        load_checkpoint(path, unfinished.image, **known)


def test_several_ranks_do_not_go_on_with_a_run_that_learns(stopped: Path) -> None:
    with pytest.raises(RunError, match="this image learns"):
        resume(stopped, ranks=2)
