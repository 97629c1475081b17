"""What happens to one neuron within each tick: start, what each active axon adds, leak, spike, end.

Potentials, spikes and active axons are those of the scalar reference while it runs the image; the sum of a tick's parts
is checked against them. For deterministic neurons.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurocore.emulator.reference import ReferenceChip
from neurocore.image import ChipImage
from neurocore.verbs.checking import compile
from neurocore.verbs.sources import open_source
from neurocore.verbs.stimulate import network_events

__all__ = ["Step", "Tick", "mapped", "neuron_steps", "play"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A core in one tick. before, after : V of its neurons; active : its axons; fired : its neurons."""

    before: list[int]
    after: list[int]
    active: list[int]
    fired: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A neuron in one tick.

    added : axon and weight of each synapse that was reached
    peak  : V that the threshold sees
    """

    start: int
    added: list[tuple[int, int]]
    leak: int
    peak: int
    fired: bool
    end: int


def mapped(config: Path) -> ChipImage:
    """The network's chip image."""
    return compile(config).image


def play(config: Path, image: ChipImage, ticks: int, core: int = 0) -> list[Tick]:
    """Run the network's first ticks on the scalar reference and watch a core."""
    opened = open_source(config)
    assert opened.network is not None
    _, events = network_events(opened, image, ticks)
    chip = ReferenceChip(image, seed=opened.network.seed)
    seen = []
    for tick in range(ticks):
        now = events.tick == tick
        came = list(zip(events.core[now].tolist(), events.axon[now].tolist(), strict=True))
        active = chip.ring[tick % len(chip.ring)][core] | {axon for where, axon in came if where == core}
        before = list(chip.potential[core])
        fired = [neuron for where, neuron in chip.step(came) if where == core]
        seen.append(Tick(before=before, after=list(chip.potential[core]), active=sorted(active), fired=fired))
    return seen


def neuron_steps(image: ChipImage, ticks: list[Tick], neuron: int, core: int = 0) -> list[Step]:
    """One neuron's ticks in parts. Raises AssertionError where the parts do not add up to the reference's potential."""
    bits = np.unpackbits(image.crossbar[core].view(np.uint8), axis=-1, bitorder="little")
    parameters = image.neurons
    threshold, leak, floor, mode, reversal = (
        int(getattr(parameters, name)[core, neuron])
        for name in ("threshold", "leak", "negative_threshold", "reset_mode", "leak_reversal")
    )
    steps = []
    for tick in ticks:
        start = tick.before[neuron]
        added = [
            (axon, int(image.weight[core, neuron, image.axon_type[core, axon]]))
            for axon in tick.active
            if bits[axon, neuron]
        ]
        v = start + sum(weight for _, weight in added)
        leaked = int(np.sign(v)) * leak if reversal else leak
        peak = v + leaked
        fired = peak >= threshold
        if fired:
            end = peak - threshold if mode == 1 else int(parameters.reset_potential[core, neuron])
        else:
            end = max(peak, -floor)
        assert (fired, end) == (neuron in tick.fired, tick.after[neuron])
        steps.append(Step(start=start, added=added, leak=leaked, peak=peak, fired=fired, end=end))
    return steps
