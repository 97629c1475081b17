"""A run on disk: one folder with what ran, what came out and what it means, replaced whole or not at all."""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neurocore.errors import ImageError, NeurocoreError, RunError
from neurocore.formats.file_writing import write_atomically
from neurocore.formats.json_text import parse_json

__all__ = [
    "PLAN_FILE",
    "RUN_FILE",
    "UNFINISHED",
    "check_free",
    "finished",
    "is_unfinished",
    "new_folder",
    "read_json",
    "versions",
    "write_json",
]

RUN_FILE = "run.json"
UNFINISHED = "unfinished"
"""Folder in a run folder: what a run with checkpoints has written so far. It goes when the run is done."""
PLAN_FILE = "plan.json"
"""In that folder: what is to be run. Without it there is nothing to go on with."""


def is_unfinished(folder: Path) -> bool:
    """Whether a folder holds a run with checkpoints that has not come to its end."""
    return (folder / UNFINISHED / PLAN_FILE).is_file()


def finished(folder: Path) -> Path:
    """The folder of a run that is done. Raises RunError for one that is not."""
    if is_unfinished(folder):
        raise RunError(f"the run in {folder} is not finished", fix=f"`neurocore resume {folder}` goes on with it")
    return folder


def check_free(folder: Path, force: bool) -> None:
    """A run never overwrites anything by surprise. Raises RunError where the folder is taken and ``force`` is off.

    Even with ``force`` only a folder that holds a run is replaced.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise RunError(f"{folder} exists and is not a folder", fix="choose another --out")
    try:
        names = list(folder.iterdir())
    except OSError as error:
        raise RunError(f"cannot read {folder}: {error.strerror}", fix="choose another --out") from None
    if is_unfinished(folder):
        if not force:
            raise RunError(
                f"{folder} holds a run that is not finished",
                fix=f"`neurocore resume {folder}` goes on with it; --force starts it again; or choose another --out",
            )
        return
    if not names:
        return
    if not (folder / RUN_FILE).is_file():
        raise RunError(f"{folder} holds files that are not a run", fix="choose another --out")
    if not force:
        raise RunError(f"{folder} already holds a run", fix="give --force to replace it, or another --out")


@contextmanager
def new_folder(folder: Path, force: bool) -> Iterator[Path]:
    """Yield an empty folder beside ``folder``; it takes that name when the block ends well, and vanishes otherwise."""
    check_free(folder, force)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        aside.chmod(0o755)
    except OSError as error:
        raise RunError(f"cannot write to {folder.parent}: {error.strerror}", fix="choose another --out") from None
    try:
        yield aside
        check_free(folder, force)
        if folder.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
            try:
                os.replace(folder, old / "run")
                os.replace(aside, folder)
            except OSError:
                if (old / "run").exists():
                    os.replace(old / "run", folder)  # the run before stays
                old.rmdir()
                raise
            shutil.rmtree(old)
        else:
            os.replace(aside, folder)
    except OSError as error:
        raise RunError(
            f"cannot write {folder}: {error.strerror}", fix="free some space or choose another --out"
        ) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_json(path: Path, data: dict[str, Any]) -> None:
    """Write JSON, indented, keys in the order given; whole or not at all."""
    with write_atomically(path, "w") as file:
        file.write(json.dumps(data, indent=1) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises ImageError naming the file if it is missing or damaged."""
    try:
        if path.exists() and not path.is_file():
            raise ImageError("is no ordinary file", file=str(path), fix="run again")
        data = parse_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NeurocoreError(f"{path} does not exist", fix="name a folder written by `neurocore run`") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ImageError(f"cannot be read ({error})", file=str(path), fix="run again") from None
    if not isinstance(data, dict):
        raise ImageError("is not a run description", file=str(path), fix="run again")
    return data


def versions() -> dict[str, str]:
    """Versions of what decides a run, and the machine's kind."""
    import numba
    import numpy

    from neurocore import __version__

    return {
        "neurocore": __version__,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "numba": numba.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
    }
