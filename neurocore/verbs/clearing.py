"""Whether an input clears all potentials between one frame and the next, so that frames know nothing of each other."""

from __future__ import annotations

import numpy as np

from neurocore.mapper.parameters import population_parameters
from neurocore.network import Network, Population, Projection, UniformRange

__all__ = ["clears"]


def clears(network: Network, shown: str, depth: dict[str, int] | None) -> bool:
    """Whether every population is silent and at V = 0 when a frame comes to it, whatever was before.

    shown : the input that is driven by images; depth : see cutting.depths

    That is so where a second input of one pin spikes in the first tick of each frame, in which the images are silent,
    and reaches each population in the very tick in which the frame does, with a weight that brings every potential down
    to its floor at 0. In that tick the population's sources were cleared a moment ago and are silent, so nothing else
    comes in; V was below the threshold, as a neuron that reaches it is reset to 0, so it does not fire, and ends at 0.
    """
    classify, images = network.run.classify, network.run.stimulus[shown].images
    others = [name for name in network.run.stimulus if name != shown]
    if classify is None or images is None or depth is None or len(others) != 1 or images.silent_ticks < 1:
        return False
    clear = others[0]
    regular = network.run.stimulus[clear].regular
    if regular is None or list(network.inputs[clear].shape) != [1] or np.ndim(regular.start) or np.ndim(regular.period):
        return False
    if (regular.start, regular.period) != (0, classify.ticks_each) or images.ticks_each != classify.ticks_each:
        return False
    into: dict[str, list[Projection]] = {name: [] for name in network.populations}
    for projection in network.projections:
        into[projection.to].append(projection)
    return all(
        _cleared(network, name, population, into[name], clear, depth | {shown: 0})
        for name, population in network.populations.items()
    )


def _cleared(
    network: Network, name: str, population: Population, into: list[Projection], clear: str, depth: dict[str, int]
) -> bool:
    """Whether the spike of ``clear`` brings the population to 0 in the tick in which the frame reaches it."""
    clearing = [one for one in into if one.from_ == clear]
    if name not in depth or len(clearing) != 1 or population.quantize is not None:
        return False
    (one,) = clearing
    weight = one.weight
    if one.layout != "all_to_all" or one.stochastic or not isinstance(weight, (int, float)):
        return False
    for projection in into:
        if projection.layout == "list" or isinstance(projection.delay, UniformRange):
            return False  # each synapse has a delay of its own
        if depth.get(projection.from_, 0) + int(projection.delay) != depth[name]:
            return False
    neurons = population_parameters(name, population, network.chip)
    floored = (neurons.negative_threshold == 0) & (neurons.negative_saturation == 1)
    reset = (neurons.reset_mode == 0) & (neurons.reset_potential == 0) & (neurons.threshold > 0)
    plain = (neurons.threshold_noise_bits == 0) & (neurons.stochastic_leak == 0) & (neurons.leak_reversal == 0)
    known = plain & (neurons.initial_potential == 0)
    highest = neurons.threshold.astype(np.int64) - 1 + neurons.leak + int(weight)
    return bool((floored & reset & known & (highest <= 0)).all())
