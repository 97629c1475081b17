"""IBM's own models, run by both implementations: every output spike that IBM's simulator wrote, and no other."""

from __future__ import annotations

import numpy as np
import pytest
from trace_cases import data

from neurocore.emulator.backends import run
from neurocore.emulator.outputs import output_spikes
from neurocore.formats.ibm_corelet import read_model
from neurocore.formats.ibm_spikes import read_spikes

CASES = [
    ("patternMatch", "patternMatch_inputSpikes.sfti", 48, 24),
    ("mnist_neil2", "mnist_neil2_spikes.sfci", 1000, 118_086),
]


@pytest.mark.parametrize("backend", ["numba", "reference"])
@pytest.mark.parametrize(("model", "spikes", "ticks", "count"), CASES, ids=[case[0] for case in CASES])
def test_every_output_spike_of_ibms_simulator(model, spikes, ticks, count, backend):
    image, remarks = read_model(data("nscs", f"{model}.json"))
    assert remarks == ()
    recording = run(image, read_spikes(data("nscs", spikes)), ticks, backend=backend)
    found = output_spikes(image, recording)
    wanted = read_spikes(data("nscs", f"{model}_outputSpikes0.sfcp"))
    assert len(wanted.tick) == count
    for column in ("tick", "connector", "pin"):
        np.testing.assert_array_equal(getattr(found, column), getattr(wanted, column))
