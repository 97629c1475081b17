"""Two runs beside each other: their key figures and how much the second differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from neurocore.report.words import number
from neurocore.units import human, human_si

__all__ = ["Compared", "compare_figures", "comparison_text", "difference"]

Facts = dict[str, Any]
Read = Callable[[Facts], Any]
Write = Callable[[float], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One figure of both runs; None where a run does not have it. key : its name for programs."""

    key: str
    label: str
    first: float | None
    second: float | None
    shown_first: str
    shown_second: str

    @property
    def relative(self) -> float | None:
        """(second - first) / first, or None where that has no meaning."""
        if self.first is None or self.second is None or (not self.first and self.second):
            return None
        return (self.second - self.first) / abs(self.first) if self.first else 0.0

    def as_dict(self) -> Facts:
        """For JSON."""
        return {"first": self.first, "second": self.second, "relative": self.relative}


def _path(*keys: str) -> Read:
    def read(facts: Facts) -> Any:
        found: Any = facts
        for key in keys:
            if found is None:
                return None
            found = found.get(key)
        return found

    return read


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _si(unit: str, digits: int = 3) -> Write:
    return lambda value: human_si(value, unit, digits=digits) if value else f"0 {unit}"


_NOMINAL: Final = ("estimate", "throughput", "nominal")
_FIGURES: Final[tuple[tuple[str, Read, Write], ...]] = (
    ("cores used", _path("cores_used"), _whole),
    ("neurons on the chip", _path("neurons_used"), _whole),
    ("crossbar bits", _path("synapses"), _whole),
    ("ticks", _path("ticks"), _whole),
    ("spikes", _path("spikes"), _whole),
    ("mean rate (Hz per neuron)", _path("mean_rate_hz"), number),
    ("synaptic operations", _path("synaptic_operations"), _whole),
    ("SOPS of model time", _path("sops_nominal"), lambda value: human(value, "SOPS")),
    ("merged spikes", _path("merged_spikes"), _whole),
    ("hops per routed spike", _path("hops_per_routed_spike"), number),
    ("chip borders crossed", _path("traffic", "chip_crossings"), _whole),
    ("packets on the busiest link, peak tick", _path("traffic", "busiest_link", "packets"), _whole),
    ("accuracy", _path("classifier", "accuracy"), lambda value: f"{value:.2%}"),
    ("emulated ticks/s", _path("ticks_per_s"), number),
    ("power, whole chip (estimate)", _path(*_NOMINAL, "power_w_whole_chip"), _si("W")),
    ("power, used cores (estimate)", _path(*_NOMINAL, "power_w_used_cores"), _si("W")),
    ("efficiency (estimate)", _path(*_NOMINAL, "sops_per_w"), _si("SOPS/W")),
    ("energy per frame, whole chip (estimate)", _path(*_NOMINAL, "energy_per_frame_j_whole_chip"), _si("J", 2)),
    ("energy per frame, used cores (estimate)", _path(*_NOMINAL, "energy_per_frame_j_used_cores"), _si("J", 2)),
    ("fastest tick (estimate)", _path("estimate", "timing", "shortest_tick_s"), _si("s")),
)


def compare_figures(first: Facts, second: Facts) -> list[Compared]:
    """The figures that at least one run has. first, second : what summary.json holds"""
    found = []
    for label, read, write in _FIGURES:
        values = read(first), read(second)
        if values == (None, None):
            continue
        shown = ["none" if value is None else write(value) for value in values]
        key = label.replace(" (estimate)", "").partition(" (")[0].replace(", ", " ").replace(" ", "_").lower()
        found.append(
            Compared(
                key=key, label=label, first=values[0], second=values[1], shown_first=shown[0], shown_second=shown[1]
            )
        )
    return found


def difference(figure: Compared) -> str:
    """``+12.3%``, ``0.02 x`` where it is far, ``equal``, or nothing where it has no meaning."""
    relative = figure.relative
    if relative is None:
        return ""
    if not relative:
        return "equal"
    if relative >= 10 or relative <= -0.95:
        return f"{relative + 1:,.3g} x"
    return f"{relative:+.1%}" if abs(relative) >= 0.0005 else f"{relative:+.1e}"


def comparison_text(names: tuple[str, str], figures: list[Compared]) -> str:
    """A table for a terminal. names : of the two runs"""
    rows = [("", *names, "difference")]
    rows += [(figure.label, figure.shown_first, figure.shown_second, difference(figure)) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = []
    for label, first, second, third in rows:
        lines.append(
            f"{label:<{widths[0]}}  {first:>{widths[1]}}  {second:>{widths[2]}}  {third:>{widths[3]}}".rstrip()
        )
    return "\n".join(lines)
