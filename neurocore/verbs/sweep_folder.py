"""A sweep on disk: what is swept, one JSON file for each finished point, tables; a sweep can be gone on with."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from neurocore.errors import NeurocoreError, RunError
from neurocore.formats.file_writing import write_atomically
from neurocore.verbs.run_folder import read_json

__all__ = ["SWEEP_FILE", "kept_points", "keep_point", "open_folder", "write_table"]

SWEEP_FILE: Final = "sweep.json"
SWEEP_FORMAT: Final = 1
_POINTS: Final = "points"
_OURS: Final = (SWEEP_FILE, _POINTS, "figures", "table.csv", "table.json")


def open_folder(folder: Path, identity: dict[str, Any], about: dict[str, Any], force: bool) -> None:
    """Make a sweep's folder, or go on with the one that is there.

    identity : what must be the same for its points to be good: source, digest, version
    about    : what else sweep.json says
    force    : start again where the identity differs or where a sweep is there
    Raises RunError where the folder holds something else, or points of another description.
    """
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder} exists and is not a folder", fix="choose another --out")
    there = folder.is_dir() and any(folder.iterdir())
    if there and not (folder / SWEEP_FILE).is_file():
        raise RunError(f"{folder} holds files that are not a sweep", fix="choose another --out")
    if there and not force:
        old = read_json(folder / SWEEP_FILE)
        for key, value in identity.items():
            if old.get(key) != value:
                raise RunError(
                    f"{folder} holds a sweep with another {key.replace('_', ' ')} than now",
                    fix="give --force to start it again, or another --out to keep both",
                )
    try:
        for name in _OURS if there and force else ():
            shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink(missing_ok=True)
        (folder / _POINTS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"cannot write to {folder}: {error.strerror}", fix="choose another --out") from None
    _write_json(folder / SWEEP_FILE, {"neurocore_sweep": SWEEP_FORMAT} | identity | about)


def kept_points(folder: Path, digests: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Figures of the points that are done, by digest. A damaged file counts as not done."""
    found = {}
    for digest in digests:
        with suppress(NeurocoreError, KeyError, TypeError):
            facts = read_json(folder / _POINTS / f"{digest}.json")["facts"]
            if isinstance(facts, dict):
                found[digest] = facts
    return found


def keep_point(folder: Path, digest: str, changes: dict[str, Any], facts: dict[str, Any]) -> None:
    """Write a finished point, whole or not at all."""
    _write_json(folder / _POINTS / f"{digest}.json", {"changes": changes, "facts": facts})


def write_table(folder: Path, head: list[str], rows: list[list[Any]], data: dict[str, Any]) -> None:
    """Write table.csv and table.json."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
    with write_atomically(folder / "table.csv", "w") as file:
        file.write(text.getvalue())
    _write_json(folder / "table.json", data)


def _write_json(path: Path, data: dict[str, Any]) -> None:
    with write_atomically(path, "w") as file:
        json.dump(data, file, indent=1)
        file.write("\n")
