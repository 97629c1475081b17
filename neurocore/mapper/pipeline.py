"""The whole compiler: network -> graph -> wiring -> partition -> places -> image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.graph import NeuronGraph
from neurocore.image import ChipImage
from neurocore.mapper.assemble import Keys, assemble
from neurocore.mapper.expand import expand
from neurocore.mapper.fan_out import fit
from neurocore.mapper.limits import check_neurons
from neurocore.mapper.mapping_report import MappingReport, mapping_report
from neurocore.mapper.notes import Log, Note
from neurocore.mapper.place import place
from neurocore.mapper.prune import prune
from neurocore.mapper.regions import Zones, find_zones
from neurocore.mapper.relay import relay_long_delays
from neurocore.mapper.split import split_fan_in
from neurocore.network import Mapping, Network
from neurocore.units import counted

__all__ = ["Compiled", "compile_network", "map_graph"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A compiled network.

    described : what it means
    graph     : what was mapped: the same, unless fan-ins were split
    image     : what runs
    report    : what mapping made of it
    """

    described: NeuronGraph
    graph: NeuronGraph
    image: ChipImage
    report: MappingReport

    @property
    def notes(self) -> tuple[Note, ...]:
        """What each pass did."""
        return self.report.passes


def compile_network(
    network: Network,
    *,
    spikes: npt.NDArray[np.int64] | None = None,
    watch: Callable[[str], None] | None = None,
) -> Compiled:
    """Compile. Pure: the same network (and profile) gives the same bytes.

    spikes : int64[L], spikes that each neuron fired in a run: placement then weighs connections by them. Of described
             neurons, or of partial sums behind them too
    watch  : called with the name of each pass as it begins
    Raises ConfigError (something does not fit together) or CapacityError (it does not fit the chip), with YAML paths.
    """
    spec = network.chip
    check_neurons(network)
    options = network.mapping
    log = Log(watch)
    log.begin("expand")
    graph, note = expand(network)
    log.end(note)
    log.begin("prune")
    pruned, kept, note = prune(graph, _watched(network), options.prune)
    log.end(note)
    if options.fan_in == "split":
        log.begin("split")
        pruned, kept, note = split_fan_in(pruned, spec, kept)
        log.end(note)
    zones = find_zones(pruned, spec, options.regions)
    image, report = map_graph(graph, pruned, kept, spec, options, log, zones=zones, spikes=spikes)
    split = pruned if pruned.neuron_count > graph.neuron_count else graph
    return Compiled(described=graph, graph=split, image=image, report=report)


def map_graph(
    described: NeuronGraph,
    graph: NeuronGraph,
    kept: npt.NDArray[np.bool_],
    spec: ChipSpec,
    options: Mapping,
    log: Log,
    *,
    zones: Zones,
    spikes: npt.NDArray[np.int64] | None = None,
    keys: Keys | None = None,
) -> tuple[ChipImage, MappingReport]:
    """The passes from a graph on: relays, axon types, cores, places, image.

    described : the network as it was described, for the report; graph : what is left of it to map
    kept      : bool[L]  neurons to place; zones : where they may go; spikes : see compile_network
    keys      : of random draws, where they are not the usual ones
    Raises CapacityError.
    """
    relayed = relay_long_delays(graph, spec.delay_limit)
    relayed, wiring, partition = fit(relayed, spec, kept, options.packing, zones, log)
    log.begin("place")
    weights = None
    if spikes is not None:
        weights = np.zeros(graph.neuron_count + graph.pin_count, np.int64)
        weights[: len(spikes)] = spikes[: graph.neuron_count]
        weights = weights[relayed.origin]
    placed = place(relayed.graph, spec, wiring, partition, options.placement, zones, weights)
    log.end(placed.note())
    log.begin("assemble")
    image = assemble(relayed, spec, wiring, partition, placed.places, keys)
    log.end(Note(stage="assemble", text=f"image of {counted(image.cores, 'core')}"))
    dropped = graph.neuron_count - int(kept.sum())
    return image, mapping_report(described, relayed, wiring, partition, placed, image, log.notes, dropped)


def _watched(network: Network) -> tuple[str, ...]:
    """Populations that the run looks at besides the outputs."""
    probed = [probe.population for probe in network.run.probes]
    return (*probed, *(network.run.classify.populations if network.run.classify else []))
