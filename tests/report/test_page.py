"""The page: complete, self-contained, escaped, light enough to mail, and laid out for phones."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from page_cases import EVIL, Reader, reported, view_of
from report_cases import plain_image, random_spikes, recorded

from neurocore.estimate.timing import TIGHT
from neurocore.report import page as page_module
from neurocore.report.document import Document, Figure, Section, Table, Tile
from neurocore.report.html import FIGURE_BYTES, MOST_BYTES, html
from neurocore.report.page import run_page, urgent
from neurocore.report.rendering import Rendered, embedded
from neurocore.report.summary import summarize
from neurocore.verbs.report_files import EstimateOptions, Reported, estimated


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    (folder / "spikes.npz").write_bytes(b"there")
    facts = {
        "image_digest": "0123abcd",
        "source": "net.yaml",
        "versions": {"neurocore": "0.1.0", "numpy": "2.0", "machine": "Linux"},
        "machine": {"processor": "fast one", "processors": 2, "memory_bytes": 2**30, "system": "Linux x86_64"},
        "changes": {"run.ticks": 42},
    }
    return html(run_page(view_of(folder, reported(classified=True), facts, "neurocore: 1  # mine")))


def test_the_page_holds_every_part_in_order(page):
    headings = re.findall(r"<h2>(.*?)</h2>", page)
    assert headings == [
        *("What ran", "Mapping", "Activity", "Classifier", "Cores", "Traffic", "Energy"),
        *("Throughput and timing", "Sources and limits", "Files of this run"),
    ]
    read = Reader(page)
    anchors = {tag.get("href") for tag in read.all("a")}
    assert {f"#{section.get('id')}" for section in read.all("section")} <= anchors


def test_the_page_says_what_ran(page):
    text = Reader(page).text
    for word in (
        *("0123abcd", "net.yaml", "numpy 2.0", "fast one, 2 processors, 1.0 GiB, Linux x86_64", "run.ticks = 42"),
        *("neurocore: 1 # mine", "place in order", "seed 0", "spikes.npz", "Accuracy"),
    ):
        assert word in text


def test_every_coefficient_is_there_with_its_source(page):
    from neurocore.estimate.coefficients import read_coefficients

    text = Reader(page).text
    for source in read_coefficients().sources():
        for part in ("kind", "conditions", "source"):
            assert " ".join(source[part].split()) in text, source["name"]


def test_figures_are_inside_and_have_alternative_texts(page):
    pictures = Reader(page).all("img")
    assert len(pictures) >= 10
    for picture in pictures:
        assert picture.get("src").startswith(("data:image/png;base64,", "data:image/svg+xml;base64,"))
        assert len(picture.get("alt")) > 20


def test_the_page_loads_nothing_and_runs_nothing(page):
    read = Reader(page)
    assert not read.all("script") and not read.all("iframe") and not read.all("object") and not read.all("form")
    for tag, attributes in read.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in ("src", "href", "srcset", "data", "action", "poster"):
                assert not re.match(r"(https?:)?//", value), (tag, value)
                assert tag != "link" or value.startswith("data:")
    assert "url(" not in read.style and "@import" not in read.style and "http" not in read.style
    policy = next(tag for tag in read.all("meta") if tag.get("http-equiv"))
    assert policy.get("content") == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_the_page_is_made_for_phones_and_for_dark_rooms(page):
    read = Reader(page)
    names = {tag.get("name"): tag.get("content") for tag in read.all("meta")}
    assert names["viewport"] == "width=device-width, initial-scale=1" and names["color-scheme"] == "light dark"
    assert "@media (prefers-color-scheme: dark)" in read.style and "@media (max-width: 640px)" in read.style
    colours = re.findall(r"--([a-z-]+): #", read.style)
    assert sorted(colours[: len(colours) // 2]) == sorted(colours[len(colours) // 2 :])  # each colour twice
    tables = len(read.all("table"))
    assert tables >= 8 and len([tag for tag in read.all("div") if tag.get("class") == "wide"]) == tables
    assert len(read.all("caption")) == tables
    assert all(tag.get("scope") in ("col", "row") for tag in read.all("th"))
    cells = re.findall(r'<table class="cards">.*?</table>', page, re.S)
    assert cells and all("<td>" not in re.sub(r"<td[^>]* data-label=", "", table) for table in cells)


def test_names_are_text_wherever_they_stand(tmp_path):
    run = reported(name=EVIL, populations={EVIL + "a": 12, "digit": 20}, classified=True)
    facts = {
        "source": EVIL + ".yaml",
        "changes": {EVIL: EVIL},
        "backend": EVIL,
        "image_digest": EVIL,
        "versions": {EVIL: EVIL},
        "machine": {"processor": EVIL},
        "finished": EVIL,
    }
    (tmp_path / "a&b<c>.txt").write_text("")
    page = html(run_page(view_of(tmp_path, run, facts, f"name: '{EVIL}'</pre>")))
    assert "<script" not in page
    read = Reader(page)
    assert read.text.count(EVIL) >= 12
    assert any(tag.get("href") == "a&b<c>.txt" for tag in read.all("a"))
    assert f"<title>{EVIL.replace('<', '&lt;').replace('>', '&gt;')}</title>" in page


def test_attributes_cannot_be_left_by_a_quote():
    name = '" onload="alert(1)'
    figure = Figure(title=name, alt=name, media="image/png", content=b"x", width=3)
    table = Table(title=name, columns=(name, name), rows=((name, name),), cards=True)
    section = Section(name="a", title=name, figures=(figure,), tables=(table,))
    page = html(Document(title=name, subtitle="", tiles=(Tile(label=name, value=name),), sections=(section,)))
    assert all("onload" not in attributes for _, attributes in Reader(page).tags)


def noise(count, size):
    """Pictures whose PNG cannot be small: dots everywhere, in every colour."""
    import numpy as np

    from neurocore.report.palette import framed_axes
    from neurocore.report.rendering import render

    for number in range(count):
        ax = framed_axes(6, 6)
        ax.imshow(np.random.default_rng(number).random((size, size, 3)), aspect="auto")
        yield ax.figure.figure, render(ax.figure.figure)


def test_heavy_pictures_are_made_coarser_until_the_page_is_light():
    drawn = list(noise(2, 350))
    assert sum(len(both.png) for _, both in drawn) > 600_000
    chosen = embedded(drawn, 240_000)
    assert sum(len(content) for _, content in chosen) <= 240_000
    assert all(media == "image/png" and content.startswith(b"\x89PNG") for media, content in chosen)


def test_small_drawings_stay_as_they_are_and_leave_their_share_to_others():
    small = Rendered(png=b"p" * 70_000, svg=b"s" * 5_000, width=3)
    large = Rendered(png=b"p" * 90_000, svg=b"s" * 500_000, width=3)
    assert embedded([(None, large), (None, small)], 100_000) == [
        ("image/png", large.png),
        ("image/svg+xml", small.svg),
    ]


def test_a_large_busy_run_stays_below_two_megabytes(tmp_path):
    image = plain_image(4096, grid=(64, 64), neurons=64, axons=1)
    recording = recorded(image, random_spikes(image, 400, 150_000), 400)
    summary = summarize(image, recording, threads=1, notes=tuple("pass: " + "x" * 200 for _ in range(12)))
    run = Reported(
        image=image,
        recording=recording,
        summary=summary,
        classifier=None,
        estimate=estimated(image, recording, None, EstimateOptions()),
    )
    text = html(run_page(view_of(tmp_path, run, config="# long\n" * 200_000)))
    assert 300_000 < len(text.encode()) < MOST_BYTES
    assert FIGURE_BYTES * 4 / 3 < MOST_BYTES - 300_000


@pytest.fixture
def no_pictures(monkeypatch):
    """Pages without pictures, for tests of their words."""
    monkeypatch.setattr("neurocore.verbs.report_files._pictures", lambda run, rates: iter(()))


@pytest.mark.usefixtures("no_pictures")
def test_an_unfinished_or_silent_run_says_so_at_the_top(tmp_path):
    view = view_of(tmp_path, reported(spikes=0), {"interrupted": True})
    assert urgent(view) == ("The run was interrupted: it holds 42 ticks.", "No neuron fired.")
    page = html(run_page(view))
    assert page.index("No neuron fired.") < page.index("What ran</h2>")


@pytest.mark.usefixtures("no_pictures")
def test_loads_that_do_not_fit_come_first(tmp_path):
    assert page_module._TIGHT == TIGHT
    run = reported()
    operations = run.recording.counters.copy()
    operations[:, 1] = 10**8
    ticks = run.recording.tick_counters.copy()
    ticks[:, 1] = operations[:, 1].sum() // len(ticks)
    busy = replace(run.recording, counters=operations, tick_counters=ticks)
    heavy = replace(run, recording=busy, estimate=estimated(run.image, busy, None, EstimateOptions()))
    first, *rest = urgent(view_of(tmp_path, heavy))
    assert first.startswith("Does not fit the tick of 1 ms: ") and first.endswith(".") and not rest


def test_a_run_without_cores_has_a_page_without_an_estimate(tmp_path):
    image = plain_image(0)
    recording = recorded(image, [], 5)
    summary = summarize(image, recording, threads=1, notes=())
    nothing = estimated(image, recording, None, EstimateOptions())
    run = Reported(image=image, recording=recording, summary=summary, classifier=None, estimate=nothing)
    assert nothing is None and run.as_dict()["estimate"] is None
    headings = re.findall(r"<h2>(.*?)</h2>", html(run_page(view_of(tmp_path, run))))
    assert headings[-2:] == ["Cores", "Files of this run"]
