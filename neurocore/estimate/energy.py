"""Power and energy of a load: what each kind of event costs, added up, with error bars.

P = static share + sum over kinds of events of price * events per second. Prices on the core supply scale with V^2, the
static power with V^k. The model and its limits are in docs/estimator.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from neurocore.errors import RunError
from neurocore.estimate.coefficients import REFERENCE_CORES, REFERENCE_NEURONS, Coefficients
from neurocore.image import ChipImage
from neurocore.recording import COUNTERS, Recording
from neurocore.traffic import Traffic

__all__ = ["STATIC", "Activity", "Energy", "Term", "activity_of", "check_voltage", "core_energy", "energy_of"]

Convention = Literal["whole", "used"]
STATIC: Final[dict[str, str]] = {
    "whole": "whole chip: every core of every chip draws static power, used or not",
    "used": "used cores: only their share of the static power counts, as if the rest were off",
}
"""The two conventions for static power, in words."""

_LABELS: Final = {
    "static": "static",
    "neuron_updates": "neuron updates",
    "synaptic_operations": "synaptic operations",
    "hops": "hops on chip",
    "core_to_periphery": "core to periphery",
    "chip_to_chip": "chip to chip",
    "input_output": "input and output",
}
_DYNAMIC: Final = ("neuron_update", "synaptic_operation", "hop", "core_to_periphery")
"""Prices on the core supply."""
_PRICED: Final = ("static_power", "static_voltage_exponent", *_DYNAMIC, "chip_to_chip", "input_output")


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What happens in a mean tick. Counts are per tick.

    cores_used, cores    : cores of the image, and of the whole array of chips
    neurons_per_core     : rows that a core reads in a tick, used or not
    benchmark            : every neuron of every core is used, as in the networks that the model was fitted to
    synaptic_operations, hops, chip_crossings, input_spikes, output_spikes : as in Recording and Traffic
    """

    cores_used: int
    cores: int
    neurons_per_core: int
    benchmark: bool
    synaptic_operations: float
    hops: float
    chip_crossings: float
    input_spikes: float
    output_spikes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One part of the power.

    count_per_tick : events in a mean tick (cores, for the static part)
    price_j        : energy of one of them at this voltage, J; None for the static part
    """

    name: str
    label: str
    power_w: float
    energy_per_tick_j: float
    count_per_tick: float
    price_j: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """Power at one supply voltage and tick.

    static                      : "whole" or "used", the convention of power_w and of the terms
    power_low_w, power_high_w   : power_w with its error bars: the coefficients' uncertainties, added in squares, but
                                  never less than ``band``, the error of the model as a whole
    power_w_whole_chip, power_w_used_cores : under either convention
    synaptic_event_j            : power over synaptic operations per second: derived, true for this load only, no price;
                                  None where there were none
    """

    voltage_v: float
    tick_s: float
    static: Convention
    power_w: float
    power_low_w: float
    power_high_w: float
    band: float
    power_w_whole_chip: float
    power_w_used_cores: float
    energy_per_tick_j: float
    synaptic_event_j: float | None
    terms: tuple[Term, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data; units are in the keys."""
        plain = {name: getattr(self, name) for name in self.__slots__ if name != "terms"}
        terms = [{name: getattr(term, name) for name in term.__slots__} for term in self.terms]
        return plain | {"static_convention": STATIC[self.static], "breakdown": terms}


def check_voltage(voltage: float | None, image: ChipImage, coefficients: Coefficients) -> float:
    """The supply voltage to reckon with: the one given, the chip's, or the nominal one.

    Raises RunError outside the range of the published power points.
    """
    chosen = voltage if voltage is not None else image.spec.voltage
    chosen = coefficients.nominal_voltage.value if chosen is None else chosen
    low, high = coefficients.lowest_voltage.value, coefficients.highest_voltage.value
    if not low <= chosen <= high:
        raise RunError(f"a supply voltage of {chosen:g} V", fix=f"allowed: {low:g} to {high:g} V, where power is known")
    return chosen


def activity_of(image: ChipImage, recording: Recording, traffic: Traffic) -> Activity:
    """The mean tick of a recording. Raises RunError where it holds no tick."""
    if not recording.ticks:
        raise RunError("the recording has no ticks: nothing can be estimated", fix="run it again, for longer")
    spec = image.spec
    return Activity(
        cores_used=image.cores,
        cores=spec.cores,
        neurons_per_core=spec.neurons,
        benchmark=image.cores == spec.cores and bool(image.neuron_used.all()),
        synaptic_operations=recording.total("synaptic_operations") / recording.ticks,
        hops=recording.total("hops") / recording.ticks,
        chip_crossings=traffic.chip_crossings / recording.ticks,
        input_spikes=traffic.input_spikes / recording.ticks,
        output_spikes=traffic.output_spikes / recording.ticks,
    )


def energy_of(
    activity: Activity, coefficients: Coefficients, *, voltage: float, tick_s: float, static: Convention = "whole"
) -> Energy:
    """Power of an activity that repeats every ``tick_s`` seconds."""
    values = {name: coefficient.value for name, coefficient in coefficients.items().items()}
    powers = {which: _powers(activity, coefficients, values, voltage, tick_s, which) for which in STATIC}
    terms, total = powers[static], sum(powers[static].values())
    squares = 0.0
    for name in _PRICED:
        moved = values | {name: values[name] * (1 + coefficients.items()[name].uncertainty)}
        squares += (sum(_powers(activity, coefficients, moved, voltage, tick_s, static).values()) - total) ** 2
    band = coefficients.benchmark_band.value if activity.benchmark else coefficients.application_band.value
    spread = max(math.sqrt(squares), band * total)
    counts = _counts(activity, static)
    prices = _prices(coefficients, values, voltage)
    operations_per_s = activity.synaptic_operations / tick_s
    return Energy(
        voltage_v=voltage,
        tick_s=tick_s,
        static=static,
        power_w=total,
        power_low_w=max(0.0, total - spread),
        power_high_w=total + spread,
        band=band,
        power_w_whole_chip=sum(powers["whole"].values()),
        power_w_used_cores=sum(powers["used"].values()),
        energy_per_tick_j=total * tick_s,
        synaptic_event_j=total / operations_per_s if operations_per_s else None,
        terms=tuple(
            Term(
                name=name,
                label=_LABELS[name],
                power_w=power,
                energy_per_tick_j=power * tick_s,
                count_per_tick=counts[name],
                price_j=prices.get(name),
            )
            for name, power in terms.items()
        ),
    )


def core_energy(
    image: ChipImage, recording: Recording, coefficients: Coefficients, *, voltage: float
) -> npt.NDArray[np.float64]:
    """Energy of each core over a whole recording at the nominal tick, J: float64[C].

    A core's share of the static power, its neuron updates, its synaptic operations, and the hops of the packets that it
    sent. What spikes cost at the chip's edge is in no core.
    """
    values = {name: coefficient.value for name, coefficient in coefficients.items().items()}
    prices = _prices(coefficients, values, voltage)
    operations, hops = (recording.counters[:, COUNTERS.index(name)] for name in ("synaptic_operations", "hops"))
    static = _static_per_core(coefficients, values, voltage) * image.spec.tick_s
    always = recording.ticks * (static + prices["neuron_updates"] * image.spec.neurons)
    events: npt.NDArray[np.float64] = operations * prices["synaptic_operations"] + hops * prices["hops"]
    return events + always


def _counts(activity: Activity, static: str) -> dict[str, float]:
    """Events per tick, by term."""
    cores = activity.cores if static == "whole" else activity.cores_used
    return {
        "static": cores,
        "neuron_updates": cores * activity.neurons_per_core,
        "synaptic_operations": activity.synaptic_operations,
        "hops": activity.hops,
        # A packet that goes from chip to chip leaves one and enters the next.
        "core_to_periphery": 2 * activity.chip_crossings + activity.input_spikes + activity.output_spikes,
        "chip_to_chip": activity.chip_crossings,
        "input_output": activity.input_spikes + activity.output_spikes,
    }


def _prices(coefficients: Coefficients, values: Mapping[str, float], voltage: float) -> dict[str, float]:
    """J per event at a voltage, by term."""
    square = values["dynamic_voltage_exponent"]
    scaled = {}
    for name in _DYNAMIC:
        at = coefficients.items()[name].at_voltage or voltage
        scaled[name] = values[name] * (voltage / at) ** square
    return {
        "neuron_updates": scaled["neuron_update"],
        "synaptic_operations": scaled["synaptic_operation"],
        "hops": scaled["hop"],
        "core_to_periphery": scaled["core_to_periphery"],
        "chip_to_chip": values["chip_to_chip"],
        "input_output": values["input_output"],
    }


def _static_per_core(coefficients: Coefficients, values: Mapping[str, float], voltage: float) -> float:
    """Static power of a core without its neuron updates, W. Never below 0, whatever prices a user sets."""
    at = coefficients.static_power.at_voltage or voltage
    idle = values["static_power"] / REFERENCE_CORES * (voltage / at) ** values["static_voltage_exponent"]
    updates = REFERENCE_NEURONS * _prices(coefficients, values, voltage)["neuron_updates"] / values["reference_tick"]
    return max(0.0, idle - updates)


def _powers(
    activity: Activity,
    coefficients: Coefficients,
    values: Mapping[str, float],
    voltage: float,
    tick_s: float,
    static: str,
) -> dict[str, float]:
    """W by term."""
    counts, prices = _counts(activity, static), _prices(coefficients, values, voltage)
    powers = {"static": counts["static"] * _static_per_core(coefficients, values, voltage)}
    return powers | {name: counts[name] * price / tick_s for name, price in prices.items()}
