"""A small HTML table for notebooks; everything in it is text, never markup."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

__all__ = ["html_table"]

_MOST_ROWS = 16


def html_table(caption: str, rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> str:
    """A table of texts, cut after 16 rows; the first cell of a row is its heading where there is no ``head``."""
    cells = [_row([(cell, "th") for cell in head])] if head else []
    first = "td" if head else "th"
    cells += [_row([(cell, "td" if number else first) for number, cell in enumerate(row)]) for row in rows[:_MOST_ROWS]]
    if len(rows) > _MOST_ROWS:
        cells.append(_row([(f"... {len(rows) - _MOST_ROWS:,} more", "td")]))
    title = f'<caption style="text-align: left"><b>{escape(caption)}</b></caption>'
    return f"<table>{title}{''.join(cells)}</table>"


def _row(cells: Sequence[tuple[str, str]]) -> str:
    return "<tr>" + "".join(f'<{tag} style="text-align: left">{escape(text)}</{tag}>' for text, tag in cells) + "</tr>"
