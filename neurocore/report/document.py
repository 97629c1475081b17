"""What a report page consists of, before any HTML: key figures, sections, tables and figures."""

from __future__ import annotations

import base64
from dataclasses import dataclass

__all__ = ["Document", "Figure", "Link", "Section", "Table", "Tile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of texts. Units are in the headings or beside the numbers.

    columns : headings; none: rows are pairs of a name and its value
    right   : numbers of the columns that hold numbers, set flush right
    cards   : on a phone each row becomes a card: for rows with much text
    """

    title: str
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...] = ()
    right: frozenset[int] = frozenset()
    cards: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture within the page.

    media : "image/png" or "image/svg+xml"
    width : inches that it was drawn for
    """

    title: str
    alt: str
    media: str
    content: bytes
    width: float

    @property
    def source(self) -> str:
        """The picture as an address that holds all of it."""
        return f"data:{self.media};base64,{base64.b64encode(self.content).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A file beside the page. target : relative to it."""

    target: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page with a heading. name : its anchor, of letters only.

    points : a list of sentences
    pairs : figures stand in pairs, the second beside the first, whatever their sizes
    code  : text to show as it is, folded in, under the heading code_title
    """

    name: str
    title: str
    text: str = ""
    points: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    links: tuple[Link, ...] = ()
    pairs: bool = False
    code_title: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A key figure. note : what it is worth, or how it came about."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole page.

    warnings : what a reader must know before all else
    """

    title: str
    subtitle: str
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    warnings: tuple[str, ...] = ()
    footer: str = ""
