"""``neurocore run --images``: what it prints and writes, and which words it has for mistakes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from frame_cases import little_images, little_labels, little_network, predicted

import neurocore as nc

IMAGES, LABELS = little_images(12), little_labels(12)


@pytest.fixture
def little(place):
    nc.write(little_network(), "little.yaml")
    np.savez("x.npz", images=IMAGES, labels=LABELS)
    return place


def test_images_are_classified_and_written(neurocore, little):
    told = neurocore("run", "little.yaml", "--images", "x.npz", "--no-report")
    assert told.code == 0
    assert told.out.splitlines()[0] == "little: 12 frames through 2 cores"
    for words in ("accuracy", "confusion", "predicted (across)", "frames/s", "(used cores)", "emulator"):
        assert words in told.out
    assert " ".join(map(str, predicted(IMAGES))) in told.out
    facts = json.loads((little / "runs/little_images/summary.json").read_text())
    assert facts["stream"]["frames"] == facts["classifier"]["frames"] == 12
    assert "runs/little_images/ (predictions.csv" in told.err
    again = neurocore("run", "little.yaml", "--images", "x.npz", "--no-report")
    assert again.code == 2 and "already holds a run" in again.err


def test_json_holds_predictions_score_and_cost(neurocore, little):
    (little / "labels.csv").write_text("\n".join(map(str, LABELS)))
    np.savez("unknown.npz", images=IMAGES)
    told = neurocore(
        "run", "little.yaml", "--images", "unknown.npz", "--labels", "labels.csv", "--json", "--no-files", "-q"
    )
    assert (told.code, told.err) == (0, "")
    facts = told.json()
    assert facts["predictions"] == predicted(IMAGES).tolist()
    assert facts["accuracy"] == np.mean(predicted(IMAGES) == LABELS)
    point = facts["chip"]["fastest"]
    assert point["frames_per_s"] == pytest.approx(1 / point["tick_s"])
    for whose in ("whole_chip", "used_cores"):
        per_frame = point[f"power_w_{whose}"] / point["frames_per_s"]
        assert point[f"energy_per_frame_j_{whose}"] == pytest.approx(per_frame)
    assert facts["emulator"]["frames_per_s"] == pytest.approx(12 / facts["emulator"]["wall_s"])
    assert not (little / "runs").exists()


def test_without_labels_nothing_is_scored(neurocore, little):
    np.savez("unknown.npz", images=IMAGES)
    told = neurocore("run", "little.yaml", "--images", "unknown.npz", "--no-files", "--first", "2", "--count", "3")
    assert told.code == 0 and "accuracy" not in told.out
    assert "predictions" in told.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["small.yaml", "--images", "x.npz"], "images are shown to a network with run.classify"),
        (["little.yaml", "--images", "none.npz"], "none.npz: no such file or folder"),
        (["little.yaml", "--images", "x.npz", "--ticks", "5"], "--ticks cannot be given with --images"),
        (["little.yaml", "--images", "x.npz", "--checkpoint", "every=5"], "--checkpoint cannot be given"),
        (["little.yaml", "--images", "x.npz", "--labels", "none.csv"], "there is no file 'none.csv'"),
        (["little.yaml", "--images", "x.npz", "--pad", "1"], "x.npz: images of 8 x 8 pixels with 1 more"),
        (["little.yaml", "--pad", "1"], "--pad belongs to --images"),
        (["little.yaml", "--labels", "x.npz"], "--labels belongs to --images"),
    ],
)
def test_mistakes_are_explained(neurocore, little, words, said):
    told = neurocore("run", *words)
    assert told.code == 2
    assert said in told.err
