"""What a rank says and does that fails, or that the launcher ends because another one died."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from neurocore.errors import NeurocoreError
from neurocore.verbs.unfinished import how_to_go_on

__all__ = ["or_abort", "saying_when_ended"]

Found = TypeVar("Found")


@contextmanager
def saying_when_ended(comm: Any, folder: Path) -> Iterator[None]:
    """Within the block: where the launcher ends the ranks, as it does when one dies, say how to go on.

    Two of the ranks do: one of them is alive whichever died.
    """
    if comm.Get_rank() > 1 or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ended(number: int, frame: FrameType | None) -> None:
        told = f"neurocore: rank {comm.Get_rank()} of {comm.Get_size()} was ended from outside, as happens when another"
        print(f"{told} dies\n  fix: {how_to_go_on(folder)}", file=sys.stderr, flush=True)
        os._exit(128 + number)

    before = signal.signal(signal.SIGTERM, ended)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def or_abort(comm: Any, part: Callable[[], Found]) -> Found:
    """Do a rank's part; where it fails, say so and end all ranks, which would wait for this one for ever."""
    try:
        return part()
    except BaseException as error:
        what = str(error) if isinstance(error, NeurocoreError) else f"{type(error).__name__}: {error}"
        print(
            f"neurocore: rank {comm.Get_rank()} of {comm.Get_size()} failed and ends the run: {what}",
            file=sys.stderr,
            flush=True,
        )
        comm.Abort(error.exit_code if isinstance(error, NeurocoreError) else 3)
        raise
