"""The order of a network's populations: targets before sources, loops together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.graph import Group, NeuronGraph
from neurocore.mapper.lean import pieces

__all__ = ["targets_first"]

Whole = npt.NDArray[np.int64]


def targets_first(graph: NeuronGraph, placed: npt.NDArray[np.bool_], side: int = 0) -> tuple[Whole, Whole]:
    """Neurons to place, population by population so that, loops apart, targets come before sources.

    placed : bool[L]
    side   : 0: within a population the order described, each neuron a block of its own. Else populations with rows and
             columns (their last two dimensions) go square by square, all channels of a pixel together, and squares of
             ``side`` pixels are blocks
    Returns (neurons int64[n], block of each int64[n], ascending).
    """
    feeds = _feeds(graph)
    order = [
        _members(graph.populations[number], side) for component in strong_components(feeds) for number in component
    ]
    numbers = np.concatenate([members for members, _ in order])
    changes = np.concatenate([np.diff(blocks, prepend=-1) != 0 for _, blocks in order])
    return numbers[placed[numbers]], np.cumsum(changes)[placed[numbers]]


def _feeds(graph: NeuronGraph) -> list[set[int]]:
    """For each population the numbers of those it projects to."""
    count = len(graph.populations)
    population = np.repeat(np.arange(count, dtype=np.int32), [group.size for group in graph.populations])
    met = np.zeros((count, count), bool)
    for group in range(count):
        # Synapses are sorted by source, so those of a population are a slice.
        first, last = graph.populations[group].start, graph.populations[group].stop
        low, high = np.searchsorted(graph.source, np.array([first, last], np.int32)).tolist()
        for piece in pieces(high - low):
            met[group, population[graph.target[low + piece.start : low + piece.stop]]] = True
    return [set(np.flatnonzero(row).tolist()) for row in met]


def _members(group: Group, side: int) -> tuple[Whole, Whole]:
    """Neurons of a population in their order, and their blocks."""
    if not side or len(group.shape) < 2:
        return np.arange(group.start, group.stop), np.arange(group.size)
    rows, columns = group.shape[-2:]
    y, x = np.divmod(np.arange(rows * columns), columns)
    square = (y // side) * (columns // side + 1) + x // side
    pixels = np.lexsort((x, y, _interleaved(y // side) * 2 + _interleaved(x // side)))
    channels = np.arange(group.size // (rows * columns)) * rows * columns
    neurons = group.start + (pixels[:, None] + channels[None, :]).ravel()
    return neurons, np.repeat(square[pixels], len(channels))


def _interleaved(number: Whole) -> Whole:
    """Bits of a number moved apart, for the Z-order curve (Morton 1966)."""
    spread = np.zeros_like(number)
    for bit in range(24):
        spread |= ((number >> bit) & 1) << (2 * bit)
    return spread


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
