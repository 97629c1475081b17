"""From NIR's nodes to stages and links: what lies between two neurons is multiplied into one linear map."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from neurocore.errors import ConfigError
from neurocore.float_graph import CONSTANT, FloatGraph, Link, Stage
from neurocore.formats.nir import inline as flat_graph
from neurocore.formats.nir.linear import matrix_of
from neurocore.formats.nir.maps import Terms, add, apply, identity, whole
from neurocore.formats.nir.neurons import stage_of
from neurocore.formats.nir.nodes import NEURONS, RawGraph, RawNode, refused
from neurocore.formats.nir.options import NirOptions
from neurocore.formats.nir.timing import in_step_order, shifts_of

__all__ = ["lower"]

MAX_STEPS = 250
"""Longest delay; synapses have up to 255 ticks, and some of them go into making stages meet."""
_FIX_LONG = f"at most {MAX_STEPS} steps; a larger --dt, if nothing else depends on it"

Signal = dict[str, Terms]
"""A signal as a sum over stages (by file name) and CONSTANT."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A graph on its way: by file name its nodes, shapes, names in the network and what comes before; what was made."""

    nodes: dict[str, RawNode]
    shapes: dict[str, tuple[int, ...]]
    names: dict[str, str]
    before: dict[str, list[str]]
    stages: list[Stage]
    links: list[Link]


def lower(graph: RawGraph, name: str, options: NirOptions) -> tuple[FloatGraph, tuple[str, ...]]:
    """The graph in steps, and remarks. Raises ConfigError with the name of the node that cannot be imported."""
    nodes, edges = flat = flat_graph.inline(graph)
    shapes = flat_graph.shapes_of(flat)
    before: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in edges:
        before[target].append(source)
    remarks: list[str] = []
    names = _legal_names(nodes)
    stages: list[Stage] = []
    for path, node in nodes.items():
        if node.kind in NEURONS:
            stages.append(stage_of(path, names[path], node, shapes[path], options, remarks))
        elif node.kind == "Input":
            if before[path]:
                raise refused(path, node.kind, f"has an edge from '{before[path][0]}'", "inputs have none")
            stages.append(Stage(name=names[path], node=path, kind="input", shape=shapes[path], parameters={}))
    signals: dict[str, Signal] = {
        path: {path: identity(math.prod(shapes[path]))}
        for path, node in nodes.items()
        if flat_graph.is_terminal(node) and node.kind != "Output"
    }
    for path in flat_graph.without_loops(flat):
        inside = shapes[before[path][0]] if before[path] else ()
        came = _sum(signals[source] for source in before[path])
        signals[path] = _through(path, nodes[path], inside, came, options, remarks)
    links: list[Link] = []
    for place, stage in enumerate(stages):
        if stage.kind != "input":
            stages[place], came = _undivided(stage, _sum(signals[source] for source in before[stage.node]), nodes)
            links += _links(came, stage.node, names)
    outputs: list[str] = []
    made = _Made(nodes=nodes, shapes=shapes, names=names, before=before, stages=stages, links=links)
    for path, node in nodes.items():
        if node.kind == "Output":
            signal = _sum(signals[source] for source in before[path])
            outputs.append(_output(path, signal, made, remarks))
    if not any(stage.kind != "input" for stage in stages):
        raise ConfigError("the graph has no neurons", fix="a network with IF, LIF or Threshold nodes")
    ordered, delayed, said = in_step_order(stages, links)
    found = FloatGraph(
        name=name,
        stages=tuple(ordered),
        links=tuple(delayed),
        outputs=tuple(dict.fromkeys(outputs)),
        shift=shifts_of(ordered, delayed),
        fires=options.fires,
        reset=options.reset,
    )
    return found, (*_conventions(found, options), *remarks, *said)


def _conventions(graph: FloatGraph, options: NirOptions) -> list[str]:
    """How what NIR leaves open was read."""
    said = []
    kinds = {stage.kind for stage in graph.stages}
    sign, other = (">", "--fires at for >=") if options.fires == "above" else (">=", "as --fires at asks")
    said.append(f"neurons fire where V {sign} threshold ({other})")
    if kinds & {"if", "lif"}:
        after = "V is set to v_reset (--reset subtract takes the threshold off instead, as snnTorch and Sinabs do)"
        said.append(f"after a spike {after if options.reset == 'value' else 'the threshold is taken off V'}")
    if "if" in kinds and options.dt is None:
        said.append("NIR has no time step: in each tick r * input is added to an IF neuron, whatever dt is")
    return said


def _legal_names(nodes: dict[str, RawNode]) -> dict[str, str]:
    """File name -> a name that a network accepts, all different."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for path, node in nodes.items():
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", path)[:56]
        if not re.match(r"[A-Za-z_]", name):
            name = f"{node.kind.lower()}_{name}"
        fresh, number = name, 2
        while fresh in taken:
            fresh, number = f"{name}_{number}", number + 1
        taken.add(fresh)
        found[path] = fresh
    return found


def _sum(signals: Iterable[Signal]) -> Signal:
    parts: dict[str, list[Terms]] = {}
    for signal in signals:
        for source, terms in signal.items():
            parts.setdefault(source, []).append(terms)
    return {source: add(terms) for source, terms in parts.items()}


def _through(
    path: str, node: RawNode, shape: tuple[int, ...], came: Signal, options: NirOptions, remarks: list[str]
) -> Signal:
    """A signal after a node that is no neuron."""
    if node.kind in (flat_graph.PASS, "Flatten"):
        return came
    if node.kind == "Delay":
        steps = _steps(path, node, math.prod(shape), options)
        off = np.abs(steps - np.rint(steps)).max(initial=0)
        if off:
            remarks.append(f"node '{path}': delays are rounded, at most {off:.2g} of a step off")
        return {source: replace(terms, steps=terms.steps + steps[terms.row]) for source, terms in came.items()}
    matrix = matrix_of(path, node, shape)
    try:
        passed = {
            source: apply(matrix.row, matrix.column, matrix.weight, matrix.over, terms)
            for source, terms in came.items()
        }
    except ConfigError as error:
        raise refused(path, node.kind, error.problem, error.fix) from None
    if matrix.bias is not None and matrix.bias.any():
        row = np.flatnonzero(matrix.bias)
        nothing = np.zeros(len(row), np.int64)
        passed = _sum([passed, {CONSTANT: Terms(row, nothing, matrix.bias[row], np.zeros(len(row)), nothing + 1)}])
    return passed


def _undivided(stage: Stage, came: Signal, nodes: dict[str, RawNode]) -> tuple[Stage, Signal]:
    """A stage and what comes to it, each neuron times what average pools divide by: it spikes alike."""
    try:
        factor, parts = whole(stage.size, list(came.values()))
    except ConfigError as error:
        raise refused(stage.node, nodes[stage.node].kind, error.problem, error.fix) from None
    scaled = {
        key: value * factor if key in ("v_threshold", "v_reset", "v_leak") else value
        for key, value in stage.parameters.items()
    }
    return replace(stage, parameters=scaled), dict(zip(came, parts, strict=True))


def _steps(path: str, node: RawNode, size: int, options: NirOptions) -> np.ndarray:
    """Delays in steps, float64[size]; whole ones unless they may be rounded."""
    delay = np.broadcast_to(node.array("delay").ravel(), (size,))
    if (delay < 0).any():
        raise refused(path, node.kind, f"a delay of {delay.min():g} s", "delays of 0 or more")
    if not delay.any():
        return np.zeros(size)
    if options.dt is None:
        reason = f"a delay of {delay.max():g} s, and NIR does not say how long a step is"
        raise refused(path, node.kind, reason, "give --dt SECONDS")
    steps = delay / options.dt
    off = np.abs(steps - np.rint(steps)) > 1e-5 * np.maximum(1, steps)
    if off.any() and options.asks("delay") is None:
        at = int(np.argmax(off))
        reason = f"a delay of {delay[at]:g} s is {steps[at]:g} steps of {options.dt:g} s"
        raise refused(path, node.kind, reason, "a --dt that divides it, or --approximate delay=round")
    if steps.max() > MAX_STEPS:
        reason = f"a delay of {steps.max():,.0f} steps"
        raise refused(path, node.kind, reason, _FIX_LONG)
    return np.where(off, steps, np.rint(steps))


def _links(signal: Signal, node: str, names: dict[str, str]) -> list[Link]:
    """A signal as links to the stage of a node. Raises ConfigError where delays in a row are too long together."""
    longest = max((terms.steps.max(initial=0) for terms in signal.values()), default=0)
    if longest > MAX_STEPS:
        reason = f"gets spikes {longest:,.0f} steps late, through several delays"
        raise ConfigError(reason, path=f"node '{node}'", fix=_FIX_LONG)
    return [
        Link(
            source=names[source] if source else CONSTANT,
            target=names[node],
            row=terms.row,
            column=terms.column,
            weight=terms.weight,
            steps=np.floor(terms.steps + 0.5).astype(np.int64),
            time=terms.steps,
        )
        for source, terms in signal.items()
        if len(terms.row)
    ]


def _output(path: str, signal: Signal, made: _Made, remarks: list[str]) -> str:
    """The stage whose spikes an Output is; a stage of relays where it picks or moves spikes.

    Raises ConfigError where it would be values: a line carries one spike or none.
    """
    before, name, shape = made.before[path], made.names[path], made.shapes[path]
    if not before:
        raise refused(path, "Output", "nothing is connected to it", "an edge from the last neurons")
    spikes = {source: terms for source, terms in signal.items() if len(terms.row)}
    rows = np.concatenate([terms.row for terms in spikes.values()]) if spikes else np.zeros(0, np.int64)
    lines = all(((terms.weight == 1) & (terms.over == 1)).all() for terms in spikes.values()) and CONSTANT not in spikes
    if not len(rows) or not lines or len(np.unique(rows)) < len(rows):
        last = made.nodes[before[0]]
        reason = f"sends weighted sums to '{path}', and a line of the chip carries one spike or none"
        fix = "neurons (IF or Threshold) before the Output"
        raise refused(before[0], last.kind, reason, fix)
    if len(spikes) == 1:
        ((source, terms),) = spikes.items()
        whole = len(terms.row) == math.prod(made.shapes[source]) == math.prod(shape)
        same = whole and (terms.row == terms.column).all() and not terms.steps.any()
        if made.nodes[source].kind != "Input" and same:
            return made.names[source]
    size = math.prod(shape)
    made.stages.append(
        Stage(
            name=name,
            node=path,
            kind="threshold",
            shape=shape,
            parameters={"r": np.ones(size), "v_threshold": np.full(size, 0.5)},
        )
    )
    made.links.extend(_links(spikes, path, made.names))
    remarks.append(f"node '{path}': its lines are delayed or chosen spikes; {size} relays carry them, a tick later")
    return name
