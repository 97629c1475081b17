"""Spikes and camera events from .npz archives: arrays named as the columns of a table."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ImageError, SpikeFileError, closest
from neurocore.formats.events.roles import Roles, is_header, roles_of
from neurocore.formats.events.stream import PIECE, EventStream, Piece
from neurocore.formats.files import NpzFile, open_npz

__all__ = ["npz_columns", "open_npz_events"]

MAX_NPZ_BYTES: Final = 4 * 2**30


def npz_columns(path: Path) -> list[str]:
    """The names of an archive's arrays. Raises SpikeFileError."""
    return _in_npz(path, lambda file: list(file.headers))


def open_npz_events(path: Path, population: str | None) -> EventStream:
    """Arrays of one length in an archive: named as the columns of a table, or POPULATION.tick and POPULATION.index.

    Raises SpikeFileError.
    """
    names = npz_columns(path)
    if not is_header(names):
        groups = sorted({name.rpartition(".")[0] for name in names if "." in name})
        groups = [
            group for group in groups if is_header([n.rpartition(".")[2] for n in names if n.startswith(group + ".")])
        ]
        if population is None and len(groups) == 1:
            population = groups[0]
        if population not in groups:
            what = f"no population '{population}'" if population else f"{len(groups) or 'no'} populations"
            fix = closest(population, groups) if groups and population else _names_fix(groups)
            raise SpikeFileError(f"it holds {what}", file=str(path), fix=fix)
        prefix = f"{population}."
        names = [
            name.removeprefix(prefix) for name in names if name.startswith(prefix) and "." not in name[len(prefix) :]
        ]
    elif population is not None:
        problem = f"its spikes belong to no population; '{population}' cannot be chosen"
        raise SpikeFileError(problem, file=str(path), fix="leave population out")
    else:
        prefix = ""
    roles = roles_of(names, str(path))
    if roles.group or roles.copy or roles.offset or roles.sana:
        raise SpikeFileError(
            "its arrays name populations in a way that is not read", file=str(path), fix="write it as .csv"
        )
    members = [part for part in (roles.time, roles.id, roles.x, roles.y, roles.on) if part is not None]
    _in_npz(path, lambda file: _check(file, prefix, members, roles))
    return roles.stream(path, _npz_pieces(path, prefix, members, roles))


def _names_fix(groups: list[str]) -> str:
    return (
        f"add population: one of {', '.join(groups[:6])}" if groups else "save the arrays tick and index, or t, x, y, p"
    )


def _in_npz(path: Path, do: Callable[[NpzFile], Any]) -> Any:
    try:
        with open_npz(path, limit=MAX_NPZ_BYTES) as file:
            return do(file)
    except ImageError as error:
        raise SpikeFileError(error.problem, file=str(path), path=error.path, fix=error.fix) from error


def _check(file: NpzFile, prefix: str, members: list[str], roles: Roles) -> None:
    """Every array has the right kind and the same length, before any is read."""
    lengths = {}
    for name in members:
        header = file.headers[prefix + name]
        real = name == roles.time and roles.unit_s is not None
        kinds = "iuf" if real else "biu" if name == roles.on else "iu"
        if header.dtype.kind not in kinds or len(header.shape) != 1:
            raise file.problem(
                prefix + name,
                f"this array is {header.dtype.name} of shape {list(header.shape)}",
                f"{'numbers' if real else 'whole numbers'} in one dimension are needed",
            )
        lengths[prefix + name] = header.shape[0]
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise file.problem("", f"its arrays differ in length: {told}", "give one entry per event")


def _npz_pieces(path: Path, prefix: str, members: list[str], roles: Roles) -> Generator[Piece]:
    try:
        with open_npz(path, limit=MAX_NPZ_BYTES) as file:
            for parts in zip(*(file.pieces(prefix + name, PIECE) for name in members), strict=True):
                column = {name: _whole(part, str(path), name) for name, part in zip(members, parts, strict=True)}
                if roles.x is None:
                    yield Piece(time=column[roles.time], id=column[roles.id or ""])
                    continue
                on = column[roles.on or ""]
                yield Piece(time=column[roles.time], x=column["x"], y=column[roles.y or ""], on=on > 0)
    except ImageError as error:
        raise SpikeFileError(error.problem, file=str(path), path=error.path, fix=error.fix) from error


def _whole(part: npt.NDArray[Any], file: str, name: str) -> npt.NDArray[Any]:
    """Numbers as int64 or float64."""
    if part.dtype.kind == "f":
        return part.astype(np.float64)
    if part.dtype == np.uint64 and len(part) and int(part.max()) >= 2**62:
        raise SpikeFileError(f"the number {part.max()} is too large", file=file, path=name, fix="write the file again")
    return part.astype(np.int64)
