"""Reading in a process apart: where a library in C hangs or crashes over a damaged file, only that process ends.

A reader process is started when it is needed, serves files one after another, and ends a few seconds after the last.
Its answers are JSON and raw arrays, never pickles.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError

__all__ = ["START", "Answer", "ReaderError", "read_apart", "seconds_for", "stream_apart"]

SECONDS: Final = 10.0
"""Of processor time, where the system limits it."""
PATIENCE: Final = 12.0
"""So many times that, by the clock, a file may take; half as many on Windows, which limits no processor time."""
START_SECONDS: Final = 120.0
"""For a reader process to start, on a machine that does other things too."""
BYTES_A_SECOND: Final = 5_000_000
"""So slow may a disk be."""
START: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from neurocore.formats.apart_reader import serve; serve()"
)
"""What a reader process runs: the same packages as here, whatever put them on the path."""
MAX_REPLY: Final = 2**31
IDLE_EXIT: Final = 75
"""Exit code of a reader process that had nothing to do."""
_OUT_OF_TIME: Final = -int(getattr(signal, "SIGXCPU", 24))
_INTERRUPTED: Final = (-2, 0xC000013A)
"""Exit codes after Ctrl-C: SIGINT, and on Windows."""
_KINDS: Final = frozenset("biuf")
_QUIET: Final = {"OPENBLAS_NUM_THREADS": "1", "HDF5_PLUGIN_PRELOAD": "::"}
"""No threads that only start; and no code that a file names is loaded."""
_FIX: Final = "write the file again"

Answer = tuple[Any, list[npt.NDArray[Any]]]
"""What JSON can say, and arrays that it refers to by number."""

_idle: list[_Process] = []
"""Reader processes that wait for another file. A list, as taking from its end is one step for all threads."""


def seconds_for(size: int) -> float:
    """Seconds of processor time that a file of so many bytes may take."""
    return SECONDS + size / BYTES_A_SECOND


def read_apart(reader: str, path: Path) -> Answer:
    """Call ``reader``, "module:function", with a path in a process apart.

    Raises ConfigError: the reader's own, or where the process took too long, too much memory, or crashed.
    """
    process, answer = _begun(path, {"reader": reader})
    _idle.append(process)
    return _value(answer)


def stream_apart(reader: str, path: Path, *arguments: str | int | None) -> Generator[Answer]:
    """Call ``reader``, a generator's "module:function", with a path and arguments in a process apart: what it yields.

    The process waits with the file open until the next is asked for, or no more is wanted.
    Raises ConfigError as ``read_apart`` does, for the time that each answer takes; the reader's own as ReaderError.
    """
    process, answer = _begun(path, {"reader": reader, "arguments": arguments})
    more = {"seconds": seconds_for(0)}
    try:
        while "value" in answer[0]:
            yield _value(answer)
            answer = process.ask(more, seconds_for(0))
    except GeneratorExit:
        answer = process.ask(more | {"close": True}, seconds_for(0))
    _idle.append(process)  # what goes wrong in ``ask`` has ended it
    if "error" in answer[0]:
        _value(answer)


def _begun(path: Path, request: dict[str, Any]) -> tuple[_Process, Answer]:
    """A process that is asked to read a file, and its first answer."""
    limit = seconds_for(path.stat().st_size)
    for _ in range(3):
        process = _taken() or _Process()
        try:
            return process, process.ask(request | {"path": os.path.abspath(path), "seconds": limit}, limit)
        except _GoneToSleep:
            continue
    raise ConfigError("the process that reads this file does not start", file=str(path), fix="try again")


def _taken() -> _Process | None:
    while _idle:
        try:
            process = _idle.pop()
        except IndexError:  # another thread took the last
            return None
        if process.owner == os.getpid() and process.popen.poll() is None:
            return process
        process.end()
    return None


def _end_all() -> None:
    while _idle:
        _idle.pop().end()


atexit.register(_end_all)


class ReaderError(ConfigError):
    """What a reader raised in its process. kind : the name of the error's class"""

    def __init__(self, problem: str, *, path: str, fix: str | None, kind: str) -> None:
        super().__init__(problem, path=path, fix=fix)
        self.kind = kind


class _GoneToSleep(Exception):
    """The process had ended for want of work before it got this."""


class _Process:
    """One reader process."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.ready = False
        command = [sys.executable, "-c", START, json.dumps(sys.path)]
        try:
            self.popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | _QUIET,
            )
        except OSError as error:
            problem = f"no process can be started to read it in ({error.strerror or error})"
            raise ConfigError(problem, fix="end other programs, or allow more processes") from error

    def end(self) -> None:
        """Close the pipes and, if it is this process's child, end it."""
        if self.owner != os.getpid():
            self.popen.returncode = 0  # not ours to wait for
        elif self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe is not None:
                with suppress(OSError):  # what it did not take in any more
                    pipe.close()

    def ask(self, request: dict[str, Any], limit: float) -> Answer:
        """Its answer to one request. Whatever goes wrong ends the process."""
        assert self.popen.stdin is not None and self.popen.stdout is not None
        late = False
        try:
            if not self.ready:
                with self._limited(START_SECONDS):
                    _exactly(self.popen.stdout, 1)
                self.ready = True
            with self._limited(limit * (PATIENCE if os.name == "posix" else PATIENCE / 2)) as expired:
                self.popen.stdin.write(json.dumps(request).encode("ascii") + b"\n")
                self.popen.stdin.flush()
                try:
                    answer = _received(self.popen.stdout)
                finally:
                    late = expired.is_set()
        except (OSError, EOFError, ValueError, KeyError, TypeError, MemoryError):  # no answer, or none that makes sense
            raise self._failure(late, limit) from None
        except BaseException:
            self.end()
            raise
        return answer

    @contextmanager
    def _limited(self, seconds: float) -> Iterator[threading.Event]:
        """End the process after some time, with which everything that waits for it ends."""
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            self.popen.kill()

        timer = threading.Timer(seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            yield expired
        finally:
            timer.cancel()

    def _failure(self, late: bool, limit: float) -> BaseException:
        """Why a process gives no answer. It has ended afterwards."""
        try:
            code = self.popen.wait(timeout=1)
        except subprocess.TimeoutExpired:  # it runs, but what it said made no sense
            code = 0
        self.end()
        if late or code == _OUT_OF_TIME:
            told = f"it cannot be read within {limit:.0f} s of work: it is damaged in a way that reading does not end"
            return ConfigError(told, fix=_FIX)
        if code in _INTERRUPTED:
            return KeyboardInterrupt()
        if code == IDLE_EXIT:
            return _GoneToSleep()
        if not self.ready:
            told = f"the process that reads it did not start within {START_SECONDS:.0f} s (exit code {code})"
            return ConfigError(told, fix="see that 'import h5py' works, and try again")
        told = f"reading it crashed ({'signal' if code < 0 else 'exit code'} {abs(code)}): it is damaged"
        return ConfigError(told, fix=_FIX)


def _received(pipe: IO[bytes]) -> Answer:
    """One answer: the length of its JSON in 8 bytes, that JSON, then each array's bytes. Raises EOFError."""
    length = int.from_bytes(_exactly(pipe, 8), "little")
    if length > MAX_REPLY:
        raise EOFError
    told = json.loads(_exactly(pipe, length))
    arrays = []
    for kind, shape in told["arrays"]:
        dtype = np.dtype(str(kind))
        if dtype.kind not in _KINDS:
            raise EOFError
        array = np.empty([int(n) for n in shape], dtype)
        if _fill(pipe, array.reshape(-1).view(np.uint8).data) < array.nbytes:
            raise EOFError
        arrays.append(array)
    return told, arrays


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    data = pipe.read(count)
    if len(data) < count:
        raise EOFError
    return data


def _fill(pipe: Any, view: memoryview) -> int:
    done = 0
    while done < len(view):
        got = pipe.readinto(view[done:])
        if not got:
            break
        done += got
    return done


def _value(answer: Answer) -> Answer:
    told, arrays = answer
    if "error" in told:
        raise ReaderError(told["error"], path=told["path"], fix=told["fix"], kind=str(told["kind"]))
    return told["value"], arrays
