"""The other side of apart.py: a process that reads files, one a line, and answers in JSON and raw arrays."""

from __future__ import annotations

import importlib
import json
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from neurocore.errors import NeurocoreError
from neurocore.formats.apart import IDLE_EXIT, Answer
from neurocore.units import human_bytes

__all__ = ["MEMORY", "serve"]

MEMORY: Final = 6 * 2**30
"""Bytes of address space for a reader process, with its libraries."""
IDLE_SECONDS: Final = 5.0


def serve() -> None:
    """Answer requests from standard input until it ends, or none comes for a while."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a word
    _limit("RLIMIT_AS", MEMORY)
    _limit("RLIMIT_CORE", 0)  # a crash is told, and leaves no file
    out = _private_output()
    with suppress(ImportError):
        importlib.import_module("h5py")  # part of starting, not of the first file's time
    out.write(b"\n")
    out.flush()
    stream: Generator[Answer] | None = None
    while True:
        idle = threading.Timer(IDLE_SECONDS, os._exit, [IDLE_EXIT])
        idle.daemon = True
        if stream is None:
            idle.start()
        line = sys.stdin.buffer.readline()
        idle.cancel()
        if not line:
            return
        request = json.loads(line)
        _limit("RLIMIT_CPU", math.ceil(time.process_time() + request["seconds"]))
        if "arguments" in request:
            stream = _reader(request)(Path(request["path"]), *request["arguments"])
        if stream is not None and "close" in request:
            stream.close()
        told, arrays = _answered(request, stream)
        if "value" not in told:
            stream = None
        text = json.dumps(told).encode("ascii")
        out.write(len(text).to_bytes(8, "little") + text)
        for array in arrays:
            out.write(array.reshape(-1).view(np.uint8).data)
        out.flush()


def _reader(request: dict[str, Any]) -> Callable[..., Any]:
    module, _, function = request["reader"].partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def _answered(
    request: dict[str, Any], stream: Iterator[Answer] | None
) -> tuple[dict[str, Any], list[np.ndarray[Any, Any]]]:
    """The answer to one request: a value with arrays, an error of ours, or the end of the stream."""
    try:
        value, arrays = next(stream) if stream is not None else _reader(request)(request["path"])
    except StopIteration:
        return {"end": True, "arrays": []}, []
    except NeurocoreError as error:
        return _failed(error.problem, getattr(error, "path", ""), error.fix, type(error).__name__), []
    except MemoryError:
        return _failed(f"reading it takes more than {human_bytes(MEMORY)} of memory", "", "a smaller file", ""), []
    shapes = [[array.dtype.str, array.shape] for array in arrays]
    return {"value": value, "arrays": shapes}, [np.ascontiguousarray(array) for array in arrays]


def _failed(problem: str, path: str, fix: str | None, kind: str) -> dict[str, Any]:
    return {"error": problem, "path": path, "fix": fix, "kind": kind, "arrays": []}


def _private_output() -> BinaryIO:
    """Standard output for answers alone: whatever a library prints goes nowhere."""
    kept = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return kept


def _limit(name: str, most: int) -> None:
    """Lower a limit of this process, where the system has it: not on Windows."""
    with suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
