"""Cores to places on the chip: along a space-filling curve, then swapped until packets travel less."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.graph import NeuronGraph
from neurocore.mapper.annealing import anneal
from neurocore.mapper.curve import places_in_order
from neurocore.mapper.limits import cores_exceeded
from neurocore.mapper.notes import Note
from neurocore.mapper.partition import Partition
from neurocore.mapper.traffic import core_traffic, cost_of
from neurocore.mapper.wiring import Wiring

__all__ = ["place"]


def place(
    graph: NeuronGraph, spec: ChipSpec, wiring: Wiring, partition: Partition, placement: str = "auto"
) -> tuple[npt.NDArray[np.int32], Note]:
    """Place the cores; a packet's price is its hops, and CROSSING for each chip border.

    placement : "linear" (row by row, in order) or "auto" (Hilbert curve, then annealed; never worse than in order)
    Returns int32[C, 2] (x, y). Raises CapacityError for more cores than the chips have working ones.
    """
    rows = places_in_order(spec, by_rows=True)
    if partition.cores > len(rows):
        raise cores_exceeded(graph, spec, partition.cores, len(rows))
    in_order = rows[: partition.cores]
    traffic = core_traffic(wiring, partition)
    packets = int(traffic.weight.sum())
    before = cost_of(traffic, in_order, spec)
    chosen = in_order
    if placement == "auto" and packets:
        curve = places_in_order(spec, by_rows=False)[: _spread(partition.cores, spec)]
        annealed = anneal(traffic, curve, spec, partition.cores)
        if cost_of(traffic, annealed, spec)[0] < before[0]:
            chosen = annealed
    after = cost_of(traffic, chosen, spec)
    chips = len(np.unique(chosen // np.array(spec.grid), axis=0))
    text = f"{chips} chip{'s' if chips > 1 else ''}"
    if packets:
        text += f", {after[1] / packets:.2f} hops per connection between cores ({before[1] / packets:.2f} in order)"
    if after[2]:
        text += f", {after[2]:,} of {packets:,} cross chip borders"
    facts: dict[str, int | float | str] = {
        "chips": chips,
        "connections": packets,
        "hops": after[1],
        "hops_in_order": before[1],
        "crossings": after[2],
        "crossings_in_order": before[2],
    }
    return chosen, Note(stage="place", text=text, facts=facts)


def _spread(cores: int, spec: ChipSpec) -> int:
    """Places that cores may move among: a little more than they need, for a shape of their own."""
    chip = spec.grid[0] * spec.grid[1]
    room = cores + max(4, cores // 8)
    return min(room, max(cores, -(-cores // chip) * chip), len(places_in_order(spec, by_rows=False)))
