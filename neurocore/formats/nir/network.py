"""A graph in steps as a network of the chip's integers, and what the user should know about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.arch import PRESETS, ChipSpec
from neurocore.errors import ConfigError
from neurocore.float_graph import FloatGraph, Link
from neurocore.formats.network_builder import NetworkBuilder
from neurocore.formats.nir.file import read_nir
from neurocore.formats.nir.integers import in_integers
from neurocore.formats.nir.lower import lower
from neurocore.formats.nir.options import NirOptions
from neurocore.network import Network

__all__ = ["DEFAULT_RATE_HZ", "Imported", "read_nir_network"]

DEFAULT_RATE_HZ = 100.0
"""A graph carries no spikes: until the user says otherwise, each input pin fires at random at this rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A NIR graph as a network.

    graph       : the same in floats, with the ticks by which each population is later on the chip
    approximate : what the user asked to approximate; empty where every spike is exact
    """

    network: Network
    graph: FloatGraph
    approximate: dict[str, str]
    remarks: tuple[str, ...]


def read_nir_network(path: Path, options: NirOptions) -> Imported:
    """Read a .nir file as a network.

    Raises MissingExtraError without h5py; ConfigError naming the file, the node and the reason.
    """
    raw, version = read_nir(path)
    try:
        graph, remarks = lower(raw, _name(path.stem), options)
        network, more = _network(graph, PRESETS["truenorth"], options)
    except ConfigError as error:
        error.file = str(path)
        raise
    first = f"{path.name}: NIR {version}, {len(graph.stages)} stages" + (
        "" if options.approximate else ", every spike exact"
    )
    return Imported(
        network=network,
        graph=graph,
        approximate=dict(options.approximate or {}),
        remarks=(first, *remarks, *more),
    )


def _name(stem: str) -> str:
    """A name for the network."""
    kept = re.sub(r"[^A-Za-z0-9_.-]", "_", stem)[:60]
    return kept if kept[:1].isalpha() or kept[:1] == "_" else f"nir_{kept}"


def _network(graph: FloatGraph, spec: ChipSpec, options: NirOptions) -> tuple[Network, list[str]]:
    later = ", ".join(f"{stage.name} {graph.shift[stage.name]}" for stage in graph.stages if stage.kind != "input")
    remarks = [f"ticks by which stages are later on the chip than in the graph: {later}"]
    net = NetworkBuilder(graph.name, description="imported from NIR")
    size = {stage.name: stage.size for stage in graph.stages}
    steady: list[tuple[str, int, npt.NDArray[np.int64]]] = []
    plans = []
    for stage in graph.stages:
        if stage.kind == "input":
            net.input(stage.name, stage.shape, poisson={"rate_hz": DEFAULT_RATE_HZ})
            continue
        links = graph.links_to(stage.name)
        made = in_integers(stage, links, graph, spec, options)
        neuron = {key: _plain(value) for key, value in made.neuron.items()}
        neuron = {key: value for key, value in neuron.items() if key in ("threshold", "floor") or np.any(value)}
        net.population(stage.name, stage.shape, output=stage.name in graph.outputs, **neuron)
        plans.append((links, made))
        steady += [(stage.name, delay, weight) for delay, weight in made.steady]
        remarks += made.remarks
    for links, made in plans:
        for link, weights in zip(links, made.weights, strict=True):
            if link.source:
                _connect(net, link, weights, graph, size, spec)
    if steady:
        unit = "bias"
        while unit in size:
            unit += "_"
        net.population(unit, 1, threshold=0)
        for target, delay, weight in steady:
            for part in _parts(weight, spec.weight_limit):
                net.connect(unit, target, weights=part[None, :], delay=delay)
        remarks.append(f"'{unit}', a neuron that fires in every tick, carries biases that a leak cannot")
    return net.build(), remarks


def _plain(value: Any) -> Any:
    """One number where all are the same."""
    if isinstance(value, np.ndarray) and value.size and (value == value.flat[0]).all():
        return value.flat[0].item()
    return value


def _parts(weight: npt.NDArray[np.int64], limit: int) -> list[npt.NDArray[np.int64]]:
    """Weights as a sum of weights within the chip's limit."""
    parts = []
    while weight.any():
        parts.append(np.clip(weight, -limit, limit))
        weight = weight - parts[-1]
    return parts


def _connect(
    net: NetworkBuilder,
    link: Link,
    weights: npt.NDArray[np.int64],
    graph: FloatGraph,
    size: dict[str, int],
    spec: ChipSpec,
) -> None:
    """One projection for each delay: a matrix where most pairs are connected, else a list."""
    later = graph.shift[link.target] - graph.shift[link.source]
    for steps in np.unique(link.steps).tolist():
        mine = link.steps == steps
        row, column = link.row[mine], link.column[mine]
        for part in _parts(weights[mine], spec.weight_limit):
            n, m = size[link.source], size[link.target]
            if 3 * len(row) > n * m:
                matrix = np.zeros((n, m), np.int64)
                matrix[column, row] = part
                net.connect(link.source, link.target, weights=matrix, delay=steps + later)
            else:
                kept = part != 0
                rows = np.stack([column[kept], row[kept], part[kept]], axis=1)
                net.connect(link.source, link.target, pattern="list", synapses=rows, delay=steps + later)
