"""The characterisation network fires as asked, has the synapses asked for, and no two cores are alike."""

from __future__ import annotations

import numpy as np
import pytest

from neurocore.emulator.engine import Emulator
from neurocore.emulator.reference import run_reference
from neurocore.errors import RunError
from neurocore.formats.image_check import check_image
from neurocore.recording import Probe
from neurocore.spikes import AxonEvents
from neurocore.workloads.characterisation import characterisation

NOTHING = AxonEvents.sorted([], [], [])


@pytest.mark.parametrize("stochastic", [False, True])
@pytest.mark.parametrize(("rate_hz", "synapses"), [(2, 128), (20, 26), (20, 128), (60, 200), (200, 256)])
def test_rate_and_synapses_are_met_within_five_per_cent(rate_hz, synapses, stochastic):
    image = characterisation(grid=(4, 4), rate_hz=rate_hz, synapses=synapses, stochastic=stochastic)
    check_image(image)
    emulator = Emulator(image)
    emulator.run(300, NOTHING)
    found = emulator.run(2000, NOTHING)
    assert found.total("spikes") / (16 * 256 * 2.0) == pytest.approx(rate_hz, rel=0.05)
    assert found.total("synaptic_operations") / found.total("axon_events") == pytest.approx(synapses, rel=0.05)


@pytest.mark.parametrize("synapses", [0, 1, 96, 255, 256])
def test_a_bit_is_set_with_the_chance_asked_for(synapses):
    image = characterisation(grid=(8, 8), synapses=synapses)
    found = np.bitwise_count(image.crossbar).sum(dtype=np.int64) / image.crossbar.size / 64
    assert found == pytest.approx(synapses / 256, abs=0.001)


def test_targets_are_uniform_and_delays_run_from_1_to_15():
    image = characterisation(grid=(16, 16))
    across = np.abs(image.core_xy[image.target_core][..., 0] - image.core_xy[:, None, 0])
    assert across.mean() == pytest.approx((16 * 16 - 1) / (3 * 16), rel=0.01)  # E|dx| of two uniform draws from 0..15
    assert np.bincount(image.delay.ravel(), minlength=16).min(initial=10**9, where=np.arange(16) > 0) > 3000
    assert image.delay.max() == 15
    assert (image.axon_type.sum(axis=1) == 128).all()


def test_every_core_of_an_array_of_chips_is_another():
    image = characterisation(grid=(4, 4), chips=(2, 2))
    assert image.cores == 64
    for array in (image.crossbar, image.target_core, image.target_axon):
        assert len(np.unique(array.reshape(64, -1), axis=0)) == 64


def test_everything_is_stochastic_when_asked():
    image = characterisation(grid=(1, 1), stochastic=True)
    assert (image.stochastic_weight == 3).all()
    assert image.neurons.stochastic_leak.all()
    assert image.neurons.threshold_noise_bits.all()


@pytest.mark.parametrize("stochastic", [False, True])
def test_the_kernels_run_it_as_the_reference_does(stochastic):
    image = characterisation(grid=(2, 1), rate_hz=200, synapses=256, stochastic=stochastic)
    right = run_reference(image, NOTHING, 8, seed=1, probe=Probe.none())
    found = Emulator(image, seed=1).run(8, NOTHING)
    np.testing.assert_array_equal(found.spikes.neuron, right.spikes.neuron)
    np.testing.assert_array_equal(found.counters, right.counters)


def test_the_seed_decides():
    one, again, other = (characterisation(grid=(2, 2), seed=seed) for seed in (1, 1, 2))
    assert one.digest() == again.digest() != other.digest()


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"rate_hz": 0.01}, "0.01 Hz"),
        ({"rate_hz": 300, "stochastic": True}, "300 Hz"),
        ({"rate_hz": float("nan")}, "nan Hz"),
        ({"synapses": 257}, "257 synapses"),
        ({"synapses": -1}, "-1 synapses"),
    ],
)
def test_knobs_out_of_range_are_refused(knobs, said):
    with pytest.raises(RunError, match=said):
        characterisation(grid=(1, 1), **knobs)
