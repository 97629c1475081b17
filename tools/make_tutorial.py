"""Run the Python of docs/tutorial.md in order, as a notebook would, and write what it prints below each block.

``python tools/make_tutorial.py`` after a change of the page or of anything it shows; a test says so where it was
forgotten. Its picture is written too.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "tutorial.md"
PICTURES = ROOT / "docs" / "images"
_BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)


def executed(page: str) -> str:
    """The page with the text blocks below its Python blocks made anew, in the folder that is current."""
    names: dict[str, Any] = {}

    def run(block: re.Match[str]) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block[1], f"{PAGE.name}, block {block.start()}", "exec"), names)
        output = f"\n```text\n{printed.getvalue()}```\n" if printed.getvalue() else ""
        return f"```python\n{block[1]}```\n{output}"

    return _BLOCK.sub(run, page)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        text = executed(PAGE.read_text(encoding="utf-8"))
        for picture in Path(folder).glob("tutorial_*.png"):
            shutil.copy(picture, PICTURES / picture.name)
        os.chdir(ROOT)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
