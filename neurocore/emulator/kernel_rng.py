"""Philox4x32-10 for the kernels: the same numbers as neurocore.rng, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["philox_block"]

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


@njit(cache=True)
def philox_block(seed, tick, kind, second, third, out):
    """One block keyed by the seed: counter (tick low, second, third, kind + 4 * tick high).

    seed, tick, kind, second, third : uint64 (second, third below 2^32)
    out : uint64[4]  receives the four 32-bit words

    Source: Salmon et al., SC11; the counter's layout is ours (neurocore.rng).
    """
    c0 = tick & _MASK
    c1 = second
    c2 = third
    c3 = (kind + np.uint64(4) * (tick >> _HALF)) & _MASK
    k0 = seed & _MASK
    k1 = seed >> _HALF
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0 = (p1 >> _HALF) ^ c1 ^ k0
        c1 = p1 & _MASK
        c2 = (p0 >> _HALF) ^ c3 ^ k1
        c3 = p0 & _MASK
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    out[0] = c0
    out[1] = c1
    out[2] = c2
    out[3] = c3
