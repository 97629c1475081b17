"""What a neuron does with its draws, by hand: the draws come from neurocore.rng's array form, the rest is written here.

The distributions are tested in tests/science; these cases pin which draw is used where, tick by tick.
"""

from __future__ import annotations

import numpy as np
import pytest
from one_neuron import BACKENDS, SPEC, chip, go, potentials

from neurocore.emulator.backends import run
from neurocore.recording import Probe
from neurocore.rng import neuron_words, synapse_rhos
from neurocore.spikes import AxonEvents

TICKS = 60
SEED = 2**40 + 9
KEY = 77
BITS = 4


def words(key: int = KEY) -> list[int]:
    """The neuron's 32-bit word at each tick."""
    return [int(neuron_words(SEED, tick, np.array([key], np.uint32))[0]) for tick in range(TICKS)]


def etas() -> list[int]:
    return [word % 2**BITS for word in words()]


def rhos_of_the_leak() -> list[int]:
    return [word >> 24 for word in words()]


def rhos_of_a_synapse(axon_key: int) -> list[int]:
    keys = np.array([KEY], np.uint32), np.array([axon_key], np.uint32)
    return [int(synapse_rhos(SEED, tick, *keys)[0]) for tick in range(TICKS)]


def keyed(image):
    image.neuron_key[:, 0] = KEY
    return image


def noisy(**fields):
    return keyed(chip(threshold_noise_bits=BITS, **fields))


@BACKENDS
def test_a_neuron_fires_when_v_reaches_the_threshold_plus_its_noise(backend):
    image = noisy(threshold=100, initial_potential=107, reset_potential=107)
    found = go(image, backend, TICKS, seed=SEED)
    fires = [tick for tick, eta in enumerate(etas()) if eta <= 7]
    assert 0 < len(fires) < TICKS
    assert found.spike_tick.tolist() == fires


@BACKENDS
def test_a_linear_reset_takes_threshold_and_noise_away(backend):
    image = noisy(threshold=3, initial_potential=900, reset_mode=1)
    v, wanted = 900, []
    for eta in etas():
        v -= 3 + eta if v >= 3 + eta else 0
        wanted.append(v)
    assert potentials(go(image, backend, TICKS, seed=SEED)) == wanted


@BACKENDS
def test_below_the_negative_threshold_plus_noise_the_reset_is_mirrored(backend):
    image = noisy(negative_threshold=100, negative_saturation=0, initial_potential=-108, reset_potential=1)
    first = next(tick for tick, eta in enumerate(etas()) if eta < 8)
    assert first > 0
    assert potentials(go(image, backend, TICKS, seed=SEED)) == [-108] * first + [-1] * (TICKS - first)


@BACKENDS
def test_a_mirrored_linear_reset_gives_negative_threshold_and_noise_back(backend):
    image = noisy(negative_threshold=3, negative_saturation=0, initial_potential=-900, reset_mode=1)
    v, wanted = -900, []
    for eta in etas():
        v += 3 + eta if v < -(3 + eta) else 0
        wanted.append(v)
    assert potentials(go(image, backend, TICKS, seed=SEED)) == wanted


@BACKENDS
def test_the_floor_has_no_noise(backend):
    image = noisy(negative_threshold=5, weights=(-50,))
    every = {tick: [0] for tick in range(TICKS)}
    assert potentials(go(image, backend, TICKS, every, seed=SEED)) == [-5] * TICKS


@BACKENDS
@pytest.mark.parametrize("sign", [1, -1])
def test_a_stochastic_leak_adds_its_sign_where_its_size_reaches_rho(backend, sign):
    size = rhos_of_the_leak()[7]  # so that size and rho are equal at least once
    image = keyed(chip(leak=sign * size, stochastic_leak=1))
    v, wanted = 0, []
    for rho in rhos_of_the_leak():
        v += sign if size >= rho else 0
        wanted.append(v)
    assert potentials(go(image, backend, TICKS, seed=SEED)) == wanted


@BACKENDS
@pytest.mark.parametrize(("leak", "step"), [(255, 1), (-255, -1), (0, 0)])
def test_a_stochastic_leak_of_full_size_is_certain_and_of_size_zero_does_nothing(backend, leak, step):
    image = chip(leak=leak, stochastic_leak=1)
    assert potentials(go(image, backend, 20)) == [step * tick for tick in range(1, 21)]


@BACKENDS
def test_a_leak_or_weight_of_zero_has_no_sign_even_where_rho_is_zero(backend):
    keys = np.arange(4096, dtype=np.uint32)
    leaks = chip(stochastic_leak=1)
    leaks.neuron_key[:, 0] = keys[neuron_words(SEED, 0, keys) >> 24 == 0][0]
    assert potentials(go(leaks, backend, 1, seed=SEED)) == [0]
    synapse = chip(weights=(0,))
    synapse.stochastic_weight[:] = 1
    synapse.neuron_key[:, 0] = keys[synapse_rhos(SEED, 0, keys, np.full(4096, 3, np.uint32)) == 0][0]
    synapse.axon_key[:] = 3
    assert potentials(go(synapse, backend, 1, {0: [0]}, seed=SEED)) == [0]


@BACKENDS
@pytest.mark.parametrize("start", [30, -30])
def test_a_stochastic_leak_with_reversal_pulls_to_zero_and_stays(backend, start):
    image = keyed(chip(leak=-200, stochastic_leak=1, leak_reversal=1, initial_potential=start))
    v, wanted = start, []
    for rho in rhos_of_the_leak():
        v -= np.sign(v) if rho <= 200 else 0
        wanted.append(v)
    assert wanted[-1] == 0
    assert potentials(go(image, backend, TICKS, seed=SEED)) == wanted


@BACKENDS
def test_a_stochastic_leak_with_reversal_does_nothing_at_zero_and_rings_where_the_chip_lets_it(backend):
    image = keyed(chip(leak=200, stochastic_leak=1, leak_reversal=1))
    assert potentials(go(image, backend, TICKS, seed=SEED)) == [0] * TICKS
    ringing = SPEC.model_copy(update={"stop_at_zero": False})
    image = chip(ringing, leak=-4, leak_reversal=1, threshold_noise_bits=1, initial_potential=3)
    assert potentials(go(image, backend, 4)) == [-1, 3, -1, 3]
    image = chip(leak=-4, leak_reversal=1, threshold_noise_bits=1, initial_potential=3)
    assert potentials(go(image, backend, 4)) == [0, 0, 0, 0]


@BACKENDS
def test_noise_and_leak_share_a_word_but_no_bit_of_it(backend):
    image = noisy(leak=127, stochastic_leak=1, threshold=3, reset_mode=1)
    v, wanted, fires = 0, [], []
    for tick, (eta, rho) in enumerate(zip(etas(), rhos_of_the_leak(), strict=True)):
        v += 1 if rho <= 127 else 0
        if v >= 3 + eta:
            v -= 3 + eta
            fires.append(tick)
        wanted.append(v)
    found = go(image, backend, TICKS, seed=SEED)
    assert potentials(found) == wanted
    assert found.spike_tick.tolist() == fires != []


@BACKENDS
@pytest.mark.parametrize("sign", [1, -1])
def test_a_stochastic_synapse_draws_for_each_axon_and_adds_the_sign(backend, sign):
    """Axons 0 and 1 stochastic, axon 2 not; axons 0 and 2 active in every tick, axon 1 in every third."""
    size = rhos_of_a_synapse(5)[7]  # so that size and rho are equal at least once
    assert 20 < size < 235
    image = keyed(chip(weights=(sign * size, sign * size, 2, 0)))
    image.stochastic_weight[:, 0] = 0b1011
    image.axon_key[0] = (5, 600, 7, 8)
    arrivals = {tick: [0, 2] + [1] * (tick % 3 == 0) for tick in range(TICKS)}
    v, wanted = 0, []
    for tick, (first, second) in enumerate(zip(rhos_of_a_synapse(5), rhos_of_a_synapse(600), strict=True)):
        v += 2 + sign * ((size >= first) + (tick % 3 == 0 and size >= second))
        wanted.append(v)
    assert potentials(go(image, backend, TICKS, arrivals, seed=SEED)) == wanted


@BACKENDS
@pytest.mark.parametrize(("weight", "step"), [(255, 1), (-255, -1), (0, 0)])
def test_a_stochastic_synapse_of_full_weight_is_certain_and_of_weight_zero_does_nothing(backend, weight, step):
    image = chip(weights=(weight,))
    image.stochastic_weight[:] = 1
    every = {tick: [0] for tick in range(20)}
    assert potentials(go(image, backend, 20, every)) == [step * tick for tick in range(1, 21)]


@BACKENDS
def test_neurons_without_noise_do_not_feel_a_noisy_neighbour(backend):
    image = chip(leak=1, threshold=10)
    image.neuron_used[0, 1] = 1
    image.neurons.threshold_noise_bits[0, 1] = 3
    image.neurons.stochastic_leak[0, 1] = 1
    found = go(image, backend, 30, seed=SEED)
    assert found.spike_tick[found.spike_neuron == 0].tolist() == [9, 19, 29]


@BACKENDS
def test_each_neuron_says_for_each_axon_type_whether_its_weight_is_stochastic(backend):
    """Neuron 0 draws for axon 0 and takes 2 from axon 1; neuron 1 the other way round. Both have the same key."""
    image = keyed(chip(weights=(100, 2)))
    image.crossbar[0, :, 0] = 3
    image.neuron_used[0, 1] = 1
    image.weight[0, 1, :2] = (2, 100)
    image.stochastic_weight[0, :2] = (0b01, 0b10)
    image.neurons.threshold[0, 1] = 900
    image.neuron_key[0, 1] = KEY
    every = np.arange(TICKS).repeat(2)
    events = AxonEvents.sorted(every, np.zeros(2 * TICKS, int), np.tile([0, 1], TICKS))
    probe = Probe(core=np.zeros(2, np.int32), neuron=np.arange(2, dtype=np.int32))
    found = run(image, events, TICKS, seed=SEED, backend=backend, probe=probe)
    for axon in (0, 1):
        steps = [2 + (rho <= 100) for rho in rhos_of_a_synapse(axon)]
        np.testing.assert_array_equal(found.potential[:, axon], np.cumsum(steps))


@BACKENDS
def test_a_draw_follows_the_key_and_not_the_place(backend):
    """The neuron of core 2 with core 0's key fires with core 0; core 1, with another key, does not."""
    image = chip(cores=3, threshold=100, threshold_noise_bits=BITS, initial_potential=107, reset_potential=107)
    image.neuron_key[:, 0] = (KEY, KEY + 1, KEY)
    found = go(image, backend, TICKS, seed=SEED)
    ticks = [found.spike_tick[found.spike_core == core].tolist() for core in range(3)]
    assert ticks[0] == ticks[2] != ticks[1]


@BACKENDS
def test_where_nothing_is_drawn_the_seed_changes_nothing(backend):
    image = chip(leak=1, threshold=10)
    assert potentials(go(image, backend, 30, seed=1)) == potentials(go(image, backend, 30, seed=2))


@BACKENDS
def test_the_seed_decides_the_draws(backend):
    image = noisy(threshold=100, initial_potential=107, reset_potential=107)
    one, other, high = (go(image, backend, TICKS, seed=seed).spike_tick.tolist() for seed in (1, 2, 1 + 2**32))
    assert one != other
    assert one != high
