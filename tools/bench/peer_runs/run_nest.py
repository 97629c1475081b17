"""NEST: iaf_psc_delta without leak, refractory time or decay, one tick a millisecond."""

from __future__ import annotations

import nest
import numpy as np
from child import Network, Task, serve, timed

NO_LEAK_MS = 2.0**52
"""Time constant of the membrane: e^(-1 / 2^52) is 1 - 2^-52 in double precision, so that the input of a tick is exact
and a potential of some hundred loses 1e-13 of it per tick: half a unit off the threshold, potentials act as integers.
"""


class Nest:
    """Two kinds of synapses, each with one weight for all (static_synapse_hom_w), are NEST's leanest."""

    version = nest.__version__

    def __init__(self, network: Network, task: Task) -> None:
        nest.verbosity = nest.VerbosityLevel.ERROR
        nest.ResetKernel()
        nest.SetKernelStatus({"resolution": 1.0, "local_num_threads": task.threads})
        constant = {"E_L": 0.0, "V_reset": 0.0, "V_th": network.threshold - 0.5, "t_ref": 0.0}
        constant |= {"tau_m": NO_LEAK_MS, "C_m": 1.0, "V_min": -1e9}
        neurons = nest.Create("iaf_psc_delta", network.neurons, params=constant)
        neurons.set({"I_e": network.drive.astype(float), "V_m": network.potential.astype(float)})
        first = neurons[0].global_id
        for weight in (1, -1):
            model = "up" if weight > 0 else "down"
            nest.CopyModel("static_synapse_hom_w", model, {"weight": float(weight)})
            source, target = (ends.astype(np.int64) + first for ends in network.pairs(weight))
            synapse = {"synapse_model": model, "delay": np.full(len(source), 1.0)}
            nest.Connect(source, target, {"rule": "one_to_one"}, synapse)
        self.recorder = nest.Create("spike_recorder") if task.record else None
        if task.record:
            nest.Connect(neurons, self.recorder)
        self.first = first

    def run(self, ticks: int) -> float:
        return timed(nest.Simulate, float(ticks))

    def spikes(self) -> tuple[np.ndarray, np.ndarray]:
        events = self.recorder.get("events")  # a spike carries the time of its tick's end
        return np.rint(events["times"]).astype(np.int64) - 1, events["senders"] - self.first


if __name__ == "__main__":
    serve(Nest)
