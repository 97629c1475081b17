"""RANC's simulators and, through its authors, IBM's Compass: every recorded spike and potential."""

from __future__ import annotations

import numpy as np
import pytest
from ranc_cases import RancCase, ranc_case
from trace_cases import names

from neurocore.emulator.backends import run
from neurocore.emulator.outputs import output_spikes
from neurocore.recording import Probe, Recording

CASES = names("ranc", "*.npz")
WHOLE, BEGINNING = 10**6, 300
"""Ticks at most: the scalar reference takes a second for a thousand."""


def test_the_cases_are_the_ones_we_know():
    assert CASES == ["absent"] or len(CASES) == 26


@pytest.mark.parametrize(
    ("backend", "most"),
    [("numba", WHOLE), ("reference", BEGINNING), pytest.param("reference", WHOLE, marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("name", CASES)
def test_everything_that_was_recorded(name, backend, most):
    case = ranc_case(name)
    every = np.indices(case.image.neuron_used.shape, dtype=np.int32).reshape(2, -1)
    wants_potential = "exp_V_cpp" in case.arrays
    probe = Probe(core=every[0], neuron=every[1]) if wants_potential else Probe.none()
    ticks = min(case.ticks, most)
    found = run(case.image, case.events, ticks, backend=backend, probe=probe)
    checked = 0
    if "exp_spikes_cpp" in case.arrays:
        spikes = np.stack([found.spike_tick, found.spike_core, found.spike_neuron], axis=1)
        wanted = case.arrays["exp_spikes_cpp"]
        wanted = wanted[wanted[:, 0] < ticks]
        np.testing.assert_array_equal(spikes, wanted[np.lexsort(wanted.T[::-1])])
        checked += 1
    if wants_potential:
        wanted = case.arrays["exp_V_cpp"][:ticks]
        np.testing.assert_array_equal(found.potential.reshape(wanted.shape), wanted)
        checked += 1
    for source in [key for key in case.arrays if key.startswith("exp_bus_")]:
        if source != "exp_bus_rtl":  # RANC's Verilog wraps its 9-bit potentials: its own C++ simulator is compared
            assert_bus(case, found, case.arrays[source], ticks)
            checked += 1
    assert checked


def assert_bus(case: RancCase, found: Recording, wanted: np.ndarray, ticks: int) -> None:
    """Output spikes; recordings are complete for all ticks but the last."""
    outputs = output_spikes(case.image, found)
    complete = outputs.tick < ticks - 1
    rows = np.unique(np.stack([outputs.tick, outputs.pin], axis=1)[complete], axis=0)
    wanted = wanted[wanted[:, 0] < ticks - 1]
    np.testing.assert_array_equal(rows, np.unique(wanted, axis=0))
