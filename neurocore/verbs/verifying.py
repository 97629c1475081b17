"""Proving a run: the mapped network equals the logical one, and the kernels equal the scalar reference."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.emulator.engine import Emulator
from neurocore.emulator.logical import LogicalRecording, run_logical
from neurocore.emulator.reference import run_reference
from neurocore.emulator.threads import default_threads
from neurocore.errors import RunError
from neurocore.formats.nir.options import NirOptions
from neurocore.graph import Group
from neurocore.image import ChipImage
from neurocore.learning import LearningBlock
from neurocore.markup import html_table
from neurocore.network import Network
from neurocore.recording import Probe, Recording
from neurocore.spikes import AxonEvents
from neurocore.synapses import synapses_of
from neurocore.verbs.counting import only_in, spike_rows
from neurocore.verbs.graph_spikes import both_spikes
from neurocore.verbs.progress import tick_progress
from neurocore.verbs.sources import Source, compile_source, open_for_run
from neurocore.verbs.stimulate import network_events, read_events
from neurocore.verbs.three_columns import ThreeColumns, three_columns

__all__ = ["Check", "Verification", "verify"]

REFERENCE_BUDGET = 12_000_000
"""Neuron updates and synaptic operations the scalar reference is given by default, some seconds' worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One comparison.

    what   : which two things were compared, over what
    ticks  : how many ticks were compared
    spikes : spikes on the side taken as right
    wrong  : spikes missing or extra on the other side, potentials that differ, counters that differ
    first  : the first difference, in words; empty if none
    exact  : False for a deviation that was asked for (``fan_in: split``, --approximate): measured, and passed
    """

    what: str
    ticks: int
    spikes: int
    wrong: int
    first: str = ""
    exact: bool = True

    @property
    def passed(self) -> bool:
        """True when nothing differs, or may differ."""
        return self.wrong == 0 or not self.exact

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The result of verify: every comparison made; of an imported graph also floats, integers and chip side by side."""

    name: str
    checks: tuple[Check, ...]
    columns: tuple[ThreeColumns, ...] = ()

    @property
    def passed(self) -> bool:
        """True when every check passed."""
        return all(check.passed for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        facts = {"name": self.name, "passed": self.passed, "checks": [check.as_dict() for check in self.checks]}
        return facts | ({"columns": [column.as_dict() for column in self.columns]} if self.columns else {})

    def _repr_html_(self) -> str:
        """For notebooks: what was compared, and how much of it differs."""
        said = "all equal" if not any(check.wrong for check in self.checks) else "equal but for what was asked for"
        rows = [(check.what, f"{check.spikes:,}", f"{check.wrong:,}") for check in self.checks]
        return html_table(
            f"{self.name}: {said if self.passed else 'DIFFERS'}", rows, head=("compared", "spikes", "wrong")
        )


def verify(
    source: str | Path | Network | ChipImage | Source,
    *,
    ticks: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    input: str | Path | AxonEvents | None = None,
    reference_ticks: int | None = None,
    quiet: bool = True,
    overrides: dict[str, Any] | None = None,
    nir: NirOptions | None = None,
) -> Verification:
    """Compare, tick by tick: logical with mapped network (every population, every copy), kernels with reference.

    ticks           : ticks for logical = mapped and for 1 thread = many; the network's own if left out
    reference_ticks : ticks for reference = kernels (V, spikes, counters); what takes some seconds if left out
    overrides       : dotted YAML paths and their new values, for a network's file
    Raises NeurocoreError for bad input; differences are in the result, not raised.
    """
    for option, value in (("ticks", ticks), ("reference_ticks", reference_ticks)):
        if value is not None and value < 1:
            raise RunError(f"{option} is {value}: nothing would be compared", fix="give 1 or more")
    opened = open_for_run(source, ticks=ticks, seed=seed, overrides=overrides, nir=nir)
    checks: list[Check] = []
    columns: tuple[ThreeColumns, ...] = ()
    if opened.network is not None:
        network = opened.network
        compiled = compile_source(opened, quiet=quiet)
        image, seed = compiled.image, network.seed if seed is None else seed
        ticks = ticks or network.run.ticks
        spikes, events = network_events(opened, image, ticks)
    else:
        assert opened.image is not None
        image, seed, ticks = opened.image, seed or 0, ticks or opened.ticks or 100
        events = opened.events or AxonEvents.sorted([], [], [])
    if input is not None:
        events = input if isinstance(input, AxonEvents) else read_events(input)
    threads = threads or max(2, default_threads(image))
    chip = Emulator(image, seed=seed, threads=threads)
    with tick_progress(ticks, quiet) as progress:
        mapped = chip.run(ticks, events, progress=progress)
    if mapped.ticks < ticks:
        raise KeyboardInterrupt
    if opened.network is not None and input is None:
        logical = run_logical(compiled.graph, image.spec, spikes, ticks, seed=seed)
        checks += [_population(group, logical, mapped, image) for group in image.logical.populations]
        for block, bits in zip(compiled.graph.learning, logical.learned, strict=True):
            checks.append(_learned(block, bits, mapped, image))
        if opened.imported is not None:
            both = both_spikes(opened.imported, opened.network, logical, image.logical.populations, ticks)
            columns = three_columns(both, mapped, image)
            checks += [_rounding(column, ticks, not opened.imported.approximate) for column in columns]
        if compiled.graph is not compiled.described:
            meant = run_logical(compiled.described, image.spec, spikes, ticks, seed=seed)
            checks += [_deviation(group, meant, logical, ticks) for group in compiled.described.populations]
    alone = Emulator(image, seed=seed, threads=1)
    single = alone.run(ticks, events)
    checks.append(_same(f"1 thread = {chip.threads} threads", single, mapped))
    work = mapped.total("neuron_updates") + mapped.total("synaptic_operations")
    affordable = max(10, REFERENCE_BUDGET * ticks // max(1, work))
    checks.append(_reference(image, events, min(ticks, reference_ticks or affordable), seed, threads))
    return Verification(name=opened.name, checks=tuple(checks), columns=columns)


def _rounding(column: ThreeColumns, ticks: int, exact: bool) -> Check:
    """The float graph against the integers that came of it."""
    return Check(
        what=f"float = integer, population {column.population}",
        ticks=ticks,
        spikes=column.spikes_float,
        wrong=column.rounding_wrong,
        first=column.first,
        exact=exact,
    )


def _reference(image: ChipImage, events: AxonEvents, ticks: int, seed: int, threads: int) -> Check:
    """Kernels against the scalar reference: spikes, counters and every membrane potential."""
    core, neuron = np.nonzero(image.neuron_used)
    every = max(1, ticks * len(core) // 20_000_000)
    probe = Probe(core=core.astype(np.int32), neuron=neuron.astype(np.int32), interval=every)
    right = run_reference(image, events, ticks, seed=seed, probe=probe)
    found = Emulator(image, seed=seed, threads=threads).run(ticks, events, probe=probe)
    return _same("reference = kernels, spikes, counters and potentials", right, found)


def _same(what: str, right: Recording, found: Recording) -> Check:
    """Two recordings of one image: spikes, counters, potentials."""
    a, b = spike_rows(right), spike_rows(found)
    missing, extra = only_in(a, b), only_in(b, a)
    potentials = int((right.potential != found.potential).sum())
    counters = int((right.counters != found.counters).sum() + (right.tick_counters != found.tick_counters).sum())
    bits = 0
    if right.learned is not None and found.learned is not None:
        bits = int(np.bitwise_count(right.learned ^ found.learned).sum())
    first = ""
    if len(missing) or len(extra):
        tick, core, neuron = min([*missing.tolist(), *extra.tolist()])
        first = f"tick {tick}, core {core}, neuron {neuron}: the spikes differ"
    elif potentials:
        row, column = np.argwhere(right.potential != found.potential)[0]
        first = f"tick {right.probe_tick[row]}, core {right.probe.core[column]}, neuron {right.probe.neuron[column]}: V"
    elif counters:
        first = "a counter differs"
    elif bits:
        first = "a learned crossbar bit differs"
    return Check(
        what=what,
        ticks=right.ticks,
        spikes=len(a),
        wrong=len(missing) + len(extra) + potentials + counters + bits,
        first=first,
    )


def _learned(block: LearningBlock, bits: npt.NDArray[np.bool_], mapped: Recording, image: ChipImage) -> Check:
    """The synapses of one learning projection after the run: in the logical network, and on the chip."""
    assert mapped.learned is not None
    after = image.after_learning(mapped.learned)
    there = synapses_of(after, block.source, block.target, delay=block.delay)
    on_chip = np.isin(np.arange(block.targets) + block.first_target, image.logical.instance_logical)
    wrong = (there != bits)[:, on_chip]
    first = f"{int(wrong.sum()):,} of {wrong.size:,} synapses differ" if wrong.any() else ""
    what = f"logical = mapped, learned synapses {block.source} to {block.target}"
    return Check(what=what, ticks=mapped.ticks, spikes=mapped.total("spikes"), wrong=int(wrong.sum()), first=first)


def _deviation(group: Group, meant: LogicalRecording, split: LogicalRecording, ticks: int) -> Check:
    """How far a population of the network with split fan-ins is from the one described: spikes, and spike counts."""
    rows, counts = [], []
    for recording in (meant, split):
        mine = (recording.neuron >= group.start) & (recording.neuron < group.stop)
        neuron = recording.neuron[mine].astype(np.int64) - group.start
        rows.append(np.stack([recording.tick[mine], neuron], axis=1))
        counts.append(np.bincount(neuron, minlength=group.size))
    missing, extra = only_in(rows[0], rows[1]), only_in(rows[1], rows[0])
    off = np.abs(counts[0] - counts[1])
    told = (
        f"counts of {int((off > 0).sum()):,} of {group.size:,} neurons differ, by {int(off.max(initial=0)):,} at most"
    )
    return Check(
        what=f"described = split, population {group.name}",
        ticks=ticks,
        spikes=len(rows[0]),
        wrong=len(missing) + len(extra),
        first=told if len(missing) or len(extra) else "",
        exact=False,
    )


def _population(group: Group, logical: LogicalRecording, mapped: Recording, image: ChipImage) -> Check:
    """One population's spikes in the logical network against those of every instance on the chip."""
    table = image.logical
    member = (table.instance_logical >= group.start) & (table.instance_logical < group.stop)
    logical_of = np.full(image.neuron_used.shape, -1, np.int64)
    logical_of[table.instance_core[member], table.instance_neuron[member]] = table.instance_logical[member]
    copies = np.bincount(table.instance_logical[member] - group.start, minlength=group.size)
    mine = (logical.neuron >= group.start) & (logical.neuron < group.stop)
    tick, neuron = logical.tick[mine], logical.neuron[mine].astype(np.int64)
    times = copies[neuron - group.start]
    right = np.stack([np.repeat(tick, times), np.repeat(neuron, times)], axis=1)
    fired = logical_of[mapped.spike_core, mapped.spike_neuron]
    found = np.stack([mapped.spike_tick[fired >= 0], fired[fired >= 0]], axis=1)
    missing, extra = only_in(right, found), only_in(found, right)
    first = ""
    if len(missing) or len(extra):
        tick_of, number = min([*missing.tolist(), *extra.tolist()])
        first = f"tick {tick_of}, {group.label(number)}"
    spare = int(copies.sum()) - group.size
    return Check(
        what=f"logical = mapped, population {group.name}" + (f" and its {spare} copies" if spare else ""),
        ticks=mapped.ticks,
        spikes=len(right),
        wrong=len(missing) + len(extra),
        first=first,
    )
