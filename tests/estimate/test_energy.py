"""Power: prices times events, scaled by voltage and tick, with error bars that move with the uncertainties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurocore.emulator.engine import Emulator
from neurocore.errors import RunError
from neurocore.estimate.coefficients import Coefficients, read_coefficients
from neurocore.estimate.energy import Activity, activity_of, check_voltage, core_energy, energy_of
from neurocore.noc.traffic import traffic
from neurocore.spikes import AxonEvents
from neurocore.workloads.characterisation import characterisation

PRICES = read_coefficients()
IDLE = Activity(
    cores_used=4096,
    cores=4096,
    neurons_per_core=256,
    benchmark=True,
    synaptic_operations=0.0,
    hops=0.0,
    chip_crossings=0.0,
    input_spikes=0.0,
    output_spikes=0.0,
)
BUSY = replace(IDLE, synaptic_operations=2.7e6, hops=9e5, chip_crossings=1e3, input_spikes=200.0, output_spikes=300.0)


def changed(**values: float) -> Coefficients:
    """The preset with other values."""
    new = {name: getattr(PRICES, name).model_copy(update={"value": value}) for name, value in values.items()}
    return PRICES.model_copy(update=new)


def sure(**uncertainties: float) -> Coefficients:
    """The preset with no uncertainty and no band but these."""
    new = {name: c.model_copy(update={"uncertainty": 0.0}) for name, c in PRICES.items().items()}
    new |= {name: new[name].model_copy(update={"value": 0.0}) for name in ("benchmark_band", "application_band")}
    new |= {name: new[name].model_copy(update={"uncertainty": u}) for name, u in uncertainties.items()}
    return PRICES.model_copy(update=new)


def parts(energy) -> dict[str, float]:
    return {term.name: term.power_w for term in energy.terms}


def test_an_idle_chip_at_the_reference_draws_the_static_power():
    energy = energy_of(IDLE, PRICES, voltage=0.75, tick_s=1e-3)
    assert energy.power_w == pytest.approx(54.8e-3)
    assert parts(energy)["neuron_updates"] == pytest.approx(2**20 * 19.3e-12 * (0.75 / 0.775) ** 2 / 1e-3)
    assert energy.synaptic_event_j is None


def test_every_kind_of_event_has_its_price():
    energy = energy_of(BUSY, PRICES, voltage=0.75, tick_s=1e-3)
    square = (0.75 / 0.775) ** 2
    assert parts(energy)["synaptic_operations"] == pytest.approx(2.7e9 * 1.2e-12)
    assert parts(energy)["hops"] == pytest.approx(9e8 * 2.3e-12 * square)
    # 500 spikes in and out and 1,000 crossings a tick; a crossing leaves one chip and enters another.
    assert parts(energy)["core_to_periphery"] == pytest.approx((5e5 + 2e6) * 64e-12 * square)
    assert parts(energy)["chip_to_chip"] == pytest.approx(1e6 * 832e-12)
    assert parts(energy)["input_output"] == pytest.approx(5e5 * 832e-12)
    assert energy.power_w == pytest.approx(sum(parts(energy).values()))
    for term in energy.terms:
        assert term.energy_per_tick_j == pytest.approx(term.power_w * 1e-3)
        if term.price_j is not None:
            assert term.power_w == pytest.approx(term.price_j * term.count_per_tick / 1e-3)


def test_the_energy_of_a_synaptic_event_is_the_total_over_the_events_and_no_price():
    energy = energy_of(BUSY, PRICES, voltage=0.75, tick_s=1e-3)
    assert energy.synaptic_event_j == pytest.approx(energy.power_w / 2.7e9)
    twice = energy_of(replace(BUSY, synaptic_operations=5.4e6), PRICES, voltage=0.75, tick_s=1e-3)
    assert twice.power_w - energy.power_w == pytest.approx(2.7e9 * 1.2e-12)  # not 2.7e9 * 26 pJ


def test_voltage_scales_switching_with_its_square_static_with_its_power_and_pads_not_at_all():
    low, high = (energy_of(BUSY, PRICES, voltage=v, tick_s=1e-3) for v in (0.75, 1.0))
    for name in ("neuron_updates", "synaptic_operations", "hops", "core_to_periphery"):
        assert parts(high)[name] / parts(low)[name] == pytest.approx((1 / 0.75) ** 2)
    for name in ("chip_to_chip", "input_output"):
        assert parts(high)[name] == parts(low)[name]
    idle = energy_of(IDLE, PRICES, voltage=1.0, tick_s=1e-3)
    assert idle.power_w == pytest.approx(54.8e-3 * (1 / 0.75) ** 3.18)


def test_a_shorter_tick_costs_more_power_for_events_but_less_static_energy_a_tick():
    slow, fast = (energy_of(BUSY, PRICES, voltage=0.75, tick_s=tick) for tick in (1e-3, 2e-4))
    assert parts(fast)["static"] == parts(slow)["static"]
    for name in set(parts(slow)) - {"static"}:
        assert parts(fast)[name] == pytest.approx(5 * parts(slow)[name])
    assert fast.energy_per_tick_j < slow.energy_per_tick_j
    by_term = {term.name: term.energy_per_tick_j for term in fast.terms}
    assert by_term["static"] == pytest.approx(parts(slow)["static"] * 2e-4)


def test_used_cores_pay_their_share_of_the_static_power_only():
    few = replace(BUSY, cores_used=41, cores=2 * 4096)
    whole = energy_of(few, PRICES, voltage=0.75, tick_s=1e-3, static="whole")
    used = energy_of(few, PRICES, voltage=0.75, tick_s=1e-3, static="used")
    assert whole.power_w - used.power_w == pytest.approx(54.8e-3 * (2 * 4096 - 41) / 4096)
    for energy in (whole, used):
        assert energy.power_w_whole_chip == pytest.approx(whole.power_w)
        assert energy.power_w_used_cores == pytest.approx(used.power_w)
    assert parts(whole)["hops"] == parts(used)["hops"]


def test_error_bars_are_never_narrower_than_the_band_of_the_model():
    for benchmark, band in ((True, 0.10), (False, 0.15)):
        energy = energy_of(replace(BUSY, benchmark=benchmark), PRICES, voltage=0.75, tick_s=1e-3)
        assert energy.band == band
        assert energy.power_low_w <= energy.power_w * (1 - band) * (1 + 1e-9)
        assert energy.power_high_w >= energy.power_w * (1 + band) * (1 - 1e-9)


def test_uncertainties_of_different_coefficients_add_in_squares():
    both = energy_of(BUSY, sure(hop=0.3, synaptic_operation=0.4), voltage=0.75, tick_s=1e-3)
    by_hops, by_operations = 0.3 * parts(both)["hops"], 0.4 * parts(both)["synaptic_operations"]
    assert both.power_high_w - both.power_w == pytest.approx(np.hypot(by_hops, by_operations))
    none = energy_of(BUSY, sure(), voltage=0.75, tick_s=1e-3)
    assert (none.power_low_w, none.power_high_w) == (none.power_w, none.power_w)


def test_the_split_of_idle_power_is_uncertain_but_its_sum_is_not():
    unsure = sure(neuron_update=0.5)
    nominal = energy_of(IDLE, unsure, voltage=0.75, tick_s=1e-3)
    assert nominal.power_high_w == pytest.approx(nominal.power_w)
    fast = energy_of(IDLE, unsure, voltage=0.75, tick_s=1e-4)
    assert fast.power_high_w - fast.power_w == pytest.approx(0.5 * 2**20 * 19.3e-12 * (0.75 / 0.775) ** 2 * (1e4 - 1e3))


def test_a_users_price_takes_part():
    dear = energy_of(BUSY, changed(hop=23e-12), voltage=0.75, tick_s=1e-3)
    plain = energy_of(BUSY, PRICES, voltage=0.75, tick_s=1e-3)
    assert parts(dear)["hops"] == pytest.approx(10 * parts(plain)["hops"])
    free = energy_of(BUSY, changed(static_power=0.0), voltage=0.75, tick_s=1e-3)
    assert parts(free)["static"] == 0.0  # the updates are dearer than that: never negative


def test_the_cores_energies_add_up_to_the_run():
    image = characterisation(grid=(4, 3), rate_hz=80)
    recording = Emulator(image).run(50, AxonEvents.sorted([], [], []))
    each = core_energy(image, recording, PRICES, voltage=0.8)
    activity = activity_of(image, recording, traffic(image, recording))
    energy = energy_of(activity, PRICES, voltage=0.8, tick_s=1e-3)
    assert each.shape == (12,)
    assert each.sum() == pytest.approx(energy.energy_per_tick_j * 50)
    assert activity.benchmark
    assert not activity_of(
        replace(image, spec=image.spec.model_copy(update={"chips": (2, 1)})), recording, traffic(image, recording)
    ).benchmark


def test_the_voltage_is_the_one_given_then_the_chips_then_the_nominal_one():
    image = characterisation(grid=(1, 1))
    with_own = replace(image, spec=image.spec.model_copy(update={"voltage": 0.9}))
    assert check_voltage(None, image, PRICES) == 0.75
    assert check_voltage(None, with_own, PRICES) == 0.9
    assert check_voltage(0.8, with_own, PRICES) == 0.8
    for wrong in (0.69, 1.06, float("nan")):
        with pytest.raises(RunError, match=r"allowed: 0.7 to 1.05 V"):
            check_voltage(wrong, image, PRICES)
