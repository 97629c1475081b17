"""Whether a stream of frames may be cut into pieces that run side by side without changing a vote."""

from __future__ import annotations

import numpy as np

from neurocore.image import ChipImage
from neurocore.network import Network, UniformRange
from neurocore.verbs.clearing import clears

__all__ = ["depths", "why_whole"]


def why_whole(network: Network, image: ChipImage, shown: str) -> str:
    """Why the frames at an input must go through one chip in one piece, in a clause; empty where they need not.

    shown : the input that is driven by images

    A stream may be cut where what leaves the chip depends on nothing but the last ``latency`` ticks: no neuron keeps a
    potential from one tick to the next, none draws random numbers, no population drives itself, and no way from the
    input to a voter takes longer than the latency. A piece that begins with its first frame then gives the votes that
    the whole stream gives. So it does where potentials are kept but cleared before each frame (see clearing.py).
    """
    classify, images = network.run.classify, network.run.stimulus[shown].images
    assert classify is not None
    assert images is not None
    if image.learning is not None:
        return "synapses learn"
    ways = depths(network, shown)
    cleared = clears(network, shown, ways)
    if len(network.run.stimulus) > 1 and not cleared:
        return "another input is driven, too"
    if images.coding == "rate":
        return "pixels become random spikes"
    if _random(image):
        return "neurons or synapses are stochastic"
    if _keeps(image) and not cleared:
        return "neurons keep their potential from tick to tick"
    if ways is None:
        return "a population drives itself"
    longest = max(ways.values(), default=0)
    if longest > classify.latency:
        return f"spikes take up to {longest} ticks to the voters, the latency is {classify.latency}"
    return ""


def _random(image: ChipImage) -> bool:
    neurons, used = image.neurons, image.neuron_used.astype(bool)
    drawn = (neurons.threshold_noise_bits != 0) | (neurons.stochastic_leak != 0) | (image.stochastic_weight != 0)
    return bool((drawn & used).any())


def _keeps(image: ChipImage) -> bool:
    """Whether a used neuron can end a tick, or begin the run, with V other than 0.

    With alpha at most 1 every V above 0 fires and is reset to R = 0; with beta = 0 and kappa = 1 none stays below 0.
    """
    neurons, used = image.neurons, image.neuron_used.astype(bool)
    kept = (
        (neurons.threshold > 1)
        | (neurons.negative_threshold != 0)
        | (neurons.negative_saturation != 1)
        | (neurons.reset_mode != 0)
        | (neurons.reset_potential != 0)
        | (neurons.initial_potential != 0)
    )
    return bool((kept & used).any())


def depths(network: Network, shown: str) -> dict[str, int] | None:
    """By population, ticks of the longest way from an input to it; without those that it does not reach.

    None where there is a loop.
    """
    ways: dict[str, list[tuple[str, int]]] = {}
    for projection in network.projections:
        delay = projection.delay
        longest = delay.uniform[1] if isinstance(delay, UniformRange) else int(delay)
        if projection.layout == "list" and projection.synapses is not None:
            rows = np.atleast_2d(np.asarray(projection.synapses))
            longest = max(longest, int(rows[:, 3].max())) if rows.shape[1] > 3 and len(rows) else longest
        ways.setdefault(projection.to, []).append((projection.from_, longest))
    arrives: dict[str, int | None] = {name: 0 if name == shown else None for name in network.inputs}
    waiting, above = dict(ways), len(ways) + 1
    while waiting and len(waiting) < above:  # populations whose sources are all known, until there is no such one
        above = len(waiting)
        for name in [name for name, given in waiting.items() if all(source not in waiting for source, _ in given)]:
            known = [(arrives.get(source), delay) for source, delay in waiting.pop(name)]
            arrives[name] = max((tick + delay for tick, delay in known if tick is not None), default=None)
    if waiting:
        return None
    return {name: tick for name, tick in arrives.items() if tick is not None and name not in network.inputs}
