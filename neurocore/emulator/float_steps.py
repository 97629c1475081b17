"""The float graph run step by step, as frameworks run it: what rounding and mapping are measured against."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from neurocore.float_graph import FloatGraph, Link, Stage
from neurocore.spikes import InputSpikes

__all__ = ["run_float"]

Floats = npt.NDArray[np.float64]


def run_float(graph: FloatGraph, spikes: InputSpikes, steps: int, parts: int = 1) -> dict[str, npt.NDArray[np.int64]]:
    """Run a graph. An edge takes no time, unless it has steps; V starts at 0 (at v_leak in a leaky neuron).

    spikes : of input pins, numbered over the graph's input stages in their order; a tick is a step
    parts  : of a step, for delays that are not whole steps: arrivals count when they come, while pins, biases and
             leaks keep to whole steps
    Returns stage -> int64[S, 2], the parts of steps and members of its spikes in order; input stages included.
    """
    stages = graph.stages
    deepest = 1 + max((int(np.rint(link.time.max(initial=0) * parts)) for link in graph.links), default=0)
    past = {stage.name: np.zeros((deepest, stage.size)) for stage in stages}
    start = {}
    pins = 0
    for stage in stages:
        if stage.kind == "input":
            start[stage.name] = pins
            pins += stage.size
    update = {stage.name: _neuron(stage, graph) for stage in stages if stage.kind != "input"}
    gather = {stage.name: [_link(link, stage.size, parts) for link in graph.links_to(stage.name)] for stage in stages}
    found: dict[str, list[npt.NDArray[np.int64]]] = {stage.name: [np.zeros((0, 2), np.int64)] for stage in stages}
    first = np.searchsorted(spikes.tick, np.arange(steps + 1))
    for step in range(steps * parts):
        whole = step % parts == 0
        tick = step // parts
        now = spikes.pin[first[tick] : first[tick + 1]].astype(np.int64) if whole else np.zeros(0, np.int64)
        for stage in stages:
            slot = past[stage.name][step % deepest]
            if stage.kind == "input":
                mine = now[(now >= start[stage.name]) & (now < start[stage.name] + stage.size)] - start[stage.name]
                slot[:] = 0
                slot[mine] = 1
            else:
                current = np.zeros(stage.size)
                for one in gather[stage.name]:
                    one(current, past, step, deepest)
                slot[:] = update[stage.name](current, whole)
            who = np.flatnonzero(slot)
            found[stage.name].append(np.stack([np.full(len(who), step), who], axis=1))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _link(link: Link, size: int, parts: int) -> Callable[[Floats, dict[str, Floats], int, int], None]:
    """Adds what a link carries in a step to a current."""
    late = np.rint(link.time * parts).astype(np.int64)

    def carry(current: Floats, past: dict[str, Floats], step: int, deepest: int) -> None:
        there = late <= step
        value = link.weight
        if link.source:
            value = value * past[link.source][(step - late) % deepest, link.column]
        else:
            there &= (step - late) % parts == 0
        current += np.bincount(link.row, np.where(there, value, 0), size)

    return carry


def _neuron(stage: Stage, graph: FloatGraph) -> Callable[[Floats, bool], Floats]:
    """One step of a stage's neurons, or a part of one in which only who gets input acts: input to spikes (0 or 1)."""
    p = stage.parameters
    v = p.get("v_leak", np.zeros(stage.size)).copy()
    exceeds = np.greater if graph.fires == "above" else np.greater_equal

    def step(current: Floats, whole: bool) -> Floats:
        nonlocal v
        acts = np.ones(stage.size, bool) if whole else current != 0
        match stage.kind:
            case "threshold":
                return (acts & exceeds(p["r"] * current, p["v_threshold"])).astype(np.float64)
            case "if":
                v = v + p["r"] * current
            case _:
                v = v + whole * p["decay"] * (p["v_leak"] - v) + p["r"] * current
        spike = acts & exceeds(v, p["v_threshold"])
        after = v - p["v_threshold"] if graph.reset == "subtract" else p["v_reset"]
        v = np.where(spike, after, v)
        return spike.astype(np.float64)

    return step
