"""The order of a network's populations: targets before sources, loops together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.graph import NeuronGraph

__all__ = ["targets_first"]


def targets_first(graph: NeuronGraph, placed: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Neurons to place, population by population so that, loops apart, targets come before sources.

    Within a population the order is the description's. placed : bool[L]
    """
    starts = np.array([group.start for group in graph.populations])
    inside = graph.source < graph.neuron_count
    source = np.searchsorted(starts, graph.source[inside], side="right") - 1
    target = np.searchsorted(starts, graph.target[inside], side="right") - 1
    count = len(graph.populations)
    feeds: list[set[int]] = [set() for _ in range(count)]
    for pair in np.unique(source * count + target).tolist():
        feeds[pair // count].add(pair % count)
    order = [
        np.arange(graph.populations[number].start, graph.populations[number].stop)
        for component in strong_components(feeds)
        for number in component
    ]
    numbers = np.concatenate(order)
    return numbers[placed[numbers]]


def strong_components(feeds: list[set[int]]) -> list[list[int]]:
    """Strongly connected components, each after those it feeds (Tarjan 1972, without recursion).

    feeds : for each node the nodes it has an edge to
    """
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    waiting: list[int] = []
    on_stack: set[int] = set()
    found: list[list[int]] = []
    for root in range(len(feeds)):
        if root in index:
            continue
        work = [(root, iter(sorted(feeds[root])))]
        index[root] = low[root] = len(index)
        waiting.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            following = next((item for item in rest if item not in index or item in on_stack), None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    cut = waiting.index(node)
                    component = waiting[cut:]
                    del waiting[cut:]
                    on_stack.difference_update(component)
                    found.append(sorted(component))
            elif following in index:
                low[node] = min(low[node], index[following])
            else:
                index[following] = low[following] = len(index)
                waiting.append(following)
                on_stack.add(following)
                work.append((following, iter(sorted(feeds[following]))))
    return found
