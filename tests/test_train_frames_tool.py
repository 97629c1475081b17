"""tools/train_frames.py: every shipped network is trained by its plan, and shipped only when it is whole and small."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from neurocore.errors import NeurocoreError
from tools import train_frames


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """What was trained, without training it."""
    seen: list[tuple[Path, dict[str, object]]] = []
    files = [tmp_path / "net.yaml", tmp_path / "net.arrays.npz"]
    for file in files:
        file.write_bytes(b"x" * 10)
    done = SimpleNamespace(files=tuple(files), mismatches=0, interrupted=False, text=lambda: "trained")

    def train(plan, **how):
        seen.append((plan, how))
        return done

    monkeypatch.setattr(train_frames, "train", train)
    return seen, done


def test_every_shipped_network_has_a_plan_and_is_trained_by_it(calls, tmp_path):
    seen, _ = calls
    assert train_frames.main(["--data", "mnist.npz", "--out", str(tmp_path / "out")]) == 0
    shipped = sorted(path.stem for path in train_frames.SHIPPED.glob("*.yaml"))
    assert [plan.stem for plan, _ in seen] == shipped == ["digits_a", "digits_b", "digits_c"]
    assert [how["shown"] for _, how in seen] == [1000, 1000, 100]
    assert seen[0][1]["out"] == tmp_path / "out/digits_a" and seen[0][1]["threads"] == 1


def test_interrupted_wrong_or_large_ones_are_not_shipped(calls, tmp_path, monkeypatch, capsys):
    _, done = calls
    monkeypatch.setattr(train_frames, "SHIPPED", tmp_path / "shipped")
    (tmp_path / "shipped/plans").mkdir(parents=True)
    (tmp_path / "shipped/plans/net.yaml").write_text("")

    def code() -> int:
        return train_frames.main(["net", "--data", "mnist.npz", "--ship"])

    done.mismatches = 2
    assert code() == 1
    done.mismatches, done.interrupted = 0, True
    assert code() == 130
    done.interrupted = False
    assert not (tmp_path / "shipped/net.yaml").exists()
    assert code() == 0 and (tmp_path / "shipped/net.arrays.npz").read_bytes() == b"x" * 10
    done.files[1].write_bytes(bytes(train_frames.MOST_BYTES))
    with pytest.raises(NeurocoreError, match="less than 3,000,000 are shipped"):
        train_frames.ship(done, tmp_path / "shipped")
    assert train_frames.main(["other", "--data", "mnist.npz"]) == 2
    assert "known: net" in capsys.readouterr().err
