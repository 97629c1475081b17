"""The page in headless Chromium: no complaint in its console, nothing loaded, nothing wider than the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from chromium import Page, chromium, find_chromium

from neurocore.cli.main import main

EVIL = "<script>alert(1)</script>"
NETWORK = """\
neurocore: 1
name: small
seed: 5
inputs: {eyes: {shape: [6]}}
populations:
  middle: {shape: [4], neuron: {threshold: 3, leak: -1, floor: 0}}
  with_a_rather_long_name_that_has_no_space_to_break_at: {shape: [3], neuron: {threshold: 2, floor: -4}}
projections:
  - {from: eyes, to: middle, pattern: all_to_all, weight: 1, delay: 2}
  - {from: middle, to: with_a_rather_long_name_that_has_no_space_to_break_at, pattern: all_to_all, weight: 2}
outputs: [middle]
run:
  ticks: 60
  stimulus: {eyes: {poisson: {rate_hz: 400}}}
  probes: [{population: middle}]
"""
COMMAND = find_chromium()
pytestmark = pytest.mark.skipif(COMMAND is None, reason="chromium is not installed; `make test-browser` installs it")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run's page, one whose names are HTML, and a comparison."""
    place = tmp_path_factory.mktemp("pages")
    (place / "net.yaml").write_text(NETWORK)
    for name in ("a", "b"):
        assert main(["run", str(place / "net.yaml"), "--out", str(place / name), "--seed", str(len(name)), "-q"]) == 0
    assert main(["report", str(place / "a"), str(place / "b"), "-q"]) == 0
    (place / "b/config.yaml").write_text(f"# {EVIL}\n")
    facts = (place / "b/run.json").read_text().replace('"net.yaml"', f'"{EVIL}"')
    (place / "b/run.json").write_text(facts)
    assert main(["report", str(place / "b"), "-q"]) == 0
    return {"run": place / "a/report.html", "names": place / "b/report.html", "comparison": place / "a_b.html"}


@pytest.fixture(scope="module")
def browser():
    assert COMMAND is not None
    with chromium(COMMAND) as page:
        yield page


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["run", "names", "comparison"])
def test_the_page_opens_without_complaint_and_fits(browser: Page, pages: dict[str, Path], name, width, dark):
    browser.open(pages[name], width=width, dark=dark)
    assert browser.complaints == []
    assert browser.evaluate("document.documentElement.scrollWidth") == width
    assert browser.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 100)")


def test_letters_can_be_read_on_a_phone(browser: Page, pages: dict[str, Path]):
    browser.open(pages["run"], width=390, dark=False)
    smallest = browser.evaluate(
        "Math.min(...[...document.querySelectorAll('th, td, p, li, dt, dd, small, a, summary')]"
        ".map(element => parseFloat(getComputedStyle(element).fontSize)))"
    )
    assert smallest >= 12
    # Letters of 9 points on a picture drawn for W inches: its width on the page over W, times 9 / 72.
    letters = browser.evaluate(
        "Math.min(...[...document.images].map(image => image.getBoundingClientRect().width"
        " / parseFloat(image.style.getPropertyValue('--inches')) * 9 / 72))"
    )
    assert letters >= 9
    hidden = browser.evaluate(
        "[...document.querySelectorAll('.wide')].filter(box => box.scrollWidth > box.clientWidth + 1)"
        ".map(box => box.getAttribute('aria-label'))"
    )
    assert hidden == []


def test_the_colours_follow_the_system(browser: Page, pages: dict[str, Path]):
    def brightness() -> float:
        colour = browser.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")) / 3

    browser.open(pages["run"], width=1280, dark=False)
    light = brightness()
    browser.open(pages["run"], width=1280, dark=True)
    assert light > 200 and brightness() < 60


def test_names_that_are_html_are_text(browser: Page, pages: dict[str, Path]):
    browser.open(pages["names"], width=1280, dark=False)
    assert browser.complaints == []
    assert browser.evaluate("document.scripts.length") == 0
    assert browser.evaluate("document.documentElement.textContent").count(EVIL) >= 2


def test_a_page_that_would_run_or_load_something_is_noticed(browser: Page, tmp_path: Path):
    bad = tmp_path / "bad.html"
    bad.write_text("<script>console.error('heard')</script><img src='http://127.0.0.1:9/x.png'>")
    browser.open(bad, width=390, dark=False)
    said = " ".join(browser.complaints)
    assert "heard" in said and "loads http://127.0.0.1:9/x.png" in said
