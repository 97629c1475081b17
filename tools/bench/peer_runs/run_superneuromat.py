"""SuperNeuroMAT on its sparse backend: every tick is the product of a sparse matrix with the spikes, by SciPy.

It has no drive; input spikes to every neuron in every tick, which it adds in the same place, stand for it.
"""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
from child import Network, Task, serve, timed
from superneuromat import SNN


class SuperNeuroMat:
    """It spikes above the threshold, not at it: half a unit less is the same for integers."""

    version = version("superneuromat")

    def __init__(self, network: Network, task: Task) -> None:
        self.drive, self.record = network.drive.astype(float), task.record
        self.snn = SNN()
        self.snn.manual_setup = True
        for potential in network.potential.tolist():
            self.snn.create_neuron(threshold=network.threshold - 0.5, leak=0.0, initial_state=float(potential))
        source, target = network.pairs()
        weights = network.weight[source].astype(float)
        for ends in zip(source.tolist(), target.tolist(), weights.tolist(), strict=True):
            self.snn.create_synapse(*ends)
        self.snn.backend = "cpu"
        self.snn.setup(sparse=True)

    def run(self, ticks: int) -> float:
        # What setup_input_spikes() makes, without 16 bytes per neuron and tick: one row, seen at every tick.
        self.snn._input_spikes = np.broadcast_to(self.drive, (ticks + 1, len(self.drive)))
        took = timed(self.snn.simulate, ticks)
        if not self.record:
            self.snn.clear_spike_train()
        return took

    def spikes(self) -> tuple[np.ndarray, np.ndarray]:
        tick, neuron = np.nonzero(self.snn.ispikes)
        return tick, neuron


if __name__ == "__main__":
    serve(SuperNeuroMat)
