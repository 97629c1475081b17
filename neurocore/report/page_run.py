"""The page's first part: what ran, on what, and how the network was mapped."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from neurocore.image import ChipImage
from neurocore.report.document import Section, Table
from neurocore.report.placement import residents
from neurocore.report.summary import Summary
from neurocore.report.words import counted
from neurocore.units import human_bytes, human_seconds

__all__ = ["mapping_section", "ran_section", "ran_table"]

_MOST_CONFIG: Final = 20_000
"""Characters of the configuration that the page holds; the file lies beside it."""
_MOST_GROUPS: Final = 40


def ran_section(facts: dict[str, Any], summary: Summary, config: str) -> Section:
    """What ran.

    facts  : run.json; every entry may be missing, as older runs lack some
    config : the network's YAML, or nothing
    """
    cut = len(config) > _MOST_CONFIG
    return Section(
        name="run",
        title="What ran",
        tables=(ran_table(facts, summary),),
        code_title=f"Configuration{' (its beginning; all of it is in config.yaml)' if cut else ''}" if config else "",
        code=config[:_MOST_CONFIG],
    )


def ran_table(facts: dict[str, Any], summary: Summary) -> Table:
    """Name, configuration, seed, versions, digest and machine."""
    versions = dict(facts.get("versions") or {})
    system = str(versions.pop("machine", ""))
    changes = ", ".join(f"{path} = {value}" for path, value in (facts.get("changes") or {}).items())
    until = f"{summary.start_tick} to {summary.start_tick + summary.ticks - 1}"
    rows = [
        ("network", summary.name),
        ("chip", summary.chip),
        ("source", str(facts.get("source") or "made in Python")),
        ("changed values", changes or "none"),
        ("ticks", f"{summary.ticks:,} ({until}), {human_seconds(summary.tick_s)} each"),
        ("seed", str(summary.seed)),
        ("image digest (SHA-256)", str(facts.get("image_digest", "not kept"))),
        ("backend", f"{facts.get('backend', 'not kept')}, {counted(summary.threads, 'thread')}"),
        ("emulation time", human_seconds(summary.wall_s)),
        ("finished", str(facts.get("finished", "not kept"))),
        ("versions", ", ".join(f"{name} {version}" for name, version in versions.items()) or "not kept"),
        ("machine", _machine(facts.get("machine") or {}, system)),
    ]
    return Table(title="Run", rows=tuple(rows))


def _machine(facts: dict[str, Any], system: str) -> str:
    parts = [str(facts["processor"])] if facts.get("processor") else []
    parts += [counted(int(facts["processors"]), "processor")] if facts.get("processors") else []
    parts += [human_bytes(facts["memory_bytes"])] if facts.get("memory_bytes") else []
    return ", ".join([*parts, str(facts.get("system") or system)]) or "not kept"


def mapping_section(facts: dict[str, Any], image: ChipImage, summary: Summary) -> Section:
    """How full the chip is, who is where, and what each pass of the mapper did."""
    tables = [_occupancy(facts.get("mapping") or {}, image)]
    if image.logical.populations:
        tables.append(_populations(image))
    notes = [note.partition(": ") for note in summary.notes]
    if notes:
        rows = tuple((stage, said) for stage, _, said in notes)
        tables.append(Table(title="Passes of the mapper", rows=rows))
    return Section(name="mapping", title="Mapping", tables=tuple(tables))


def _occupancy(mapping: dict[str, Any], image: ChipImage) -> Table:
    spec = image.spec
    neurons = image.neuron_used.sum(axis=1, dtype=np.int64)
    axons = (image.crossbar != 0).any(axis=2).sum(axis=1)
    synapses = np.bitwise_count(image.crossbar).sum(axis=(1, 2), dtype=np.int64)
    rows = [_of("cores", image.cores, spec.cores, "")]
    for name, used, each in (
        ("neurons", neurons, spec.neurons),
        ("axons", axons, spec.axons),
        ("synapses (crossbar bits)", synapses, spec.neurons * spec.axons),
    ):
        fullest = f"{int(used.max(initial=0)):,} of {each:,}"
        rows.append(_of(name, int(used.sum()), image.cores * each, fullest))
    note = "Cores: of the whole chip; the rest: of the cores in use."
    if mapping:
        added = f"{mapping['copies']:,} copies of neurons, {mapping['relays']:,} relays"
        bound = f"No packing needs fewer than {counted(mapping['bound'], 'core')}"
        note += (
            f" Described: {mapping['neurons']:,} neurons and {mapping['synapses']:,} synapses; added: {added}. {bound}."
        )
    columns = ("", "used", "of", "share", "fullest core")
    return Table(title="Occupancy", columns=columns, rows=tuple(rows), right=frozenset({1, 2, 3, 4}), note=note)


def _of(name: str, used: int, there: int, fullest: str) -> tuple[str, ...]:
    return name, f"{used:,}", f"{there:,}", f"{used / there:.1%}" if there else "", fullest


def _populations(image: ChipImage) -> Table:
    who = residents(image)
    placed, cores = who.counts.sum(axis=0), (who.counts > 0).sum(axis=0)
    rows = []
    for kind, group in enumerate(image.logical.populations[:_MOST_GROUPS]):
        shape = " x ".join(str(side) for side in group.shape)
        copies = int(placed[kind]) - group.size
        rows.append((group.name, shape, f"{group.size:,}", f"{copies:,}", f"{int(cores[kind]):,}"))
    if placed[-1]:
        rows.append(("relays", "", "", f"{int(placed[-1]):,}", f"{int(cores[-1]):,}"))
    more = len(image.logical.populations) - _MOST_GROUPS
    return Table(
        title="Populations",
        columns=("population", "shape", "neurons", "copies", "on cores"),
        rows=tuple(rows),
        right=frozenset({1, 2, 3, 4}),
        note=f"{more:,} more are not listed." if more > 0 else "",
    )
