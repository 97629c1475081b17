"""A rank's part of an image: its own cores, and a table of its neurons whose spikes leave for other ranks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from neurocore.errors import ImageError
from neurocore.image import UNWIRED, ChipImage, LogicalMap
from neurocore.learning import refuse_learning

__all__ = ["SENT_SHIFT", "CoreBlock", "Leaving", "leaving", "local_image", "take_block"]

# A packet between ranks: axon in bits 0..9, delay in bits 10..13, the tick it was sent in (counted from the window's
# first) in bits 14..31, and the core as its owner numbers it above.
DELAY_SHIFT, SENT_SHIFT, CORE_SHIFT = 10, 14, 32
LONGEST: Final = 15
"""Ticks of the longest delay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreBlock:
    """The cores of one rank.

    image   : arrays of the own cores only, but ``target_core`` numbers the cores of the whole image
    core_xy : int32[C, 2], of all cores: hops of spikes that leave are counted by the sender
    low     : the first own core
    """

    image: ChipImage
    core_xy: npt.NDArray[np.int32]
    low: int

    @property
    def high(self) -> int:
        """One past the last own core."""
        return self.low + self.image.cores


def take_block(image: ChipImage, low: int, high: int) -> CoreBlock:
    """The block of cores low..high-1 of an image; its arrays are views. Raises RunError for an image that learns."""
    refuse_learning(image.learning, "several ranks")
    own: dict[str, Any] = {name: array[low:high] for name, array in image.arrays().items()}
    parameters = {name: own.pop(name) for name in image.neurons.arrays()}
    part = replace(image, neurons=replace(image.neurons, **parameters), logical=LogicalMap.empty(), **own)
    return CoreBlock(image=part, core_xy=image.core_xy, low=low)


def local_image(block: CoreBlock) -> ChipImage:
    """The block as an image of its own: connections within it as they are, those that leave it unwired."""
    goal = block.image.target_core
    leaves = (goal >= 0) & ((goal < block.low) | (goal >= block.high))
    inside = (goal >= 0) & ~leaves
    return replace(
        block.image,
        target_core=np.where(inside, goal - block.low, np.where(leaves, UNWIRED, goal)).astype(np.int32),
        target_axon=np.where(leaves, 0, block.image.target_axon).astype(np.int32),
        delay=np.where(leaves, 1, block.image.delay).astype(np.uint8),
    )


class Leaving(NamedTuple):
    """Neurons whose spikes leave the rank, L of them in ascending order. W words of neurons in a core.

    mask   : uint64[c * W]  bit n: that neuron's spikes leave
    before : int64[c * W]   such neurons in the words before
    packet : uint64[L]      what is sent, but for the tick
    hops   : int64[L]
    rank   : int64[L]       where to
    """

    mask: npt.NDArray[np.uint64]
    before: npt.NDArray[np.int64]
    packet: npt.NDArray[np.uint64]
    hops: npt.NDArray[np.int64]
    rank: npt.NDArray[np.int64]

    @property
    def shortest(self) -> int:
        """Ticks of the shortest delay; more than any delay where nothing leaves."""
        delay = self.packet >> np.uint64(DELAY_SHIFT) & np.uint64(15)
        return int(delay.min(initial=LONGEST + 1))


def leaving(block: CoreBlock, bounds: npt.NDArray[np.int64]) -> Leaving:
    """The table of a block. Raises ImageError for a target that does not exist: another rank relies on it."""
    image, spec = block.image, block.image.spec
    to = image.target_core
    leaves = (to >= 0) & ((to < block.low) | (to >= block.high)) & (image.neuron_used > 0)
    core, neuron = np.nonzero(leaves)
    axon, delay = image.target_axon[leaves].astype(np.int64), image.delay[leaves].astype(np.int64)
    goal = to[leaves].astype(np.int64)
    wrong = (goal >= len(block.core_xy)) | (axon < 0) | (axon >= spec.axons) | (delay < 1) | (delay > LONGEST)
    if wrong.any():
        first = int(wrong.argmax())
        raise ImageError(
            f"core {core[first] + block.low}, neuron {neuron[first]} sends to core {goal[first]}, axon {axon[first]}, "
            f"after {delay[first]} ticks",
            fix=f"'{image.name}' has {len(block.core_xy)} cores of {spec.axons} axons; delays are 1 to {LONGEST}",
        )
    rank = np.searchsorted(bounds, goal, side="right") - 1
    words = 64 * spec.neuron_words
    bits = np.zeros((image.cores, words), np.bool_)
    bits[core, neuron] = True
    mask = np.packbits(bits.reshape(-1), bitorder="little").view("<u8").astype(np.uint64)
    held = np.bitwise_count(mask).astype(np.int64)
    far = np.abs(block.core_xy[goal].astype(np.int64) - image.core_xy[core]).sum(axis=1)
    packet = ((goal - bounds[rank]) << CORE_SHIFT | delay << DELAY_SHIFT | axon).astype(np.uint64)
    return Leaving(mask=mask, before=np.cumsum(held) - held, packet=packet, hops=far, rank=rank.astype(np.int64))
