"""A recording of a hundred million spikes is made and read in under 1 GB of memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import json
import numpy as np
import neurocore as nc
from neurocore.arch import ChipSpec
from neurocore.formats.recording_stream import spikes_in
from neurocore.image import ChipImage
from neurocore.verbs.machine import peak_memory_bytes

image = ChipImage.blank("busy", ChipSpec(), np.array([[0, 0], [1, 0], [0, 1], [1, 1]]))
image.neuron_used[:] = 1
image.neurons.threshold[:] = 0  # fires in every tick, without input
result = nc.run(image, ticks=100_000, out="busy", checkpoint="seconds=20")
made = peak_memory_bytes()
read = last = 0
for tick, core, neuron in spikes_in("busy/spikes.npz"):
    read, last = read + len(tick), int(tick[-1])
peak = peak_memory_bytes()
print(json.dumps({"spikes": len(result.recording.spikes), "made": made, "read": read, "last": last, "peak": peak}))
"""


@pytest.mark.slow
def test_a_hundred_million_spikes_take_less_than_a_gigabyte(tmp_path: Path):
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    print(told)
    assert told["spikes"] == told["read"] == 4 * 256 * 100_000
    assert told["last"] == 99_999
    assert told["peak"] < 10**9
