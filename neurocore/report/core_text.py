"""One core as text for a terminal: where it is, who is on it, its axons and neurons in runs, and its crossbar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from neurocore.neuron import NEURON_FIELDS
from neurocore.report.core_view import AxonView, CoreView, Member, NeuronView, Target
from neurocore.report.crossbar_text import crossbar_lines
from neurocore.report.spans import cut_list, ranges, span, span_text
from neurocore.report.words import counted, number, short

__all__ = ["core_lines"]

_ROWS = 24
"""Lines of a table before it is cut."""
_WIDTH = 76
"""Characters of a list before it is cut."""
_NAME = 44
"""Characters of a label."""
_RESETS = {0: "to {}", 1: "linear", 2: "none"}
_OWN_COLUMN = {"threshold", "leak", "reset_mode", "reset_potential", "stochastic_leak"}


def core_lines(view: CoreView, *, braille: bool = True) -> list[str]:
    """All there is to say about a core in a few screens; lists are cut, and say so.

    braille : see crossbar_lines
    """
    return [
        *_head(view),
        "",
        *_axon_table(view),
        "",
        *_neuron_table(view),
        "",
        *crossbar_lines(view.bits, braille=braille),
    ]


def _head(view: CoreView) -> list[str]:
    """Place, use, and who is on the core."""
    axons, neurons = view.bits.shape
    (x, y), (chip_x, chip_y) = view.xy, view.chip
    used, bits = int(view.bits.any(axis=1).sum()), int(view.bits.sum())
    rows = [
        ("neurons", f"{len(view.neurons)} of {neurons}, {neurons - len(view.neurons)} spare"),
        ("axons", f"{used} of {axons} with synapses{_types(view.axons)}"),
        ("synapses", f"{bits:,}, {number(100 * bits / (axons * neurons))} % of the crossbar"),
        *_residents(view),
    ]
    wide = max(len(name) for name, _ in rows)
    return [
        f"{view.image}: core {x},{y} (chip {chip_x},{chip_y}; index {view.index} of {view.cores}) on '{view.spec}'",
        *(f"  {name:<{wide}}  {text}" for name, text in rows),
    ]


def _types(axons: Iterable[AxonView]) -> str:
    found = sorted(Counter(axon.type for axon in axons if axon.synapses).items())
    return f": {', '.join(f'{many} of type {kind}' for kind, many in found)}" if found else ""


def _residents(view: CoreView) -> list[tuple[str, str]]:
    """Each population with its members here, then relays and unknown neurons with their slots."""
    groups: dict[str, list[NeuronView]] = {}
    slots: dict[str, list[int]] = {}
    for neuron in view.neurons:
        if neuron.member.kind == "population" and neuron.member.group is not None:
            groups.setdefault(neuron.member.group.name, []).append(neuron)
        else:
            slots.setdefault(neuron.member.kind, []).append(neuron.slot)
    rows = []
    for name, members in groups.items():
        group = members[0].member.group
        assert group is not None
        parts = [span(group, *run) for run in ranges(sorted({neuron.member.number for neuron in members}))]
        parts = [parts[0], *(part.removeprefix(name) for part in parts[1:])]
        copies = sum(neuron.copy for neuron in members)
        many = counted(len(members), "neuron") + (f", {copies} of them copies" if copies else "")
        rows.append((short(name, 24), f"{many}: {cut_list(parts, _WIDTH)}"))
    for kind, here in slots.items():
        listed = cut_list([span_text(*run) for run in ranges(here)], _WIDTH)
        said = "relays" if kind == "relay" else "unknown"
        rows.append((said, f"{counted(len(here), 'neuron')}: slots {listed}"))
    return rows


def _axon_table(view: CoreView) -> list[str]:
    rows = [_axon_row(view, run) for run in _axon_runs(view.axons)]
    titles = ("axon", "type", "delay", "driven by", "synapses")
    return ["axons", *_table(titles, rows, right={"synapses"})] if rows else ["axons: none in use"]


def _axon_runs(axons: Sequence[AxonView]) -> Iterator[list[list[AxonView]]]:
    """Runs of blocks. A block is the axons side by side that one source drives; a run goes on to the next member."""
    run: list[list[AxonView]] = []
    for block in _blocks(axons):
        if run and not _continues(run[-1], block):
            yield run
            run = []
        run.append(block)
    if run:
        yield run


def _blocks(axons: Sequence[AxonView]) -> Iterator[list[AxonView]]:
    block: list[AxonView] = []
    for axon in axons:
        if block and not (_same_source(block[-1], axon) and axon.type > block[-1].type):
            yield block
            block = []
        block.append(axon)
    if block:
        yield block


def _same_source(one: AxonView, two: AxonView) -> bool:
    """Whether two axons side by side hear the same member of the network after the same delay."""
    if two.axon != one.axon + 1 or len(one.drivers) != 1 or len(two.drivers) != 1:
        return False
    first, second = one.drivers[0], two.drivers[0]
    return first.member.group is not None and (first.member, first.delay) == (second.member, second.delay)


def _continues(before: list[AxonView], after: list[AxonView]) -> bool:
    """Whether a block is to the next source what the last one is to its own."""
    if after[0].axon != before[-1].axon + 1 or [a.type for a in after] != [b.type for b in before]:
        return False
    first, second = before[0].drivers, after[0].drivers
    if not first or not second:
        return not first and not second
    if len(first) != 1 or len(second) != 1 or first[0].delay != second[0].delay:
        return False
    one, two = first[0].member, second[0].member
    if one.kind == "unknown" and two.kind == "unknown":
        return first[0].core == second[0].core and second[0].neuron == first[0].neuron + 1
    return _follows(one, two)


def _follows(one: Member, two: Member) -> bool:
    """Whether ``two`` is the next member of the same group, or the same one again."""
    return (one.kind, one.group) == (two.kind, two.group) and two.number - one.number in (0, 1)


def _axon_row(view: CoreView, run: list[list[AxonView]]) -> tuple[str, ...]:
    axons = [axon for block in run for axon in block]
    drivers = run[0][0].drivers
    return (
        span_text(axons[0].axon, axons[-1].axon),
        " ".join(str(axon.type) for axon in run[0]),
        ", ".join(str(delay) for delay in sorted({driver.delay for driver in drivers})) or "-",
        _sources(view, run),
        _spread(axon.synapses for axon in axons),
    )


def _sources(view: CoreView, run: list[list[AxonView]]) -> str:
    drivers, last = run[0][0].drivers, run[-1][0].drivers
    if not drivers:
        return "nothing on the chip" if view.mapped else "unknown (nothing on the chip)"
    if len(drivers) > 1:
        return f"{len(drivers)} sources: {cut_list([short(driver.member.label) for driver in drivers], _NAME)}"
    first = drivers[0]
    if first.member.kind == "unknown" and first.xy is not None:
        neurons = span_text(first.neuron, last[0].neuron)
        return f"unknown (core {first.xy[0]},{first.xy[1]} neuron {neurons})"
    return _members(first.member, last[0].member, [block[0].drivers[0].member for block in run])


def _members(first: Member, last: Member, all_of_them: Sequence[Member]) -> str:
    """``hidden[0..7]``, with how often each one comes where that is more than once."""
    if first.group is None:
        return first.kind
    label = span(first.group, first.number, last.number)
    times = Counter(member.number for member in all_of_them)
    each = set(times.values())
    again = "" if each == {1} else f" x{each.pop()}" if len(each) == 1 else ", some copied"
    return f"{'relay of ' if first.kind == 'relay' else ''}{short(label, _NAME)}{again}"


def _neuron_table(view: CoreView) -> list[str]:
    """Runs of equal neurons; a line of its own where the rarer parameters change."""
    if not view.neurons:
        return ["neurons: none in use"]
    weights = [f"S{kind}" for kind in range(len(view.neurons[0].weights))]
    titles = ("slot", "neuron", *weights, "threshold", "leak", "reset", "synapses", "target")
    runs = list(_neuron_runs(view.neurons))
    notes = [_others(run[0]) for run in runs]
    rows = [_neuron_row(run) for run in runs]
    lines = ["neurons", *_table(titles, rows, right={*weights, "threshold", "leak", "synapses"}, notes=notes)]
    stochastic = any(any(neuron.stochastic) or neuron.parameters["stochastic_leak"] for neuron in view.neurons)
    return [*lines, "  ~ stochastic"] if stochastic else lines


def _neuron_runs(neurons: Sequence[NeuronView]) -> Iterator[list[NeuronView]]:
    run: list[NeuronView] = []
    for neuron in neurons:
        if run and not _is_next(run, neuron):
            yield run
            run = []
        run.append(neuron)
    if run:
        yield run


def _is_next(run: list[NeuronView], neuron: NeuronView) -> bool:
    before = run[-1]
    return (
        neuron.slot == before.slot + 1
        and (neuron.weights, neuron.stochastic) == (before.weights, before.stochastic)
        and neuron.parameters == before.parameters
        and _follows(before.member, neuron.member)
        and _target_follows(before.target, neuron.target)
    )


def _target_follows(one: Target, two: Target) -> bool:
    """Whether ``two`` is the next axon or pin, or none like ``one``."""
    if (one.kind, one.core, one.delay) != (two.kind, two.core, two.delay):
        return False
    return one.kind == "none" or two.axon == one.axon + 1


def _neuron_row(run: list[NeuronView]) -> tuple[str, ...]:
    first = run[0]
    values = first.parameters
    weights = [
        f"{'~' if random else ''}{weight}" for weight, random in zip(first.weights, first.stochastic, strict=True)
    ]
    return (
        span_text(first.slot, run[-1].slot),
        _members(first.member, run[-1].member, [neuron.member for neuron in run]),
        *weights,
        str(values["threshold"]),
        f"{'~' if values['stochastic_leak'] else ''}{values['leak']}",
        _RESETS[values["reset_mode"]].format(values["reset_potential"]),
        _spread(neuron.synapses for neuron in run),
        _targets(first.target, run[-1].target),
    )


def _others(neuron: NeuronView) -> str:
    """Parameters that have no column and are not as in a fresh neuron, ``negative_threshold 20``."""
    idle = {name: value for name, (_, _, value) in NEURON_FIELDS.items()}
    values = neuron.parameters
    changed = [
        f"{name} {value}" for name, value in values.items() if name not in _OWN_COLUMN and value != idle.get(name)
    ]
    if values["reset_mode"] and values["reset_potential"] != idle["reset_potential"]:
        changed.append(f"reset_potential {values['reset_potential']}")
    return ", ".join(changed)


def _targets(first: Target, last: Target) -> str:
    if first.output is not None:
        return f"output {short(span(first.output, first.axon, last.axon), _NAME)}"
    if first.xy is None:
        return "none"
    return f"core {first.xy[0]},{first.xy[1]} axon {span_text(first.axon, last.axon)} delay {first.delay}"


def _spread(amounts: Iterable[int]) -> str:
    """The smallest and largest of some numbers."""
    found = list(amounts)
    return span_text(min(found), max(found))


def _table(
    titles: Sequence[str], rows: Sequence[Sequence[str]], *, right: set[str], notes: Sequence[str] = ()
) -> list[str]:
    """Aligned columns under their titles, cut after _ROWS rows.

    right : titles of the columns aligned to the right
    notes : per row, what holds from it on; a line where it changes
    """
    shown = rows[:_ROWS]
    widths = [max(len(row[k]) for row in (titles, *shown)) for k in range(len(titles))]
    lines, note = [], ""
    for at, row in enumerate((titles, *shown)):
        if at and notes and notes[at - 1] != note:
            note = notes[at - 1]
            lines.append(f"  with {note or 'nothing else'}:")
        cells = zip(titles, row, widths, strict=True)
        line = "  ".join(f"{cell:>{width}}" if title in right else f"{cell:<{width}}" for title, cell, width in cells)
        lines.append(f"  {line}".rstrip())
    left = len(rows) - len(shown)
    return [*lines, f"  ... {left} more (--json has all)"] if left else lines
