"""Which cores send to which, and what a placement of them costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.mapper.partition import Partition
from neurocore.mapper.wiring import Wiring

__all__ = ["CROSSING", "CoreTraffic", "core_traffic", "cost_of", "random_hops"]

CROSSING = 360
"""Hops that one chip border is worth: leaving a chip takes 832 pJ, a hop 2.3 pJ (Sawada et al., SC 2016)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreTraffic:
    """Neurons (or spikes) that go from core to core. E pairs, none from a core to itself.

    source, target : int64[E]
    weight         : int64[E]  axons driven, or spikes sent
    """

    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    weight: npt.NDArray[np.int64]


def core_traffic(wiring: Wiring, partition: Partition, spikes: npt.NDArray[np.int64] | None = None) -> CoreTraffic:
    """Count the axons that neurons of one core drive in another.

    spikes : int64[L], spikes that each neuron fired in a run; every neuron counts as one if left out
    """
    source = wiring.axon_source[partition.pair_axon]
    inside = source < len(partition.core)
    neuron = source[inside]
    start = partition.core[neuron].astype(np.int64)
    end = partition.pair_core[inside].astype(np.int64)
    weight = np.ones(len(neuron), np.int64) if spikes is None else spikes[neuron]
    away = start != end
    pair, number = np.unique(start[away] * partition.cores + end[away], return_inverse=True)
    total = np.zeros(len(pair), np.int64)
    np.add.at(total, number, weight[away])
    return CoreTraffic(source=pair // max(1, partition.cores), target=pair % max(1, partition.cores), weight=total)


def cost_of(traffic: CoreTraffic, places: npt.NDArray[np.int32], spec: ChipSpec) -> tuple[int, int, int]:
    """(priced cost, hops, chip borders crossed), each summed over the traffic. places : int32[C, 2]."""
    there, here = places[traffic.target].astype(np.int64), places[traffic.source].astype(np.int64)
    hops = int((np.abs(there - here).sum(axis=1) * traffic.weight).sum())
    grid = np.array(spec.grid)
    crossings = int((np.abs(there // grid - here // grid).sum(axis=1) * traffic.weight).sum())
    return hops + CROSSING * crossings, hops, crossings


def random_hops(places: npt.NDArray[np.int32]) -> float:
    """Mean hops between two different cores that are put at random on these places. places : int32[C, 2]"""
    cores = len(places)
    if cores < 2:
        return 0.0
    ordered = np.sort(places.astype(np.int64), axis=0)
    # Of sorted numbers the k-th is added k times and taken off C - 1 - k times.
    sign = 2 * np.arange(cores)[:, None] - (cores - 1)
    return float((ordered * sign).sum()) / (cores * (cores - 1) / 2)
