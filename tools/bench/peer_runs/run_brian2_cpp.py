"""Brian2's C++ standalone mode: a program is generated and compiled per network, and run anew for every repeat.

Its number of ticks is compiled in. The time is the one that the program measures, of its last run: its first WARM_UP
ticks are a run of their own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import brian2
import numpy as np
from child import WARM_UP, Network, Task, serve
from run_brian2 import brian2_network, spikes_of

TICKS_AT_64_CORES = 4000
"""About half a second's worth; more with fewer cores."""


class Brian2Cpp:
    """Flags are Brian2's own: -O3 -ffast-math -march=native."""

    version = brian2.__version__

    def __init__(self, network: Network, task: Task) -> None:
        self.kept = tempfile.TemporaryDirectory()
        self.folder = Path(self.kept.name)
        brian2.set_device("cpp_standalone", build_on_run=False)
        brian2.prefs.devices.cpp_standalone.openmp_threads = task.threads if task.threads > 1 else 0
        self.whole, self.monitor = brian2_network(network, task.record)
        self.ticks = task.ticks or TICKS_AT_64_CORES * 64 // network.cores
        if not task.record:
            self.compile(WARM_UP, self.ticks)

    def compile(self, *runs: int, and_run: bool = False) -> None:
        for ticks in runs:
            self.whole.run(ticks * brian2.ms)
        brian2.device.build(directory=str(self.folder), run=and_run, with_output=False)

    def run(self, ticks: int) -> float:
        if self.monitor is not None:
            self.compile(ticks, and_run=True)
            return 0.0
        program = subprocess.Popen([self.folder / "main"], cwd=self.folder, stdout=sys.stderr)
        _, status, usage = os.wait4(program.pid, 0)
        if status:
            raise RuntimeError(f"the program ended with status {status}")
        self.memory_bytes = usage.ru_maxrss * 1024
        return float((self.folder / "results" / "last_run_info.txt").read_text().split()[0])

    def spikes(self) -> tuple[np.ndarray, np.ndarray]:
        return spikes_of(self.monitor)


if __name__ == "__main__":
    serve(Brian2Cpp)
