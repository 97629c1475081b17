"""Ticks: the longest of the limits decides, each is its count times its time, and saturation is warned of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurocore.arch import ChipSpec
from neurocore.emulator.engine import Emulator
from neurocore.estimate.coefficients import read_coefficients
from neurocore.estimate.core_load import CorePeak
from neurocore.estimate.estimate import estimate
from neurocore.estimate.timing import timing_of
from neurocore.image import ChipImage
from neurocore.noc.traffic import traffic
from neurocore.spikes import AxonEvents
from neurocore.traffic import Link
from neurocore.workloads.characterisation import characterisation

PRICES = read_coefficients()
NOTHING = AxonEvents.sorted([], [], [])
PEAK = CorePeak(core=3, x=3, y=0, tick=17, synaptic_operations=13_000.0, mean=100.0, exact=True)


@pytest.fixture(scope="module")
def quiet():
    """Traffic without a packet."""
    image = ChipImage.blank("quiet", ChipSpec(grid=(2, 2)), np.array([[0, 0]]))
    return traffic(image, Emulator(image).run(2, NOTHING))


def link(packets: int) -> Link:
    return Link(direction="east", x=1, y=0, packets=packets, tick=4, total=packets)


def limits(timing) -> dict[str, float]:
    return {limit.name: limit.tick_s for limit in timing.limits}


def test_a_core_needs_a_handshake_for_every_neuron_and_every_operation(quiet):
    timing = timing_of(PEAK, quiet, PRICES, tick_s=1e-3, neurons=256)
    assert limits(timing)["core"] == pytest.approx((256 + 13_000) * 14.32e-9)
    assert (timing.limited_by, timing.shortest_tick_s) == ("core", limits(timing)["core"])
    assert timing.real_time_margin == pytest.approx(1e-3 / timing.shortest_tick_s)
    assert timing.shortest_tick_high_s == pytest.approx(1.5 * timing.shortest_tick_s)


def test_all_synapses_of_a_core_in_one_tick_just_fit_the_nominal_tick(quiet):
    full = replace(PEAK, synaptic_operations=65_536.0)
    timing = timing_of(full, quiet, PRICES, tick_s=1e-3, neurons=256)
    assert 0.9 < timing.limits[0].utilisation < 1.0


def test_no_tick_is_called_possible_that_was_never_demonstrated(quiet):
    calm = replace(PEAK, synaptic_operations=0.0)
    timing = timing_of(calm, quiet, PRICES, tick_s=1e-3, neurons=256)
    assert (timing.limited_by, timing.shortest_tick_s) == ("demonstrated", 47.6e-6)
    assert timing.real_time_margin == pytest.approx(21, rel=0.01)


def test_a_tick_below_all_that_was_demonstrated_is_warned_of():
    image = characterisation(grid=(2, 1), rate_hz=50)
    recording = Emulator(image).run(20, NOTHING)
    hasty = replace(image, spec=image.spec.model_copy(update={"tick_s": 2e-5}))
    warnings = estimate(hasty, recording, traffic(image, recording)).warnings
    assert "does not fit the tick of 20 us: no tick shorter than 47.6 us is published for the chip" in warnings


def test_links_edges_and_pads_need_their_time_a_packet(quiet):
    moving = replace(quiet, busiest=link(2000), busiest_edge=link(32_000), output_peak=800, input_peak=1600)
    found = limits(timing_of(PEAK, moving, PRICES, tick_s=1e-3, neurons=256))
    assert found["link"] == pytest.approx(2000 * 14.32e-9)
    assert found["chip_edge"] == pytest.approx(32_000 / 20e6)
    assert found["input_output"] == pytest.approx(2400 / 160e6)
    assert "link" not in limits(timing_of(PEAK, quiet, PRICES, tick_s=1e-3, neurons=256))


def test_what_is_assumed_is_called_so(quiet):
    moving = replace(quiet, busiest=link(1), busiest_edge=link(1), output_peak=1)
    kinds = {limit.name: limit.kind for limit in timing_of(PEAK, moving, PRICES, tick_s=1e-3, neurons=256).limits}
    assert {name for name, kind in kinds.items() if kind == "assumption"} == {"core", "link", "chip_edge"}
    assert {name for name, kind in kinds.items() if kind == "published"} == {"input_output", "demonstrated"}


@pytest.mark.parametrize(
    ("share", "said"), [(0.5, None), (0.9, "fills 90% of the tick"), (1.2, "does not fit the tick of 1 ms")]
)
def test_a_chip_edge_or_link_near_saturation_is_warned_of(share, said):
    image = characterisation(grid=(2, 1), chips=(2, 1), rate_hz=50)
    recording = Emulator(image).run(20, NOTHING)
    calm = traffic(image, recording)
    edge = replace(calm, busiest_edge=link(int(share * 20_000)))
    wire = replace(calm, busiest=link(int(share / 14.32e-6)))
    ports = replace(calm, output_peak=int(share * 100_000), input_peak=int(share * 60_000))
    for busy, place in (
        (edge, "east edge of chip (1, 0)"),
        (wire, "link east of core (1, 0)"),
        (ports, "into and out of the array"),
    ):
        told = [text for text in estimate(image, recording, busy).warnings if place in text]
        assert bool(told) == (said is not None)
        assert all(said in text for text in told)


def test_a_load_that_does_not_fit_real_time_has_a_margin_below_one(quiet):
    busy = replace(PEAK, synaptic_operations=100_000.0)
    timing = timing_of(busy, quiet, PRICES, tick_s=1e-3, neurons=256)
    assert timing.real_time_margin < 1
    assert timing.limits[0].utilisation > 1
