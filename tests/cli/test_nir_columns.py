"""The three columns of a graph's run: on the screen, as JSON, in run.json and on the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nir_oracle import run_nir

from neurocore import api
from neurocore.cli.main import main
from neurocore.errors import ImageError
from neurocore.formats.nir.options import NirOptions
from neurocore.report.document import Document
from neurocore.report.html import html
from neurocore.report.page_graph import graph_section, graph_tiles
from neurocore.verbs import run_writing
from neurocore.verbs.checkpointing import record
from neurocore.verbs.rank_part import rehearsed_recorder
from neurocore.verbs.report_files import write_summary
from neurocore.verbs.resuming import resume

nir = pytest.importorskip("nir", reason="the extra nir is not installed")
NET = Path(__file__).parents[1] / "data" / "nir" / "norse_if.nir"
ASKED = NirOptions(approximate={"weights": "2"})


@pytest.fixture(scope="module")
def ran() -> Any:
    return api.run(NET, ticks=60, nir=ASKED, report=True)


def test_a_run_tells_rounding_from_mapping(ran: Any):
    first, last = ran.graph.columns
    assert ran.graph.ticks == 60 and first.rounding_wrong > 0 < last.rounding_wrong
    assert first.mapping_wrong == last.mapping_wrong == 0
    # Rounded to 2 bits, some of the first layer's neurons drive nothing: the mapper leaves them out, and loses nothing.
    assert first.spikes_integer > first.spikes_chip == len(ran.spikes_of("if_1").tick) and first.pruned > 0
    assert last.spikes_integer == last.spikes_chip == len(ran.spikes_of("if_3").tick) and last.pruned == 0
    text = ran.reported.text()
    assert "float graph, integer network, chip: spikes in 60 ticks" in text
    assert f"{first.spikes_chip} (without {first.pruned} pruned)" in text
    assert ran.reported.as_dict()["graph"]["columns"][1]["spikes_float"] == last.spikes_float
    assert api.run("configs/hello.yaml", ticks=5, report=True).graph is None


def columns(folder: Path) -> Any:
    return api.load_run(folder).graph


@pytest.fixture
def unpictured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without pictures, which take most of their time."""
    monkeypatch.setattr(run_writing, "write_report", lambda folder, facts, run: write_summary(folder, run))


@pytest.fixture
def driven(tmp_path: Path) -> list[str]:
    """Options of a run that a file drives, and in which rounding loses spikes."""
    pins = np.argwhere(np.random.default_rng(3).random((40, 10)) < 0.3)
    (tmp_path / "pins.csv").write_text("tick,index\n" + "".join(f"{tick},{pin}\n" for tick, pin in pins))
    return ["--ticks", "50", "--approximate", "weights=2", "-q", "--input", str(tmp_path / "pins.csv")]


def test_a_run_that_a_file_drives_has_the_columns_of_that_file(tmp_path: Path, driven: list[str], unpictured: None):
    assert main(["run", str(NET), *driven, "--out", str(tmp_path / "run")]) == 0
    found = columns(tmp_path / "run")
    pins = np.loadtxt(tmp_path / "pins.csv", int, delimiter=",", skiprows=1)
    given = np.zeros((50, 10), bool)
    given[pins[:, 0], pins[:, 1]] = True
    naive = run_nir(nir.read(NET, type_check=False), {"input": given}, 50)
    for column, node in zip(found.columns, ("1", "3"), strict=True):
        assert column.spikes_float == naive[node][: 50 - column.shift].sum() > 0
        assert column.mapping_wrong == 0
    assert found.columns[0].rounding_wrong > 0


def test_spikes_for_axons_leave_the_columns_out_and_say_so(
    tmp_path: Path, unpictured: None, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "axons.csv").write_text("tick,core,axon\n1,0,0\n")
    given = ["--ticks", "5", "--input", str(tmp_path / "axons.csv"), "--out", str(tmp_path / "run")]
    assert main(["run", str(NET), *given]) == 0
    assert "the run is not compared with the graph" in capsys.readouterr().err
    assert columns(tmp_path / "run") is None


@pytest.mark.parametrize("ranks", [1, 2])
def test_checkpoints_a_stop_and_ranks_change_no_column(tmp_path: Path, driven: list[str], unpictured: None, ranks: int):
    assert main(["run", str(NET), *driven, "--out", str(tmp_path / "right")]) == 0
    right = columns(tmp_path / "right")
    assert main(["run", str(NET), *driven, "--checkpoint", "every=20", "--out", str(tmp_path / "kept")]) == 0
    assert columns(tmp_path / "kept") == right

    def stopped(*given: Any, **more: Any) -> None:
        raise KeyboardInterrupt

    asked = {"ticks": 50, "nir": ASKED, "input": tmp_path / "pins.csv", "out": tmp_path / "stopped", "ranks": ranks}
    with pytest.raises(KeyboardInterrupt):
        api.run(NET, checkpoint="every=20", recorder=stopped, **asked)
    recorder = record if ranks == 1 else rehearsed_recorder(ranks, [0, *[1] * (ranks - 1), 1])
    result = resume(tmp_path / "stopped", recorder=recorder, ranks=ranks)
    assert result.graph == columns(tmp_path / "stopped") == right
    assert "float graph, integer network, chip" in (tmp_path / "stopped/summary.txt").read_text()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda path: path.write_bytes(b"x"), "this is no .npz file"),
        (lambda path: changed(path, "integer_0", lambda rows: rows + 1000), "a spike of no such tick"),
        (lambda path: changed(path, "meta", lambda meta: meta[:-1]), "this is no JSON"),
    ],
    ids=["no archive", "ticks", "meta"],
)
def test_a_damaged_file_of_the_graph_takes_the_columns_and_not_the_run(
    tmp_path: Path, unpictured: None, damage: Any, told: str
):
    def stopped(*given: Any, **more: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        api.run(NET, ticks=20, out=tmp_path / "run", checkpoint="every=9", recorder=stopped)
    damage(tmp_path / "run/unfinished/graph.npz")
    result = resume(tmp_path / "run")
    assert result.graph is None and result.recording.ticks == 20
    assert any("not compared with the graph" in remark and told in remark for remark in result.remarks)


def changed(path: Path, member: str, change: Any) -> None:
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **arrays | {member: change(arrays[member])})


def test_the_page_shows_all_three_and_what_was_lost(ran: Any):
    graph = ran.graph.as_dict()
    page = html(Document(title="x", subtitle="", tiles=graph_tiles(graph), sections=(graph_section(graph),)))
    for words in ("float graph", "integer network", "chip", "lost to rounding", "lost to mapping", "if_1", "if_3"):
        assert words in page
    lost = sum(one.rounding_wrong for one in ran.graph.columns)
    assert f"Lost to rounding: {lost}; to mapping: 0." in page
    assert "the first spike that rounding changed is at tick" in page


def test_the_columns_stay_in_the_run_folder(tmp_path: Path, ran: Any, capsys: pytest.CaptureFixture[str]):
    folder = tmp_path / "run"
    asked = ["--approximate", "weights=2"]
    assert main(["run", str(NET), "--ticks", "20", *asked, "-q", "--no-report", "--json", "--out", str(folder)]) == 0
    assert "graph" not in json.loads(capsys.readouterr().out)
    facts = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(facts | {"graph": ran.graph.as_dict()}))
    assert api.load_run(folder).graph == ran.graph
    (folder / "run.json").write_text(json.dumps(facts | {"graph": {"ticks": 3, "columns": [{"shift": 1}]}}))
    with pytest.raises(ImageError, match=r"graph\.columns"):
        api.load_run(folder)
