"""Importing a NIR graph: read it, set what the user set, and measure what was approximated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from neurocore.emulator.float_steps import run_float
from neurocore.emulator.logical import LogicalRecording, run_logical
from neurocore.emulator.stimulus import input_spikes
from neurocore.errors import ConfigError
from neurocore.float_graph import FloatGraph
from neurocore.formats.array_files import load_array
from neurocore.formats.network_checks import check_kinds, check_meaning
from neurocore.formats.network_yaml import file_nodes
from neurocore.formats.nir.network import DEFAULT_RATE_HZ, Imported, read_nir_network
from neurocore.formats.nir.options import NirOptions
from neurocore.formats.overrides import apply_overrides
from neurocore.formats.spike_tables import read_pin_spikes
from neurocore.formats.validation_errors import find_problem
from neurocore.formats.yaml_paths import format_path
from neurocore.graph import Group, NeuronGraph
from neurocore.mapper.expand import expand
from neurocore.network import FileArray, Network
from neurocore.verbs.counting import only_in

__all__ = ["Column", "affordable_ticks", "compared", "float_spikes", "import_nir", "integer_spikes"]

MEASURED_STEPS = 200
_AFFORDABLE = 2 * 10**8


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Two recordings of a population compared. off: neurons whose spike counts differ; by: at most by so many."""

    spikes: int
    wrong: int
    off: int
    by: int
    first: str


def import_nir(path: Path, options: NirOptions, overrides: dict[str, Any] | None = None) -> Imported:
    """Read a .nir file as a network.

    overrides : dotted paths and new values, as in YAML; a stimulus replaces the random one that imports get
    Raises NeurocoreError (one of its kinds) naming the file.
    """
    imported = read_nir_network(path, options)
    network = _overridden(imported.network, overrides or {}, path)
    remarks = list(imported.remarks)
    random = [name for name in network.inputs if network.run.stimulus.get(name) == imported.network.run.stimulus[name]]
    if random:
        example = f"run.stimulus.{random[0]}.poisson.rate_hz=20"
        remarks.append(
            f"a graph carries no spikes: pins of {', '.join(random)} fire at random, {DEFAULT_RATE_HZ:g} Hz each "
            f"(--set {example} changes that)"
        )
    imported = replace(imported, network=network, remarks=tuple(remarks))
    return replace(imported, remarks=(*remarks, *_measured(imported))) if imported.approximate else imported


def _overridden(network: Network, overrides: dict[str, Any], path: Path) -> Network:
    """The network with values set anew. Raises ConfigError naming the option."""
    if not overrides:
        return network
    data = network.model_dump(by_alias=True, exclude_unset=True)
    for name in network.inputs:
        if any(key.startswith(f"run.stimulus.{name}.") for key in overrides):
            data["run"]["stimulus"].pop(name)
    data, changed = apply_overrides(data, overrides)

    def error(where: tuple[str | int, ...], problem: str, fix: str | None) -> ConfigError:
        option = next((text for place, text in changed.items() if where[: len(place)] == place), str(path))
        return ConfigError(problem, path=format_path(where), file=option, fix=fix)

    try:
        made = Network.model_validate(data)
    except ValidationError as errors:
        raise error(*find_problem(errors, data, Network)) from None
    for problem in check_kinds(data, made):
        raise error(*problem)
    named = list(file_nodes(made))
    for place, node in named:
        parent: Any = data
        for part in place[:-1]:
            parent = parent[part]
        if isinstance(node, FileArray):
            parent[place[-1]] = load_array(path.parent / node.file, node.array)
        else:
            parent[place[-1]] = {"spikes": read_pin_spikes(path.parent / str(node.file))}
    made = Network.model_validate(data) if named else made
    made.check_references()
    check_meaning(made)
    return made


def float_spikes(graph: FloatGraph, network: Network, ticks: int) -> dict[str, npt.NDArray[np.int64]]:
    """Stage -> int64[S, 2], spikes of the float graph as (tick on the chip, member), before tick ``ticks``.

    Where delays are rounded, spikes of the graph come between steps; they go to the nearest.
    """
    parts = graph.parts
    found = run_float(graph, input_spikes(network, ticks), ticks, parts)
    late = {}
    for name, rows in found.items():
        step = (2 * rows[:, 0] + parts) // (2 * parts)
        late[name] = np.stack([step + graph.shift[name], rows[:, 1]], axis=1)
    return {name: rows[rows[:, 0] < ticks] for name, rows in late.items()}


def integer_spikes(recording: LogicalRecording, group: Group) -> npt.NDArray[np.int64]:
    """int64[S, 2], a population's spikes as (tick, member)."""
    mine = (recording.neuron >= group.start) & (recording.neuron < group.stop)
    return np.stack([recording.tick[mine], recording.neuron[mine].astype(np.int64) - group.start], axis=1)


def compared(right: npt.NDArray[np.int64], found: npt.NDArray[np.int64], group: Group) -> Column:
    """A population's spikes compared, spike for spike and count for count."""
    missing, extra = only_in(right, found), only_in(found, right)
    off = np.abs(np.bincount(right[:, 1], minlength=group.size) - np.bincount(found[:, 1], minlength=group.size))
    first = ""
    if len(missing) or len(extra):
        tick, member = min([*missing.tolist(), *extra.tolist()])
        first = f"tick {tick}, {group.label(group.start + member)}"
    return Column(
        spikes=len(right),
        wrong=len(missing) + len(extra),
        off=int((off > 0).sum()),
        by=int(off.max(initial=0)),
        first=first,
    )


def affordable_ticks(graph: FloatGraph, integers: NeuronGraph) -> int:
    """Ticks that a comparison of floats and integers is given, some seconds' worth; at least 1."""
    return max(1, _AFFORDABLE // max(1, (len(integers.source) + integers.neuron_count) * graph.parts))


def _measured(imported: Imported) -> list[str]:
    """How far the integers are from the floats on the network's own stimulus, in words."""
    network = imported.network
    graph, _ = expand(network)
    ticks = min(MEASURED_STEPS, network.run.ticks, affordable_ticks(imported.graph, graph))
    meant = float_spikes(imported.graph, network, ticks)
    found = run_logical(graph, network.chip, input_spikes(network, ticks), ticks, seed=network.seed)
    said = []
    for group in graph.populations:
        if group.name in meant:
            got = compared(meant[group.name], integer_spikes(found, group), group)
            here = len(integer_spikes(found, group))
            said.append(
                f"measured in {ticks} ticks: '{group.name}' has {got.spikes:,} spikes in floats, {here:,} in integers; "
                f"{got.wrong:,} are missing or extra, counts differ for {got.off:,} of {group.size:,} neurons, by "
                f"{got.by:,} at most"
            )
    return said
