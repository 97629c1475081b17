"""V and spikes at every tick against traces of an independent implementation of the published neuron."""

from __future__ import annotations

import numpy as np
import pytest
from trace_cases import names, neuron_case, neuron_cases, neuron_trace

from neurocore.emulator.backends import run
from neurocore.recording import Probe

CASES = names("neuron_traces", "*.csv")
PARAMETERS = neuron_cases()
BACKENDS = pytest.mark.parametrize("backend", ["numba", "reference"])


def test_the_traces_are_the_ones_we_know():
    assert CASES == ["absent"] or (len(CASES), len(PARAMETERS)) == (20, 22)


@BACKENDS
@pytest.mark.parametrize("name", CASES)
def test_every_potential_and_every_spike(name, backend):
    case, trace = neuron_case(name), neuron_trace(name)
    ticks, neurons = trace.potential.shape
    assert ticks == case.ticks
    probe = Probe(core=np.zeros(neurons, np.int32), neuron=np.arange(neurons, dtype=np.int32))
    found = run(case.image, case.events, ticks, backend=backend, probe=probe)
    np.testing.assert_array_equal(found.potential, trace.potential)
    fired = np.zeros_like(trace.fired)
    fired[found.spike_tick, found.spike_neuron] = 1
    np.testing.assert_array_equal(fired, trace.fired)


@BACKENDS
@pytest.mark.parametrize("name", PARAMETERS)
def test_the_spikes_written_beside_the_parameters(name, backend):
    """Every case has them, also leak_reversal_*, which have no trace and were run without the stop at zero."""
    case = neuron_case(name, stop_at_zero=not name.startswith("leak_reversal"))
    found = run(case.image, case.events, case.ticks, backend=backend)
    fires = {neuron: found.spike_tick[found.spike_neuron == neuron].tolist() for neuron in case.fires}
    assert fires == case.fires
    assert len(found.spike_tick) == sum(map(len, case.fires.values()))
