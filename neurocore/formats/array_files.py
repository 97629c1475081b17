"""Arrays kept beside a network's YAML: .npz, .npy and .csv, read without trusting them."""

from __future__ import annotations

import difflib
import math
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError, ImageError, closest
from neurocore.formats.files import ArrayHeader, open_npz, read_header
from neurocore.formats.yaml_paths import shown
from neurocore.units import human_bytes

__all__ = ["SUFFIXES", "load_array", "missing_file"]

SUFFIXES: Final = (".npz", ".npy", ".csv")
MAX_BYTES: Final = 4 * 2**30
MAX_CSV_BYTES: Final = 256 * 2**20

_WHOLE = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)


def load_array(path: Path, array: str | None = None) -> npt.NDArray[Any]:
    """An array of booleans, whole numbers or finite floats from a file.

    path  : .npz, .npy or .csv (rows of numbers, no header; a file of one column or row gives one dimension)
    array : name inside an .npz file; may be left out where the file holds only one
    Raises ConfigError, which does not know where in the YAML the file was named.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError(f"'{path.name}' is not a kind of array file", fix=f"allowed: {', '.join(SUFFIXES)}")
    if not os.path.isfile(path):  # unlike Path.is_file, never raises
        raise missing_file(path, SUFFIXES)
    if array is not None and suffix != ".npz":
        fix = "leave 'array' out, or name an .npz file"
        raise ConfigError(f"'{path.name}' holds one array without a name, not '{array}'", fix=fix)
    match suffix:
        case ".npz":
            found = _from_npz(path, array)
        case ".npy":
            found = _from_npy(path)
        case _:
            found = _from_csv(path)
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(found))[0])
        raise ConfigError(
            f"'{path.name}' holds {found[where]} at {list(where)}", fix="write finite numbers only (no nan, no inf)"
        )
    return found


def missing_file(path: Path, suffixes: tuple[str, ...]) -> ConfigError:
    """The error for a file that is not there, with the nearest name of those that are."""
    if os.path.isdir(path):
        return ConfigError(f"'{path.name}' is a folder, not a file", fix="name a file in it")
    folder, name = path.parent, shown(path.name)
    if not os.path.isdir(folder):
        return ConfigError(f"there is no folder {shown(str(folder))}", fix="file names are relative to the YAML file")
    beside = []
    with suppress(OSError):
        beside = sorted(f.name for f in folder.iterdir() if f.suffix.lower() in suffixes and f.is_file())
    fix = "file names are relative to the YAML file"
    if beside:
        near = sorted(beside, key=lambda name: -difflib.SequenceMatcher(None, name, path.name).ratio())[:6]
        fix = closest(path.name, near).replace("allowed here", "files there") + f"; {fix}"
    return ConfigError(f"there is no file {name}", fix=fix)


def _from_npz(path: Path, array: str | None) -> npt.NDArray[Any]:
    try:
        with open_npz(path, limit=MAX_BYTES) as file:
            names = list(file.headers)
            if array is None and len(names) != 1:
                fix = f"add array: with one of {', '.join(sorted(names))}" if names else "save an array into it"
                raise ConfigError(f"'{path.name}' holds {len(names)} arrays; which one is not said", fix=fix)
            name = names[0] if array is None else array
            if name not in file.headers:
                raise ConfigError(f"'{path.name}' holds no array named '{name}'", fix=closest(name, names))
            return file.read(name)
    except ImageError as error:
        member = f", array '{error.path}'" if error.path else ""
        fix = "save it again with numpy.savez"
        raise ConfigError(f"'{path.name}'{member}: {error.problem}", fix=fix) from error


def _from_npy(path: Path) -> npt.NDArray[Any]:
    fix = "save an array of numbers with numpy.save"
    try:
        with open(path, "rb") as file:
            header = _header(file)
            dtype = header.dtype
            if dtype.kind not in "biuf":
                what = "Python objects (pickles)" if dtype.hasobject else f"dtype {dtype}"
                raise ConfigError(f"'{path.name}' holds {what}; only booleans, integers and floats are read", fix=fix)
            wanted, there = header.nbytes, os.fstat(file.fileno()).st_size - file.tell()
            if wanted != there or wanted > MAX_BYTES:
                most = f", of {human_bytes(MAX_BYTES)} allowed" if wanted > MAX_BYTES else ""
                problem = f"'{path.name}' has {there} bytes of data where its header says {wanted}{most}"
                raise ConfigError(problem, fix="copy or save the file again")
            flat = np.fromfile(file, dtype, math.prod(header.shape))
    except OSError as error:
        raise ConfigError(f"'{path.name}' cannot be read: {error.strerror}", fix="check its rights") from error
    return flat.reshape(header.shape, order="F" if header.fortran_order else "C")


def _header(file: BinaryIO) -> ArrayHeader:
    """What a .npy file says of itself. Raises ConfigError."""
    try:
        return read_header(file)
    except ValueError as error:
        name = Path(file.name).name
        raise ConfigError(f"'{name}' has no .npy header: {error}", fix="save it with numpy.save") from error


def _from_csv(path: Path) -> npt.NDArray[Any]:
    size = path.stat().st_size
    if size > MAX_CSV_BYTES:
        raise ConfigError(
            f"'{path.name}' has {human_bytes(size)}; at most {human_bytes(MAX_CSV_BYTES)} of CSV are read",
            fix="save it with numpy.savez",
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"'{path.name}' is not UTF-8 text", fix="save it as CSV in UTF-8") from error
    except OSError as error:
        raise ConfigError(f"'{path.name}' cannot be read: {error.strerror}", fix="check its rights") from error
    rows: list[list[int | float]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        rows.append([_number(path, number, column, word) for column, word in enumerate(line.split(","), 1)])
        if len(rows[-1]) != len(rows[0]):
            raise ConfigError(
                f"'{path.name}', line {number}: {len(rows[-1])} columns, the first row has {len(rows[0])}",
                fix="give every row the same number of columns",
            )
    if not rows:
        raise ConfigError(f"'{path.name}' is empty", fix="write rows of numbers, separated by commas")
    whole = all(isinstance(value, int) for row in rows for value in row)
    found = np.array(rows, np.int64 if whole else np.float64)
    return found.ravel() if 1 in found.shape else found


def _number(path: Path, line: int, column: int, word: str) -> int | float:
    word = word.strip()
    if _WHOLE.fullmatch(word):
        return int(word)
    try:
        if "_" in word or not word.isascii():
            raise ValueError
        return float(word)
    except ValueError:
        raise ConfigError(
            f"'{path.name}', line {line}, column {column}: '{word[:20]}' is not a number",
            fix="array files hold rows of numbers separated by commas, without a header",
        ) from None
