"""What the learning kernel reads and changes besides the chip: rules, masks, and when each side last spiked."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from neurocore.image import ChipImage
from neurocore.learning import FORGOTTEN, POST_CLEAR, POST_SET, PRE_CLEAR, PRE_SET
from neurocore.snapshot import LearningSnapshot

__all__ = ["LearningState", "learning_before", "learning_since", "learning_state"]

_LONG_AGO: Final = -(2**40)
"""Before any tick: a side that has not spiked yet."""


class LearningState(NamedTuple):
    """R rules; C cores of A axons and M = 64 * W neurons (padded), V words of axons. Flat arrays.

    A counter of the specification is min(255, tick - last): nothing has to be counted in every tick.

    tables      : uint16[R, 4, 256]; on_post, on_pre : bool[R], whether any probability of these cases is not 0
    axon_rules  : uint32[C, A]; neuron_rules : uint32[C, M]
    learns      : bool[C], whether anything learns in a core
    last_axon   : int64[C, A]  tick in which the axon was last active
    last_neuron : int64[C, M]  tick in which the neuron last fired
    active      : uint64[C, V] active axons of the tick in hand
    """

    tables: npt.NDArray[np.uint16]
    on_post: npt.NDArray[np.bool_]
    on_pre: npt.NDArray[np.bool_]
    axon_rules: npt.NDArray[np.uint32]
    neuron_rules: npt.NDArray[np.uint32]
    learns: npt.NDArray[np.bool_]
    last_axon: npt.NDArray[np.int64]
    last_neuron: npt.NDArray[np.int64]
    active: npt.NDArray[np.uint64]


def learning_state(image: ChipImage) -> LearningState:
    """Nothing has spiked yet. The image must learn."""
    learning, spec = image.learning, image.spec
    assert learning is not None
    width = 64 * spec.neuron_words
    neuron_rules = np.zeros((image.cores, width), np.uint32)
    neuron_rules[:, : spec.neurons] = learning.neurons
    return LearningState(
        tables=np.ascontiguousarray(learning.tables),
        on_post=np.asarray((learning.tables[:, [POST_SET, POST_CLEAR]] > 0).any(axis=(1, 2))),
        on_pre=np.asarray((learning.tables[:, [PRE_SET, PRE_CLEAR]] > 0).any(axis=(1, 2))),
        axon_rules=np.ascontiguousarray(learning.axons),
        neuron_rules=neuron_rules,
        learns=np.asarray((learning.axons > 0).any(axis=1) & (learning.neurons > 0).any(axis=1)),
        last_axon=np.full((image.cores, spec.axons), _LONG_AGO, np.int64),
        last_neuron=np.full((image.cores, width), _LONG_AGO, np.int64),
        active=np.zeros((image.cores, spec.axon_words), np.uint64),
    )


def learning_before(
    learning: LearningState, image: ChipImage, crossbar: npt.NDArray[np.uint64], tick: int
) -> LearningSnapshot:
    """What a tick that is about to begin finds. crossbar : a copy of the chip's"""

    def counters(last: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        return np.minimum(tick - last, FORGOTTEN).astype(np.uint8)

    return LearningSnapshot(
        crossbar=crossbar,
        axon_counters=counters(learning.last_axon),
        neuron_counters=counters(learning.last_neuron[:, : image.spec.neurons]),
    )


def learning_since(image: ChipImage, snapshot: LearningSnapshot, tick: int) -> LearningState:
    """The inverse; the crossbar is left to the caller."""
    learning = learning_state(image)
    for last, counters in (
        (learning.last_axon, snapshot.axon_counters),
        (learning.last_neuron[:, : image.spec.neurons], snapshot.neuron_counters),
    ):
        last[:] = np.where(counters == FORGOTTEN, _LONG_AGO, tick - counters.astype(np.int64))
    return learning
