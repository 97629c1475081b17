"""From trained layers to a neurocore network, and back: what the trainer writes is what the chip runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.formats.network_builder import NetworkBuilder
from neurocore.network import Network
from neurocore.training.integer_model import IntegerLayer
from neurocore.training.plan import Plan

__all__ = ["PIXELS", "leaks", "network_of", "voters_of"]

PIXELS = "pixels"
"""Name of the input."""

CLEAR = "clear"
"""Name of the input whose spike sets all potentials to 0, where an image is shown for several ticks."""

_CLEARED = -255
"""Its weight. A potential is below the threshold and floors at 0, and the trainer keeps threshold + bias within it."""


def voters_of(plan: Plan) -> list[str]:
    """Names of the populations of voters: by member, then by view."""
    last = len(plan.layers) - 1
    return [_name(plan, member, view, last) for member in range(plan.members) for view in range(len(plan.views))]


def _name(plan: Plan, member: int, view: int, number: int) -> str:
    """Of a layer's population: member2.view3.layer1, without what there is but one of."""
    parts = [f"member{member + 1}"] if plan.members > 1 else []
    parts += [f"view{view + 1}"] if len(plan.views) > 1 else []
    return ".".join([*parts, "votes" if number == len(plan.layers) - 1 else f"layer{number + 1}"])


def network_of(
    plan: Plan,
    members: Sequence[Sequence[IntegerLayer]],
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    chip: str = "truenorth",
) -> Network:
    """The network, showing it these images: one enters each tick, its votes leave as many ticks later as layers.

    With several ticks an image, the first tick of ticks + 1 clears the potentials: the spike goes to each layer with
    the delay at which the image comes there, and finds the layer below silent, as that was cleared a tick before.

    images : uint8[images, height, width] or [images, height, width, colours], at least one
    """
    builder = NetworkBuilder(plan.name, seed=plan.seed, chip=chip, description=plan.description)
    each = plan.ticks + (plan.ticks > 1)
    coded: dict[str, Any] = {"values": images}
    if plan.ticks > 1:
        coded |= {"coding": "even", "ticks_each": each, "silent_ticks": 1}
        builder.input(CLEAR, (1,), regular={"start": 0, "period": each})
    else:
        coded |= {"threshold": list(plan.input.thresholds)}
    builder.input(PIXELS, plan.input.shape, images=coded)
    for member, layers in enumerate(members):
        biases = [leaks(plan, number, made) for number, made in enumerate(layers)]
        for view, offset in enumerate(plan.views):
            below = PIXELS
            for number, (layer, made) in enumerate(zip(plan.layers, layers, strict=True)):
                name, last = _name(plan, member, view, number), number == len(plan.layers) - 1
                shape = plan.shapes()[number + 1]
                threshold = plan.threshold(number)
                builder.population(name, shape, threshold=threshold, floor=0, leak=biases[number], output=last)
                square = {
                    key: value for key in ("stride", "padding") if (value := getattr(layer, key)) != (key == "stride")
                }
                square |= {"offset": offset} if number == 0 and offset != (0, 0) else {}
                builder.connect(below, name, pattern="fields", weights=made.weight, **square)
                if plan.ticks > 1:
                    builder.connect(CLEAR, name, pattern="all_to_all", weight=_CLEARED, delay=number + 1)
                below = name
    voters = voters_of(plan)
    builder.classify(
        voters[0] if len(voters) == 1 else voters,
        classes=plan.classes,
        labels=labels,
        latency=len(plan.layers),
        **({"ticks_each": each} if each > 1 else {}),
    )
    return builder.build(ticks=len(images) * each + len(plan.layers))


def leaks(plan: Plan, number: int, made: IntegerLayer) -> npt.NDArray[np.int16]:
    """A layer's biases as the population has them, int16[channels, height, width]."""
    _, high, wide = plan.shapes()[number + 1]
    bias = made.bias[None] if plan.layers[number].shared else made.bias
    everywhere = np.broadcast_to(bias, (high * wide, *bias.shape[1:]))
    return np.ascontiguousarray(everywhere.reshape(high * wide, -1).T.reshape(-1, high, wide))
