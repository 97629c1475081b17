"""A machine without wide vectors gives the same; an old compiled kernel is never used for a new source."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from neurocore.emulator.reference import run_reference
from neurocore.recording import Probe
from tests.strategies import ChipSpec, random_events, random_image

TICKS = 30
JIT = os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0")
SCRIPT = f"""
import sys
import numpy as np
from neurocore.arch import ChipSpec
from neurocore.emulator.engine import Emulator
from tests.strategies import random_events, random_image
image = random_image(ChipSpec(name="random", grid=(2, 2)), 8)
chip = Emulator(image, seed=5, threads=1)
found = chip.run({TICKS}, random_events(image, {TICKS}, 8))
np.savez(sys.argv[1], potential=chip.potential, counters=found.counters, neuron=found.spike_neuron)
"""


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_a_plain_processor_gives_the_same(tmp_path: Path) -> None:
    image = random_image(ChipSpec(name="random", grid=(2, 2)), 8)
    plain = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "PYTHONPATH": os.pathsep.join(sys.path)}
    script = [sys.executable, "-c", SCRIPT, str(tmp_path / "found.npz")]
    subprocess.run(script, env=os.environ | plain, check=True)
    core, neuron = np.indices(image.neuron_used.shape, dtype=np.int32).reshape(2, -1)
    probe = Probe(core=core, neuron=neuron, start=TICKS - 1)
    right = run_reference(image, random_events(image, TICKS, 8), TICKS, seed=5, probe=probe)
    with np.load(tmp_path / "found.npz", allow_pickle=False) as found:
        assert len(right.spike_neuron) > 1000
        np.testing.assert_array_equal(found["neuron"], right.spike_neuron)
        np.testing.assert_array_equal(found["counters"], right.counters)
        np.testing.assert_array_equal(found["potential"].ravel(), right.potential[-1])
