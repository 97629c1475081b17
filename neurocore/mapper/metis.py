"""Packing along a graph partition by METIS (Karypis and Kumar 1998), where pymetis is installed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from neurocore.errors import NeurocoreError
from neurocore.mapper.packing import Packed, Task, pack

__all__ = ["pack_by_metis"]

MOST_READERS = 16
"""Neurons that read an axon are joined in a ring of them, and axons with more than this many only through these."""


def pack_by_metis(task: Task) -> Packed:
    """As packing.pack, in the order of a partition: neurons of a part lie next to each other.

    Two neurons are joined where one hears the other or both read an axon; METIS cuts few of these edges.
    Raises NeurocoreError where pymetis is missing.
    """
    try:
        import pymetis
    except ImportError:
        raise NeurocoreError(
            "mapping.packing 'metis' needs the package pymetis", fix="pip install 'neurocore[metis]', or packing: auto"
        ) from None
    start, other, weight = _edges(task)
    parts = max(1, int(np.maximum(task.room, 1)[task.order].sum()) // task.neurons + 1)
    parts = max(parts, -(-len(np.unique(task.reads)) // task.axons))
    if parts < 2 or not len(other):
        return pack(task)
    options = pymetis.Options(seed=1)
    graph = pymetis.CSRAdjacency(start, other)
    found = pymetis.part_graph(parts, adjacency=graph, eweights=weight, options=options)
    member = np.asarray(found.vertex_part)
    place = np.lexsort((np.arange(len(task.order)), member, _turn(task)))
    order = task.order[place]
    return pack(replace(task, order=order, block=np.arange(len(order))))


def _turn(task: Task) -> npt.NDArray[np.int64]:
    """Neurons of different zones are kept apart."""
    return task.zone[task.order].astype(np.int64)


def _edges(task: Task) -> tuple[list[int], list[int], list[int]]:
    """The neurons of ``order`` as an undirected graph in METIS's form: first edge of each, other ends, weights."""
    number = np.full(len(task.start) - 1, -1)
    number[task.order] = np.arange(len(task.order))
    reader = np.repeat(np.arange(len(number)), np.diff(task.start))
    keep = number[reader] >= 0
    reader, axon = number[reader[keep]], task.reads[keep].astype(np.int64)
    by_axon = np.lexsort((reader, axon))
    reader, axon = reader[by_axon], axon[by_axon]
    pairs = []
    for step in (1, MOST_READERS):
        if len(reader) > step:
            same = axon[step:] == axon[:-step]
            pairs.append(np.stack([reader[:-step][same], reader[step:][same]], axis=1))
    source = task.axon_source[axon]
    inside = source < len(number)
    heard = np.stack([number[source[inside]], reader[inside]], axis=1)
    pairs.append(heard[heard[:, 0] >= 0])
    joined = np.concatenate(pairs)
    joined = joined[joined[:, 0] != joined[:, 1]]
    size = len(task.order)
    keys = np.concatenate([joined[:, 0] * size + joined[:, 1], joined[:, 1] * size + joined[:, 0]])
    keys.sort()
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    weight = np.diff(first, append=len(keys))
    start = np.searchsorted(keys[first] // size, np.arange(size + 1))
    return start.tolist(), (keys[first] % size).tolist(), weight.tolist()
