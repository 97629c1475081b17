"""What to call a neuron of a chip image in a message."""

from __future__ import annotations

import numpy as np

from neurocore.graph import find_group
from neurocore.image import ChipImage

__all__ = ["neuron_name"]


def neuron_name(image: ChipImage, core: int, neuron: int) -> str:
    """``core 3, neuron 17 (hidden[2, 1])``; the population's name where the mapper made the image."""
    there = image.logical
    found = np.flatnonzero((there.instance_core == core) & (there.instance_neuron == neuron))
    place = f"core {core}, neuron {neuron}"
    if not len(found):
        return place
    number = int(there.instance_logical[found[0]])
    return f"{place} ({find_group(there.populations, number).label(number)})"
