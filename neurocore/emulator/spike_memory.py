"""Memory for spikes that a run hands out, used again once nobody holds them: fresh memory costs more than the spikes.

The system clears every page that a program touches for the first time, and a virtual machine may have to find it first:
0.5 to 10 us a page were measured, where writing a page of spikes takes 0.3. A full chip at 20 or 200 Hz spent a quarter
of its time on that.
"""

from __future__ import annotations

import weakref
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.emulator.huge_pages import zeros_in_huge_pages

__all__ = ["SpikeMemory"]

SMALL: Final = 2**14
"""Fewer spikes are ordinary memory, which numpy and the system's allocator use again themselves."""
SLAB: Final = 2**22
"""Spikes of a slab, at least: 16 MiB, of which only what is filled is ever touched."""
SPARE: Final = 4
"""Slabs that are kept while nobody holds them."""


class SpikeMemory:
    """Hands out arrays of spikes. A slab is given out from beginning to end, and again once no array of it lives.

    Not for several threads at a time.
    """

    def __init__(self) -> None:
        self._slabs: list[tuple[npt.NDArray[np.uint32], weakref.ref[Any]]] = []
        self._free: list[npt.NDArray[np.uint32]] = []
        self._slab: npt.NDArray[np.uint32] | None = None
        self._used = 0

    def room(self, count: int) -> npt.NDArray[np.uint32]:
        """uint32[count] whose content is undefined, and that nobody else holds."""
        if count < SMALL:
            return np.empty(count, np.uint32)
        if self._slab is None or self._used + count > len(self._slab):
            self._slab, self._used = None, 0
            self._slab = self._next(count)
        found = self._slab[self._used : self._used + count]
        self._used += count
        return found

    def _next(self, count: int) -> npt.NDArray[np.uint32]:
        """A slab that nobody holds, as an array of its own: all parts given out hold that array, not the memory."""
        kept = []
        for memory, held in self._slabs:
            if held() is not None:
                kept.append((memory, held))
            elif len(self._free) < SPARE:
                self._free.append(memory)
        fitting = [number for number, memory in enumerate(self._free) if len(memory) >= count]
        size = max(SLAB, 1 << (count - 1).bit_length())
        memory = self._free.pop(fitting[-1]) if fitting else zeros_in_huge_pages(size, np.uint32)
        slab = np.frombuffer(memory.data, np.uint32)  # no array: a part would hold that instead
        self._slabs = [*kept, (memory, weakref.ref(slab))]
        return slab
