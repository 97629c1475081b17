"""``neurocore report`` on small runs: the files it writes, the options it takes, two runs compared."""

from __future__ import annotations

import csv
import json

import pytest

FILES = {
    *("run.json", "config.yaml", "image.npz", "spikes.npz", "summary.txt", "summary.json"),
    *("report.html", "spikes.csv", "figures"),
}


@pytest.fixture
def run(reported):
    """The folder of a run."""
    return reported


def test_a_run_is_reported_at_once(run):
    assert {path.name for path in run.iterdir()} == FILES
    names = {path.name for path in (run / "figures").iterdir()}
    assert {name.removesuffix(".png") for name in names if name.endswith(".png")} == {
        name.removesuffix(".svg") for name in names if name.endswith(".svg")
    }
    assert {"raster.png", "rates.svg", "potentials.png", "core_map.svg", "placement.png", "energy.png"} <= names
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "<title>small</title>" in page and "changed values" in page
    facts = json.loads((run / "summary.json").read_text())
    assert facts["traffic"]["routed_spikes"] == facts["routed_spikes"]
    assert facts["estimate"]["throughput"]["nominal"]["power_w"] > 0 and "traffic" not in facts["estimate"]
    kept = json.loads((run / "run.json").read_text())
    assert kept["mapping"]["neurons"] == 7 and kept["machine"]["processors"] >= 1


def test_spikes_csv_has_every_spike_with_its_population(run):
    import numpy as np

    with np.load(run / "spikes.npz") as arrays:
        ticks = arrays["spike_tick"].tolist()
    with open(run / "spikes.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["tick"]) for row in rows] == ticks and len(ticks) > 50
    assert {row["population"] for row in rows} == {"middle", "noisy"}
    assert {row["index"] for row in rows if row["population"] == "noisy"} == {"0", "1", "2"}


def test_many_spikes_get_no_table_and_the_page_says_so(neurocore, run, monkeypatch):
    monkeypatch.setattr("neurocore.verbs.report_files.MOST_SPIKES", 10)
    assert neurocore("report", "r").code == 0
    assert not (run / "spikes.csv").exists()
    assert "spikes.csv is left out, as" in (run / "report.html").read_text()


def test_the_summary_ends_with_the_estimate(neurocore, run):
    lines = (run / "summary.txt").read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("  estimate"))
    assert [line.split("  ")[2].strip() for line in lines[start + 1 :]] == ["power", "throughput", "fastest tick"]
    assert "whole chip" in lines[start + 1] and "SOPS/W" in lines[start + 2] and "x real time" in lines[start + 3]


def test_the_report_prints_what_it_writes(neurocore, run):
    (run / "report.html").unlink()
    told = neurocore("report", "r")
    assert told.out == (run / "summary.txt").read_text()
    assert told.err == "wrote r/report.html, summary.txt, summary.json, figures/\n"
    assert neurocore("report", "r", "--json").json() == json.loads((run / "summary.json").read_text())
    assert (run / "report.html").stat().st_size > 100_000


def test_options_of_the_estimate_pass_through(neurocore, run, place):
    (place / "prices.yaml").write_text("hop: {value: 5.0e-12, source: a guess of mine}\n")
    options = ("r", "--voltage", "0.8", "--coefficients", "prices.yaml", "--static", "used", "--json")
    reported = neurocore("report", *options).json()["estimate"]
    asked = neurocore("estimate", *options)
    assert reported == {key: value for key, value in asked.json().items() if key != "traffic"}
    assert "a guess of mine" in (run / "report.html").read_text()
    wrong = neurocore("report", "r", "--voltage", "2")
    assert (wrong.code, wrong.out) == (2, "") and "allowed: 0.7 to 1.05 V" in wrong.err


def test_without_a_report_a_run_is_quick_and_can_be_reported_later(neurocore, place):
    told = neurocore("run", "small.yaml", "--out", "r", "--no-report")
    assert told.code == 0 and "estimate" not in told.out
    assert told.err == "wrote r/ (summary.txt, summary.json, spikes.npz, image.npz)\n"
    assert {path.name for path in (place / "r").iterdir()} == FILES - {"report.html", "spikes.csv", "figures"}
    assert neurocore("report", "r").code == 0
    assert {path.name for path in (place / "r").iterdir()} == FILES


def test_pictures_of_an_earlier_report_are_replaced(neurocore, run):
    (run / "figures/old.png").write_bytes(b"")
    neurocore("report", "r")
    assert not (run / "figures/old.png").exists()


def test_an_older_runs_folder_is_reported_too(neurocore, run):
    facts = json.loads((run / "run.json").read_text())
    for key in ("machine", "mapping", "versions", "changes", "finished", "backend"):
        del facts[key]
    (run / "run.json").write_text(json.dumps(facts))
    assert neurocore("report", "r").code == 0
    assert "not kept" in (run / "report.html").read_text()


def test_two_runs_are_compared(neurocore, run, place):
    assert neurocore("run", "small.yaml", "--out", "s", "-q", "--seed", "9", "--ticks", "120", "--no-report").code == 0
    told = neurocore("report", "r", "s")
    assert told.code == 0 and told.err == f"wrote {place.resolve()}/r_s.html\n"
    lines = told.out.splitlines()
    assert lines[0].split() == ["r", "s", "difference"]
    ticks = next(line for line in lines if line.startswith("ticks "))
    assert ticks.split() == ["ticks", "60", "120", "+100.0%"]
    page = (place / "r_s.html").read_text()
    assert "<title>r and s</title>" in page and "Spikes: r" in page and "Spikes: s" in page
    facts = neurocore("report", "r", "s", "--json", "--out", "both.html").json()
    assert facts["differences"]["ticks"] == {"first": 60, "second": 120, "relative": 1.0}
    assert facts["first"]["ticks"] == 60 and (place / "both.html").is_file()


def test_a_page_of_its_own_is_only_for_comparisons(neurocore, run):
    told = neurocore("report", "r", "--out", "x.html")
    assert (told.code, told.err) == (
        2,
        "neurocore: --out is for comparisons\n  fix: a run's report goes into its folder: leave it out\n",
    )


def test_what_is_no_run_is_named(neurocore, place):
    told = neurocore("report", "nowhere")
    assert told.code == 2 and told.err.startswith("neurocore: nowhere/run.json does not exist")
    told = neurocore("report", "small.yaml", "also_nowhere")
    assert told.code == 2 and "Traceback" not in told.err
