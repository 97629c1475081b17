"""Spikes as tables: .csv with a header line, or .npz with one array per column."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ImageError, NeurocoreError, SpikeFileError, closest
from neurocore.formats.file_writing import write_atomically, write_npz
from neurocore.formats.files import open_npz
from neurocore.spikes import AxonEvents, OutputSpikes
from neurocore.units import human_bytes

__all__ = ["read_axon_events", "read_pin_spikes", "read_table", "write_axon_events", "write_output_spikes"]

MAX_CSV_BYTES: Final = 512 * 2**20
MAX_NPZ_BYTES: Final = 4 * 2**30
_ROWS: Final = 2**16
_LIMITS: Final = {"tick": 2**62}
_Columns = dict[str, npt.NDArray[np.int64]]


def read_axon_events(path: str | Path) -> AxonEvents:
    """Read events addressed to axons: columns tick (of integration), core, axon. Any order of rows.

    Raises SpikeFileError naming file, line and column.
    """
    columns = read_table(Path(path), ("tick", "core", "axon"))
    return AxonEvents.sorted(columns["tick"], columns["core"], columns["axon"])


def read_pin_spikes(path: str | Path) -> npt.NDArray[np.int64]:
    """Read spikes of one input: columns tick and index (of the pin), as int64[S, 2], in the file's order.

    An .sfti or .sfci file addresses cores and axons: its axon is taken as the pin where every spike goes to core 0,
    and its source time (integration minus one tick) as the tick.
    Raises SpikeFileError naming file, line and column.
    """
    file = Path(path)
    if file.suffix.lower() not in (".sfti", ".sfci"):
        columns = read_table(file, ("tick", "index"))
        return np.stack([columns["tick"], columns["index"]], axis=1)
    from neurocore.formats.ibm_spikes import read_spikes

    events = read_spikes(file)
    if not isinstance(events, AxonEvents) or (events.core != 0).any():
        raise SpikeFileError(
            "its spikes go to axons of several cores, not to the pins of one input",
            file=str(file),
            fix="use it with the compiled model: neurocore run MODEL --input FILE",
        )
    return np.stack([events.tick - 1, events.axon.astype(np.int64)], axis=1)


def read_table(path: Path, names: tuple[str, ...]) -> _Columns:
    """Columns of whole numbers, none negative, all of one length, from .csv or .npz.

    Raises SpikeFileError.
    """
    if path.is_dir():
        raise SpikeFileError("this is a folder, not a spike file", file=str(path), fix="name the file inside it")
    if not os.path.isfile(path):
        raise SpikeFileError("this file does not exist", file=str(path), fix="check the path")
    match path.suffix.lower():
        case ".csv":
            columns = _from_csv(path, names)
        case ".npz":
            columns = _from_npz(path, names)
        case suffix:
            raise SpikeFileError(
                f"spikes are not read from '{suffix}' files",
                file=str(path),
                fix="allowed: .csv, .npz (or .sfti, .sfci)",
            )
    for name, column in columns.items():
        bad = (column < 0) | (column >= _LIMITS.get(name, 2**31))
        if bad.any():
            row = int(np.argmax(bad))
            raise SpikeFileError(
                f"row {row} (from 0) has {name} {column[row]}",
                file=str(path),
                path=name,
                fix=f"allowed: 0 to {_LIMITS.get(name, 2**31) - 1}",
            )
    return columns


def _from_csv(path: Path, names: tuple[str, ...]) -> _Columns:
    size = path.stat().st_size
    if size > MAX_CSV_BYTES:
        raise SpikeFileError(
            f"the file has {human_bytes(size)}; at most {human_bytes(MAX_CSV_BYTES)} of CSV are read",
            file=str(path),
            fix=f"save it as .npz with the arrays {', '.join(names)}",
        )
    header = ",".join(names)
    pattern = re.compile(",".join([r"\s*(-?[0-9]{1,18})\s*"] * len(names)), re.ASCII)
    rows: list[tuple[str, ...]] = []
    try:
        with open(path, encoding="utf-8-sig") as file:
            first = file.readline()
            if [word.strip() for word in first.split(",")] != list(names):
                problem = f"the first line is '{first.strip()[:60]}'"
                raise SpikeFileError(problem, file=str(path), line=1, fix=f"the first line must be '{header}'")
            for number, line in enumerate(file, 2):
                if found := pattern.fullmatch(line):
                    rows.append(found.groups())
                elif line.strip():
                    raise SpikeFileError(
                        f"'{line.strip()[:60]}' is not a row of {len(names)} whole numbers",
                        file=str(path),
                        line=number,
                        fix=f"write {header}, as in the first line, each a whole number",
                    )
    except UnicodeDecodeError as error:
        raise SpikeFileError("the file is not UTF-8 text", file=str(path), fix="save it as CSV in UTF-8") from error
    except OSError as error:
        raise SpikeFileError(f"the file cannot be read: {error.strerror or error}", file=str(path)) from error
    table = np.array(rows, dtype="S19").astype(np.int64).reshape(len(rows), len(names))
    return {name: table[:, number] for number, name in enumerate(names)}


def _from_npz(path: Path, names: tuple[str, ...]) -> _Columns:
    columns: _Columns = {}
    try:
        with open_npz(path, limit=MAX_NPZ_BYTES) as file:
            for name in names:
                if name not in file.headers:
                    fix = closest(name, file.headers)
                    raise SpikeFileError(f"it holds no array named '{name}'", file=str(path), fix=fix)
                header = file.headers[name]
                if header.dtype.kind not in "iu" or len(header.shape) != 1:
                    raise SpikeFileError(
                        f"this array is {header.dtype.name} of shape {list(header.shape)}",
                        file=str(path),
                        path=name,
                        fix="spike tables hold whole numbers in one dimension",
                    )
                column = file.read(name)
                if column.dtype == np.uint64 and len(column) and int(column.max()) >= 2**63:
                    raise SpikeFileError(f"the number {column.max()} is too large", file=str(path), path=name)
                columns[name] = column.astype(np.int64)
    except ImageError as error:
        raise SpikeFileError(error.problem, file=str(path), path=error.path, fix=error.fix) from error
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise SpikeFileError(f"its arrays differ in length: {told}", file=str(path), fix="give one entry per spike")
    return columns


def write_axon_events(events: AxonEvents, path: str | Path) -> None:
    """Write events to .csv or .npz, as :func:`read_axon_events` reads them. Raises NeurocoreError."""
    _write(Path(path), {"tick": events.tick, "core": events.core, "axon": events.axon})


def write_output_spikes(spikes: OutputSpikes, path: str | Path) -> None:
    """Write spikes of output connectors (tick, connector, pin) to .csv or .npz. Raises NeurocoreError."""
    _write(Path(path), {"tick": spikes.tick, "connector": spikes.connector, "pin": spikes.pin})


def _write(path: Path, columns: Mapping[str, npt.NDArray[Any]]) -> None:
    match path.suffix.lower():
        case ".npz":
            write_npz(path, columns)
        case ".csv":
            table = np.stack([column.astype(np.int64) for column in columns.values()], axis=1)
            with write_atomically(path, "w") as file:
                file.write(",".join(columns) + "\n")
                for begin in range(0, len(table), _ROWS):
                    file.writelines(",".join(map(str, row)) + "\n" for row in table[begin : begin + _ROWS].tolist())
        case suffix:
            raise NeurocoreError(f"{path}: spikes are not written as '{suffix}' files", fix="allowed: .csv, .npz")
