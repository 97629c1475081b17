"""One process at a time writes a run folder: a lock file beside it, which the system frees when its holder dies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neurocore.errors import RunError

__all__ = ["locked"]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold ``.NAME.lock`` beside a run folder within the block. A lock that a killed run left behind counts as free.

    Raises RunError where another process holds it, or nothing can be written there.
    """
    path = folder.absolute().parent / f".{folder.name}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = _take(path)
    except OSError as error:
        raise RunError(f"cannot write to {folder.parent}: {error.strerror}", fix="choose another --out") from None
    if descriptor is None:
        holder = _read(path)
        raise RunError(
            f"another run is writing {folder}{f' (process {holder})' if holder else ''}",
            fix="wait until it is done, or choose another --out",
        )
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _take(path: Path) -> int | None:
    """An open file that holds the lock, or None where another process does."""
    flock = _flock()
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if flock is not None:
                flock(descriptor)
            if os.path.exists(path) and os.path.samestat(os.fstat(descriptor), os.stat(path)):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, f"{os.getpid()}\n".encode())
                return descriptor
            os.close(descriptor)  # its holder let go and removed it in between: try again
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError:  # a full disk: let go again
            path.unlink(missing_ok=True)
            os.close(descriptor)
            raise


def _flock() -> Any:
    """Lock an open file without waiting, or None where the system has no such locks."""
    try:
        import fcntl
    except ImportError:
        return None
    return lambda descriptor: fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
