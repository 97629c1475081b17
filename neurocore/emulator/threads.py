"""How many threads an image is run on, unless told."""

from __future__ import annotations

import os
from typing import Final

from neurocore.emulator.checks import THREADS_LIMIT
from neurocore.image import ChipImage

__all__ = ["default_threads", "processors"]

CORES_PER_THREAD: Final = 24
"""Threads meet after every tick; with less work than this each, meeting costs more than it gains."""


def processors() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_threads(image: ChipImage) -> int:
    """One thread for each processor, but no more than have CORES_PER_THREAD cores of the image to run."""
    return max(1, min(processors(), image.cores // CORES_PER_THREAD, THREADS_LIMIT))
