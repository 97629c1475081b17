"""Writing a network or a chip as a NIR graph: neurons, weights, biases and delays; all else is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.errors import ConfigError, MissingExtraError
from neurocore.formats.file_writing import write_atomically
from neurocore.formats.nir.written_neurons import Written, cannot_be_written, written_neurons
from neurocore.graph import Group, NeuronGraph, find_group

__all__ = ["write_nir"]

MAX_ENTRIES: Final = 2**27
"""Most entries of all weight matrices together; NIR's Linear is dense."""


def write_nir(graph: NeuronGraph, path: Path, spec: ChipSpec) -> tuple[str, ...]:
    """Write a network; step t of the graph is tick t of the network, and a step is the chip's tick.

    Returns remarks, with the options to read the file with.
    Raises MissingExtraError without nir; ConfigError naming the population that NIR cannot express.
    """
    try:
        import nir
    except ImportError:
        raise MissingExtraError("nir", "nir") from None
    if not graph.outputs:
        raise ConfigError("a graph in NIR needs an output, and the network has none", fix="add 'outputs: [...]'")
    if graph.stochastic.any():
        drawn = int(graph.target[np.argmax(graph.stochastic)])
        hit = find_group(graph.populations, drawn)
        raise cannot_be_written(hit, "synapses of it are stochastic", drawn - hit.start)
    neurons = {group.name: written_neurons(group, graph, spec) for group in graph.populations}
    subtracts = _one_reset(graph, neurons)
    made = _Graph(nir, spec.tick_s)
    for group in graph.inputs:
        made.add(group.name, nir.Input(input_type={"input": np.array(group.shape)}))
    for group in graph.populations:
        made.add(group.name, getattr(nir, neurons[group.name].kind)(**neurons[group.name].parameters))
    entries = 0
    for target in graph.populations:
        bias = neurons[target.name].bias
        for source, ticks, weight in _matrices(graph, target):
            entries += weight.size
            if entries > MAX_ENTRIES:
                reason = f"with it, weights have more than {MAX_ENTRIES:,} entries, and NIR keeps zeros too"
                raise cannot_be_written(target, reason)
            made.connect(source, target, ticks, weight, bias)
            bias = 0 * bias
        if bias.any() or not any(edge[1] == target.name for edge in made.edges):
            source = graph.inputs[0] if graph.inputs else target
            made.connect(source, target, 0, np.zeros((target.size, source.size)), bias)
    for name in graph.outputs:
        group = next(group for group in graph.populations if group.name == name)
        output = nir.Output(output_type={"output": np.array([group.size])})
        made.edges.append((name, made.add(f"output_{name}", output)))
    with write_atomically(path) as out:
        nir.write(out.name, nir.NIRGraph(nodes=made.nodes, edges=made.edges, type_check=False))
    rules = " --reset subtract --fires at" if subtracts else ""
    return (f"delays are in seconds, {spec.tick_s:g} s a tick: read it with --dt {spec.tick_s:g}{rules}",)


def _one_reset(graph: NeuronGraph, neurons: dict[str, Written]) -> bool:
    """Whether the threshold is subtracted. A file is read with one kind of reset: raises ConfigError for two."""
    integrating = [group for group in graph.populations if neurons[group.name].kind == "IF"]
    linear = [group for group in integrating if neurons[group.name].subtracts]
    if not linear or len(linear) == len(integrating):
        return bool(linear)
    other = next(group.name for group in integrating if not neurons[group.name].subtracts)
    reason = f"its reset is 'linear' and that of '{other}' is not; a file in NIR is read with one kind of reset"
    raise cannot_be_written(linear[0], reason)


def _matrices(graph: NeuronGraph, target: Group) -> list[tuple[Group, int, npt.NDArray[np.float64]]]:
    """(source, ticks, weights [target, source]) of what comes to a population, inputs last."""
    mine = np.flatnonzero((graph.target >= target.start) & (graph.target < target.stop))
    row, column = graph.target[mine] - target.start, graph.source[mine]
    weight, delay = graph.weight[mine], graph.delay[mine]
    found = []
    first = graph.neuron_count
    for source, start in [(g, g.start) for g in graph.populations] + [(g, first + g.start) for g in graph.inputs]:
        between = (column >= start) & (column < start + source.size)
        for ticks in np.unique(delay[between]).tolist():
            here = between & (delay == ticks)
            matrix = np.zeros((target.size, source.size)) if target.size * source.size <= MAX_ENTRIES else None
            if matrix is None:
                reason = f"its weights from '{source.name}' are more than {MAX_ENTRIES:,} entries"
                raise cannot_be_written(target, reason)
            np.add.at(matrix, (row[here], column[here] - start), weight[here])
            found.append((source, ticks, matrix))
    return found


class _Graph:
    """Nodes and edges in the making."""

    def __init__(self, nir: Any, tick_s: float) -> None:
        self.nir, self.tick_s = nir, tick_s
        self.nodes: dict[str, Any] = {}
        self.edges: list[tuple[str, str]] = []

    def add(self, name: str, node: Any) -> str:
        while name in self.nodes:
            name += "_"
        self.nodes[name] = node
        return name

    def connect(
        self,
        source: Group,
        target: Group,
        ticks: int,
        weight: npt.NDArray[np.float64],
        bias: npt.NDArray[np.float64],
    ) -> None:
        """Source, flat, through a delay and weights to the target. A bias behind the delay is there from the start."""
        label = f"{source.name}_{target.name}_{ticks}"
        names = [source.name]
        if isinstance(self.nodes[source.name], self.nir.Input) and len(source.shape) > 1:  # populations are flat
            shape = {"input": np.array(source.shape)}
            names.append(self.add(f"flat_{label}", self.nir.Flatten(input_type=shape, start_dim=0, end_dim=-1)))
        if ticks:
            delay = np.full(source.size, ticks * self.tick_s)
            names.append(self.add(f"delay_{label}", self.nir.Delay(delay=delay)))
        node = self.nir.Affine(weight=weight, bias=bias) if bias.any() else self.nir.Linear(weight=weight)
        names += [self.add(f"weights_{label}", node), target.name]
        self.edges += zip(names[:-1], names[1:], strict=True)
