"""Spikes that cross the chip's border: input pins, axons addressed from outside, and output pins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["AxonEvents", "InputSpikes", "NeuronSpikes", "OutputSpikes", "in_tick_order"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpikes:
    """Spikes of input pins. S spikes, sorted by (tick, pin), without repeats.

    tick : int64[S]  the tick in which the pin fires, as a neuron would: integrated ``delay`` ticks later
    pin  : int32[S]  pin number over all inputs of the network (a Group's start + index)
    """

    tick: npt.NDArray[np.int64]
    pin: npt.NDArray[np.int32]

    @classmethod
    def sorted(cls, tick: npt.ArrayLike, pin: npt.ArrayLike) -> InputSpikes:
        """Sort and drop repeats (two spikes of one pin in one tick are one)."""
        ticks, pins = np.asarray(tick, np.int64).ravel(), np.asarray(pin, np.int32).ravel()
        if len(ticks):
            ticks, pins = np.unique(np.stack([ticks, pins.astype(np.int64)]), axis=1)
        return cls(tick=ticks.astype(np.int64), pin=pins.astype(np.int32))


@dataclass(frozen=True, slots=True, kw_only=True)
class AxonEvents:
    """Spikes addressed to axons. E events, sorted by (tick, core, axon); repeats are kept and merge in the ring.

    tick : int64[E]  the tick in which the event is integrated
    core : int32[E]  core index in the image
    axon : int32[E]  axon of that core
    """

    tick: npt.NDArray[np.int64]
    core: npt.NDArray[np.int32]
    axon: npt.NDArray[np.int32]

    @classmethod
    def sorted(cls, tick: npt.ArrayLike, core: npt.ArrayLike, axon: npt.ArrayLike) -> AxonEvents:
        """Sort by (tick, core, axon), keeping repeats."""
        ticks, cores, axons = (np.asarray(column, np.int64).ravel() for column in (tick, core, axon))
        order = np.lexsort((axons, cores, ticks))
        return cls(tick=ticks[order], core=cores[order].astype(np.int32), axon=axons[order].astype(np.int32))


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSpikes:
    """Spikes that left through output connectors. S spikes, sorted by (tick, connector, pin), repeats kept.

    tick      : int64[S]  the tick in which the neuron fired
    connector : int32[S]  number of the output connector
    pin       : int32[S]  pin of that connector
    """

    tick: npt.NDArray[np.int64]
    connector: npt.NDArray[np.int32]
    pin: npt.NDArray[np.int32]

    @classmethod
    def sorted(cls, tick: npt.ArrayLike, connector: npt.ArrayLike, pin: npt.ArrayLike) -> OutputSpikes:
        """Sort by (tick, connector, pin), keeping repeats."""
        ticks, connectors, pins = (np.asarray(column, np.int64).ravel() for column in (tick, connector, pin))
        order = np.lexsort((pins, connectors, ticks))
        return cls(tick=ticks[order], connector=connectors[order].astype(np.int32), pin=pins[order].astype(np.int32))


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronSpikes:
    """Spikes by the neurons that fired them. S spikes, sorted by (tick, core, neuron), repeats kept.

    tick   : int64[S]  the tick in which the neuron fired
    core   : int32[S]
    neuron : int32[S]  neuron of that core
    """

    tick: npt.NDArray[np.int64]
    core: npt.NDArray[np.int32]
    neuron: npt.NDArray[np.int32]

    @classmethod
    def sorted(cls, tick: npt.ArrayLike, core: npt.ArrayLike, neuron: npt.ArrayLike) -> NeuronSpikes:
        """Sort by (tick, core, neuron), keeping repeats."""
        ticks, cores, neurons = (np.asarray(column, np.int64).ravel() for column in (tick, core, neuron))
        order = np.lexsort((neurons, cores, ticks))
        return cls(tick=ticks[order], core=cores[order].astype(np.int32), neuron=neurons[order].astype(np.int32))


def in_tick_order(
    numbers: list[npt.NDArray[np.uint32]], per_tick: list[npt.NDArray[np.int64]]
) -> npt.NDArray[np.uint32]:
    """uint32[S]: the spikes of blocks of cores by tick, then block; neurons are numbered over all blocks.

    numbers  : uint32[s] of each block, by tick
    per_tick : int64[T] of each block, how many in each tick
    """
    counts = np.stack(per_tick, axis=1)
    goal = (np.cumsum(counts.ravel()) - counts.ravel()).reshape(counts.shape)
    found = np.empty(counts.sum(), np.uint32)
    for block, spikes in enumerate(numbers):
        own = counts[:, block]
        found[np.arange(len(spikes)) + np.repeat(goal[:, block] - (np.cumsum(own) - own), own)] = spikes
    return found
