"""The eight published power figures of a whole chip, and what the estimator says of networks run at those points.

Run ``python tools/power_points.py`` for the table of docs/estimator.md: a full chip is emulated at each point. With
``--side 16`` a smaller grid is run and scaled up.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

from neurocore.emulator.engine import Emulator
from neurocore.estimate.coefficients import read_coefficients
from neurocore.estimate.energy import Activity, activity_of, energy_of
from neurocore.noc.traffic import traffic
from neurocore.spikes import AxonEvents
from neurocore.workloads.characterisation import characterisation

CHIP_SIDE = 64
MEAN_HOPS = 2 * (CHIP_SIDE**2 - 1) / (3 * CHIP_SIDE)
"""Mean hops between two cores of a chip drawn at random: 42.66, published as 21.3 in x and in y."""
WARMUP = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerPoint:
    """A published figure: supply, mean rate, active synapses per neuron, power of the whole chip, where printed.

    Science: Merolla et al. 2014; TCAD: Akopyan et al. 2015.
    """

    voltage: float
    rate_hz: float
    synapses: int
    power_mw: float
    source: str


POINTS = (
    PowerPoint(voltage=0.70, rate_hz=0, synapses=0, power_mw=42, source="TCAD section VII"),
    PowerPoint(voltage=0.75, rate_hz=20, synapses=128, power_mw=65, source="TCAD section VII"),
    PowerPoint(voltage=0.775, rate_hz=20, synapses=128, power_mw=72, source="Science main text"),
    PowerPoint(voltage=0.80, rate_hz=11.58, synapses=128, power_mw=68, source="TCAD Fig. 17"),
    PowerPoint(voltage=0.80, rate_hz=20.07, synapses=128, power_mw=71, source="TCAD Fig. 17"),
    PowerPoint(voltage=0.80, rate_hz=95.93, synapses=128, power_mw=94, source="TCAD Fig. 17"),
    PowerPoint(voltage=1.05, rate_hz=200, synapses=256, power_mw=323, source="TCAD section VII"),
    PowerPoint(
        voltage=0.75, rate_hz=216, synapses=256, power_mw=145, source="58 GSOPS at 400 GSOPS/W, TCAD section VII"
    ),
)


def activity_at(point: PowerPoint, side: int, ticks: int) -> tuple[Activity, float, float]:
    """Run a network at a point on side x side cores. Returns a chip's activity, the rate (Hz) and the mean hops met.

    A grid smaller than the chip is scaled: events by the number of cores, hops by the chip's mean distance as well.
    Networks are stochastic in every neuron, as IBM's were, up to the 200 Hz that ours reach.
    """
    image = characterisation(
        grid=(side, side),
        rate_hz=max(0.1, point.rate_hz),  # the slowest that the generator makes
        synapses=point.synapses,
        stochastic=point.rate_hz <= 200,
    )
    emulator, nothing = Emulator(image), AxonEvents.sorted([], [], [])
    emulator.run(WARMUP, nothing)
    recording = emulator.run(ticks, nothing)
    sent = traffic(image, recording)
    found = activity_of(image, recording, sent)
    # Spikes that were under way when the recording began are no input: nothing came from outside.
    found = replace(found, input_spikes=0.0)
    rate = recording.total("spikes") / (image.cores * 256 * ticks * image.spec.tick_s)
    if side == CHIP_SIDE:
        return found, rate, sent.mean_hops
    scale = CHIP_SIDE**2 / side**2
    scaled = replace(
        found,
        cores=CHIP_SIDE**2,
        cores_used=CHIP_SIDE**2,
        synaptic_operations=found.synaptic_operations * scale,
        hops=sent.routed_spikes / ticks * scale * MEAN_HOPS,
    )
    return scaled, rate, MEAN_HOPS


def estimated_mw(point: PowerPoint, activity: Activity) -> float:
    """What the estimator says of an activity at the point's voltage and 1 ms ticks, mW."""
    return energy_of(activity, read_coefficients(), voltage=point.voltage, tick_s=1e-3).power_w * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=CHIP_SIDE)
    parser.add_argument("--ticks", type=int, default=200)
    options = parser.parse_args()
    print(
        "| V | rate asked, met (Hz) | synapses | GSOPS | mean hops | published mW | where | estimated mW | residual |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for point in POINTS:
        activity, rate, hops = activity_at(point, options.side, options.ticks)
        found = estimated_mw(point, activity)
        met = (
            f"{point.rate_hz:g}, {rate:.2f} | {point.synapses} | {activity.synaptic_operations / 1e6:.2f} | {hops:.1f}"
        )
        paper = f"{point.power_mw:g} | {point.source}"
        print(f"| {point.voltage:g} | {met} | {paper} | {found:.1f} | {found / point.power_mw - 1:+.1%} |")


if __name__ == "__main__":
    main()
