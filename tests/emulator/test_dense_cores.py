"""Many events at once: cores that count them by axon type agree with the reference, also where a byte is full."""

from __future__ import annotations

import os

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import random_image

from neurocore.arch import ChipSpec
from neurocore.emulator.engine import Emulator
from neurocore.emulator.reference import run_reference
from neurocore.recording import Probe
from neurocore.spikes import AxonEvents

EXAMPLES = 6 if os.environ.get("NUMBA_DISABLE_JIT") == "1" else examples(40, 15)
TICKS = 5


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    axons=st.sampled_from([24, 64, 255, 256, 300, 1024]),
    neurons=st.sampled_from([1, 64, 200, 256, 330, 520]),
    types=st.integers(1, 8),
    one_type=st.booleans(),
    gamma=st.sampled_from([None, 0, 1, 2]),
    share=st.sampled_from([0.1, 0.5, 1.0]),
)
def test_dense_cores_agree_with_the_reference(seed, axons, neurons, types, one_type, gamma, share):
    spec = ChipSpec(name="dense", axons=axons, neurons=neurons, axon_types=types, grid=(2, 1))
    image = random_image(spec, seed)
    image.stochastic_weight[: 1 + seed % image.cores] = 0  # dense cores beside others
    if one_type:
        image.axon_type[:] = types - 1
    if gamma is not None:
        image.neurons.reset_mode[:] = gamma
        image.neurons.negative_saturation[:] = 1
    rng = np.random.default_rng(seed)
    tick, core, axon = np.nonzero(rng.random((TICKS, image.cores, axons)) < share)
    events = AxonEvents.sorted(tick, core, axon)
    who, where = np.indices(image.neuron_used.shape, dtype=np.int32).reshape(2, -1)
    probe = Probe(core=who, neuron=where)
    right = run_reference(image, events, TICKS, seed=seed, probe=probe)
    for threads in (1, 2):
        found = Emulator(image, seed=seed, threads=threads).run(TICKS, events, probe=probe)
        for name in ("potential", "spike_core", "spike_neuron", "counters", "tick_counters"):
            np.testing.assert_array_equal(getattr(found, name), getattr(right, name), err_msg=name)


@pytest.mark.parametrize("axons", [191, 192, 255, 256, 257, 1024])
def test_a_neuron_feels_every_axon(axons):
    """All synapses there, all axons of one type: more events than a byte counts."""
    image = random_image(ChipSpec(name="all", axons=axons, neurons=64, axon_types=1, grid=(1, 1)), 1)
    image.crossbar[:] = ~np.uint64(0)
    image.weight[:], image.stochastic_weight[:], image.neuron_used[:] = 3, 0, 1
    neurons = image.neurons
    neurons.threshold[:], neurons.threshold_noise_bits[:] = 100_000, 0
    neurons.leak[:], neurons.stochastic_leak[:], neurons.leak_reversal[:] = 0, 0, 0
    neurons.initial_potential[:] = -7
    neurons.negative_threshold[:] = 100
    emulator = Emulator(image)
    found = emulator.run(1, AxonEvents.sorted([0] * axons, [0] * axons, np.arange(axons)))
    assert (emulator.potential == 3 * axons - 7).all()
    assert found.total("synaptic_operations") == 64 * axons
