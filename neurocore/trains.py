"""The spikes of one population, found in a recording through the image's logical map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.errors import RunError, closest
from neurocore.image import ChipImage
from neurocore.markup import html_table
from neurocore.recording import Recording, dense, trains_of

__all__ = ["PopulationSpikes", "spikes_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationSpikes:
    """What a population fired in ticks start_tick .. start_tick + ticks - 1. S spikes of n neurons.

    shape  : of the population; n is their product
    tick   : int64[S]  ascending
    neuron : int32[S]  flat (row-major) index in the population, ascending within a tick
    pruned : int32[P]  neurons that the mapper dropped, as they reach no output, probe or classification: not emulated
    """

    name: str
    shape: tuple[int, ...]
    start_tick: int
    ticks: int
    tick: npt.NDArray[np.int64]
    neuron: npt.NDArray[np.int32]
    pruned: npt.NDArray[np.int32]

    @property
    def size(self) -> int:
        """n, the number of neurons."""
        return int(np.prod(self.shape, dtype=np.int64))

    def __len__(self) -> int:
        """S, the number of spikes."""
        return len(self.tick)

    def spike_trains(self) -> list[npt.NDArray[np.int64]]:
        """int64[k] of each neuron: the ticks of its spikes, ascending; n of them, in row-major order."""
        return trains_of(self.tick, self.neuron, self.size)

    def count(self) -> npt.NDArray[np.int64]:
        """int64[*shape]: the spikes of each neuron; 0 for pruned ones."""
        return np.bincount(self.neuron, minlength=self.size).reshape(self.shape)

    def to_dense(self, *, start: int | None = None, stop: int | None = None) -> npt.NDArray[np.bool_]:
        """bool[T, n]: True where a neuron fired in a tick, from ``start`` on, before ``stop`` (default: the run).

        Raises RunError where this would take more than recording.DENSE_LIMIT bytes.
        """
        first, end = self.start_tick if start is None else start, self.start_tick + self.ticks if stop is None else stop
        return dense(self.tick, self.neuron, self.size, first, end)

    def _repr_html_(self) -> str:
        """For notebooks: how much was fired."""
        count = self.count()
        rows = [
            (
                "neurons",
                f"{self.size:,} {list(self.shape)}" + (f", {len(self.pruned):,} pruned" * bool(self.pruned.size)),
            ),
            ("ticks", f"{self.start_tick:,} to {self.start_tick + self.ticks - 1:,}"),
            ("spikes", f"{len(self):,}"),
            ("spikes per neuron", f"{count.min():,} to {count.max():,}, mean {count.mean():.3g}"),
        ]
        return html_table(f"Spikes of {self.name}", rows)


def spikes_of(image: ChipImage, recording: Recording, population: str) -> PopulationSpikes:
    """One population's spikes in a run of an image. A neuron that was copied is read once, from its first instance.

    Raises RunError for a name that the image does not know, and for a population that was pruned altogether.
    """
    table = image.logical
    groups = {group.name: group for group in table.populations}
    if population not in groups:
        fix = closest(population, groups) if groups else "it came already mapped: use recording.spike_trains()"
        raise RunError(f"'{image.name}' has no population named '{population}'", fix=fix)
    group = groups[population]
    numbers = np.arange(group.start, group.stop)
    first = np.searchsorted(table.instance_logical, numbers)
    there = np.zeros(group.size, np.bool_)
    inside = first < len(table.instance_logical)
    there[inside] = table.instance_logical[first[inside]] == numbers[inside]
    if not there.any():
        raise RunError(
            f"population '{population}' was pruned: it reaches no output, probe or classification",
            fix=f"outputs: [{population}], a probe of it, or mapping: {{prune: false}}",
        )
    index = np.full(image.neuron_used.shape, -1, np.int32)
    placed = first[there]
    index[table.instance_core[placed], table.instance_neuron[placed]] = np.flatnonzero(there)
    neuron = index[recording.spike_core, recording.spike_neuron]
    seen = neuron >= 0
    tick, neuron = recording.spike_tick[seen], neuron[seen]
    order = np.lexsort((neuron, tick))
    return PopulationSpikes(
        name=population,
        shape=group.shape,
        start_tick=recording.start_tick,
        ticks=recording.ticks,
        tick=tick[order],
        neuron=neuron[order],
        pruned=np.flatnonzero(~there).astype(np.int32),
    )
