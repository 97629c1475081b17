"""From the probes of a description (population, flat indices) to the neurons of an image."""

from __future__ import annotations

import math

import numpy as np

from neurocore.errors import ConfigError
from neurocore.image import ChipImage
from neurocore.network import PotentialProbe
from neurocore.recording import Probe

__all__ = ["canonical_places", "find_probe"]


def canonical_places(image: ChipImage, first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Core and slot, int32[count] each, of the instances that are read out for logical neurons first..first+count-1."""
    table = image.logical
    numbers = np.arange(first, first + count, dtype=np.int32)
    rows = np.searchsorted(table.instance_logical, numbers)
    return table.instance_core[rows], table.instance_neuron[rows]


def find_probe(image: ChipImage, wanted: list[PotentialProbe]) -> Probe:
    """One probe that covers all that is wanted: every neuron, at ticks that include each one's.

    Raises ConfigError for an index outside its population.
    """
    if not wanted:
        return Probe.none()
    groups = {group.name: group for group in image.logical.populations}
    cores, neurons = [], []
    for number, probe in enumerate(wanted):
        group = groups[probe.population]
        core, neuron = canonical_places(image, group.start, group.size)
        chosen = np.arange(group.size) if probe.neurons == "all" else np.asarray(probe.neurons, np.int64)
        if chosen.size and chosen.max() >= group.size:
            raise ConfigError(
                f"neuron {chosen.max()} does not exist",
                path=f"run.probes[{number}].neurons",
                fix=f"'{probe.population}' has neurons 0..{group.size - 1}",
            )
        cores.append(core[chosen])
        neurons.append(neuron[chosen])
    starts = [probe.start for probe in wanted]
    stops = [probe.stop for probe in wanted if probe.stop is not None]
    interval = math.gcd(*(probe.interval for probe in wanted), *(start - min(starts) for start in starts))
    lasts = [probe.last * probe.interval // interval for probe in wanted if probe.last is not None]
    alike = len(lasts) == len(wanted) and len({probe.stop for probe in wanted}) == 1
    return Probe(
        core=np.concatenate(cores).astype(np.int32),
        neuron=np.concatenate(neurons).astype(np.int32),
        start=min(starts),
        stop=max(stops) if len(stops) == len(wanted) else None,
        interval=interval,
        last=max(lasts) if alike else None,
    )
