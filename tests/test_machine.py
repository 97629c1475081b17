"""What a process says of its memory is its own, whoever started it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from neurocore.verbs.machine import peak_memory_bytes

LARGE = 500 * 2**20
CHILD = "from neurocore.verbs.machine import peak_memory_bytes; print(peak_memory_bytes())"
PARENT = f"import subprocess, sys; kept = b'1' * {LARGE}; subprocess.run([sys.executable, '-c', {CHILD!r}], check=True)"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not count a parent's memory")
def test_the_memory_of_the_process_that_started_it_does_not_count():
    done = subprocess.run([sys.executable, "-c", PARENT], capture_output=True, text=True, check=True)
    assert 2**20 < int(done.stdout) < LARGE // 2


def test_the_peak_stays_when_memory_is_given_back():
    before = peak_memory_bytes()
    if before is None:
        pytest.skip("this system does not say")
    grown = np.ones(before // 4 + 2**20)  # of 8 bytes each
    del grown
    assert peak_memory_bytes() > before + before // 2
