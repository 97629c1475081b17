"""Sub-graphs put in their places: one flat graph whose node names are paths, and the shape of every signal."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from neurocore.errors import ConfigError
from neurocore.formats.nir.linear import output_shape
from neurocore.formats.nir.nodes import NEURONS, RawGraph, RawNode, refused

__all__ = ["PASS", "Flat", "inline", "is_terminal", "shapes_of", "without_loops"]

PASS = "Pass"
"""Kind of a sub-graph's Input and Output, which change nothing."""

Shape = tuple[int, ...]
Flat = tuple[dict[str, RawNode], list[tuple[str, str]]]


def inline(graph: RawGraph, above: str = "") -> Flat:
    """Nodes by full name ("sub.lif"), edges between them. Raises ConfigError for edges that lead nowhere."""
    nodes: dict[str, RawNode] = {}
    edges: list[tuple[str, str]] = []
    ports: dict[str, tuple[list[str], list[str]]] = {}
    for name, node in graph.nodes.items():
        full = f"{above}{name}"
        if isinstance(node, RawGraph):
            inner, inside = inline(node, f"{full}.")
            nodes |= inner
            edges += inside
            own = [(key, item.kind) for key, item in node.nodes.items() if isinstance(item, RawNode)]
            ports[name] = (
                [f"{full}.{key}" for key, kind in own if kind == "Input"],
                [f"{full}.{key}" for key, kind in own if kind == "Output"],
            )
        elif above and node.kind in ("Input", "Output"):
            nodes[full] = RawNode(kind=PASS, values=node.values)
        else:
            nodes[full] = node
    for edge in dict.fromkeys(graph.edges):
        ends = []
        for side, name in enumerate(edge):
            if name not in graph.nodes:
                problem = f"the edge '{edge[0]}' -> '{edge[1]}' names a node that does not exist"
                raise ConfigError(problem, path=above.rstrip("."), fix=f"nodes: {', '.join(sorted(graph.nodes)[:12])}")
            if name not in ports:
                ends.append(f"{above}{name}")
                continue
            found = ports[name][1 - side]
            if len(found) != 1:
                port = "Output" if side == 0 else "Input"
                reason = f"has {len(found)} {port} nodes; an edge does not say which is meant"
                raise refused(f"{above}{name}", "NIRGraph", reason, f"one {port} in a sub-graph")
            ends.append(found[0])
        edges.append((ends[0], ends[1]))
    return nodes, edges


def is_terminal(node: RawNode) -> bool:
    """Whether signals begin or end at a node: inputs, outputs and neurons."""
    return node.kind in NEURONS or node.kind in ("Input", "Output")


def shapes_of(flat: Flat) -> dict[str, Shape]:
    """Node -> shape of what leaves it. Raises ConfigError where it cannot be known or does not fit."""
    nodes, edges = flat
    before: dict[str, list[str]] = {name: [] for name in nodes}
    after: dict[str, list[str]] = {name: [] for name in nodes}
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    shapes: dict[str, Shape] = {}
    waiting = deque(nodes)
    while waiting:
        name = waiting.popleft()
        if name in shapes:
            continue
        known = [shapes[source] for source in before[name] if source in shapes]
        found = _shape(name, nodes[name], known[0] if known else None)
        if found is not None:
            shapes[name] = found
            waiting.extend(after[name])
    for name in nodes:
        if name not in shapes:
            raise refused(name, nodes[name].kind, "nothing says what shape its signal has", "an Input with a shape")
    for source, target in edges:
        node = nodes[target]
        if not is_terminal(node) and node.kind != PASS:
            output_shape(target, node, shapes[source])
        elif math.prod(shapes[source]) != math.prod(shapes[target]):
            reason = f"gets a signal of shape {list(shapes[source])} from '{source}', and has {list(shapes[target])}"
            raise refused(target, node.kind, reason, "check the edges")
    return shapes


def _shape(name: str, node: RawNode, coming: Shape | None) -> Shape | None:
    """Shape of a node's output, None where not known yet."""
    if node.kind == "Input":
        if "shape" not in node.values:
            raise refused(name, node.kind, "has no shape")
        found = tuple(int(side) for side in np.asarray(node.values["shape"]).ravel())
        while len(found) > 6 and found[0] == 1:
            found = found[1:]
        if not found or min(found) < 1 or len(found) > 6 or math.prod(found) > 2**27:
            raise refused(name, node.kind, f"has the shape {list(found)}", "1 to 6 dimensions of 1 or more")
        return found
    if node.kind in NEURONS:
        largest = max((value.shape for value in node.values.values()), key=math.prod)
        if math.prod(largest) > 1 and (coming is None or math.prod(coming) == math.prod(largest)):
            return coming if coming is not None and len(coming) > len(largest) else largest
        return coming
    if node.kind in ("Output", PASS):
        if coming is None and node.kind == PASS and "shape" in node.values:
            return tuple(int(side) for side in np.asarray(node.values["shape"]).ravel())
        return coming
    if coming is not None:
        return output_shape(name, node, coming)
    if node.kind in ("Linear", "Affine") and node.values["weight"].ndim >= 2:
        weight = node.values["weight"]
        return (*weight.shape[:-2], weight.shape[-2])
    if node.kind.startswith("Conv") and "input_shape" in node.values and node.values["weight"].ndim > 2:
        channels = int(node.values["weight"].shape[1]) * int(np.asarray(node.values["groups"]).ravel()[0])
        sides = [int(side) for side in np.asarray(node.values["input_shape"]).ravel()]
        return output_shape(name, node, (channels, *sides))
    return None


def without_loops(flat: Flat) -> list[str]:
    """The nodes between terminals, sources first. Raises ConfigError for a loop without a neuron."""
    nodes, edges = flat
    between = {name for name, node in nodes.items() if not is_terminal(node)}
    inside = [(a, b) for a, b in edges if a in between and b in between]
    missing = {name: sum(b == name for _, b in inside) for name in between}
    order = [name for name in nodes if name in between and not missing[name]]
    for name in order:
        for a, b in inside:
            if a == name:
                missing[b] -= 1
                if not missing[b]:
                    order.append(b)
    for name in nodes:
        if name in between and name not in order:
            raise refused(name, nodes[name].kind, "is in a loop without a neuron: its values are no spikes")
    return order
