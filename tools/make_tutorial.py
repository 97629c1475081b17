"""Run the Python of docs/tutorial.md in order, as a notebook would, and write what it prints below each block.

``python tools/make_tutorial.py`` after a change of the page or of anything it shows; a test says so where it was
forgotten. Its picture is written too. The other pages that show what their Python prints are done in the same way, each
block for itself.
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
OTHERS = tuple(ROOT / "docs" / f"{name}.md" for name in ("chip_in_ten_minutes", "migrating"))
"""Pages whose blocks stand alone and are followed by what they print."""
PICTURES = ROOT / "docs" / "images"
_BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)


def executed(page: str, *, alone: bool = False) -> str:
    """The page with the text blocks below its Python blocks made anew, in the folder that is current.

    alone : each block begins without the names of those before it
    """
    names: dict[str, Any] = {}

    def run(block: re.Match[str]) -> str:
        if alone:
            names.clear()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block[1], f"{PAGE.name}, block {block.start()}", "exec"), names)
        output = f"\n```text\n{printed.getvalue()}```\n" if printed.getvalue() else ""
        return f"```python\n{block[1]}```\n{output}"

    return _BLOCK.sub(run, page)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        shutil.copytree(ROOT / "configs", "configs")
        text = executed(PAGE.read_text(encoding="utf-8"))
        others = {page: executed(page.read_text(encoding="utf-8"), alone=True) for page in OTHERS}
        for picture in Path(folder).glob("tutorial_*.png"):
            shutil.copy(picture, PICTURES / picture.name)
        os.chdir(ROOT)
    for page, made in ({PAGE: text} | others).items():
        page.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
