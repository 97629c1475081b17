"""What mapping made of a network, in numbers: described against on the chip, bounds, occupancy, distances, times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurocore.arch import ChipSpec
from neurocore.graph import NeuronGraph
from neurocore.image import ChipImage
from neurocore.mapper.lean import run_starts
from neurocore.mapper.notes import Note
from neurocore.mapper.partition import Partition, lower_bounds
from neurocore.mapper.place import Placed
from neurocore.mapper.relay import Relayed
from neurocore.mapper.wiring import Wiring

__all__ = ["MappingReport", "mapping_report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingReport:
    """A mapping in numbers.

    neurons, synapses   : as described; pairs : distinct (source, delay)
    pruned, partial_sums, copies, relays : neurons dropped, added to split a fan-in, placed again, put in between
    neurons_on_chip     : all that are placed
    crossbar_bits       : set
    axons               : distinct (source, delay, type, copy); axons_on_chip : one for each core that needs it
    cores, cores_available : used, and working ones
    bound_neurons, bound_axons, bound_copies : cores that no packing can do without: neurons / 256, axons / 256, and
                          neurons with one copy for each of these axons / 256
    neuron_occupancy, axon_occupancy : used share of the used cores, 0..1; fullest_* : of one core, a number
    packets             : connections between cores, or spikes between cores in the profiled run
    hops_mean, hops_max : of these, as placed; hops_in_order, hops_random : mean if placed row by row, and at random on
                          the same places
    crossings           : chip borders crossed; chips : used
    profiled            : whether packets are spikes of a run
    passes              : what each pass did
    """

    neurons: int
    pruned: int
    partial_sums: int
    copies: int
    relays: int
    neurons_on_chip: int
    synapses: int
    crossbar_bits: int
    pairs: int
    axons: int
    axons_on_chip: int
    cores: int
    cores_available: int
    bound_neurons: int
    bound_axons: int
    bound_copies: int
    neuron_occupancy: float
    axon_occupancy: float
    fullest_neurons: int
    fullest_axons: int
    neurons_per_core: int
    axons_per_core: int
    packing: str
    packets: int
    hops_mean: float
    hops_max: int
    hops_in_order: float
    hops_random: float
    crossings: int
    chips: int
    profiled: bool
    passes: tuple[Note, ...]

    @property
    def bound(self) -> int:
        """The best lower bound on cores."""
        return max(self.bound_neurons, self.bound_axons, self.bound_copies)

    @property
    def seconds(self) -> float:
        """Time of all passes."""
        return sum(note.seconds for note in self.passes)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        facts = {name: getattr(self, name) for name in self.__slots__ if name != "passes"}
        return facts | {
            "bound": self.bound,
            "seconds": self.seconds,
            "passes": [note.as_dict() for note in self.passes],
        }

    def lines(self) -> list[str]:
        """A table for people."""
        added = [f"{self.copies:,} copies", f"{self.relays:,} relays"]
        added += [f"{self.partial_sums:,} partial sums"] if self.partial_sums else []
        added += [f"{self.pruned:,} pruned"]
        rows = [
            ("", "described", "on the chip", ""),
            ("neurons", f"{self.neurons:,}", f"{self.neurons_on_chip:,}", ", ".join(added)),
            ("synapses", f"{self.synapses:,}", f"{self.crossbar_bits:,}", "crossbar bits"),
            (
                "axons",
                f"{self.pairs:,}",
                f"{self.axons_on_chip:,}",
                f"{self.axons:,} by type, once in each core that needs it",
            ),
            (
                "cores",
                "",
                f"{self.cores:,}",
                f"of {self.cores_available:,}; at least {self.bound:,} "
                f"(neurons {self.bound_neurons:,}, axons {self.bound_axons:,}, copies {self.bound_copies:,})",
            ),
        ]
        lines = [f"{name:<10}{left:>12}{right:>13}  {rest}".rstrip() for name, left, right, rest in rows]
        lines.append(
            f"occupancy  neurons {self.neuron_occupancy:.0%} (fullest core {self.fullest_neurons} of "
            f"{self.neurons_per_core}), axons {self.axon_occupancy:.0%} (fullest {self.fullest_axons} of "
            f"{self.axons_per_core})"
        )
        if self.packets:
            what = "spikes of the profiled run" if self.profiled else "connections between cores"
            lines.append(
                f"hops       {self.hops_mean:.2f} mean, {self.hops_max} longest, {self.packets:,} {what} "
                f"(in order {self.hops_in_order:.2f}, at random {self.hops_random:.2f})"
            )
        if self.chips > 1:
            lines.append(f"chips      {self.chips}, {self.crossings:,} of {self.packets:,} cross a border")
        lines += ["pass         seconds"]
        lines += [f"{note.stage:<12}{note.seconds:>8.3f}  {note.text}" for note in self.passes]
        return [*lines, f"{'all':<12}{self.seconds:>8.3f}"]


def mapping_report(
    described: NeuronGraph,
    relayed: Relayed,
    wiring: Wiring,
    partition: Partition,
    placed: Placed,
    image: ChipImage,
    notes: tuple[Note, ...],
    pruned: int,
) -> MappingReport:
    """Collect the numbers of a mapping.

    described : the network as the user wrote it
    relayed, wiring, partition, placed, image : what the passes made
    pruned    : neurons dropped
    """
    spec: ChipSpec = image.spec
    here = partition.copies > 0
    bounds = lower_bounds(relayed.graph, spec, wiring, here)
    instances = (
        np.bincount(partition.core[here], weights=partition.copies[here], minlength=partition.cores)
        if partition.cores
        else np.zeros(1)
    )
    axons = np.bincount(partition.pair_core, minlength=max(1, partition.cores))
    cores = max(1, partition.cores)
    return MappingReport(
        neurons=described.neuron_count,
        pruned=pruned,
        partial_sums=relayed.described - described.neuron_count,
        copies=int(partition.copies.sum()) - int(here.sum()),
        relays=relayed.relays,
        neurons_on_chip=int(partition.copies.sum()),
        synapses=len(described.source),
        crossbar_bits=int(np.bitwise_count(image.crossbar).sum(dtype=np.int64)),
        pairs=len(run_starts(described.source, described.delay)),
        axons=len(wiring.axon_source),
        axons_on_chip=len(partition.pair_axon),
        cores=partition.cores,
        cores_available=placed.available,
        bound_neurons=bounds[0],
        bound_axons=bounds[1],
        bound_copies=bounds[2],
        neuron_occupancy=float(instances.sum()) / (cores * spec.neurons),
        axon_occupancy=float(axons.sum()) / (cores * spec.axons),
        fullest_neurons=int(instances.max(initial=0)),
        fullest_axons=int(axons.max(initial=0)),
        neurons_per_core=spec.neurons,
        axons_per_core=spec.axons,
        packing=partition.packing,
        packets=placed.packets,
        hops_mean=placed.hops / max(1, placed.packets),
        hops_max=placed.longest,
        hops_in_order=placed.hops_in_order / max(1, placed.packets),
        hops_random=placed.hops_random,
        crossings=placed.crossings,
        chips=placed.chips,
        profiled=placed.profiled,
        passes=notes,
    )
