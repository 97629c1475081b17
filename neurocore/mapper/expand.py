"""First pass: populations and patterns become numbered neurons and synapses with integer weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.errors import ConfigError
from neurocore.graph import Group, NeuronGraph
from neurocore.mapper.lean import as_dtype, constant, is_constant, picked, pieces, run_starts
from neurocore.mapper.notes import Note
from neurocore.mapper.parameters import join_parameters, population_parameters
from neurocore.mapper.patterns import lay_synapses
from neurocore.mapper.values import in_range, to_integers
from neurocore.network import Network

__all__ = ["MAX_DELAY", "expand"]

MAX_DELAY = 255
"""Longest delay of a network in ticks; what exceeds the chip's limit takes relays."""


def expand(network: Network) -> tuple[NeuronGraph, Note]:
    """Number the neurons, lay out and quantize the synapses.

    Raises ConfigError with the YAML path of what does not fit together or is out of the chip's range.
    """
    populations = _number({name: population.shape for name, population in network.populations.items()})
    inputs = _number({name: pins.shape for name, pins in network.inputs.items()})
    groups = {group.name: group for group in populations}
    neurons = populations[-1].stop
    starts = {group.name: group.start for group in populations}
    starts |= {group.name: neurons + group.start for group in inputs}
    shapes = {group.name: group.shape for group in (*populations, *inputs)}
    parts = []
    worst = 0.0
    for number, projection in enumerate(network.projections):
        path = f"projections[{number}]"
        laid = lay_synapses(projection, shapes[projection.from_], shapes[projection.to], network.seed, number, path)
        in_range(laid.delay, 1, MAX_DELAY, f"{path}.delay")
        weight_path = f"{path}.{_weight_key(projection.layout)}"
        quantize = network.populations[projection.to].quantize
        weight = to_integers(laid.weight, quantize, weight_path)
        in_range(
            weight, -network.chip.weight_limit, network.chip.weight_limit, weight_path, quantized=quantize is not None
        )
        if quantize is not None:
            worst = max(worst, _error(laid.weight, weight / quantize.scale))
        parts.append(
            _Synapses(
                source=_moved(laid.source, starts[projection.from_]),
                target=_moved(laid.target, groups[projection.to].start),
                weight=as_dtype(weight, np.int32),
                delay=as_dtype(laid.delay, np.uint8),
                stochastic=constant(projection.stochastic, len(weight), bool),
            )
        )
    joined = _merge(parts, neurons)
    graph = NeuronGraph(
        name=network.name,
        populations=populations,
        inputs=inputs,
        outputs=tuple(network.outputs),
        neurons=join_parameters(
            [population_parameters(name, item, network.chip) for name, item in network.populations.items()]
        ),
        source=joined.source,
        target=joined.target,
        weight=joined.weight,
        delay=joined.delay,
        stochastic=joined.stochastic,
    )
    text = f"{neurons:,} neurons, {graph.pin_count:,} input pins, {len(joined.source):,} synapses"
    quantized = any(population.quantize for population in network.populations.values())
    if quantized:
        text += f"; quantized weights are off by at most {worst:.3g}"
    odd = _not_on_silicon(graph, network.chip)
    if odd:
        text += f"; {odd:,} reset potentials are not of the silicon's form +-(2^n - 1)"
    facts: dict[str, int | float | str] = {
        "neurons": neurons,
        "input_pins": graph.pin_count,
        "synapses": len(joined.source),
        "reset_potentials_not_on_silicon": odd,
    }
    return graph, Note(stage="expand", text=text, facts=facts | ({"worst_weight_error": worst} if quantized else {}))


@dataclass(frozen=True, slots=True)
class _Synapses:
    """Columns of NeuronGraph."""

    source: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    weight: npt.NDArray[np.int32]
    delay: npt.NDArray[np.uint8]
    stochastic: npt.NDArray[np.bool_]

    def rows(self, chosen: npt.NDArray[Any]) -> _Synapses:
        """Some of the rows."""
        columns = (self.source, self.target, self.weight, self.delay, self.stochastic)
        return _Synapses(*(picked(column, chosen) for column in columns))


def _number(shapes: dict[str, tuple[int, ...]]) -> tuple[Group, ...]:
    groups: list[Group] = []
    for name, shape in shapes.items():
        groups.append(Group(name=name, start=groups[-1].stop if groups else 0, shape=shape))
    return tuple(groups)


def _moved(members: npt.NDArray[np.int32], start: int) -> npt.NDArray[np.int32]:
    """Numbers in the network of a group's members."""
    return members + np.int32(start) if start else members


def _weight_key(layout: str) -> str:
    return {"conv2d": "weights", "matrix": "weights", "list": "synapses"}.get(layout, "weight")


def _error(wanted: npt.NDArray[np.generic], got: npt.NDArray[np.float64]) -> float:
    return float(np.abs(wanted.astype(np.float64) - got).max(initial=0.0))


def _merge(parts: list[_Synapses], neurons: int) -> _Synapses:
    """Sort, add parallel deterministic synapses, drop those of weight 0. Parallel stochastic ones cannot be added.

    neurons : number of neurons
    """
    if not parts:
        nothing = np.zeros(0, np.int32)
        return _Synapses(nothing, nothing, nothing, nothing.astype(np.uint8), nothing.astype(bool))
    joined = parts[0] if len(parts) == 1 and _in_order(parts[0]) else _sorted(parts, neurons)
    if len(parts) > 1 or joined is not parts[0]:
        joined = _added(joined, parts)
    if is_constant(joined.weight) and len(joined.weight) and joined.weight[0]:
        return joined
    return joined.rows(joined.weight != 0)


def _in_order(part: _Synapses) -> bool:
    """Whether rows are sorted and unique as in NeuronGraph already (patterns mostly make them so)."""
    for piece in pieces(max(0, len(part.source) - 1)):
        later = slice(piece.start + 1, piece.stop + 1)
        less, same = part.source[piece] < part.source[later], part.source[piece] == part.source[later]
        for column in (part.delay, part.target, part.stochastic):
            if not is_constant(column):
                less |= same & (column[piece] < column[later])
                same &= column[piece] == column[later]
        if not less.all():
            return False
    return True


def _sorted(parts: list[_Synapses], neurons: int) -> _Synapses:
    """All rows, sorted. Each is packed into one 64-bit number where it fits, for that sorts fastest."""
    low = min(int(part.weight.min(initial=0)) for part in parts)
    spread = max(int(part.weight.max(initial=0)) for part in parts) - low + 1
    sources = 1 + max(int(part.source.max(initial=0)) for part in parts)
    sizes = [spread, 2, neurons, 256, sources]
    bits = [int(size - 1).bit_length() for size in sizes]
    total = sum(len(part.source) for part in parts)
    if sum(bits) > 64:
        return _sorted_by_columns(parts)
    keys = np.empty(total, np.uint64)
    start = 0
    shifts = np.cumsum([0, *bits]).astype(np.uint64)
    for part in parts:
        for piece in pieces(len(part.source)):
            columns = (part.weight[piece].astype(np.int64) - low, part.stochastic[piece], part.target[piece])
            packed = np.zeros(piece.stop - piece.start, np.uint64)
            for column, shift in zip((*columns, part.delay[piece], part.source[piece]), shifts[:5], strict=True):
                packed |= column.astype(np.uint64) << shift
            keys[start : start + len(packed)] = packed
            start += len(packed)
    keys.sort()

    def column(place: int, dtype: npt.DTypeLike, plus: int = 0) -> npt.NDArray[Any]:
        if sizes[place] == 1:
            return constant(plus, total, dtype)
        found = np.empty(total, dtype)
        mask = np.uint64((1 << bits[place]) - 1)
        for piece in pieces(total):
            found[piece] = ((keys[piece] >> shifts[place]) & mask).astype(np.int64) + plus
        return found

    return _Synapses(
        source=column(4, np.int32),
        target=column(2, np.int32),
        weight=column(0, np.int32, low),
        delay=column(3, np.uint8),
        stochastic=column(1, np.bool_) if any(part.stochastic.any() for part in parts) else constant(0, total, bool),
    )


def _sorted_by_columns(parts: list[_Synapses]) -> _Synapses:
    """As _sorted, for networks whose numbers take too many bits."""
    names = ("source", "target", "weight", "delay", "stochastic")
    joined = _Synapses(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
    return joined.rows(np.lexsort((joined.weight, joined.stochastic, joined.target, joined.delay, joined.source)))


def _added(joined: _Synapses, parts: list[_Synapses]) -> _Synapses:
    """One row for each run of parallel synapses. Raises ConfigError where they are stochastic."""
    first = run_starts(joined.source, joined.delay, joined.target, joined.stochastic)
    if len(first) == len(joined.source):
        return joined
    parallel = joined.rows(np.repeat(first, np.diff(first, append=len(joined.source))) != np.arange(len(joined.source)))
    if parallel.stochastic.any():
        at = int(np.argmax(parallel.stochastic))
        number = max(
            number
            for number, part in enumerate(parts)
            if ((part.source == parallel.source[at]) & (part.target == parallel.target[at]) & part.stochastic).any()
        )
        raise ConfigError(
            "two stochastic synapses join the same two neurons with the same delay",
            path=f"projections[{number}]",
            fix="give them different delays, or one synapse instead of two",
        )
    total = np.add.reduceat(joined.weight.astype(np.int64), first)
    return replace(joined.rows(first), weight=total.astype(np.int32))


def _not_on_silicon(graph: NeuronGraph, spec: ChipSpec) -> int:
    """Neurons whose reset potential the silicon's sign-and-exponent form cannot hold."""
    if spec.name == "ranc":
        return 0
    size = np.abs(graph.neurons.reset_potential.astype(np.int64)) + 1
    return int((((size & (size - 1)) != 0) & (graph.neurons.reset_mode == 0)).sum())
