"""A graph of the nir package run node by node, slowly: what an import must equal. Shares no code with neurocore."""

from __future__ import annotations

from typing import Any

import nir
import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[Any]


def run_nir(
    graph: nir.NIRGraph,
    pins: dict[str, Signal],
    steps: int,
    *,
    dt: float = 1.0,
    back: frozenset[tuple[str, str]] = frozenset(),
    subtract: bool = False,
    at: bool = False,
) -> dict[str, Signal]:
    """Node -> [steps, *shape] of what leaves it. Names in sub-graphs are paths ("sub.node").

    pins : Input -> [steps, *shape]; back : edges that take a step, for loops; subtract, at : --reset, --fires
    """
    nodes, edges = flat(graph, "")
    order = sequence(list(nodes), edges - back)
    out: dict[str, list[Signal]] = {name: [] for name in nodes}
    state: dict[str, Signal] = {}
    for step in range(steps):
        for name in order:
            node = nodes[name]
            came = [
                out[source][step] if (source, target) not in back else out[source][step - 1]
                for source, target in sorted(edges)
                if target == name and ((source, target) not in back or step)
            ]
            if name in pins:
                out[name].append(np.asarray(pins[name][step], float))
                continue
            shape = next((one.shape for one in came if one.ndim), ())
            total = sum((one.reshape(shape) for one in came), np.zeros(shape))
            if isinstance(node, nir.Delay):
                late = np.broadcast_to(np.rint(np.asarray(node.delay) / dt).astype(int), total.shape)
                past = state.setdefault(name, np.zeros((steps, *total.shape)))
                past[step] = total
                out[name].append(
                    np.where(late <= step, np.take_along_axis(past, np.maximum(step - late, 0)[None], 0)[0], 0)
                )
            else:
                out[name].append(after(node, total, name, state, subtract, at))
    return {name: np.array(rows) for name, rows in out.items()}


def flat(graph: nir.NIRGraph, above: str) -> tuple[dict[str, Any], set[tuple[str, str]]]:
    nodes: dict[str, Any] = {}
    edges: set[tuple[str, str]] = set()
    for name, node in graph.nodes.items():
        if isinstance(node, nir.NIRGraph):
            more, inside = flat(node, f"{above}{name}.")
            nodes |= more
            edges |= inside
        else:
            nodes[above + name] = node

    def end(name: str, kind: type) -> str:
        node = graph.nodes[name]
        if not isinstance(node, nir.NIRGraph):
            return above + name
        (port,) = (key for key, item in node.nodes.items() if isinstance(item, kind))
        return f"{above}{name}.{port}"

    return nodes, edges | {(end(a, nir.Output), end(b, nir.Input)) for a, b in graph.edges}


def sequence(names: list[str], edges: set[tuple[str, str]]) -> list[str]:
    done: list[str] = []
    while len(done) < len(names):
        ready = [n for n in names if n not in done and all(a in done for a, b in edges if b == n)]
        assert ready, "a loop without a step"
        done += ready
    return done


def after(node: Any, x: Signal, name: str, state: dict[str, Signal], subtract: bool, at: bool) -> Signal:
    """What leaves a node that gets x in this step."""
    match type(node).__name__:
        case "Input" | "Output":
            return x
        case "Linear":
            return np.einsum("...oi,...i->...o", node.weight, x)
        case "Affine":
            return np.einsum("...oi,...i->...o", node.weight, x) + node.bias
        case "Scale":
            return np.asarray(x * node.scale)
        case "Flatten":
            first, last = node.start_dim % x.ndim, node.end_dim % x.ndim
            return x.reshape(*x.shape[:first], -1, *x.shape[last + 1 :])
        case "Conv1d":
            weight = node.weight[:, :, None, :]
            padding = node.padding if isinstance(node.padding, str) else (0, int(node.padding))
            steps = ((1, int(node.stride)), padding, (1, int(node.dilation)))
            return convolved(x[:, None, :], weight, *steps, int(node.groups), np.asarray(node.bias))[:, 0]
        case "Conv2d":
            where = node.padding if isinstance(node.padding, str) else pair(node.padding)
            return convolved(
                x, node.weight, pair(node.stride), where, pair(node.dilation), int(node.groups), np.asarray(node.bias)
            )
        case "SumPool2d" | "AvgPool2d":
            high, wide = pair(node.kernel_size)
            ones = np.ones((len(x), 1, high, wide))
            found = convolved(x, ones, pair(node.stride), pair(node.padding), (1, 1), len(x), np.zeros(len(x)))
            return found / (high * wide) if isinstance(node, nir.AvgPool2d) else found
        case "Threshold":
            return fires(x, node.threshold, at)
        case "IF":
            v = state.get(name, np.zeros(x.shape)) + node.r * x
            spike = fires(v, node.v_threshold, at)
            state[name] = np.where(spike > 0, v - node.v_threshold if subtract else node.v_reset, v)
            return spike
        case kind:
            raise AssertionError(f"the oracle has no {kind}")


def fires(v: Signal, threshold: Signal, at: bool) -> Signal:
    # A value that is equal to the threshold but for the last digits of a quotient is meant to be equal.
    near = np.isclose(v, threshold, rtol=1e-9, atol=0)
    return ((v > threshold) & ~near | (near & at)).astype(float)


def pair(value: Any) -> tuple[int, int]:
    both = np.broadcast_to(np.asarray(value), (2,)).tolist()
    return int(both[0]), int(both[1])


def convolved(
    x: Signal,
    weight: Signal,
    stride: tuple[int, int],
    padding: str | tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
    bias: Signal,
) -> Signal:
    """Cross-correlation, one output at a time. x : [channel, height, width]"""
    reach = [d * (k - 1) for d, k in zip(dilation, weight.shape[2:], strict=True)]
    if padding == "same":
        sides = [(r // 2, r - r // 2) for r in reach]
    else:
        sides = [(0, 0), (0, 0)] if isinstance(padding, str) else [(p, p) for p in padding]
    x = np.pad(x, [(0, 0), *sides])
    high, wide = ((n - r - 1) // s + 1 for n, r, s in zip(x.shape[1:], reach, stride, strict=True))
    out = np.zeros((len(weight), high, wide))
    each, per = weight.shape[1], len(weight) // groups
    for o, i, j in np.ndindex(*out.shape):
        first, down, right = o // per * each, i * stride[0], j * stride[1]
        patch = x[first : first + each, down : down + reach[0] + 1, right : right + reach[1] + 1]
        out[o, i, j] = (weight[o] * patch[:, :: dilation[0], :: dilation[1]]).sum()
    return out + np.broadcast_to(bias, (len(weight),))[:, None, None]
