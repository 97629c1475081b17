"""The whole compiler: network -> graph -> wiring -> partition -> places -> image."""

from __future__ import annotations

from dataclasses import dataclass

from neurocore.graph import NeuronGraph
from neurocore.image import ChipImage
from neurocore.mapper.assemble import assemble
from neurocore.mapper.expand import expand
from neurocore.mapper.fan_out import fit
from neurocore.mapper.limits import check_neurons
from neurocore.mapper.notes import Note
from neurocore.mapper.place import place
from neurocore.mapper.prune import prune
from neurocore.mapper.relay import relay_long_delays
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
    options = network.mapping
    graph, expanded = expand(network)
    pruned, kept, dropped = prune(graph, _watched(network), options.prune)
    relayed, wiring, cores, fitted = fit(relay_long_delays(pruned, spec.delay_limit), spec, kept, options.packing)
    places, placed = place(relayed.graph, spec, wiring, cores, options.placement)
    image = assemble(relayed, spec, wiring, cores, places)
    return Compiled(graph=graph, image=image, notes=(expanded, dropped, *fitted, placed))


def _watched(network: Network) -> tuple[str, ...]:
    """Populations that the run looks at besides the outputs."""
    probed = [probe.population for probe in network.run.probes]
    return (*probed, *([network.run.classify.population] if network.run.classify else []))
