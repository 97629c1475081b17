"""Which members of one population or input a mapped image connects with which of another, as its crossbars stand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.bits import unpack_words
from neurocore.errors import RunError, closest
from neurocore.graph import Group
from neurocore.image import ChipImage

__all__ = ["synapses_of"]


def synapses_of(image: ChipImage, source: str, target: str, *, delay: int | None = None) -> npt.NDArray[np.bool_]:
    """bool[sources, targets]: True where a crossbar bit joins the two (after the members' flat numbers).

    source : an input or population; target : a population
    delay  : only synapses of this delay in ticks

    For images that the mapper made: the keys that it gives to axons and neurons tell whose they are. Where neurons have
    copies, any copy counts. Raises RunError for an unknown name.
    """
    neurons = image.logical.populations[-1].stop if image.logical.populations else 0
    sources = {group.name: group.start for group in image.logical.populations}
    sources |= {group.name: neurons + group.start for group in image.logical.inputs}
    first, size = (
        sources.get(source, -1),
        _group(image, source, (*image.logical.populations, *image.logical.inputs)).size,
    )
    goal = _group(image, target, image.logical.populations)
    found = np.zeros((size, goal.size), bool)
    for core in range(image.cores):
        key = image.axon_key[core].astype(np.int64)
        axon = np.flatnonzero(
            (key >> 8 >= first) & (key >> 8 < first + size) & ((delay is None) | (key & 255 == delay))
        )
        number = image.neuron_key[core].astype(np.int64)
        slot = np.flatnonzero((number >= goal.start) & (number < goal.stop) & (image.neuron_used[core] > 0))
        axon_at, slot_at = np.nonzero(unpack_words(image.crossbar[core, axon], image.spec.neurons)[:, slot])
        found[(key[axon] >> 8)[axon_at] - first, number[slot][slot_at] - goal.start] = True
    return found


def _group(image: ChipImage, name: str, groups: tuple[Group, ...]) -> Group:
    for group in groups:
        if group.name == name:
            return group
    raise RunError(f"'{image.name}' knows nothing named '{name}'", fix=closest(name, [group.name for group in groups]))
