"""The warnings of an estimate: loads that do not fit, and figures that stand on weak ground."""

from __future__ import annotations

from typing import Final

from neurocore.estimate.coefficients import REFERENCE_NEURONS
from neurocore.estimate.energy import Activity
from neurocore.estimate.timing import SATURATED, TIGHT, Limit, Timing
from neurocore.image import ChipImage
from neurocore.traffic import Traffic
from neurocore.units import human_si

__all__ = ["remarks"]

_REFERENCE_AXONS: Final = 256
_REFERENCE_GRID: Final = (64, 64)


def remarks(image: ChipImage, activity: Activity, timing: Timing, traffic: Traffic) -> tuple[str, ...]:
    """What a reader must know, most urgent first."""
    return (*_loads(timing), *_grounds(image, activity, timing, traffic))


def _loads(timing: Timing) -> list[str]:
    found = []
    for limit in timing.limits:
        if limit.utilisation >= SATURATED:
            found.append(f"does not fit the tick of {human_si(timing.nominal_tick_s, 's')}: {_need(limit)}")
        elif limit.utilisation >= TIGHT:
            found.append(f"fills {limit.utilisation:.0%} of the tick: {_need(limit)}")
    return found


def _need(limit: Limit) -> str:
    if limit.name == "demonstrated":
        return f"no tick shorter than {human_si(limit.tick_s, 's')} is published for the chip"
    ground = "" if limit.kind == "published" else f" ({limit.kind}: {limit.coefficient})"
    return f"{limit.place} needs {human_si(limit.tick_s, 's')} for {limit.load}{ground}"


def _grounds(image: ChipImage, activity: Activity, timing: Timing, traffic: Traffic) -> list[str]:
    spec, found = image.spec, []
    if timing.shortest_tick_s < timing.exact_tick_s:
        shown, shortest = human_si(timing.exact_tick_s, "s"), human_si(timing.shortest_tick_s, "s")
        found.append(
            f"chip and simulator were shown to agree spike for spike down to ticks of {shown}; "
            f"the shortest tick here, {shortest}, goes beyond that"
        )
    if (spec.axons, spec.neurons) != (_REFERENCE_AXONS, REFERENCE_NEURONS):
        found.append(
            f"prices are those of cores with {_REFERENCE_AXONS} axons and {REFERENCE_NEURONS} neurons; "
            f"these have {spec.axons} and {spec.neurons}"
        )
    if spec.grid != _REFERENCE_GRID:
        found.append(
            f"this chip has {spec.grid[0]} x {spec.grid[1]} cores: static power is its cores' share of a 64 x 64 chip's"
        )
    if not activity.benchmark:
        found.append(
            "the model was fitted to networks that fill the chip with stochastic neurons; "
            "for others the error bars are wider"
        )
    if image.learning is not None:
        found.append("the image learns, which the production chip cannot: what learning itself would cost is left out")
    if traffic.input_spikes or traffic.output_spikes:
        found.append(
            "input and output spikes: their way between core and chip edge is not known and costs nothing here; "
            "the pads are priced as between two chips"
        )
    if not traffic.input_exact:
        found.append("the recording begins within a run: spikes that were under way then count as input")
    if not timing.core_peak.exact:
        found.append(
            "the busiest core's peak is an estimate: which core an input spike reached in which tick is not recorded"
        )
    return found
