"""The documentation's site on a phone: no page is wider than the screen; wide tables scroll in their own frame."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from chromium import chromium, find_chromium

ROOT = Path(__file__).parents[2]
TOO_WIDE = """[...document.querySelectorAll('.md-content table, .md-content pre, .md-content img')].filter(
    part => part.getBoundingClientRect().right > innerWidth + 1 && !part.closest('.md-typeset__scrollwrap')).length"""


@pytest.mark.slow
def test_no_page_is_wider_than_a_phone(tmp_path: Path) -> None:
    command = find_chromium()
    if command is None:
        pytest.skip("no Chromium here: make test-browser installs one")
    built = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(tmp_path)]
    subprocess.run(built, cwd=ROOT, check=True, capture_output=True)
    pages = sorted(tmp_path.glob("**/index.html"))
    assert len(pages) == len(list((ROOT / "docs").glob("*.md")))
    with chromium(command) as page:
        for path in pages:
            page.open(path, width=390, dark=False)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
            assert page.evaluate(TOO_WIDE) == 0, path
        page.open(tmp_path / "blocks" / "index.html", width=390, dark=False)
        assert page.evaluate("document.querySelectorAll('.md-typeset__scrollwrap').length") > 0
