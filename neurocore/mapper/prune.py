"""Dropping neurons that cannot influence any output, probe or classification."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from neurocore.graph import NeuronGraph
from neurocore.mapper.lean import picked
from neurocore.mapper.notes import Note

__all__ = ["prune"]


def prune(
    graph: NeuronGraph, watched: tuple[str, ...], wanted: bool = True
) -> tuple[NeuronGraph, npt.NDArray[np.bool_], Note]:
    """Keep what reaches an output or a watched population; drop synapses to all else.

    watched : populations that are probed or scored; where there are neither these nor outputs, everything is kept
    wanted  : False keeps everything
    Returns the graph with the synapses that are left (neurons keep their numbers), bool[L] of the neurons kept, a note.
    """
    roots = {*graph.outputs, *watched}
    kept = np.zeros(graph.neuron_count, bool)
    for group in graph.populations:
        if group.name in roots or not roots or not wanted:
            kept[group.start : group.stop] = True
    rows = np.arange(0 if kept.all() else len(graph.source), dtype=np.int32)
    while len(rows):
        reaching = kept[graph.target[rows]]
        sources = graph.source[rows[reaching]]
        sources = sources[sources < graph.neuron_count]
        before = int(kept.sum())
        kept[sources] = True
        rows = rows[~reaching]
        if int(kept.sum()) == before:
            break
    dropped = graph.neuron_count - int(kept.sum())
    if not wanted:
        return graph, kept, Note(stage="prune", text="off", facts={"neurons": 0, "synapses": 0})
    if not dropped:
        return graph, kept, Note(stage="prune", text="nothing to drop", facts={"neurons": 0, "synapses": 0})
    stay = kept[graph.target]
    lost = len(stay) - int(stay.sum())
    touched = [group.name for group in graph.populations if not kept[group.start : group.stop].all()]
    names = ", ".join(touched[:6]) + (f" and {len(touched) - 6:,} more" if len(touched) > 6 else "")
    left = replace(
        graph,
        source=graph.source[stay],
        target=graph.target[stay],
        weight=picked(graph.weight, stay),
        delay=picked(graph.delay, stay),
        stochastic=picked(graph.stochastic, stay),
    )
    text = f"{dropped:,} neurons and {lost:,} synapses of {names} reach no output and no probe: dropped"
    return left, kept, Note(stage="prune", text=text, facts={"neurons": dropped, "synapses": lost})
