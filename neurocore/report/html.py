"""A report page as HTML: one file that needs nothing else, with every text escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from neurocore.report.document import Document

__all__ = ["FIGURE_BYTES", "MOST_BYTES", "html"]

MOST_BYTES: Final = 2_000_000
"""A page is mailed to people: it stays below this."""
FIGURE_BYTES: Final = 1_250_000
"""Of these, bytes for figures: as base64 they take a third more."""
_TEMPLATES: Final = Path(__file__).parent / "templates"


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
