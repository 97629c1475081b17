"""Large arrays ask for huge pages in memory that may have them."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

import numpy as np
import pytest

from neurocore.emulator.huge_pages import HUGE_PAGE, in_huge_pages, zeros_in_huge_pages

SMAPS = Path("/proc/self/smaps")


def flags_of(address: int) -> set[str]:
    """The kernel's two-letter flags of the mapping at an address."""
    inside = False
    for line in SMAPS.read_text().splitlines():
        if found := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            inside = int(found[1], 16) <= address < int(found[2], 16)
        elif inside and line.startswith("VmFlags:"):
            return set(line.split()[1:])
    return set()


@pytest.mark.skipif(not SMAPS.exists() or not hasattr(mmap, "MADV_HUGEPAGE"), reason="Linux with huge pages only")
def test_memory_is_private_as_shared_memory_seldom_has_huge_pages():
    array = zeros_in_huge_pages(HUGE_PAGE, np.uint64)
    flags = flags_of(array.ctypes.data)
    if not flags:
        pytest.skip("this system does not say how memory is mapped")
    assert "hg" in flags and "sh" not in flags


@pytest.mark.parametrize("size", [0, 5, HUGE_PAGE // 8, HUGE_PAGE + 3])
def test_arrays_are_zeros_begin_at_a_huge_page_and_can_be_written(size):
    array = zeros_in_huge_pages(size, np.int32)
    assert array.shape == (size,) and array.dtype == np.int32 and not array.any()
    array[:] = 7
    assert (in_huge_pages(array) == 7).all()
    assert size * 4 < HUGE_PAGE // 2 or array.ctypes.data % HUGE_PAGE == 0
