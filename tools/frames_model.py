"""The integer model of a shipped classifier, from its network's own arrays: what every vote of the chip must equal."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.network import Network
from neurocore.training.deploy import PIXELS, voters_of
from neurocore.training.integer_model import IntegerLayer, transduce, votes_of
from neurocore.training.plan import Plan

__all__ = ["integer_votes", "layers_of"]

_PART = 250
"""Images looked at in one go."""


def integer_votes(network: Network, plan: Plan, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """int64[images, classes]: votes of all members in all views, in whole numbers and without a chip."""
    deployed = iter(voters_of(plan))
    parts = [(layers_of(network, plan, next(deployed)), view) for _ in range(plan.members) for view in plan.views]
    found = []
    for first in range(0, len(images), _PART):
        spikes = transduce(images[first : first + _PART], plan.input.thresholds)
        found.append(np.sum([votes_of(plan, layers, spikes, view) for layers, view in parts], axis=0))
    return np.concatenate(found)


def layers_of(network: Network, plan: Plan, voters: str) -> list[IntegerLayer]:
    """The layers that end in a population of voters, from the weights and leaks of the network."""
    made, below = [], PIXELS
    for number, layer in enumerate(plan.layers):
        last = number == len(plan.layers) - 1
        name = voters if last else f"{voters.removesuffix('votes')}layer{number + 1}"
        (projection,) = [one for one in network.projections if (one.from_, one.to) == (below, name)]
        weight = np.asarray(projection.weights).astype(np.int8)
        channels, high, wide = plan.shapes()[number + 1]
        leak: Any = np.asarray(network.populations[name].neuron.leak)
        bias = leak.reshape(layer.groups, channels // layer.groups, high * wide).transpose(2, 0, 1).astype(np.int16)
        if layer.shared:
            assert (bias == bias[:1]).all()
            bias = bias[0]
        made.append(IntegerLayer(weight=weight, bias=bias))
        below = name
    return made
