"""Where populations must be placed: regions of the chip, as asked for, checked, and as zones of neurons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.errors import CapacityError, ConfigError
from neurocore.graph import NeuronGraph
from neurocore.network import Region

__all__ = ["Zones", "find_zones", "starting_places"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Zones:
    """Neurons that may share a core, and where such cores may go. L neurons, Z zones; zone 0 is the whole chip.

    of_neuron : int32[L]
    corners   : int32[Z, 4]  x and y of the first core, x and y of the last
    names     : a population of each zone, for messages
    """

    of_neuron: npt.NDArray[np.int32]
    corners: npt.NDArray[np.int32]
    names: tuple[str, ...]

    def for_graph(self, graph: NeuronGraph) -> npt.NDArray[np.int32]:
        """int32[L] of a graph that has relays behind the neurons; relays may go anywhere."""
        return np.concatenate([self.of_neuron, np.zeros(graph.neuron_count - len(self.of_neuron), np.int32)])

    def allowed(self, places: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
        """bool[Z, F]: whether a zone's cores may be at a place. places : int32[F, 2]"""
        x, y = places[:, 0], places[:, 1]
        first_x, first_y, last_x, last_y = self.corners.T[:, :, None]
        return (x >= first_x) & (x <= last_x) & (y >= first_y) & (y <= last_y)


def find_zones(graph: NeuronGraph, spec: ChipSpec, regions: dict[str, Region]) -> Zones:
    """Zones for the regions asked for; populations of equal regions share one.

    Raises ConfigError for a region that lies outside the chip.
    """
    width, height = spec.extent
    corners = [(0, 0, width - 1, height - 1)]
    names = ["the network"]
    of_neuron = np.zeros(graph.neuron_count, np.int32)
    for group in graph.populations:
        if group.name not in regions:
            continue
        path = f"mapping.regions.{group.name}"
        rectangle = regions[group.name].corners(spec)
        if rectangle[2] >= width or rectangle[3] >= height:
            raise ConfigError(
                f"reaches to core ({rectangle[2]}, {rectangle[3]}), the chip ends at ({width - 1}, {height - 1})",
                path=path,
                fix="a region on the chip, or a larger chip",
            )
        if rectangle not in corners[1:]:
            corners.append(rectangle)
            names.append(group.name)
        of_neuron[group.start : group.stop] = corners.index(rectangle, 1)
    return Zones(of_neuron=of_neuron, corners=np.array(corners, np.int32), names=tuple(names))


def starting_places(places: npt.NDArray[np.int32], zone: npt.NDArray[np.int32], zones: Zones) -> npt.NDArray[np.int32]:
    """All places, reordered so that core c may start at the c-th: zones with few places to choose from choose first.

    places : int32[F, 2]  working places in the order to use them; zone : int32[C] of each core
    Raises CapacityError for a region with too few places.
    """
    if len(zones.corners) == 1:
        return places
    allowed = zones.allowed(places)
    free = np.ones(len(places), bool)
    chosen = np.empty(len(zone), np.int64)
    for number in sorted(range(len(zones.corners)), key=lambda one: (int(allowed[one].sum()), one)):
        mine = np.flatnonzero(zone == number)
        here = np.flatnonzero(allowed[number] & free)
        if len(here) < len(mine):
            raise CapacityError(
                f"'{zones.names[number]}' takes {len(mine):,} cores, its region has {len(here):,} left",
                constraint="cores of a region",
                needs=len(mine),
                has=len(here),
                path=f"mapping.regions.{zones.names[number]}" if number else "chip",
                fix="a larger region, or one that other populations do not share",
            )
        chosen[mine] = here[: len(mine)]
        free[here[: len(mine)]] = False
    return places[np.concatenate([chosen, np.flatnonzero(free)])]
