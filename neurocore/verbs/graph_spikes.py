"""A graph's spikes in floats and in integers, which the chip's are compared with; kept in the folder of a long run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.emulator.logical import LogicalRecording, run_logical
from neurocore.formats.file_writing import write_npz
from neurocore.formats.files import open_npz
from neurocore.formats.meta import pack_meta, read_meta, take
from neurocore.formats.nir.network import Imported
from neurocore.graph import Group
from neurocore.image import ChipImage
from neurocore.mapper.pipeline import Compiled
from neurocore.network import Network
from neurocore.verbs.importing import affordable_ticks, float_spikes, integer_spikes
from neurocore.verbs.sources import Source
from neurocore.verbs.stimulate import network_events

__all__ = ["GRAPH_FILE", "Both", "GraphSpikes", "both_spikes", "load_graph_spikes", "run_spikes", "save_graph_spikes"]

GRAPH_FILE: Final = "graph.npz"
_FORMAT: Final = "neurocore-graph"
_VERSION: Final = 1
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """One population. shift : ticks by which it is later on the chip; meant, integer : int64[S, 2], tick and member

    ``meant`` is the float graph's; both count the chip's ticks.
    """

    population: str
    shift: int
    meant: Rows
    integer: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSpikes:
    """All spikes before tick ``ticks``."""

    ticks: int
    populations: tuple[Both, ...]


def both_spikes(
    imported: Imported, network: Network, logical: LogicalRecording, groups: Sequence[Group], ticks: int
) -> GraphSpikes:
    """Run the float graph on the network's stimulus; the integers ran already."""
    meant = float_spikes(imported.graph, network, ticks)
    return GraphSpikes(
        ticks=ticks,
        populations=tuple(
            Both(
                population=group.name,
                shift=imported.graph.shift[group.name],
                meant=meant[group.name],
                integer=integer_spikes(logical, group),
            )
            for group in groups
            if group.name in meant
        ),
    )


def run_spikes(driven: Source, compiled: Compiled, ticks: int, seed: int) -> GraphSpikes | None:
    """Spikes of a run of a graph in NIR, from its start, as far as some seconds go; None where there is no graph.

    driven : the source, its network with the stimulus that drives the run
    """
    if driven.imported is None or driven.network is None or ticks < 1:
        return None
    ticks = min(ticks, affordable_ticks(driven.imported.graph, compiled.graph))
    pins, _ = network_events(driven, compiled.image, ticks)
    logical = run_logical(compiled.graph, compiled.image.spec, pins, ticks, seed=seed)
    return both_spikes(driven.imported, driven.network, logical, compiled.image.logical.populations, ticks)


def save_graph_spikes(spikes: GraphSpikes, path: Path, run: str) -> None:
    """Write an .npz file. run : the run's name"""
    arrays: dict[str, npt.NDArray[Any]] = {}
    for number, one in enumerate(spikes.populations):
        arrays |= {f"meant_{number}": one.meant, f"integer_{number}": one.integer}
    meta = {"format": _FORMAT, "version": _VERSION, "run": run, "ticks": spikes.ticks}
    meta |= {"populations": [[one.population, one.shift] for one in spikes.populations]}
    write_npz(path, {"meta": pack_meta(meta), **arrays}, compress=True, sync=True)


def load_graph_spikes(path: Path, image: ChipImage, run: str) -> GraphSpikes:
    """Read it back. Raises ImageError naming the file where it is damaged, of another run, or not of this image."""
    groups = {group.name: group for group in image.logical.populations}
    with open_npz(path) as npz:
        meta = read_meta(npz, _FORMAT, _VERSION)
        if take(npz, meta, "run", str) != run:
            raise npz.problem("meta.run", "these are the spikes of another run", "start the run again")
        ticks, found = take(npz, meta, "ticks", int), []
        for number, entry in enumerate(take(npz, meta, "populations", list)):
            name, shift = entry if isinstance(entry, list) and len(entry) == 2 else (None, None)
            if not isinstance(name, str) or name not in groups or type(shift) is not int:
                raise npz.problem("meta.populations", f"found {str(entry)[:60]}: no population of this image")
            rows = {}
            for kind in ("meant", "integer"):
                member = f"{kind}_{number}"
                npz.expect(member, np.int64, (None, 2))
                rows[kind] = npz.read(member)
                if (rows[kind] < 0).any() or (rows[kind] >= [ticks, groups[name].size]).any():
                    raise npz.problem(member, "it has a spike of no such tick or neuron")
            found.append(Both(population=name, shift=shift, **rows))
    return GraphSpikes(ticks=ticks, populations=tuple(found))
