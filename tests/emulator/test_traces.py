"""V and spikes at every tick against traces of an independent implementation of the published neuron."""

from __future__ import annotations

import numpy as np
import pytest
from trace_cases import names, neuron_trace

from neurocore.emulator.engine import run
from neurocore.recording import Probe

CASES = names("neuron_traces", "*.csv")


def test_the_traces_are_the_ones_we_know():
    assert CASES == ["absent"] or len(CASES) == 20


@pytest.mark.parametrize("backend", ["numba", "reference"])
@pytest.mark.parametrize("name", CASES)
def test_every_potential_and_every_spike(name, backend):
    trace = neuron_trace(name)
    ticks, neurons = trace.potential.shape
    probe = Probe(core=np.zeros(neurons, np.int32), neuron=np.arange(neurons, dtype=np.int32))
    found = run(trace.image, trace.events, ticks, backend=backend, probe=probe)
    np.testing.assert_array_equal(found.potential, trace.potential)
    fired = np.zeros_like(trace.fired)
    fired[found.spike_tick, found.spike_neuron] = 1
    np.testing.assert_array_equal(fired, trace.fired)
