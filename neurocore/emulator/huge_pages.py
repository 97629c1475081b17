"""Arrays in huge pages of 2 MiB, where the system has them: a chip's targets and crossbars are read all over the place.

With pages of 4 KiB nearly every such read also misses the processor's page tables: a full chip at 20 Hz then takes 1.7
times as long (measured on Zen 3). numpy asks for huge pages too, but not where it reuses memory.
"""

from __future__ import annotations

import mmap
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["in_huge_pages", "zeros_in_huge_pages", "zeros_in_small_pages"]

Scalar = TypeVar("Scalar", bound=np.generic)

HUGE_PAGE: Final = 2**21


def zeros_in_huge_pages(size: int, dtype: type[Scalar]) -> npt.NDArray[Scalar]:
    """zeros(size), not touched yet; small ones are ordinary memory."""
    return _zeros(size, dtype, "MADV_HUGEPAGE")


def zeros_in_small_pages(size: int, dtype: type[Scalar]) -> npt.NDArray[Scalar]:
    """The same in ordinary pages even where the system would give huge ones: for memory of which little is touched."""
    return _zeros(size, dtype, "MADV_NOHUGEPAGE")


def _zeros(size: int, dtype: type[Scalar], advice: str) -> npt.NDArray[Scalar]:
    wanted = size * np.dtype(dtype).itemsize
    if wanted < HUGE_PAGE // 2 or not hasattr(mmap, advice):
        return np.zeros(size, dtype)
    try:
        # private: most systems give shared memory, mmap's default, none
        memory = mmap.mmap(-1, wanted + HUGE_PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        memory.madvise(getattr(mmap, advice))
    except OSError:  # a system built without them
        return np.zeros(size, dtype)
    whole: npt.NDArray[Any] = np.frombuffer(memory, np.uint8)  # keeps the memory as long as it lives
    start = -whole.ctypes.data % HUGE_PAGE
    return whole[start : start + wanted].view(dtype)


def in_huge_pages(array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """A flat copy of an array."""
    copy = zeros_in_huge_pages(array.size, array.dtype.type)
    copy[:] = array.reshape(-1)
    return copy
