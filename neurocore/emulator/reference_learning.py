"""The scalar reference of learning: docs/learning.md in plain Python, one synapse after the other. An extension."""

from __future__ import annotations

from neurocore.image import ChipImage
from neurocore.learning import FORGOTTEN, POST_CLEAR, POST_SET, PRE_CLEAR, PRE_SET, ImageLearning
from neurocore.rng import KIND_LEARN_POST, KIND_LEARN_PRE, philox4x32

__all__ = ["ReferenceLearning"]


class ReferenceLearning:
    """Counters of every axon and neuron of a chip; they begin at FORGOTTEN, where they also stop."""

    def __init__(self, image: ChipImage, learning: ImageLearning, seed: int) -> None:
        self.seed = seed
        self.tables: list[list[list[int]]] = learning.tables.tolist()
        self.axon_rules: list[list[int]] = learning.axons.tolist()
        self.neuron_rules: list[list[int]] = learning.neurons.tolist()
        self.axon_key: list[list[int]] = image.axon_key.tolist()
        self.neuron_key: list[list[int]] = image.neuron_key.tolist()
        self.axon_counter = [[FORGOTTEN] * image.spec.axons for _ in range(image.cores)]
        self.neuron_counter = [[FORGOTTEN] * image.spec.neurons for _ in range(image.cores)]

    def step(self, rows: list[list[int]], core: int, active: list[int], fired: list[int], tick: int) -> None:
        """One tick of a core. rows : for each axon its neurons, ascending; changed"""
        axons, neurons = self.axon_counter[core], self.neuron_counter[core]
        for counters in (axons, neurons):
            for place, count in enumerate(counters):
                counters[place] = min(count + 1, FORGOTTEN)
        for axon in active:
            for neuron, ago in enumerate(neurons):
                self._synapse(rows, core, axon, neuron, ago, (PRE_SET, PRE_CLEAR), tick, KIND_LEARN_PRE)
        for axon in active:
            axons[axon] = 0
        for neuron in fired:
            for axon, ago in enumerate(axons):
                self._synapse(rows, core, axon, neuron, ago, (POST_SET, POST_CLEAR), tick, KIND_LEARN_POST)
        for neuron in fired:
            neurons[neuron] = 0

    def _synapse(
        self,
        rows: list[list[int]],
        core: int,
        axon: int,
        neuron: int,
        ago: int,
        cases: tuple[int, int],
        tick: int,
        kind: int,
    ) -> None:
        """One synapse, one case: a 0 may become 1, a 1 may become 0."""
        common = self.axon_rules[core][axon] & self.neuron_rules[core][neuron]
        if not common:
            return
        table = self.tables[common.bit_length() - 1]
        there = neuron in rows[axon]
        odds = table[cases[1] if there else cases[0]][ago]
        if odds and self._draw(self.neuron_key[core][neuron], self.axon_key[core][axon], tick, kind) < odds:
            if there:
                rows[axon].remove(neuron)
            else:
                rows[axon] = sorted([*rows[axon], neuron])

    def _draw(self, neuron_key: int, axon_key: int, tick: int, kind: int) -> int:
        counter = (tick % 2**32, neuron_key // 16, axon_key, kind + 4 * (tick >> 32))
        words = philox4x32(counter, (self.seed % 2**32, self.seed >> 32))
        return words[neuron_key % 16 // 4] >> (8 * (neuron_key % 4)) & 255
