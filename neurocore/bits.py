"""Packing booleans into 64-bit words, little end first: bit n of word w is item 64 * w + n."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["pack_words", "unpack_words", "words_for"]


def words_for(items: int) -> int:
    """How many 64-bit words hold ``items`` bits."""
    return (items + 63) // 64


def pack_words(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint64]:
    """Pack the last axis of a boolean array into words.

    mask : bool[..., items]
    Returns uint64[..., words_for(items)]; the spare high bits are 0.
    """
    items = mask.shape[-1]
    spare = words_for(items) * 64 - items
    padded = np.concatenate([mask, np.zeros((*mask.shape[:-1], spare), dtype=bool)], axis=-1) if spare else mask
    packed = np.packbits(padded, axis=-1, bitorder="little")
    return np.ascontiguousarray(packed).view("<u8").astype(np.uint64, copy=False)


def unpack_words(words: npt.NDArray[np.uint64], items: int) -> npt.NDArray[np.bool_]:
    """The inverse of :func:`pack_words`.

    words : uint64[..., W]
    Returns bool[..., items].
    """
    as_bytes = np.ascontiguousarray(words.astype("<u8", copy=False)).view(np.uint8)
    return np.unpackbits(as_bytes, axis=-1, bitorder="little")[..., :items].astype(bool)
