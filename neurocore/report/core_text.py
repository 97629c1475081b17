"""One core as text that a person can read: who is in it, its axons and neurons in runs, and its crossbar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from neurocore.neuron import RESET_MODES
from neurocore.report.words import counted, short

__all__ = ["core_text", "crossbar_text"]

_ROWS = 24
"""Lines of a table; --json has all."""
_PLAIN = 64
"""A crossbar up to this size is drawn with a character for each bit, a larger one in braille, 2 x 4 bits each."""


def core_text(name: str, facts: dict[str, Any]) -> str:
    """The text for one core. facts : as core_details gives them"""
    x, y = facts["xy"]
    chip = "" if facts["chip"] == [0, 0] else f", chip {facts['chip'][0]},{facts['chip'][1]}"
    lines = [
        f"{name}: core {facts['index']} at {x},{y}{chip}: {counted(facts['neurons_used'], 'neuron')}, "
        f"{counted(facts['axons_used'], 'axon')}, {counted(facts['synapses'], 'synapse')}"
    ]
    for one in facts["populations"]:
        lines.append(
            f"  {counted(one['neurons'], 'neuron')} of {one['name']}, between {one['first']} and {one['last']}"
        )
    rest = facts["neurons_used"] - sum(one["neurons"] for one in facts["populations"])
    if rest:
        lines.append(f"  {counted(rest, 'neuron')} of no population" + (" (relays)" if facts["populations"] else ""))
    lines += ["", "axons      types  synapses  driven by (after ticks)"]
    lines += _table(facts["axons"], _axon_key, _axon_row)
    kinds = len(facts["neurons"][0]["weights"]) if facts["neurons"] else 0
    lines += ["", "neurons   " + "".join(f"{f'S{kind}':>6}" for kind in range(kinds)) + "  threshold and more"]
    lines += _table(facts["neurons"], _neuron_key, _neuron_row)
    lines += [
        "",
        "crossbar (axons down, neurons across; what is left out is empty)",
        *crossbar_text(_trimmed(facts["crossbar"])),
    ]
    return "\n".join(lines)


def _table(
    items: Sequence[dict[str, Any]],
    key: Callable[[dict[str, Any]], Any],
    row: Callable[[Sequence[dict[str, Any]]], str],
) -> list[str]:
    """A line for each run of items with equal keys; the middle of a long table is left out."""
    runs: list[list[dict[str, Any]]] = []
    for item in items:
        if runs and key(runs[-1][-1]) == key(item):
            runs[-1].append(item)
        else:
            runs.append([item])
    if len(runs) <= _ROWS:
        return [row(run) for run in runs]
    left = len(runs) - _ROWS
    return [*(row(run) for run in runs[:_ROWS]), f"... {counted(left, 'line')} more (--json has all)"]


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _axon_key(axon: dict[str, Any]) -> tuple[Any, ...]:
    """Axons that one population drives after one delay go into a line."""
    return tuple(_group_of(name) for name in axon["sources"]), tuple(axon["delays"])


def _group_of(label: str) -> str:
    return label.partition("[")[0] if "[" in label else label


def _axon_row(run: Sequence[dict[str, Any]]) -> str:
    first, last = run[0], run[-1]
    synapses = [axon["synapses"] for axon in run]
    many = _span(min(synapses), max(synapses))
    sources = ", ".join(f"{name} ({delay})" for name, delay in zip(first["sources"], first["delays"], strict=True))
    if len(run) > 1 and last["sources"]:
        sources += f" .. {last['sources'][0]}"
    types = ",".join(str(kind) for kind in sorted({axon["type"] for axon in run}))
    return f"{_span(first['axon'], last['axon']):<10}{types:>6}{many:>10}  {short(sources or 'input', 90)}"


def _neuron_key(neuron: dict[str, Any]) -> tuple[Any, ...]:
    """Neurons of one population with equal weights and modes that send to one place go into a line."""
    modes = tuple(neuron[name] for name in ("reset_mode", "negative_saturation", "leak_reversal", "stochastic_leak"))
    where = neuron["target"].split(" axon ")[0].split("[")[0]
    return _group_of(neuron["label"]), tuple(neuron["weights"]), modes, where


def _neuron_row(run: Sequence[dict[str, Any]]) -> str:
    first, last = run[0], run[-1]
    weights = "".join(f"{weight!s:>6}" for weight in first["weights"])
    labels = first["label"] if first["label"] == last["label"] else f"{first['label']} .. {last['label']}"
    where = first["target"] if len(run) == 1 else f"{first['target']} .."
    return f"{_span(first['neuron'], last['neuron']):<10}{weights}  {_parameters(run)}; {labels} -> {where}"


def _parameters(run: Sequence[dict[str, Any]]) -> str:
    """Thresholds, and what else is not as in a plain integrator; what differs within the run as a range."""

    def values(name: str, sign: int = 1) -> str:
        found = sorted(sign * neuron[name] for neuron in run)
        return f"{found[0]}" if found[0] == found[-1] else f"{found[0]}..{found[-1]}"

    first = run[0]
    words = [values("threshold")]
    if any(neuron["threshold_noise_bits"] for neuron in run):
        words.append(f"noise of {values('threshold_noise_bits')} bits")
    if any(neuron["leak"] for neuron in run):
        kind = "stochastic leak" if first["stochastic_leak"] else "leak"
        words.append(f"{kind} {values('leak')}" + (" by the sign of V" if first["leak_reversal"] else ""))
    mode = next(name for name, number in RESET_MODES.items() if number == first["reset_mode"])
    words.append(f"reset to {values('reset_potential')}" if mode == "absolute" else f"reset {mode}")
    floor = first["negative_saturation"]
    words.append(
        f"floor {values('negative_threshold', -1)}" if floor else f"negative threshold {values('negative_threshold')}"
    )
    if any(neuron["initial_potential"] for neuron in run):
        words.append(f"starts at {values('initial_potential')}")
    return ", ".join(words)


def _trimmed(rows: Sequence[str]) -> list[str]:
    """Without the empty rows below and columns on the right."""
    deep = max((number + 1 for number, row in enumerate(rows) if "1" in row), default=1)
    wide = max((row.rfind("1") + 1 for row in rows), default=1)
    return [row[: max(wide, 1)] for row in rows[:deep]]


def crossbar_text(rows: Sequence[str]) -> list[str]:
    """A crossbar in characters. rows : for each axon a string of 0 and 1, one for each neuron"""
    if max(len(rows), len(rows[0])) <= _PLAIN:
        return [f"{axon:>4} " + row.replace("0", "·").replace("1", "█") for axon, row in enumerate(rows)]
    # Braille: dots 1-3 and 7 down the left, 4-6 and 8 down the right (Unicode block 2800).
    places = ((0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (3, 0), (3, 1))
    lines = []
    for top in range(0, len(rows), 4):
        line = ""
        for left in range(0, len(rows[0]), 2):
            code = 0x2800
            for dot, (down, right) in enumerate(places):
                inside = top + down < len(rows) and left + right < len(rows[0])
                if inside and rows[top + down][left + right] == "1":
                    code |= 1 << dot
            line += chr(code)
        lines.append(f"{top:>4} {line}")
    return lines
