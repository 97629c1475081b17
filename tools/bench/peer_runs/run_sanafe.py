"""SANA-FE: its TrueNorth soma on a mesh of as many tiles as the network has cores; the simplest timing, no traces."""

from __future__ import annotations

import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import sanafe
from child import Network, Task, serve, timed

ARCHITECTURE = """
architecture:
  name: peers
  attributes: {{topology: mesh, width: {width}, height: {height}, link_buffer_size: 1, sync_model: fixed,
    latency_sync: 0.0}}
  tile:
    - name: tile[0..{last}]
      attributes: {{energy_north_hop: 0.0, latency_north_hop: 0.0, energy_east_hop: 0.0, latency_east_hop: 0.0,
        energy_south_hop: 0.0, latency_south_hop: 0.0, energy_west_hop: 0.0, latency_west_hop: 0.0}}
      core:
        - name: core
          attributes: {{buffer_position: soma, buffer_inside_unit: false, max_neurons_supported: 256}}
          axon_in: [{{name: in, attributes: {{energy_message_in: 0.0, latency_message_in: 0.0}}}}]
          synapse: [{{name: synapse, attributes: {{model: current_based, energy_process_spike: 0.0,
            latency_process_spike: 0.0}}}}]
          dendrite: [{{name: dendrite, attributes: {{model: accumulator, energy_update: 0.0, latency_update: 0.0}}}}]
          soma: [{{name: soma, attributes: {{model: truenorth, energy_access_neuron: 0.0, latency_access_neuron: 0.0,
            energy_update_neuron: 0.0, latency_update_neuron: 0.0, energy_spike_out: 0.0, latency_spike_out: 0.0}}}}]
          axon_out: [{{name: out, attributes: {{energy_message_out: 0.0, latency_message_out: 0.0}}}}]
"""


class SanaFe:
    """An initial potential is not among its parameters: a bias of the first tick stands for it."""

    version = version("sanafe")

    def __init__(self, network: Network, task: Task) -> None:
        self.task = task
        self.started, self.trace = False, []
        height = 2 ** (max(0, (network.cores - 1).bit_length()) // 2)
        width = -(-network.cores // height)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "architecture.yaml"
            path.write_text(ARCHITECTURE.format(width=width, height=height, last=width * height - 1))
            architecture = sanafe.load_arch(str(path))
        graph = sanafe.Network()
        shared = {"threshold": network.threshold, "reset": 0, "reset_mode": "hard", "leak_towards_zero": False}
        shared |= {"reverse_threshold": -1e9, "reverse_reset_mode": "saturate"}
        group = graph.create_neuron_group("all", network.neurons, model_attributes=shared, log_spikes=task.record)
        cores = architecture.cores()
        for number, neuron in enumerate(group):
            own = {"leak": int(network.drive[number]), "bias": int(network.potential[number])}
            neuron.set_attributes(model_attributes=own)
            neuron.map_to_core(cores[number // 256])
        source, target = network.pairs()
        weights = network.weight[source].astype(float).tolist()
        group.connect_neurons_sparse(
            group, {"weight": weights}, list(zip(source.tolist(), target.tolist(), strict=True))
        )
        self.chip = sanafe.SpikingChip(architecture)
        self.chip.load(graph)

    def advance(self, ticks: int) -> None:
        threads, trace = self.task.threads, True if self.task.record else None
        found = self.chip.sim(ticks, timing_model="simple", processing_threads=threads, spike_trace=trace)
        if self.task.record:
            self.trace += found["spike_trace"]

    def run(self, ticks: int) -> float:
        if not self.started:
            self.advance(1)
            for neuron in self.chip.mapped_neuron_groups["all"]:
                neuron.set_attributes(model_attributes={"bias": 0})
            self.started, ticks = True, ticks - 1
        return timed(self.advance, ticks)

    def spikes(self) -> tuple[np.ndarray, np.ndarray]:
        found = [(tick, spike.neuron_offset) for tick, spikes in enumerate(self.trace) for spike in spikes]
        tick, neuron = np.array(found, np.int64).reshape(-1, 2).T
        return tick, neuron


if __name__ == "__main__":
    serve(SanaFe)
