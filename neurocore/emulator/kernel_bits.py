"""Bitmaps to lists, compiled: the numbers of active axons, or of neurons that fired."""

from __future__ import annotations

import numpy as np

from neurocore.emulator.compiled import called, inlined, own_registers
from neurocore.emulator.intrinsics import trailing_zeros, without_lowest
from neurocore.emulator.lanes import get_word, set_small
from neurocore.emulator.table_columns import ZERO

__all__ = ["SPARE", "list_bits", "list_four"]

SPARE = 2
"""Places behind a list that may be written to."""


@inlined
def list_word(word, base, numbers, count):
    """Write base + n for each set bit n of a word to ``numbers`` from place ``count`` on. Returns the next place.

    Two bits are written whether they are there or not: few words of a tick hold more, and a loop over those there are
    would be mispredicted at most words.
    """
    set_small(numbers, count, base + trailing_zeros(word))
    count += word != ZERO
    word = without_lowest(word)
    set_small(numbers, count, base + trailing_zeros(word))
    count += word != ZERO
    word = without_lowest(word)
    while word != ZERO:
        set_small(numbers, count, base + trailing_zeros(word))
        word = without_lowest(word)
        count += 1
    return count


@inlined
def list_four(words, base, numbers):
    """The same for four words, from the list's beginning on; ``base`` is of the first. Returns how many there are."""
    a, b, c, d = words
    count = list_word(a, base, numbers, np.int64(0))
    count = list_word(b, base + 64, numbers, count)
    count = list_word(c, base + 128, numbers, count)
    return list_word(d, base + 192, numbers, count)


@called
def list_bits(bitmap, words, base, numbers):
    """Write base + n for each set bit n to ``numbers``, in ascending order. Returns how many there are.

    bitmap : uint64[words]; numbers : uint32[count + SPARE]
    """
    own_registers()
    count = 0
    for w in range(words):
        count = list_word(get_word(bitmap, w), base + w * 64, numbers, count)
    return count
