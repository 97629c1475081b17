"""Brian2 with Cython, potentials and drive as 32-bit integers.

The order of a step is the tick's: drive, threshold, reset, then synapses without delay, whose effect the next step
sees.
"""

from __future__ import annotations

from pathlib import Path

import brian2
import numpy as np
from child import Network, Task, serve

CACHE = Path(__file__).parents[1] / ".peers-venv" / "brian2-cython"
ORDER = ["start", "groups", "thresholds", "resets", "synapses", "end"]


def brian2_network(network: Network, record: bool) -> tuple[brian2.Network, brian2.SpikeMonitor | None]:
    """The network with Brian2's leanest synapses: one object per weight, so that none is stored per synapse."""
    brian2.defaultclock.dt = 1 * brian2.ms
    group = brian2.NeuronGroup(
        network.neurons,
        "v : integer\ndrive : integer (constant)",
        threshold=f"v >= {network.threshold}",
        reset="v = 0",
    )
    group.drive = network.drive
    group.v = network.potential
    group.run_regularly("v += drive", when="groups")
    parts = [group]
    for weight in (1, -1):
        synapses = brian2.Synapses(group, group, on_pre=f"v_post += {weight}")
        source, target = network.pairs(weight)
        synapses.connect(i=source, j=target)
        parts.append(synapses)
    whole = brian2.Network(*parts)
    whole.schedule = ORDER
    monitor = brian2.SpikeMonitor(group) if record else None
    if monitor is not None:  # it has a length, 0
        whole.add(monitor)
    return whole, monitor


def spikes_of(monitor: brian2.SpikeMonitor) -> tuple[np.ndarray, np.ndarray]:
    """Tick and neuron of every spike."""
    return np.rint(np.asarray(monitor.t / brian2.ms)).astype(np.int64), np.asarray(monitor.i)


class Brian2Cython:
    """Compiled modules are kept beside the environment, so only its first build compiles."""

    version = brian2.__version__

    def __init__(self, network: Network, task: Task) -> None:
        brian2.prefs.codegen.target = "cython"
        brian2.prefs.codegen.runtime.cython.cache_dir = str(CACHE)
        brian2.prefs.codegen.runtime.cython.multiprocess_safe = False
        self.whole, self.monitor = brian2_network(network, task.record)
        if not task.record:
            self.whole.run(1 * brian2.ms)  # compiles

    def run(self, ticks: int) -> float:
        """Brian2's own measure of the time, as it tells it to a report: every run begins with some 0.3 s of checks."""
        seconds = []
        self.whole.run(ticks * brian2.ms, report=lambda elapsed, *_: seconds.append(float(elapsed)))
        return seconds[-1]

    def spikes(self) -> tuple[np.ndarray, np.ndarray]:
        return spikes_of(self.monitor)


if __name__ == "__main__":
    serve(Brian2Cython)
