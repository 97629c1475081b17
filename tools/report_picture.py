"""Draw docs/images/report.png: three parts of the digit classifier's report, photographed in headless Chromium."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/browser")]

from chromium import chromium, find_chromium  # noqa: E402

import neurocore  # noqa: E402

WIDTH = 1260
PARTS = (("header", "dl.tiles"), ("#cores figure", "#cores figure"), ("#traffic figure", "#traffic figure"))
"""Each from the top of one element to the bottom of another."""


def main() -> int:
    command = find_chromium()
    if command is None:
        print("chromium is needed: apt-get install chromium", file=sys.stderr)
        return 2
    parts = []
    with tempfile.TemporaryDirectory() as place, chromium(command) as page:
        neurocore.run(ROOT / "configs/mnist.yaml", out=Path(place) / "mnist")
        page.open(Path(place) / "mnist/report.html", width=WIDTH, dark=False)
        for first, last in PARTS:
            top = page.evaluate(f"document.querySelector({first!r}).getBoundingClientRect().top + scrollY")
            end = page.evaluate(f"document.querySelector({last!r}).getBoundingClientRect().bottom + scrollY")
            shot = Path(place) / "part.png"
            page.picture(shot, top=max(0, top - 12), most=end - top + 24)
            parts.append(Image.open(io.BytesIO(shot.read_bytes())).convert("RGB"))
    whole = Image.new("RGB", (WIDTH, sum(part.height for part in parts)), "white")
    down = 0
    for part in parts:
        whole.paste(part, (0, down))
        down += part.height
    whole.quantize(256).save(ROOT / "docs/images/report.png", optimize=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
