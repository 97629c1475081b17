"""One case: a damaged file, read under watch. Time, memory, files and processes are limited or noticed."""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

from neurocore.errors import NeurocoreError
from neurocore.formats import apart
from tools.fuzz.targets import Target, mutated

__all__ = ["MEMORY", "Watch", "case_bytes", "limited_memory", "prepare", "try_case"]

MEMORY: Final = 256 * 2**20
"""Bytes that reading one damaged file may take."""
SECONDS: Final = 5.0
"""Processor time of one case; a case that waits for something ends the process after some minutes."""
_FOREVER: Final = 300.0
"""Long enough that a machine with other work gives a case its SECONDS before; more than a reader process may take."""
_ARM_AGAIN: Final = 10.0
"""Arming the end of the process starts a thread: that is done for many quick cases at once."""
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_NEVER: Final = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "pickle.find_class")
_NEVER_CHANGE: Final = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate")
_OURS: Final = tuple(str(Path(place).resolve()) for place in (sys.prefix, sys.base_prefix, Path(__file__).parents[2]))


class TooLong(BaseException):
    """A case ran out of time. No Exception, so that no reader takes it for one of its own."""


class Watch:
    """Notes what a reader must not do: open files elsewhere, write, start processes, unpickle."""

    def __init__(self) -> None:
        self.folder: str | None = None
        self.seen: list[str] = []
        self._armed: float | None = None
        sys.addaudithook(self._hook)

    def arm(self) -> None:
        """End the process, with a traceback, unless this is called again, or the watch left, within some minutes."""
        now = time.monotonic()
        if self._armed is None or now > self._armed + _ARM_AGAIN:
            faulthandler.dump_traceback_later(_FOREVER, exit=True)
            self._armed = now

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        """After the last case the process may wait again."""
        faulthandler.cancel_dump_traceback_later()
        self._armed = None

    def _hook(self, event: str, values: tuple[Any, ...]) -> None:
        if self.folder is None:
            return
        if event == "open" and isinstance(values[0], (str, bytes)):
            name, flags = os.path.abspath(os.fsdecode(values[0])), int(values[2] or 0)
            if name == os.devnull:
                return
            if flags & _WRITES and not name.endswith(".pyc") and ".pyc." not in name:
                self.seen.append(f"opened {name} to write")
            elif not name.startswith((self.folder, *_OURS, "/usr/lib", "/lib", "/proc/self", "/proc/cpuinfo", "/sys/")):
                self.seen.append(f"opened {name}")
        elif event == "subprocess.Popen" and apart.START in values[1]:
            return  # the reader process, which has no other end than reading
        elif event in _NEVER or event in _NEVER_CHANGE or event.startswith("socket."):
            self.seen.append(f"{event} {str(values)[:200]}")


@contextmanager
def limited_memory(more: int = MEMORY) -> Iterator[None]:
    """Limit the process's address space to what it has and ``more`` bytes; lifted at the end."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + more, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def case_bytes(target: Target, number: int) -> bytes:
    """The file of a numbered case: the same for the same target and number."""
    return mutated(target, Random(f"{target.name}:{number}"))


def prepare(target: Target, folder: Path) -> Path:
    """Put the other files of a target into its folder; returns the path of the one to damage."""
    for name, content in target.beside.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    path = folder / target.file
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _alarm(signum: int, frame: object) -> None:
    raise TooLong


def try_case(target: Target, data: bytes, path: Path, watch: Watch) -> tuple[str, str]:
    """Read one damaged file. Returns "read", "refused" or "defect", and for the last what happened.

    Must run in the main thread, which the time limit interrupts; where that cannot help, the process ends. The caller
    is in ``with watch:``.
    """
    path.write_bytes(data)
    before = signal.signal(signal.SIGPROF, _alarm)
    watch.arm()
    verdict, told = "read", ""
    watch.seen.clear()
    watch.folder = str(path.parents[target.file.count("/")])
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            target.read(path)
    except NeurocoreError as error:
        verdict = "refused"
        str(error).encode("utf-8", "backslashreplace")
    except TooLong:
        verdict, told = "defect", f"{traceback.format_exc(limit=-6)}\nit took over {SECONDS:g} s"
    except KeyboardInterrupt:
        raise
    except BaseException:
        verdict, told = "defect", traceback.format_exc(limit=-6)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        watch.folder = None
    if watch.seen:
        verdict, told = "defect", "; ".join(watch.seen)
    return verdict, told


def save_defect(folder: Path, target: Target, number: int, data: bytes, told: str) -> Path:
    """Keep what did it, to look at."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{target.name.replace(' ', '_')}-{number}{Path(target.file).suffix}"
    place.write_bytes(data)
    place.with_suffix(".txt").write_text(json.dumps({"target": target.name, "case": number}) + "\n" + told + "\n")
    return place
