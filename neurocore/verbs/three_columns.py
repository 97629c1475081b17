"""An imported graph three times: in floats, in integers, on the chip; rounding and mapping are told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.graph import Group
from neurocore.image import ChipImage
from neurocore.recording import Recording
from neurocore.units import counted
from neurocore.verbs.graph_spikes import GraphSpikes
from neurocore.verbs.importing import compared

__all__ = ["GraphColumns", "ThreeColumns", "columns_text", "run_columns", "three_columns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeColumns:
    """One population.

    shift           : ticks by which it is later on the chip than in the graph; spikes are compared after that
    spikes_float, spikes_integer, spikes_chip : how many, within the ticks compared
    rounding_wrong  : spikes missing or extra in the integer network against the float graph
    rounding_counts : neurons whose spike counts differ between these; rounding_most : by at most so many
    mapping_wrong   : spikes missing or extra on the chip against the integer network
    pruned          : neurons that are not on the chip, as nothing depends on their spikes; no spike of theirs is wrong
    first           : the first spike that rounding changed, in words; empty if none
    """

    population: str
    neurons: int
    shift: int
    spikes_float: int
    spikes_integer: int
    spikes_chip: int
    rounding_wrong: int
    rounding_counts: int
    rounding_most: int
    mapping_wrong: int
    pruned: int
    first: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphColumns:
    """A run of an imported graph: its populations in three columns, over the first ``ticks`` ticks."""

    ticks: int
    columns: tuple[ThreeColumns, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"ticks": self.ticks, "columns": [column.as_dict() for column in self.columns]}

    def text(self) -> str:
        """For a terminal."""
        return f"float graph, integer network, chip: spikes in {self.ticks:,} ticks\n{columns_text(self.columns)}"


def run_columns(spikes: GraphSpikes | None, mapped: Recording, image: ChipImage) -> GraphColumns | None:
    """The columns of a run from its first tick; None where the network is not of a graph in NIR."""
    if spikes is None:
        return None
    return GraphColumns(ticks=spikes.ticks, columns=three_columns(spikes, mapped, image))


def three_columns(spikes: GraphSpikes, mapped: Recording, image: ChipImage) -> tuple[ThreeColumns, ...]:
    """Compare, population by population, over the ticks that ``spikes`` covers; the recording has these and more."""
    groups = {group.name: group for group in image.logical.populations}
    found = []
    for both in spikes.populations:
        group = groups[both.population]
        chip = _on_chip(group, mapped, image)
        chip = chip[chip[:, 0] < spikes.ticks]
        there = np.zeros(group.size, bool)
        there[image.logical.instance_logical[_instances(group, image)] - group.start] = True
        rounding = compared(both.meant, both.integer, group)
        found.append(
            ThreeColumns(
                population=group.name,
                neurons=group.size,
                shift=both.shift,
                spikes_float=len(both.meant),
                spikes_integer=len(both.integer),
                spikes_chip=len(chip),
                rounding_wrong=rounding.wrong,
                rounding_counts=rounding.off,
                rounding_most=rounding.by,
                mapping_wrong=compared(both.integer[there[both.integer[:, 1]]], chip, group).wrong,
                pruned=int((~there).sum()),
                first=rounding.first,
            )
        )
    return tuple(found)


def _instances(group: Group, image: ChipImage) -> npt.NDArray[np.int64]:
    """Where each member's first instance is: rows of the logical map."""
    table = image.logical.instance_logical
    first = np.flatnonzero(np.diff(table, prepend=-1) > 0)
    return first[(table[first] >= group.start) & (table[first] < group.stop)]


def _on_chip(group: Group, mapped: Recording, image: ChipImage) -> npt.NDArray[np.int64]:
    """int64[S, 2], (tick, member) of the spikes of each member's first instance."""
    table, rows = image.logical, _instances(group, image)
    member = np.full(image.neuron_used.shape, -1, np.int64)
    member[table.instance_core[rows], table.instance_neuron[rows]] = table.instance_logical[rows] - group.start
    fired = member[mapped.spike_core, mapped.spike_neuron]
    spikes = np.stack([mapped.spike_tick[fired >= 0], fired[fired >= 0]], axis=1).astype(np.int64)
    return spikes[np.lexsort((spikes[:, 1], spikes[:, 0]))]


def columns_text(columns: tuple[ThreeColumns, ...]) -> str:
    """A table for terminals."""
    head = ("population", "later by", "float", "integer", "chip", "lost to rounding", "lost to mapping")
    rows = [
        (
            one.population,
            f"{one.shift}",
            f"{one.spikes_float:,}",
            f"{one.spikes_integer:,}",
            f"{one.spikes_chip:,}" + (f" (without {one.pruned:,} pruned)" if one.pruned else ""),
            f"{one.rounding_wrong:,}" + (f" ({counted(one.rounding_counts, 'count')})" if one.rounding_counts else ""),
            f"{one.mapping_wrong:,}",
        )
        for one in columns
    ]
    width = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    lines = []
    for row in (head, *rows):
        cells = [
            cell.ljust(w) if place == 0 else cell.rjust(w)
            for place, (cell, w) in enumerate(zip(row, width, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
