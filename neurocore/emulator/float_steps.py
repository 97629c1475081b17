"""The float graph run step by step, as frameworks run it: what rounding and mapping are measured against."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from neurocore.float_graph import FloatGraph, Link, Stage
from neurocore.spikes import InputSpikes

__all__ = ["run_float"]

Floats = npt.NDArray[np.float64]


def run_float(graph: FloatGraph, spikes: InputSpikes, steps: int) -> dict[str, npt.NDArray[np.int64]]:
    """Run a graph. An edge takes no time, unless it has steps; V starts at 0 (at v_leak in a leaky neuron).

    spikes : of input pins, numbered over the graph's input stages in their order; a tick is a step
    Returns stage -> int64[S, 2], the steps and members of its spikes in order; input stages included.
    """
    stages = graph.stages
    deepest = 1 + max((int(link.steps.max(initial=0)) for link in graph.links), default=0)
    past = {stage.name: np.zeros((deepest, stage.size)) for stage in stages}
    start = {}
    pins = 0
    for stage in stages:
        if stage.kind == "input":
            start[stage.name] = pins
            pins += stage.size
    update = {stage.name: _neuron(stage, graph) for stage in stages if stage.kind != "input"}
    gather = {stage.name: [_link(link, stage.size) for link in graph.links_to(stage.name)] for stage in stages}
    found: dict[str, list[npt.NDArray[np.int64]]] = {stage.name: [np.zeros((0, 2), np.int64)] for stage in stages}
    first = np.searchsorted(spikes.tick, np.arange(steps + 1))
    for step in range(steps):
        now = spikes.pin[first[step] : first[step + 1]].astype(np.int64)
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
                slot[:] = update[stage.name](current)
            who = np.flatnonzero(slot)
            found[stage.name].append(np.stack([np.full(len(who), step), who], axis=1))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _link(link: Link, size: int) -> Callable[[Floats, dict[str, Floats], int, int], None]:
    """Adds what a link carries in a step to a current."""

    def carry(current: Floats, past: dict[str, Floats], step: int, deepest: int) -> None:
        there = link.steps <= step
        value = link.weight
        if link.source:
            value = value * past[link.source][(step - link.steps) % deepest, link.column]
        current += np.bincount(link.row, np.where(there, value, 0), size)

    return carry


def _neuron(stage: Stage, graph: FloatGraph) -> Callable[[Floats], Floats]:
    """One step of a stage's neurons: input to spikes (0 or 1)."""
    p = stage.parameters
    v = p.get("v_leak", np.zeros(stage.size)).copy()
    exceeds = np.greater if graph.fires == "above" else np.greater_equal

    def step(current: Floats) -> Floats:
        nonlocal v
        match stage.kind:
            case "threshold":
                return exceeds(p["r"] * current, p["v_threshold"]).astype(np.float64)
            case "if":
                v = v + p["r"] * current
            case _:
                v = v + p["decay"] * (p["v_leak"] - v) + p["r"] * current
        spike = exceeds(v, p["v_threshold"])
        after = v - p["v_threshold"] if graph.reset == "subtract" else p["v_reset"]
        v = np.where(spike, after, v)
        return spike.astype(np.float64)

    return step
