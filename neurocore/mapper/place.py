"""Cores to places on the chip: along a space-filling curve, then swapped until packets travel less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.graph import NeuronGraph
from neurocore.mapper.annealing import anneal
from neurocore.mapper.curve import places_in_order
from neurocore.mapper.limits import cores_exceeded
from neurocore.mapper.notes import Note
from neurocore.mapper.partition import Partition
from neurocore.mapper.regions import Zones, starting_places
from neurocore.mapper.traffic import core_traffic, cost_of, random_hops
from neurocore.mapper.wiring import Wiring
from neurocore.units import counted

__all__ = ["Placed", "place"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where the cores went, and how far packets travel. C cores.

    places  : int32[C, 2]  x, y
    packets : connections between cores, or spikes between them where a profile was given (``profiled``)
    hops, hops_in_order : summed over the packets, as placed and row by row; hops_random : mean of a random placement
    longest : hops of the longest connection; crossings : chip borders crossed; chips : used
    available : working cores
    """

    places: npt.NDArray[np.int32]
    packets: int
    profiled: bool
    hops: int
    hops_in_order: int
    hops_random: float
    longest: int
    crossings: int
    crossings_in_order: int
    chips: int
    available: int

    def note(self) -> Note:
        """For the user."""
        text = counted(self.chips, "chip")
        if self.packets:
            what = "spike" if self.profiled else "connection"
            text += f", {self.hops / self.packets:.2f} hops per {what} between cores"
            text += f" ({self.hops_in_order / self.packets:.2f} in order)"
        if self.crossings:
            text += f", {self.crossings:,} of {self.packets:,} cross chip borders"
        facts = {name: getattr(self, name) for name in self.__slots__ if name not in ("places", "packets")}
        return Note(stage="place", text=text, facts={"connections": self.packets, **facts})


def place(
    graph: NeuronGraph,
    spec: ChipSpec,
    wiring: Wiring,
    partition: Partition,
    placement: str = "auto",
    zones: Zones | None = None,
    spikes: npt.NDArray[np.int64] | None = None,
) -> Placed:
    """Place the cores; a packet's price is its hops, and CROSSING for each chip border.

    placement : "linear" (row by row, in order) or "auto" (Hilbert curve, then annealed; never worse than in order)
    zones     : where neurons may go
    spikes    : int64[L] that each neuron fired in a run, to weigh connections by; all count as one if left out
    Raises CapacityError for more cores than the chips, or a region, have working ones.
    """
    rows = places_in_order(spec, by_rows=True)
    if partition.cores > len(rows):
        raise cores_exceeded(graph, spec, partition.cores, len(rows))
    zone = np.zeros(partition.cores, np.int32)
    if zones is not None:
        here = partition.core >= 0
        zone[partition.core[here]] = zones.for_graph(graph)[here]
        rows = starting_places(rows, zone, zones)
    in_order = rows[: partition.cores]
    traffic = core_traffic(wiring, partition, spikes)
    packets = int(traffic.weight.sum())
    before = cost_of(traffic, in_order, spec)
    chosen = in_order
    if placement == "auto" and packets:
        curve = places_in_order(spec, by_rows=False)
        curve = (starting_places(curve, zone, zones) if zones is not None else curve)[: _spread(partition.cores, spec)]
        allowed = zones.allowed(curve) if zones is not None else np.ones((1, len(curve)), bool)
        annealed = anneal(traffic, curve, spec, partition.cores, zone, allowed)
        if cost_of(traffic, annealed, spec)[0] < before[0]:
            chosen = annealed
    after = cost_of(traffic, chosen, spec)
    return Placed(
        places=chosen,
        packets=packets,
        profiled=spikes is not None,
        hops=after[1],
        hops_in_order=before[1],
        hops_random=random_hops(in_order),
        longest=int(np.abs(chosen[traffic.target] - chosen[traffic.source]).sum(axis=1).max(initial=0)),
        crossings=after[2],
        crossings_in_order=before[2],
        chips=len(np.unique(chosen // np.array(spec.grid), axis=0)),
        available=len(rows),
    )


def _spread(cores: int, spec: ChipSpec) -> int:
    """Places that cores may move among: a little more than they need, for a shape of their own."""
    chip = spec.grid[0] * spec.grid[1]
    room = cores + max(4, cores // 8)
    return min(room, max(cores, -(-cores // chip) * chip), len(places_in_order(spec, by_rows=False)))
