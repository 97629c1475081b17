"""Writing a network as a NIR graph: integrate-and-fire neurons, weights and delays; all else is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from neurocore.errors import ConfigError, MissingExtraError
from neurocore.formats.files import write_atomically
from neurocore.graph import Group, NeuronGraph

__all__ = ["write_nir"]

MAX_ENTRIES: Final = 2**26
"""Most entries of one weight matrix; NIR's Linear is dense."""


def write_nir(graph: NeuronGraph, path: Path, *, dt: float, default_floor: int) -> tuple[str, ...]:
    """Write a network; step t of the graph is tick t of the network.

    dt            : seconds in a step, for Delay
    default_floor : the negative threshold that a neuron without a floor has
    v_threshold is threshold - 1/2, so > and >= mean the same. Returns remarks.
    Raises MissingExtraError without nir; ConfigError naming the population that NIR cannot express.
    """
    try:
        import nir
    except ImportError:
        raise MissingExtraError("nir", "nir") from None
    if not graph.outputs:
        raise ConfigError("a graph in NIR needs an output, and the network has none", fix="add 'outputs: [...]'")
    nodes: dict[str, Any] = {}
    edges: list[tuple[str, str]] = []

    def add(name: str, node: Any) -> str:
        while name in nodes:
            name += "_"
        nodes[name] = node
        return name

    for group in graph.inputs:
        add(group.name, nir.Input(input_type={"input": np.array(group.shape)}))
    for group in graph.populations:
        add(group.name, _neurons(nir, group, graph, default_floor))
    if graph.stochastic.any():
        at = graph.populations, int(graph.target[graph.stochastic][0])
        raise _refused(next(g for g in at[0] if g.start <= at[1] < g.stop), "synapses of it are stochastic")
    first = graph.neuron_count
    sources = [(g, g.start) for g in graph.populations] + [(g, first + g.start) for g in graph.inputs]
    for source, start in sources:
        from_here = (graph.source >= start) & (graph.source < start + source.size)
        for target in graph.populations:
            between = from_here & (graph.target >= target.start) & (graph.target < target.stop)
            for ticks in np.unique(graph.delay[between]).tolist():
                mine = between & (graph.delay == ticks)
                if source.size * target.size > MAX_ENTRIES:
                    raise _refused(target, f"its weights from '{source.name}' are more than {MAX_ENTRIES:,} entries")
                weight = np.zeros((target.size, source.size))
                weight[graph.target[mine] - target.start, graph.source[mine] - start] = graph.weight[mine]
                label = f"{source.name}_{target.name}_{ticks}"
                parts = []
                if len(source.shape) > 1 and source in graph.inputs:  # populations are written flat
                    shape = {"input": np.array(source.shape)}
                    parts.append(add(f"flat_{label}", nir.Flatten(input_type=shape, start_dim=0, end_dim=-1)))
                parts.append(add(f"delay_{label}", nir.Delay(delay=np.full(source.size, ticks * dt))))
                parts.append(add(f"weights_{label}", nir.Linear(weight=weight)))
                names = [source.name, *parts, target.name]
                edges += list(zip(names[:-1], names[1:], strict=True))
    for name in graph.outputs:
        group = next(g for g in graph.populations if g.name == name)
        shape = {"output": np.array([group.size])}
        edges.append((name, add(f"output_{name}", nir.Output(output_type=shape))))
    with write_atomically(path) as out:
        nir.write(out.name, nir.NIRGraph(nodes=nodes, edges=edges, type_check=False))
    reads = f"--dt {dt:g}"
    return (f"delays are in seconds, {dt:g} s a tick: read it with {reads}",)


def _neurons(nir: Any, group: Group, graph: NeuronGraph, default_floor: int) -> Any:
    """A population as IF. Raises ConfigError where it is more than that."""
    p = {name: array[group.start : group.stop] for name, array in graph.neurons.arrays().items()}
    for field, words in (
        ("threshold_noise_bits", "a noisy threshold"),
        ("leak", "a leak"),
        ("initial_potential", "an initial potential"),
    ):
        if p[field].any():
            raise _refused(group, f"its neurons have {words}")
    if p["reset_mode"].any():
        raise _refused(group, "its reset is not 'absolute', the only one that NIR's IF has")
    if (p["negative_threshold"] != default_floor).any():
        raise _refused(group, "its neurons have a floor or negative threshold")
    if (p["threshold"] < 1).any():
        raise _refused(group, "a threshold is 0, and the neuron fires without input")
    return nir.IF(
        r=np.ones(group.size), v_threshold=p["threshold"] - 0.5, v_reset=p["reset_potential"].astype(np.float64)
    )


def _refused(group: Group, reason: str) -> ConfigError:
    fix = "NIR's IF has a threshold and a reset value, nothing else; write .yaml or .npz instead"
    return ConfigError(f"cannot be written as NIR: {reason}", path=f"populations.{group.name}", fix=fix)
