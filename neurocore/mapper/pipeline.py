"""The whole compiler: network -> graph -> wiring -> partition -> places -> image."""

from __future__ import annotations

from dataclasses import dataclass

from neurocore.graph import NeuronGraph
from neurocore.image import ChipImage
from neurocore.mapper.assemble import assemble
from neurocore.mapper.expand import expand
from neurocore.mapper.limits import check_neurons
from neurocore.mapper.notes import Note
from neurocore.mapper.partition import partition
from neurocore.mapper.place import place
from neurocore.mapper.realise import realise
from neurocore.network import Network

__all__ = ["Compiled", "compile_network"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A compiled network: what it means, what runs, and what each pass did."""

    graph: NeuronGraph
    image: ChipImage
    notes: tuple[Note, ...]


def compile_network(network: Network) -> Compiled:
    """Compile. Pure: the same network gives the same bytes.

    Raises ConfigError (something does not fit together) or CapacityError (it does not fit the chip), with YAML paths.
    """
    spec = network.chip
    check_neurons(network)
    graph, expanded = expand(network)
    wiring, realised = realise(graph, spec)
    cores, partitioned = partition(graph, spec, wiring)
    places, placed = place(graph, spec, cores)
    image = assemble(graph, spec, wiring, cores, places)
    return Compiled(graph=graph, image=image, notes=(expanded, realised, partitioned, placed))
