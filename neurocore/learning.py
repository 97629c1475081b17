"""On-chip learning, an extension that the production chip does not have: its rules, as tables that a core would hold.

Binary synapses, changed by chance when one of their two sides spikes, with a probability that depends on how long ago
the other side did: after the learning core of Seo et al., CICC 2011. The specification is docs/learning.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import RunError

__all__ = [
    "ALWAYS",
    "FORGOTTEN",
    "MOST_RULES",
    "NOT_ON_THE_CHIP",
    "POST_CLEAR",
    "POST_SET",
    "PRE_CLEAR",
    "PRE_SET",
    "ImageLearning",
    "LearningBlock",
    "refuse_learning",
]

POST_SET, POST_CLEAR, PRE_SET, PRE_CLEAR = range(4)
"""The four update cases. POST: the neuron fires, the counter is the axon's. PRE: the axon is active, the counter is the
neuron's. SET: a 0 of the crossbar becomes 1. CLEAR: a 1 becomes 0."""

FORGOTTEN: Final = 255
"""A counter's highest value, where it stays: the last spike was 255 or more ticks ago, or there was none."""

ALWAYS: Final = 256
"""A probability is this table entry divided by ALWAYS."""

MOST_RULES: Final = 32
"""Learning projections of one network: each takes a bit of the masks of axons and neurons."""

NOT_ON_THE_CHIP: Final = "an extension, not on the production chip"


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningBlock:
    """One learning projection of a NeuronGraph: any source with any target, whether a synapse is there yet or not.

    The graph itself holds a synapse for every pair; ``bits`` says which of them exist before the first tick.

    projection    : its number in the description
    source, target : names of what it joins
    first_source, first_target : number of the first source (a neuron, or L + input pin) and of the first target
    bits          : bool[sources, targets]
    delay, weight : of every synapse
    table         : uint16[4, 256], see ImageLearning
    """

    projection: int
    source: str
    target: str
    first_source: int
    first_target: int
    bits: npt.NDArray[np.bool_]
    delay: int
    weight: int
    table: npt.NDArray[np.uint16]

    @property
    def sources(self) -> int:
        """How many sources."""
        return int(self.bits.shape[0])

    @property
    def targets(self) -> int:
        """How many targets."""
        return int(self.bits.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLearning:
    """Which crossbar bits of an image learn, and how. C cores, A axons and N neurons per core, R rules.

    tables  : uint16[R, 4, 256]  for each rule, case (POST_SET ...) and counter value: probability * ALWAYS
    axons   : uint32[C, A]       bit r: the axon learns by rule r
    neurons : uint32[C, N]       bit r: the neuron learns by rule r; a crossbar bit learns by the one rule that its axon
              and its neuron have in common, or not at all
    """

    tables: npt.NDArray[np.uint16]
    axons: npt.NDArray[np.uint32]
    neurons: npt.NDArray[np.uint32]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The arrays by name, as in an image file."""
        return {"learning_tables": self.tables, "learning_axons": self.axons, "learning_neurons": self.neurons}


def refuse_learning(learning: ImageLearning | None, what: str) -> None:
    """Raise RunError where an image learns and ``what`` ("several ranks", "a batch", a file's format) cannot."""
    if learning is not None:
        raise RunError(
            f"this image learns ({NOT_ON_THE_CHIP}); {what} cannot do that",
            fix="run it in one process; the learned.npz that this leaves is an ordinary image",
        )
