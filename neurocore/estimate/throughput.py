"""How much a chip does per second and per watt, at the nominal tick and at the fastest that the load allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from neurocore.estimate.energy import Activity, Energy

__all__ = ["SOPS_DEFINITION", "OperatingPoint", "Throughput", "operating_point"]

SOPS_DEFINITION: Final = (
    "SOPS: synaptic operations per second of model time; one operation is an active axon meeting a set crossbar bit, "
    "which adds one weight to one potential"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """What a load does at one length of the tick.

    power_w                        : under the convention chosen for static power
    power_low_w, power_high_w      : its error bars
    sops, sops_per_w               : synaptic operations per second of model time, and per joule
    synaptic_event_j               : power over SOPS: derived, not a price; None where nothing happened
    frames_per_s, frames_per_s_per_w, energy_per_frame_j_* : None where the run has no frames
    energy_per_frame_j_whole_chip  : with the static power of every core of every chip
    energy_per_frame_j_used_cores  : with the static power of the used cores only
    """

    tick_s: float
    ticks_per_s: float
    power_w: float
    power_low_w: float
    power_high_w: float
    power_w_whole_chip: float
    power_w_used_cores: float
    sops: float
    sops_per_w: float
    synaptic_event_j: float | None
    frames_per_s: float | None
    frames_per_s_per_w: float | None
    energy_per_frame_j_whole_chip: float | None
    energy_per_frame_j_used_cores: float | None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data; units are in the keys."""
        pj = None if self.synaptic_event_j is None else self.synaptic_event_j * 1e12
        plain = {name: getattr(self, name) for name in self.__slots__}
        return plain | {"gsops": self.sops / 1e9, "gsops_per_w": self.sops_per_w / 1e9, "synaptic_event_pj": pj}


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """Two operating points of the same load.

    nominal         : at the chip's nominal tick
    fastest         : at the shortest tick that the load allows (see Timing)
    ticks_per_frame : of the run's classifier, or None
    """

    nominal: OperatingPoint
    fastest: OperatingPoint
    ticks_per_frame: int | None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "definition": SOPS_DEFINITION,
            "ticks_per_frame": self.ticks_per_frame,
            "nominal": self.nominal.as_dict(),
            "fastest": self.fastest.as_dict(),
        }


def operating_point(activity: Activity, energy: Energy, ticks_per_frame: int | None) -> OperatingPoint:
    """The figures of an activity at the tick and power of ``energy``.

    ticks_per_frame : ticks from one frame (or inference) to the next, or None
    """
    tick_s, power = energy.tick_s, energy.power_w
    sops = activity.synaptic_operations / tick_s
    frames = 1 / (tick_s * ticks_per_frame) if ticks_per_frame else None
    return OperatingPoint(
        tick_s=tick_s,
        ticks_per_s=1 / tick_s,
        power_w=power,
        power_low_w=energy.power_low_w,
        power_high_w=energy.power_high_w,
        power_w_whole_chip=energy.power_w_whole_chip,
        power_w_used_cores=energy.power_w_used_cores,
        sops=sops,
        sops_per_w=_ratio(sops, power),
        synaptic_event_j=energy.synaptic_event_j,
        frames_per_s=frames,
        frames_per_s_per_w=None if frames is None else _ratio(frames, power),
        energy_per_frame_j_whole_chip=None if frames is None else energy.power_w_whole_chip / frames,
        energy_per_frame_j_used_cores=None if frames is None else energy.power_w_used_cores / frames,
    )


def _ratio(amount: float, by: float) -> float:
    return amount / by if by > 0 else 0.0
