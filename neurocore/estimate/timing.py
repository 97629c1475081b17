"""How short a tick may be: the busiest core, the busiest link, the chip's edges, and what was ever demonstrated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from neurocore.estimate.coefficients import Coefficients
from neurocore.estimate.core_load import CorePeak
from neurocore.traffic import Traffic
from neurocore.units import counted

__all__ = ["SATURATED", "TIGHT", "Limit", "Timing", "timing_of"]

SATURATED: Final = 1.0
TIGHT: Final = 0.8
"""Share of the nominal tick from which a warning is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One thing that a tick must be long enough for.

    name        : core, link, chip_edge, input_output or demonstrated
    place       : where, in words
    load        : what has to be done there in its peak tick, in words
    tick_s      : the time that takes, by ``coefficient``
    tick_high_s : the same with the coefficient's uncertainty added
    utilisation : tick_s over the nominal tick; above 1 the load does not fit
    kind        : of the coefficient: published or assumption (or user)
    """

    name: str
    place: str
    load: str
    tick_s: float
    tick_high_s: float
    utilisation: float
    coefficient: str
    kind: str

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The shortest tick of a load.

    shortest_tick_s  : the longest of the limits' times; shortest_tick_high_s : that with their uncertainties added
    limited_by       : the name of that limit
    real_time_margin : nominal tick over shortest tick; below 1 the load does not run in real time
    exact_tick_s     : the shortest tick at which chip and simulator were shown to agree spike for spike
    core_peak        : the busiest core in its peak tick
    """

    nominal_tick_s: float
    shortest_tick_s: float
    shortest_tick_high_s: float
    limited_by: str
    real_time_margin: float
    exact_tick_s: float
    core_peak: CorePeak
    limits: tuple[Limit, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data; units are in the keys."""
        plain = {name: getattr(self, name) for name in self.__slots__ if name not in ("limits", "core_peak")}
        return plain | {
            "core_peak": self.core_peak.as_dict(),
            "limits": [limit.as_dict() for limit in self.limits],
        }


def timing_of(peak: CorePeak, traffic: Traffic, coefficients: Coefficients, *, tick_s: float, neurons: int) -> Timing:
    """The limits of a load, each by its peak tick.

    tick_s  : nominal tick; neurons : rows that a core handles in a tick
    """
    c = coefficients
    core_s = neurons * c.neuron_time.value + peak.synaptic_operations * c.synaptic_operation_time.value
    exactly = "" if peak.exact else "about "
    limits = [
        _limit(
            "core",
            f"core {peak.core} at ({peak.x}, {peak.y})",
            f"{neurons} neurons and {exactly}{peak.synaptic_operations:,.0f} synaptic operations in tick {peak.tick}",
            core_s,
            tick_s,
            "synaptic_operation_time",
            c,
        )
    ]
    if link := traffic.busiest:
        place = f"link {link.direction} of core ({link.x}, {link.y})"
        load = f"{counted(link.packets, 'packet')} in tick {link.tick}"
        limits.append(
            _limit("link", place, load, link.packets * c.link_packet_time.value, tick_s, "link_packet_time", c)
        )
    edge_s = 1 / c.chip_edge_rate.value
    if edge := traffic.busiest_edge:
        place = f"{edge.direction} edge of chip ({edge.x}, {edge.y})"
        load = f"{counted(edge.packets, 'packet')} in tick {edge.tick}"
        limits.append(_limit("chip_edge", place, load, edge.packets * edge_s, tick_s, "chip_edge_rate", c))
    if border := traffic.output_peak + traffic.input_peak:
        place = "the way into and out of the array"
        load = f"{counted(border, 'spike')} in the worst tick of each, as if all passed one chip"
        limits.append(
            _limit("input_output", place, load, border / c.chip_ports_rate.value, tick_s, "chip_ports_rate", c)
        )
    shortest = c.fastest_tick.value
    limits.append(
        _limit("demonstrated", "the whole chip", "no shorter tick is published", shortest, tick_s, "fastest_tick", c)
    )
    longest = max(limits, key=lambda limit: limit.tick_s)
    return Timing(
        nominal_tick_s=tick_s,
        shortest_tick_s=longest.tick_s,
        shortest_tick_high_s=max(limit.tick_high_s for limit in limits),
        limited_by=longest.name,
        real_time_margin=tick_s / longest.tick_s,
        exact_tick_s=c.exact_tick.value,
        core_peak=peak,
        limits=tuple(limits),
    )


def _limit(
    name: str, place: str, load: str, needs_s: float, tick_s: float, coefficient: str, coefficients: Coefficients
) -> Limit:
    price = coefficients.items()[coefficient]
    return Limit(
        name=name,
        place=place,
        load=load,
        tick_s=needs_s,
        tick_high_s=needs_s * (1 + price.uncertainty),
        utilisation=needs_s / tick_s,
        coefficient=coefficient,
        kind=price.kind,
    )
