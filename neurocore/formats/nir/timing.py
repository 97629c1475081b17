"""When a graph's steps happen on the chip: loops, and by how many ticks each stage is later.

A spike takes at least one tick from neuron to neuron, a graph's edge none. So stage l of a chain answers l ticks later,
and an edge that skips stages gets the delay that makes it meet the others.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurocore.errors import ConfigError
from neurocore.float_graph import CONSTANT, Link, Stage

__all__ = ["in_step_order", "shifts_of"]


def in_step_order(stages: list[Stage], links: list[Link]) -> tuple[list[Stage], list[Link], list[str]]:
    """Stages with sources first, links of loops delayed by a step, and remarks.

    Within a loop a spike counts in the step after: at once it cannot. Delays that are there already suffice.
    """
    loop = _loops([stage.name for stage in stages], links)
    size = {number: list(loop.values()).count(number) for number in loop.values()}
    remarks, delayed = [], []
    for link in links:
        within = link.source in loop and loop[link.source] == loop[link.target]
        if within:
            time = np.where(link.time == 0, 1, link.time)
            link = replace(link, steps=np.maximum(link.steps, 1), time=time)
        delayed.append(link)
    for number in sorted({n for n, members in size.items() if members > 1}):
        names = ", ".join(f"'{name}'" for name, n in loop.items() if n == number)
        remarks.append(
            f"the loop of {names} takes a step for each of its stages; frameworks that compute them one after the "
            "other take one for the whole loop"
        )
    return sorted(stages, key=lambda stage: loop[stage.name]), delayed, remarks


def shifts_of(stages: list[Stage], links: list[Link]) -> dict[str, int]:
    """Stage -> ticks that it is later on the chip, the fewest. Raises ConfigError beyond 255."""
    shift = {stage.name: 0 for stage in stages}
    need = [(link.source, link.target, 1 - int(link.steps.min())) for link in links if link.source and len(link.steps)]
    for _ in range(len(stages)):
        before = dict(shift)
        for source, target, least in need:
            shift[target] = max(shift[target], shift[source] + least)
        if shift == before:
            break
    deepest = max(shift, key=lambda name: shift[name])
    if shift[deepest] > 250:
        problem = f"{shift[deepest]} stages come before it, and synapses have delays of up to 255 ticks"
        raise ConfigError(problem, path=f"node '{deepest}'", fix="a graph of at most 250 stages in a row")
    return shift


def _loops(names: list[str], links: list[Link]) -> dict[str, int]:
    """Stage -> number of its strongly connected component, sources first (Tarjan 1972, without recursion)."""
    after: dict[str, list[str]] = {name: [] for name in names}
    for link in links:
        if link.source != CONSTANT:
            after[link.source].append(link.target)
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    component: dict[str, int] = {}
    found = 0
    for root in names:
        if root in index:
            continue
        work = [(root, iter(after[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        while work:
            name, following = work[-1]
            for other in following:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    work.append((other, iter(after[other])))
                    break
                if other not in component:
                    low[name] = min(low[name], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    while True:
                        member = stack.pop()
                        component[member] = found
                        if member == name:
                            break
                    found += 1
    # Tarjan finds sinks first. Within a component the order of the file stays, for every link there has a step.
    return {name: found - 1 - component[name] for name in names}
