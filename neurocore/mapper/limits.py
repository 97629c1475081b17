"""What does not fit, in words: which limit, whose neurons, by how much, and what would help."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.errors import CapacityError
from neurocore.graph import Group, NeuronGraph, find_group
from neurocore.mapper.wiring import Wiring
from neurocore.network import Network

__all__ = ["check_fan_in", "check_neurons", "copies_exceeded", "cores_exceeded", "stochastic_copies", "types_exceeded"]

Whole = npt.NDArray[np.int64]


def check_neurons(network: Network) -> None:
    """A chip must have at least as many neurons as are described; checked before anything is expanded."""
    spec = network.chip
    sizes = {name: int(np.prod(item.shape, dtype=np.int64)) for name, item in network.populations.items()}
    needed, has = sum(sizes.values()), spec.cores * spec.neurons
    if needed > has:
        largest = max(sizes, key=lambda name: sizes[name])
        raise CapacityError(
            f"{needed:,} neurons are described ({sizes[largest]:,} in '{largest}'), '{spec.name}' has {has:,} "
            f"on {spec.cores:,} cores",
            constraint="neurons",
            needs=needed,
            has=has,
            path=f"populations.{largest}.shape",
            fix="a smaller population, or a larger array of chips (chip: {chips: [x, y]})",
        )


def types_exceeded(graph: NeuronGraph, spec: ChipSpec, group: Group, rows: Whole) -> CapacityError:
    """A population whose weights cannot be made of the axon types there are."""
    pairs = np.unique(np.stack([graph.target[rows].astype(np.int64), graph.weight[rows]]), axis=1)[0]
    counts = np.bincount(pairs - group.start, minlength=group.size)
    worst = int(counts.argmax())
    return CapacityError(
        f"{group.label(group.start + worst)} has {counts[worst]} different incoming weights, and they are not sums of "
        f"few values; a core has {spec.axon_types} axon types, so a neuron has {spec.axon_types} weights",
        constraint="axon types",
        needs=int(counts[worst]),
        has=spec.axon_types,
        path=f"populations.{group.name}",
        fix="fewer different weights: quantize more coarsely, or spread stochastic synapses over more neurons",
    )


def check_fan_in(graph: NeuronGraph, spec: ChipSpec, wiring: Wiring) -> None:
    """Every neuron's axons must fit one core. Raises CapacityError for the neuron that needs most."""
    needed = np.diff(wiring.start)
    if not len(needed) or needed.max() <= spec.axons:
        return
    worst = int(needed.argmax())
    group = find_group(graph.populations, worst)
    axons = wiring.reads[wiring.start[worst] : wiring.start[worst + 1]]
    sources = len(np.unique(wiring.axon_source[axons]))
    kinds = [int((wiring.axon_type[axons] == kind).sum()) for kind in range(spec.axon_types)]
    by_type = ", ".join(f"{count} of type {kind}" for kind, count in enumerate(kinds) if count)
    over = int((needed > spec.axons).sum())
    raise CapacityError(
        f"{group.label(worst)} needs {needed[worst]:,} axons ({sources:,} sources; {by_type}), a core has {spec.axons}"
        + (f"; so do {over - 1:,} more neurons" if over > 1 else ""),
        constraint="axons per core",
        needs=int(needed[worst]),
        has=spec.axons,
        path=f"populations.{group.name}",
        fix=f"at most {spec.axons * sources // int(needed[worst]):,} sources fit at these weights: a sparse or local "
        "projection, fewer different weights per source, an extra layer in between, or mapping: {fan_in: split}, which "
        "is not exact",
    )


def stochastic_copies(graph: NeuronGraph, neuron: int, needed: int) -> CapacityError:
    """A neuron that draws random numbers and would have to be copied."""
    group = find_group(graph.populations, neuron)
    return CapacityError(
        f"{group.label(neuron)} is stochastic and drives {needed} axons; a neuron drives one, and a stochastic neuron "
        "is never copied, for on the chip its copies would draw differently",
        constraint="axons per stochastic neuron",
        needs=needed,
        has=1,
        path=f"populations.{group.name}",
        fix="give all of its projections a delay of 2 or more (a relay then takes one tick of it), and if it is an "
        "output, make a one_to_one copy of it the output",
    )


def copies_exceeded(graph: NeuronGraph, spec: ChipSpec, neuron: int, needed: int) -> CapacityError:
    """A neuron that drives more axons than a core has neurons to copy it to."""
    group = find_group(graph.populations, neuron)
    return CapacityError(
        f"{group.label(neuron)} drives {needed:,} axons; each takes a copy of the neuron in its core, "
        f"a core has {spec.neurons} neurons",
        constraint="neurons per core",
        needs=needed,
        has=spec.neurons,
        path=f"populations.{group.name}",
        fix="a smaller fan-out, more local projections, or longer delays: relays then share them out, and each "
        "round of relays takes one tick",
    )


def cores_exceeded(graph: NeuronGraph, spec: ChipSpec, cores: int, working: int) -> CapacityError:
    """More cores than the chips have."""
    across, down = spec.chips
    rows = -(-cores // (spec.grid[0] * spec.grid[1] * across))
    return CapacityError(
        f"'{graph.name}' needs {cores:,} cores, '{spec.name}' has {working:,} "
        f"({spec.grid[0]} x {spec.grid[1]} on {across} x {down} chips)",
        constraint="cores",
        needs=cores,
        has=working,
        path="chip",
        fix=f"a larger array of chips, such as chips: [{across}, {rows}]",
    )
