"""Reading one core out of an image: crossbar, axons, neurons, and through the logical map what they stand for."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neurocore.bits import unpack_words
from neurocore.graph import find_group
from neurocore.image import OUTPUT_BASE, UNWIRED, ChipImage
from neurocore.report.core_view import AxonView, CoreView, Driver, Member, NeuronView, Target

__all__ = ["read_core"]

_LONGEST_CHAIN = 64
"""Relays followed back at most: more than a delay of 255 needs, and an end for neurons that drive each other."""


class _Feed(NamedTuple):
    """What drives an axon: a neuron of a core, or an input pin (core and neuron are -1 then, pin otherwise)."""

    core: int
    neuron: int
    pin: int
    delay: int


def read_core(image: ChipImage, core: int) -> CoreView:
    """Everything about one core. core : index, 0..C-1."""
    spec, reader = image.spec, _Reader(image)
    bits = unpack_words(image.crossbar[core], spec.neurons)
    x, y = reader.place(core)
    feeds = reader.feeds(core)
    reads = bits.sum(axis=1)
    return CoreView(
        image=image.name,
        spec=spec.name,
        cores=image.cores,
        index=core,
        xy=(x, y),
        chip=(x // spec.grid[0], y // spec.grid[1]),
        mapped=bool(image.logical.populations),
        bits=bits,
        axons=tuple(
            AxonView(
                axon=axon,
                type=int(image.axon_type[core, axon]),
                synapses=int(reads[axon]),
                drivers=tuple(reader.driver(feed) for feed in feeds.get(axon, ())),
            )
            for axon in range(spec.axons)
            if reads[axon] or axon in feeds
        ),
        neurons=tuple(reader.neuron(core, slot, bits) for slot in np.flatnonzero(image.neuron_used[core]).tolist()),
    )


class _Reader:
    """Looks things up in an image; remembers what drives the axons of each core that it was asked about."""

    def __init__(self, image: ChipImage) -> None:
        self.image = image
        self._feeds: dict[int, dict[int, list[_Feed]]] = {}

    @cached_property
    def logical(self) -> npt.NDArray[np.int32]:
        """int32[C, N]: the logical neuron that a neuron stands for; -1 where the logical map does not say."""
        there = self.image.logical
        table = np.full(self.image.neuron_used.shape, -1, np.int32)
        table[there.instance_core, there.instance_neuron] = there.instance_logical
        return table

    @cached_property
    def read_out(self) -> npt.NDArray[np.bool_]:
        """bool[C, N]: the first instance of each logical neuron."""
        there = self.image.logical
        _, first = np.unique(there.instance_logical, return_index=True)
        table = np.zeros(self.image.neuron_used.shape, bool)
        table[there.instance_core[first], there.instance_neuron[first]] = True
        return table

    def place(self, core: int) -> tuple[int, int]:
        """A core's x and y."""
        x, y = self.image.core_xy[core].tolist()
        return x, y

    def feeds(self, core: int) -> dict[int, list[_Feed]]:
        """Axon -> what drives it, input pins first, then neurons in order of core and slot."""
        if core not in self._feeds:
            image, there = self.image, self.image.logical
            found: dict[int, list[_Feed]] = {}
            for k in np.flatnonzero(there.pin_core == core).tolist():
                feed = _Feed(core=-1, neuron=-1, pin=int(there.pin[k]), delay=int(there.pin_delay[k]))
                found.setdefault(int(there.pin_axon[k]), []).append(feed)
            cores, neurons = np.nonzero((image.target_core == core) & (image.neuron_used > 0))
            for place in zip(cores.tolist(), neurons.tolist(), strict=True):
                feed = _Feed(*place, pin=-1, delay=int(image.delay[place]))
                found.setdefault(int(image.target_axon[place]), []).append(feed)
            self._feeds[core] = found
        return self._feeds[core]

    def driver(self, feed: _Feed) -> Driver:
        """A feed with its name and place."""
        xy = self.place(feed.core) if feed.pin < 0 else None
        return Driver(member=self.source(feed), core=feed.core, xy=xy, neuron=feed.neuron, delay=feed.delay)

    def source(self, feed: _Feed) -> Member:
        """What a feed stands for."""
        if feed.pin < 0:
            return self.member(feed.core, feed.neuron)
        return Member(kind="input", group=find_group(self.image.logical.inputs, feed.pin), number=feed.pin)

    def member(self, core: int, neuron: int) -> Member:
        """What a neuron stands for; a relay is followed back, axon by axon, to the member it repeats."""
        if not self.image.logical.populations:
            return Member(kind="unknown")
        for step in range(_LONGEST_CHAIN):
            number = int(self.logical[core, neuron])
            if number >= 0:
                group = find_group(self.image.logical.populations, number)
                return Member(kind="relay" if step else "population", group=group, number=number)
            axons = self._axons_of(core, neuron)
            feeds = self.feeds(core).get(axons[0], []) if len(axons) == 1 else []
            if len(feeds) != 1:
                break
            if feeds[0].pin >= 0:
                origin = self.source(feeds[0])
                return Member(kind="relay", group=origin.group, number=origin.number)
            core, neuron = feeds[0].core, feeds[0].neuron
        return Member(kind="relay")

    def _axons_of(self, core: int, neuron: int) -> list[int]:
        """The axons that a neuron reads."""
        words = self.image.crossbar[core, :, neuron // 64]
        return [int(axon) for axon in np.flatnonzero((words >> np.uint64(neuron % 64)) & np.uint64(1))]

    def neuron(self, core: int, slot: int, bits: npt.NDArray[np.bool_]) -> NeuronView:
        """One neuron of a core, given the core's crossbar."""
        image = self.image
        marks = int(image.stochastic_weight[core, slot])
        return NeuronView(
            slot=slot,
            member=self.member(core, slot),
            copy=bool(self.logical[core, slot] >= 0 and not self.read_out[core, slot]),
            weights=tuple(image.weight[core, slot].tolist()),
            stochastic=tuple(bool(marks >> kind & 1) for kind in range(image.spec.axon_types)),
            parameters={name: int(array[core, slot]) for name, array in image.neurons.arrays().items()},
            synapses=int(bits[:, slot].sum()),
            target=self._target(core, slot),
        )

    def _target(self, core: int, slot: int) -> Target:
        image = self.image
        to, axon = int(image.target_core[core, slot]), int(image.target_axon[core, slot])
        delay = int(image.delay[core, slot])
        if to >= 0:
            return Target(kind="core", core=to, xy=self.place(to), axon=axon, delay=delay)
        if to == UNWIRED:
            return Target(kind="none", delay=delay)
        return Target(kind="output", core=to, axon=axon, output=image.outputs[OUTPUT_BASE - to], delay=delay)
