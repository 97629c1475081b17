"""neurocore itself, under the same conditions as its peers; counters on and spikes recorded, as always."""

from __future__ import annotations

import numpy as np
from child import Network, Task, serve, timed

import neurocore
from neurocore.emulator.engine import Emulator
from neurocore.spikes import AxonEvents
from neurocore.workloads.peers import peer_image


class Neurocore:
    """The image is made anew from the seed: it is where the network of the others came from."""

    version = neurocore.__version__

    def __init__(self, network: Network, task: Task) -> None:
        self.emulator = Emulator(peer_image(network.cores, network.seed), threads=task.threads)
        self.emulator.warm_up()

    def run(self, ticks: int) -> float:
        return timed(self._run, ticks)

    def _run(self, ticks: int) -> None:
        self.recording = self.emulator.run(ticks, AxonEvents.sorted([], [], []))

    def spikes(self) -> tuple[np.ndarray, np.ndarray]:
        return self.recording.spike_tick, self.recording.spike_core * 256 + self.recording.spike_neuron


if __name__ == "__main__":
    serve(Neurocore)
