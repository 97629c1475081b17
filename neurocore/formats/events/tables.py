"""Spikes and camera events from text tables whose header names the columns: NEST, SANA-FE, SONATA csv, ours."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import SpikeFileError
from neurocore.formats.events.roles import Roles, is_header, roles_of
from neurocore.formats.events.stream import PIECE, EventStream, Piece

__all__ = ["open_text", "text_columns"]

_LONGEST: Final = 4096
_WHOLE: Final = r"(-?[0-9]{1,18})"
_REAL: Final = r"([-+]?(?:[0-9]{1,25}(?:\.[0-9]{0,25})?|\.[0-9]{1,25})(?:[eE][-+]?[0-9]{1,3})?)"
_FLAG: Final = r"(-?[01]|[Tt]rue|[Ff]alse)"
_LOW: Final = ("0", "-1", "false")


def text_columns(path: Path) -> list[str]:
    """The names of a text table's columns. Raises SpikeFileError where there are none."""
    with _reading(path) as file:
        return _header(file, str(path))[0]


def open_text(path: Path, population: str | None) -> EventStream:
    """A text table whose header line says what its columns are. Raises SpikeFileError naming file and line."""
    with _reading(path) as file:
        names, separator, line = _header(file, str(path))
    roles = roles_of(names, str(path), line)
    if population is not None and not (roles.group or roles.sana):
        problem = f"it has no column that names populations; '{population}' cannot be chosen"
        raise SpikeFileError(problem, file=str(path), fix="leave population out")
    return roles.stream(path, _text_pieces(path, roles, names, separator, population))


def _reading(path: Path) -> IO[str]:
    try:
        return open(path, encoding="utf-8-sig", errors="strict", newline=None)
    except OSError as error:
        raise SpikeFileError(f"the file cannot be read: {error.strerror or error}", file=str(path)) from error


def _lines(file: IO[str], name: str) -> Iterator[str]:
    """Lines, none of them endless."""
    number = 0
    try:
        while line := file.readline(_LONGEST):
            number += 1
            if len(line) == _LONGEST and not line.endswith("\n"):
                raise SpikeFileError("this line is too long", file=name, line=number, fix="write one spike a line")
            yield line
    except UnicodeDecodeError as error:
        raise SpikeFileError("the file is not UTF-8 text", file=name, fix="save it as text in UTF-8") from error
    except OSError as error:
        raise SpikeFileError(f"the file cannot be read: {error.strerror or error}", file=name) from error


def _header(file: IO[str], name: str) -> tuple[list[str], str | None, int]:
    """Names of the columns, their separator (None: blanks) and the line; it may be a comment, as newer NESTs write."""
    number, line = 0, ""
    for number, line in enumerate(_lines(file, name), 1):
        words = line.lstrip("#").strip()
        separator = "," if "," in words else None
        names = [word.strip() for word in words.split(separator)]
        if is_header(names):
            return names, separator, number
        if words and not line.startswith("#"):
            break
    raise SpikeFileError(
        f"no line names the columns; the first of data is '{line.strip()[:60]}'" if number else "the file is empty",
        file=name,
        line=number or None,
        fix="begin the file with a line such as 'tick,index', 'sender time_ms' or 't,x,y,p'",
    )


def _text_pieces(
    path: Path, roles: Roles, names: list[str], separator: str | None, population: str | None
) -> Generator[Piece]:
    """The rows, some thousands at a time."""
    chooser = _Chooser(str(path), population)
    pattern = _pattern(roles, names, separator)
    taken = [name for name in names if name in _taken(roles)]
    header, number, rows, first = False, 0, [], 0
    with _reading(path) as file:
        for number, line in enumerate(_lines(file, str(path)), 1):
            found = pattern.fullmatch(line) if header else None
            if found:
                rows.append(found.groups())
            elif not header:
                header = is_header([word.strip() for word in line.lstrip("#").strip().split(separator)])
                first = number + 1
            elif line.strip() and not line.startswith("#"):
                raise SpikeFileError(
                    f"'{line.strip()[:60]}' does not fit the columns {', '.join(names)[:60]}",
                    file=str(path),
                    line=number,
                    fix="give every row a number for each column",
                )
            if len(rows) == PIECE:
                yield _text_piece(rows, taken, roles, chooser, first)
                rows, first = [], number + 1
    if rows:
        yield _text_piece(rows, taken, roles, chooser, first)


def _taken(roles: Roles) -> set[str]:
    """The columns that are looked at."""
    parts = (roles.time, roles.id, roles.group, roles.copy, roles.offset, roles.x, roles.y, roles.on)
    return {part for part in parts if part is not None}


def _pattern(roles: Roles, names: list[str], separator: str | None) -> re.Pattern[str]:
    """One row; a group for each column that is looked at."""
    other = r"[^,\n]*" if separator else r"[^ \t\n]+"
    quoted = r'("(?:[^"\n]|"")*"|' + (r"[^,\n]*)" if separator else r"[^ \t\n]+)")
    columns = []
    for name in names:
        if name not in _taken(roles):
            columns.append(other)
        elif name == roles.on:
            columns.append(_FLAG)
        elif name == roles.group or (name == roles.id and roles.sana):
            columns.append(quoted)
        elif (name == roles.time and roles.unit_s is not None) or name == roles.offset:
            columns.append(_REAL)
        elif roles.copy and name in (roles.id, roles.copy):
            columns.append(r"(-?[0-9]{1,18}|)")  # empty for relays
        else:
            columns.append(_WHOLE)
    return re.compile(r"\s*" + (r"\s*,\s*" if separator else r"[ \t]+").join(columns) + r"\s*", re.ASCII)


def _text_piece(rows: list[tuple[str, ...]], taken: list[str], roles: Roles, chooser: _Chooser, first: int) -> Piece:
    """Rows of texts as arrays. first : line of the first, roughly (empty lines are not counted)"""
    columns = dict(zip(taken, zip(*rows, strict=True), strict=True))
    if roles.copy:  # a neuron that stands in several cores is told once, relays not at all
        mine = [k for k, copy in enumerate(columns[roles.copy]) if copy == "0"]
        columns = {name: tuple(column[k] for k in mine) for name, column in columns.items()}
        if "" in columns[roles.id or ""]:
            problem = f"a neuron has a {roles.copy} and no {roles.id}, at or after line {first}"
            raise SpikeFileError(problem, file=chooser.file, fix="relays have neither of them, neurons both")
    if roles.group:
        mine = chooser.choose([_unquoted(name) for name in columns[roles.group]])
        columns = {name: tuple(column[k] for k in mine) for name, column in columns.items()}
    if roles.sana:
        assert roles.id is not None
        split = [_unquoted(name).rpartition(".") for name in columns[roles.id]]
        for _, _, number in split:
            if not re.fullmatch("[0-9]{1,18}", number, re.ASCII):
                problem = f"'{number[:40]}' is no neuron, at or after line {first}"
                raise SpikeFileError(problem, file=chooser.file, fix="SANA-FE writes them as group.number")
        mine = chooser.choose([group for group, _, _ in split])
        columns = {name: tuple(column[k] for k in mine) for name, column in columns.items()}
        columns[roles.id] = tuple(split[k][2] for k in mine)
    if roles.offset and any(float(text) for text in columns[roles.offset]):
        fix = "record with time_in_steps false"
        raise SpikeFileError(
            "it has spikes between its steps (time_offset), of unknown length", file=chooser.file, fix=fix
        )
    time = _numbers(columns[roles.time], np.int64 if roles.unit_s is None else np.float64)
    if roles.x is None:
        return Piece(time=time, id=_numbers(columns[roles.id or ""], np.int64))
    return Piece(
        time=time,
        x=_numbers(columns[roles.x], np.int64),
        y=_numbers(columns[roles.y or ""], np.int64),
        on=np.array([text.lower() not in _LOW for text in columns[roles.on or ""]], np.bool_),
    )


def _numbers(texts: tuple[str, ...], dtype: Any) -> npt.NDArray[Any]:
    return np.array(texts, "S64").astype(dtype) if texts else np.zeros(0, dtype)


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text


class _Chooser:
    """Keeps the spikes of one population; where none was named there must be only one."""

    def __init__(self, file: str, population: str | None) -> None:
        self.file, self.wanted, self.fixed = file, population, population is not None

    def choose(self, names: list[str]) -> list[int]:
        """The rows to keep. Raises SpikeFileError where it is not clear which."""
        if self.wanted is None and names:
            self.wanted = names[0]
        mine = [k for k, name in enumerate(names) if name == self.wanted]
        if not self.fixed and len(mine) < len(names):
            several = ", ".join(sorted(set(names))[:6])[:200]
            problem = "it holds spikes of several populations"
            raise SpikeFileError(problem, file=self.file, fix=f"add population: one of {several} ...")
        return mine
