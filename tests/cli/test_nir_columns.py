"""The three columns of a graph's run: on the screen, as JSON, in run.json and on the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neurocore import api
from neurocore.cli.main import main
from neurocore.errors import ImageError
from neurocore.formats.nir.options import NirOptions
from neurocore.report.document import Document
from neurocore.report.html import html
from neurocore.report.page_graph import graph_section, graph_tiles

pytest.importorskip("h5py", reason="the extra nir is not installed")
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
