"""tools/frames.py: its integer model is the chip's, its table says what was measured, its page keeps the rest."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from frame_cases import PLAN, little_images, little_labels, little_layers, little_network, weight

import neurocore as nc
from neurocore.errors import NeurocoreError
from neurocore.report.published_frames import PUBLISHED
from neurocore.training.deploy import network_of
from neurocore.training.integer_model import IntegerLayer
from tools import frames
from tools.frames_model import integer_votes, layers_of


@pytest.fixture
def little(tmp_path: Path) -> Path:
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans/little.yaml").write_text(yaml.safe_dump(json.loads(PLAN.model_dump_json())))
    nc.write(little_network(10), tmp_path / "little.yaml")
    return tmp_path / "little.yaml"


def test_the_layers_of_a_network_are_those_it_was_made_of(little):
    found = layers_of(nc.read(little), PLAN, "votes")
    for one, wanted in zip(found, little_layers(), strict=True):
        np.testing.assert_array_equal(one.weight, wanted.weight)
        np.testing.assert_array_equal(one.bias, wanted.bias)


def test_members_and_views_vote_together_as_on_the_chip():
    plan = PLAN.model_copy(update={"members": 2, "views": [(0, 0), (1, -2)]})
    rng = np.random.default_rng(9)
    other = [
        IntegerLayer(weight=weight(rng, 4, 1, 12, 32), bias=rng.integers(-3, 3, (4, 1, 12)).astype(np.int16)),
        IntegerLayer(weight=weight(rng, 1, 20, 48), bias=rng.integers(-3, 3, (1, 20)).astype(np.int16)),
    ]
    images = little_images(9)
    network = network_of(plan, [little_layers(), other], images, little_labels(9))
    np.testing.assert_array_equal(integer_votes(network, plan, images), nc.stream(network, images).votes)


def test_the_tool_measures_and_checks_a_network(little, tmp_path, capsys):
    assert frames.main([str(little), "--check", "--out", str(tmp_path / "out.json")]) == 0
    (facts,) = json.loads((tmp_path / "out.json").read_text())["rows"]
    assert (facts["mismatches"], facts["compared_frames"], facts["cores"]) == (0, 10, 2)
    votes = integer_votes(nc.read(little), PLAN, little_images(10))
    assert facts["accuracy"] == np.mean(votes.argmax(axis=1) == little_labels(10))
    assert "little: 0 mismatches in 10 images" in capsys.readouterr().out


def test_a_vote_that_differs_is_a_failure(little, tmp_path, monkeypatch):
    other = integer_votes(nc.read(little), PLAN, little_images(10))
    other[3, 2] += 1
    monkeypatch.setattr(frames, "integer_votes", lambda *_: other)
    assert frames.main([str(little), "--check", "--out", str(tmp_path / "out.json")]) == 1
    assert json.loads((tmp_path / "out.json").read_text())["rows"][0]["mismatches"] == 1


def test_the_table_has_two_rows_of_each_network_and_one_of_each_published(little):
    facts = frames.measure(little, None, check=False, threads=1)
    nominal, fastest, *others = frames.table([facts])
    assert len(others) == len(PUBLISHED) == 10
    point = facts["fastest"]
    whole, used = (point[f"power_w_{whose}"] for whose in ("whole_chip", "used_cores"))
    assert fastest[5:7] == (f"{1 / point['tick_s']:,.0f}", f"{whole * 1e3:.0f} / {used * 1e3:.3g}")
    per_joule = [float(cell.replace(",", "")) for cell in fastest[7].split(" / ")]
    assert per_joule == pytest.approx([1 / point["tick_s"] / whole, 1 / point["tick_s"] / used], rel=0.01)
    assert float(nominal[8].split(" / ")[0]) == pytest.approx(facts["nominal"]["power_w_whole_chip"] * 1e3, rel=0.01)
    assert {len(row) for row in (nominal, fastest, *others)} == {len(frames.COLUMNS)}


def test_published_rows_are_consistent():
    """Frames per second and watt as printed in the 2016 table's own column (within its rounding)."""
    printed = {"CIFAR-10": 6108.6, "SVHN": 9849.9, "GTSRB": 8051.8, "VAD": 59010.7, "TIMIT class": 18300.1}
    for row in PUBLISHED:
        if row.dataset in printed:
            assert row.frames_per_s / row.power_w == pytest.approx(printed[row.dataset], rel=1e-3)
    assert [row.energy_per_frame_j for row in PUBLISHED[:2]] == pytest.approx([0.268e-6, 108e-6])


def test_only_the_table_of_the_page_is_replaced():
    page = f"before\n{frames.BEGIN}\nold\n{frames.END}\nafter\n"
    assert frames.with_table(page, "new") == f"before\n{frames.BEGIN}\nnew\n{frames.END}\nafter\n"
    with pytest.raises(NeurocoreError, match="put both marks"):
        frames.with_table("nothing", "new")


def test_the_table_on_the_page_has_the_tool_s_columns_and_published_rows():
    _, _, rest = frames.PAGE.read_text(encoding="utf-8").partition(frames.BEGIN)
    lines = rest.partition(frames.END)[0].splitlines()
    assert "| " + " | ".join(frames.COLUMNS) + " |" in lines
    assert {"| " + " | ".join(frames.published(one)) + " |" for one in PUBLISHED} <= set(lines)


def test_a_network_without_a_plan_cannot_be_checked(little):
    (little.parent / "plans/little.yaml").unlink()
    with pytest.raises(NeurocoreError, match="leave --check out"):
        frames.measure(little, None, check=True, threads=1)
