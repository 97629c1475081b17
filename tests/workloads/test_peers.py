"""The network of the comparison with other simulators: its rate and synapses, and that its flat form is the same."""

import numpy as np
import pytest

from neurocore.emulator.engine import Emulator
from neurocore.errors import RunError
from neurocore.formats.image_check import check_image
from neurocore.recording import COUNTERS
from neurocore.spikes import AxonEvents
from neurocore.workloads.peers import FAN_OUT, THRESHOLD, peer_image, synapses_of

NOTHING = AxonEvents.sorted([], [], [])


def test_two_per_cent_of_the_neurons_fire_per_tick_and_each_reaches_128():
    image = peer_image(4)
    check_image(image)
    found = Emulator(image).run(1000, NOTHING)
    assert found.total("spikes") / (1000 * 4 * 256) == pytest.approx(0.020, abs=0.002)
    assert found.tick_counters[:, COUNTERS.index("spikes")].max() < 0.05 * 4 * 256  # desynchronised
    assert found.total("synaptic_operations") == found.total("axon_events") * FAN_OUT
    assert found.total("merged_spikes") == 0


def test_every_neuron_has_an_axon_of_its_own_and_weights_are_halves():
    image = peer_image(8)
    target, weight = synapses_of(image)
    assert len(np.unique(image.target_core.ravel() * 256 + image.target_axon.ravel())) == 8 * 256
    assert weight.sum() == 0
    assert (np.diff(target, axis=1) > 0).all()
    assert (target // 256 == image.target_core.reshape(-1, 1)).all()
    assert len(np.unique(image.target_core[0])) == 8
    assert set(np.unique(image.neurons.leak)) == set(range(10, 31))


def test_the_flat_form_gives_the_same_spikes():
    image, ticks = peer_image(2, seed=5), 120
    target, weight = synapses_of(image)
    potential = image.neurons.initial_potential.ravel().astype(np.int64)
    drive, spikes = image.neurons.leak.ravel(), []
    for tick in range(ticks):
        potential += drive
        fired = np.flatnonzero(potential >= THRESHOLD)
        potential[fired] = 0
        np.add.at(potential, target[fired].ravel(), np.repeat(weight[fired], FAN_OUT))  # arrives at the next tick
        spikes += [(tick, neuron) for neuron in fired.tolist()]
    found = Emulator(image).run(ticks, NOTHING)
    numbers = found.spike_core * 256 + found.spike_neuron
    assert list(zip(found.spike_tick.tolist(), numbers.tolist(), strict=True)) == spikes


def test_the_seed_decides():
    one, again, other = (peer_image(2, seed=seed) for seed in (1, 1, 2))
    assert one.digest() == again.digest() != other.digest()


@pytest.mark.parametrize("cores", [0, 4097])
def test_a_number_of_cores_out_of_range_is_refused(cores):
    with pytest.raises(RunError, match=f"{cores} cores"):
        peer_image(cores)
