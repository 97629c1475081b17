"""Neurons with more inputs than a core has axons: partial sums in front of them, on request, for this is not exact.

A neuron of the partial sums adds up part of the weights of one sign and spikes once for every ``step`` of potential;
the neuron itself adds the step for each such spike (takes it off for inhibitory parts). Sums are therefore late by what
has not made a whole step yet, and by what exceeds one step a tick; a synapse of delay 1 is one tick late, longer
delays are made up for. How much that changes is measured by ``neurocore verify``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.errors import CapacityError, ConfigError
from neurocore.graph import Group, NeuronGraph, find_group
from neurocore.mapper.merge import Synapses, merge
from neurocore.mapper.notes import Note
from neurocore.mapper.realise import realise
from neurocore.neuron import RESET_MODES, NeuronParameters

__all__ = ["PARTIAL_SUMS", "split_fan_in"]

PARTIAL_SUMS = ".partial_sums"
"""Ending of the names of the populations that are added."""

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Parts:
    """Partial sums of all neurons that are split. S' synapses of theirs, Q partial sums.

    rows   : int64[S']  synapses of the graph; part : int64[S'], the partial sum that each goes to, 0..Q-1
    target : int64[Q]  neuron that a partial sum belongs to; sign : int64[Q]; step : int64[Q]
    """

    rows: Whole
    part: Whole
    target: Whole
    sign: Whole
    step: Whole


def split_fan_in(
    graph: NeuronGraph, spec: ChipSpec, kept: npt.NDArray[np.bool_]
) -> tuple[NeuronGraph, npt.NDArray[np.bool_], Note]:
    """Put partial sums in front of neurons that need more axons than a core has.

    kept : bool[L]  neurons to place
    Returns the graph with populations of partial sums behind its own, kept with those, and a note.
    Raises CapacityError for a neuron whose synapses are stochastic, or that has too many even for this.
    """
    size: npt.NDArray[np.int64] = np.full(graph.neuron_count, spec.axons)
    over = np.flatnonzero(_axons_needed(graph, spec) > spec.axons)
    if not len(over):
        return graph, kept, Note(stage="split", text="nothing to split", facts={"neurons": 0, "partial_sums": 0})
    while True:
        parts = _parts(graph, spec, over, size)
        split = _with_partial_sums(graph, parts)
        needed = _axons_needed(split, spec)
        wide = np.flatnonzero(needed[: graph.neuron_count] > spec.axons)
        crowded = np.flatnonzero(needed[graph.neuron_count :] > spec.axons)
        if np.isin(wide, over, invert=True).any():
            over = np.union1d(over, wide)  # other weights in its population left a neuron fewer axon types
        elif len(crowded):
            owners = np.unique(parts.target[_order(parts.target)][crowded])
            size[owners] //= 2
            if size[owners].min() < 1:
                raise _too_many(graph, spec, int(owners[0]), int(needed.max()))
        elif len(wide):
            raise _too_many(graph, spec, int(wide[0]), int(needed[wide[0]]))
        else:
            break
    late = int((graph.delay[parts.rows] == 1).sum())
    names = ", ".join(group.name for group in graph.populations if _within(over, group).any())
    text = f"{len(over):,} neurons of {names} hear too many sources: {len(parts.target):,} partial sums"
    text += f"; {late:,} synapses of delay 1 are a tick late" if late else ""
    note = Note(
        stage="split",
        text=text + "; not exact, see verify",
        facts={"neurons": len(over), "partial_sums": len(parts.target), "late_synapses": late},
    )
    return split, np.concatenate([kept, np.ones(len(parts.target), bool)]), note


def _axons_needed(graph: NeuronGraph, spec: ChipSpec) -> Whole:
    """int64[L]"""
    wiring, _ = realise(graph, spec)
    return np.diff(wiring.start)


def _within(neurons: Whole, group: Group) -> npt.NDArray[np.bool_]:
    return (neurons >= group.start) & (neurons < group.stop)


def _parts(graph: NeuronGraph, spec: ChipSpec, over: Whole, size: Whole) -> _Parts:
    """Deal the synapses of each sign out, in order of their sources, to as many parts as they need.

    size : int64[L]  most sources of a part
    """
    wide = np.zeros(graph.neuron_count, bool)
    wide[over] = True
    rows = np.flatnonzero(wide[graph.target])
    if graph.stochastic[rows].any():
        neuron = int(graph.target[rows[graph.stochastic[rows]][0]])
        raise CapacityError(
            f"{find_group(graph.populations, neuron).label(neuron)} hears more sources than a core has axons, some "
            "through stochastic synapses; only deterministic ones can be split",
            constraint="axons per core",
            needs=int((graph.target[rows] == neuron).sum()),
            has=spec.axons,
            path=f"populations.{find_group(graph.populations, neuron).name}",
            fix="a smaller fan-in, or an extra layer in between",
        )
    sign = np.sign(graph.weight[rows]).astype(np.int64)
    rows = rows[np.lexsort((graph.delay[rows], graph.source[rows], -sign, graph.target[rows]))]
    sign = np.sign(graph.weight[rows]).astype(np.int64)
    target = graph.target[rows].astype(np.int64)
    begin = np.flatnonzero((np.diff(target, prepend=-1) != 0) | (np.diff(sign, prepend=0) != 0))
    length = np.diff(begin, append=len(rows))
    many = -(-length // size[target[begin]])
    within = np.arange(len(rows)) - np.repeat(begin, length)
    number = within * np.repeat(many, length) // np.repeat(length, length)
    part = np.repeat(np.cumsum(many) - many, length) + number
    owner, signs = np.repeat(target[begin], many), np.repeat(sign[begin], many)
    excitatory = np.bincount(owner[signs > 0], minlength=graph.neuron_count)[owner]
    # Enough for the neuron to reach its threshold in one tick, if all its excitatory parts have a spike for it.
    step = -(-graph.neurons.threshold[owner].astype(np.int64) // np.maximum(excitatory, 1))
    return _Parts(rows, part, owner, signs, np.clip(step, 1, spec.weight_limit))


def _order(target: Whole) -> Whole:
    """Partial sums in the order in which they are numbered: by their neuron."""
    return np.argsort(target, kind="stable")


def _with_partial_sums(graph: NeuronGraph, parts: _Parts) -> NeuronGraph:
    """The graph with partial sums behind its neurons and the synapses led through them."""
    neurons, many = graph.neuron_count, len(parts.target)
    number = np.empty(many, np.int64)
    number[_order(parts.target)] = neurons + np.arange(many)
    stay = np.ones(len(graph.source), bool)
    stay[parts.rows] = False

    def moved(source: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        return source + np.where(source >= neurons, many, 0).astype(np.int32)

    delay = graph.delay[parts.rows]
    joined = merge(
        [
            Synapses(
                moved(graph.source[stay]),
                graph.target[stay],
                graph.weight[stay],
                graph.delay[stay],
                graph.stochastic[stay],
            ),
            Synapses(
                moved(graph.source[parts.rows]),
                number[parts.part].astype(np.int32),
                np.abs(graph.weight[parts.rows]),
                np.where(delay > 1, delay - 1, 1).astype(np.uint8),
                np.zeros(len(parts.rows), bool),
            ),
            Synapses(
                number.astype(np.int32),
                parts.target.astype(np.int32),
                (parts.sign * parts.step).astype(np.int32),
                np.ones(many, np.uint8),
                np.zeros(many, bool),
            ),
        ],
        neurons + many,
    )
    added = NeuronParameters.unused((many,)).arrays()
    added["threshold"][number - neurons] = parts.step
    added["reset_mode"][:] = RESET_MODES["linear"]
    groups = list(graph.populations)
    for group in graph.populations:
        members = int(_within(parts.target, group).sum())
        if members:
            groups.append(Group(name=_free_name(graph, group), start=groups[-1].stop, shape=(members,)))
    return replace(
        graph,
        populations=tuple(groups),
        neurons=NeuronParameters(
            **{name: np.concatenate([array, added[name]]) for name, array in graph.neurons.arrays().items()}
        ),
        source=joined.source,
        target=joined.target,
        weight=joined.weight,
        delay=joined.delay,
        stochastic=joined.stochastic,
    )


def _free_name(graph: NeuronGraph, group: Group) -> str:
    name = group.name + PARTIAL_SUMS
    if name in {other.name for other in (*graph.populations, *graph.inputs)}:
        raise ConfigError(
            f"'{name}' is needed for the partial sums of '{group.name}'", path=f"populations.{name}", fix="rename it"
        )
    return name


def _too_many(graph: NeuronGraph, spec: ChipSpec, neuron: int, needed: int) -> CapacityError:
    group = find_group(graph.populations, neuron)
    fan_in = int((graph.target == neuron).sum())
    return CapacityError(
        f"{group.label(neuron)} hears {fan_in:,} sources, and even its partial sums need {needed:,} axons of one core",
        constraint="axons per core",
        needs=needed,
        has=spec.axons,
        path=f"populations.{group.name}",
        fix="a smaller fan-in, or an extra layer in between",
    )
