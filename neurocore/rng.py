"""Counter-based randomness: every draw is a pure function of (seed, tick, neuron, axon), never of the order of asking.

Generator: Philox4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11);
the known-answer vectors published with it are in tests/test_rng.py.

Choice (ours; IBM's generator is not published). One Philox block is four 32-bit words:

* key     = the 64-bit seed: (low 32 bits, high 32 bits)
* neuron  : counter (tick low, neuron_key >> 2, 0, KIND_NEURON + 4 * tick high); word ``neuron_key & 3``.
            The threshold noise eta is its low TM bits, the stochastic leak's rho its top 8 bits.
* synapse : counter (tick low, neuron_key >> 4, axon_key, KIND_SYNAPSE + 4 * tick high); the 16 bytes of the block,
            lowest byte of word 0 first, serve 16 neighbouring neurons: rho is byte ``neuron_key & 15``.
* learning: as a synapse, with KIND_LEARN_POST where the neuron fired and KIND_LEARN_PRE where the axon was active.

``neuron_key`` and ``axon_key`` are numbers that the chip image carries (see neurocore.image), so that a network placed
elsewhere draws the same.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = [
    "KIND_LEARN_POST",
    "KIND_LEARN_PRE",
    "KIND_NEURON",
    "KIND_SYNAPSE",
    "Stream",
    "generator",
    "learning_rhos",
    "neuron_words",
    "philox4x32",
    "philox_blocks",
    "synapse_rhos",
]

KIND_NEURON: Final = 0
KIND_SYNAPSE: Final = 1
KIND_LEARN_POST: Final = 2
KIND_LEARN_PRE: Final = 3

_M0: Final = 0xD2511F53
_M1: Final = 0xCD9E8D57
_W0: Final = 0x9E3779B9
_W1: Final = 0xBB67AE85
_MASK: Final = 0xFFFFFFFF
_ROUNDS: Final = 10


def philox4x32(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """One block of Philox4x32-10, in plain Python integers.

    counter, key : 32-bit words
    Returns four 32-bit words.
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(_ROUNDS):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & _MASK, (p0 >> 32) ^ c3 ^ k1, p0 & _MASK
        k0, k1 = (k0 + _W0) & _MASK, (k1 + _W1) & _MASK
    return c0, c1, c2, c3


def _philox_arrays(counter: list[npt.NDArray[np.uint64]], seed: int) -> list[npt.NDArray[np.uint64]]:
    """Philox4x32-10 over arrays of counters, 32-bit words held in uint64."""
    c0, c1, c2, c3 = counter
    mask, shift = np.uint64(_MASK), np.uint64(32)
    k0, k1 = seed & _MASK, (seed >> 32) & _MASK
    for _ in range(_ROUNDS):
        p0, p1 = np.uint64(_M0) * c0, np.uint64(_M1) * c2
        c0, c1, c2, c3 = (p1 >> shift) ^ c1 ^ np.uint64(k0), p1 & mask, (p0 >> shift) ^ c3 ^ np.uint64(k1), p0 & mask
        k0, k1 = (k0 + _W0) & _MASK, (k1 + _W1) & _MASK
    return [c0, c1, c2, c3]


def _counters(
    tick: int, kind: int, second: npt.NDArray[np.uint64], third: npt.NDArray[np.uint64]
) -> list[npt.NDArray[np.uint64]]:
    first = np.full(second.shape, tick & _MASK, dtype=np.uint64)
    fourth = np.full(second.shape, (kind + 4 * (tick >> 32)) & _MASK, dtype=np.uint64)
    return [first, second, third, fourth]


def philox_blocks(
    seed: int, tick: int, kind: int, second: npt.NDArray[np.uint64], third: npt.NDArray[np.uint64]
) -> npt.NDArray[np.uint32]:
    """The four words of each block that belongs to (tick, kind, second, third); uint32[n, 4].

    second, third : uint64[n], below 2^32
    """
    return np.stack(_philox_arrays(_counters(tick, kind, second, third), seed), axis=-1).astype(np.uint32)


def neuron_words(seed: int, tick: int, neuron_key: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """The 32-bit word that each neuron draws at a tick (eta in its low bits, the leak's rho in its top 8).

    neuron_key : uint32[n]
    Returns uint32[n].
    """
    keys = neuron_key.astype(np.uint64)
    blocks = philox_blocks(seed, tick, KIND_NEURON, keys >> np.uint64(2), np.zeros_like(keys))
    return np.asarray(blocks[np.arange(len(keys)), (keys & np.uint64(3)).astype(np.intp)])


def synapse_rhos(
    seed: int, tick: int, neuron_key: npt.NDArray[np.uint32], axon_key: npt.NDArray[np.uint32]
) -> npt.NDArray[np.uint8]:
    """The 8-bit rho that each (axon, neuron) event draws at a tick.

    neuron_key, axon_key : uint32[n]
    Returns uint8[n].
    """
    return _rhos(seed, tick, KIND_SYNAPSE, neuron_key, axon_key)


def learning_rhos(
    seed: int, tick: int, kind: int, neuron_key: npt.NDArray[np.uint32], axon_key: npt.NDArray[np.uint32]
) -> npt.NDArray[np.uint8]:
    """The 8-bit rho that decides whether each (axon, neuron) synapse changes at a tick.

    kind : KIND_LEARN_POST or KIND_LEARN_PRE
    neuron_key, axon_key : uint32[n]
    Returns uint8[n].
    """
    return _rhos(seed, tick, kind, neuron_key, axon_key)


def _rhos(
    seed: int, tick: int, kind: int, neuron_key: npt.NDArray[np.uint32], axon_key: npt.NDArray[np.uint32]
) -> npt.NDArray[np.uint8]:
    keys = neuron_key.astype(np.uint64)
    blocks = philox_blocks(seed, tick, kind, keys >> np.uint64(4), axon_key.astype(np.uint64))
    word = blocks[np.arange(len(keys)), ((keys >> np.uint64(2)) & np.uint64(3)).astype(np.intp)].astype(np.uint64)
    return ((word >> (np.uint64(8) * (keys & np.uint64(3)))) & np.uint64(255)).astype(np.uint8)


class Stream:
    """Named streams for the host side (stimuli, random connectivity): one constant per use, never shared."""

    CONNECTIVITY: Final = 1
    WEIGHTS: Final = 2
    DELAYS: Final = 3
    STIMULUS: Final = 4
    PLACEMENT: Final = 5


def generator(seed: int, stream: int, *which: int) -> np.random.Generator:
    """A numpy generator for host-side work, fixed by the seed, the stream and what it is for."""
    return np.random.default_rng([seed, stream, *which])
