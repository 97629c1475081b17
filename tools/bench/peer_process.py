"""A peer's process, seen from outside: started, asked for a repeat at a time, ended."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

from peer_environment import last_words

RUNS = Path(__file__).parent / "peer_runs"
ROOT = Path(__file__).parents[2]
PATIENCE_S = 900
"""For one answer; compiling on a busy machine takes a minute."""


class PeerError(Exception):
    """A peer did not answer; the message is its last words."""


class PeerProcess:
    """One of peer_runs/run_*.py. Its answers are lines of JSON; all else that it prints is kept for last words.

    folder : for whatever it writes
    own    : with neurocore from this checkout on its path
    """

    def __init__(self, python: str, script: str, *arguments: str, threads: int, folder: Path, own: bool) -> None:
        environment = os.environ | {"OMP_NUM_THREADS": str(threads), "TMPDIR": str(folder)}
        environment.pop("PYTHONPATH", None)
        if own:
            environment["PYTHONPATH"] = str(ROOT)
        self._messages = tempfile.TemporaryFile("w+", dir=folder)  # noqa: SIM115 -- closed in end()
        self._process = subprocess.Popen(
            [python, str(RUNS / script), *arguments, "--threads", str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._messages,
            text=True,
            env=environment,
        )

    def answer(self) -> dict[str, Any]:
        """The next answer. Raises PeerError where none comes."""
        assert self._process.stdout is not None
        timer = threading.Timer(PATIENCE_S, self._process.kill)
        timer.start()
        try:
            for line in self._process.stdout:
                if line.startswith("{"):
                    return json.loads(line)
        finally:
            timer.cancel()
        self._process.wait()
        self._messages.seek(0)
        raise PeerError(last_words(self._messages.read()))

    def repeat(self) -> dict[str, Any]:
        """Run some more ticks. Returns seconds and memory."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write("run\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # answer() says why
        return self.answer()

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.communicate()
        self._messages.close()
