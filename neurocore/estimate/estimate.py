"""What a run would cost on silicon: power, throughput and timing from its counters, with warnings and sources."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.errors import RunError, closest
from neurocore.estimate.coefficients import Coefficients, read_coefficients
from neurocore.estimate.core_load import core_peak
from neurocore.estimate.energy import STATIC, Convention, Energy, activity_of, check_voltage, core_energy, energy_of
from neurocore.estimate.estimate_text import estimate_table, estimate_text
from neurocore.estimate.remarks import remarks
from neurocore.estimate.throughput import Throughput, operating_point
from neurocore.estimate.timing import Timing, timing_of
from neurocore.image import ChipImage
from neurocore.markup import html_table
from neurocore.recording import Recording
from neurocore.traffic import Traffic

__all__ = ["Estimate", "estimate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a run would cost on silicon. C cores.

    energy         : power and its parts at the nominal tick; energy_fastest : at the shortest tick of ``timing``
    core_energy_j  : float64[C]  energy of each core over the whole run, J (see energy.core_energy)
    warnings       : sentences: where the load does not fit, and where the figures stand on weak ground
    sources        : every coefficient used: name, value, unit, uncertainty, at_voltage, kind, conditions, source
    """

    name: str
    chip: str
    coefficients: str
    energy: Energy
    energy_fastest: Energy
    throughput: Throughput
    timing: Timing
    traffic: Traffic
    core_energy_j: npt.NDArray[np.float64]
    warnings: tuple[str, ...]
    sources: tuple[dict[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data; keys carry units and stay the same from run to run."""
        return {
            "name": self.name,
            "chip": self.chip,
            "coefficients": self.coefficients,
            "energy": self.energy.as_dict(),
            "energy_fastest": self.energy_fastest.as_dict(),
            "throughput": self.throughput.as_dict(),
            "timing": self.timing.as_dict(),
            "traffic": self.traffic.as_dict(),
            "warnings": list(self.warnings),
            "sources": [dict(source) for source in self.sources],
        }

    def text(self) -> str:
        """Aligned lines for a terminal, without colour codes and without a newline at the end."""
        return estimate_text(self.as_dict())

    def _repr_html_(self) -> str:
        """For notebooks: the key figures."""
        return html_table(*estimate_table(self.as_dict()))


def estimate(
    image: ChipImage,
    recording: Recording,
    traffic: Traffic,
    *,
    coefficients: str | Path | Coefficients | None = None,
    voltage: float | None = None,
    static: Convention = "whole",
    ticks_per_frame: int | None = None,
) -> Estimate:
    """Estimate from a run's counters, at the chip's nominal tick and at the shortest that its load allows.

    traffic         : of the same recording (noc.traffic)
    coefficients    : a preset's name, a YAML file that changes it, or the numbers; the preset "truenorth" if left out
    voltage         : supply voltage, V; the chip's own if left out, else the coefficients' nominal one
    static          : "whole" or "used": whose static power counts
    ticks_per_frame : ticks from one frame (or inference) to the next, where the run has frames

    Raises ConfigError for a bad coefficients file; RunError for a voltage out of range, an unknown convention, an image
    without cores or a recording without ticks.
    """
    if static not in STATIC:
        raise RunError(f"no convention '{static}' for static power", fix=closest(static, STATIC))
    prices = read_coefficients(coefficients)
    volts = check_voltage(voltage, image, prices)
    if not image.cores:
        raise RunError(f"'{image.name}' has no cores: there is nothing to estimate", fix="give it neurons")
    activity = activity_of(image, recording, traffic)
    tick_s = image.spec.tick_s
    timing = timing_of(core_peak(image, recording), traffic, prices, tick_s=tick_s, neurons=image.spec.neurons)
    nominal = energy_of(activity, prices, voltage=volts, tick_s=tick_s, static=static)
    fastest = energy_of(activity, prices, voltage=volts, tick_s=timing.shortest_tick_s, static=static)
    return Estimate(
        name=image.name,
        chip=image.spec.name,
        coefficients=prices.name,
        energy=nominal,
        energy_fastest=fastest,
        throughput=Throughput(
            nominal=operating_point(activity, nominal, ticks_per_frame),
            fastest=operating_point(activity, fastest, ticks_per_frame),
            ticks_per_frame=ticks_per_frame,
        ),
        timing=timing,
        traffic=traffic,
        core_energy_j=core_energy(image, recording, prices, voltage=volts),
        warnings=remarks(image, activity, timing, traffic),
        sources=tuple(prices.sources()),
    )
