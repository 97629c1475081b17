"""A report page as HTML: one file that needs nothing else, with every text escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from neurocore.report.document import Document

__all__ = ["MOST_BYTES", "figure_bytes", "html"]

MOST_BYTES: Final = 2_000_000
"""A page is mailed to people: it stays below this."""
_FOR_FIGURES: Final = 1_300_000
_LARGEST_FIGURE: Final = 150_000
_TEMPLATES: Final = Path(__file__).parent / "templates"


def figure_bytes(figures: int) -> int:
    """Most bytes of each of so many figures, so that the page stays below MOST_BYTES. (Base64 takes a third more.)"""
    return min(_LARGEST_FIGURE, _FOR_FIGURES * 3 // 4 // max(1, figures))


def html(document: Document) -> str:
    """The page. It loads nothing, runs nothing and says so to the browser, in a content security policy.

    Names come from users: autoescape makes them text. Raises jinja2.UndefinedError where a template asks for what a
    document does not have.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
    return environment.get_template("page.html").render(page=document, style=style)
