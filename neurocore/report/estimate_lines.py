"""The few lines of an estimate that a run's summary ends with."""

from __future__ import annotations

from typing import Any, Final

from neurocore.report.words import number
from neurocore.units import human_seconds, human_si

__all__ = ["WHOSE", "estimate_lines", "fastest", "ground", "margin", "power_bars"]

WHOSE: Final = {"whole": "whole chip", "used": "used cores"}
"""Whose static power counts."""


def estimate_lines(facts: dict[str, Any]) -> list[str]:
    """Aligned with Summary.text(). facts : Estimate.as_dict()"""
    energy, timing, point = facts["energy"], facts["timing"], facts["throughput"]["nominal"]
    at = f"at {energy['voltage_v']:g} V and ticks of {human_seconds(energy['tick_s'])}"
    rows = [
        ("estimate", f"for silicon, {at}; report.html and `neurocore estimate` say where it comes from"),
        ("  power", f"{power_bars(energy)} {WHOSE[energy['static']]}, {_other(energy)}"),
        ("  throughput", f"{human_si(point['sops'], 'SOPS')}, {human_si(point['sops_per_w'], 'SOPS/W')}"),
    ]
    if point["frames_per_s"] is not None:
        rows.append(("  per frame", _both(point, "energy_per_frame_j", "J", digits=2)))
    rows.append(("  fastest tick", f"{fastest(timing)}, {margin(timing)}"))
    rows += [
        ("  does not fit", f"{limit['place']}: {human_si(limit['tick_s'], 's')} for {limit['load']}{ground(limit)}")
        for limit in timing["limits"]
        if limit["utilisation"] >= 1
    ]
    return [f"  {label:<20}{text}" for label, text in rows]


def power_bars(energy: dict[str, Any]) -> str:
    """``56.8 mW (48.3 to 65.3 mW)``: power with its error bars. energy : Energy.as_dict()"""
    low, high = (human_si(energy[f"power_{end}_w"], "W") for end in ("low", "high"))
    if low.split()[-1] == high.split()[-1]:
        low = low.split()[0]
    return f"{human_si(energy['power_w'], 'W')} ({low} to {high})"


def _other(energy: dict[str, Any]) -> str:
    """The power under the other convention."""
    whole = energy["static"] == "used"
    return (
        f"{human_si(energy['power_w_whole_chip' if whole else 'power_w_used_cores'], 'W')} "
        + (WHOSE["whole" if whole else "used"])
    )


def fastest(timing: dict[str, Any]) -> str:
    """The shortest tick, and how long it may have to be. timing : Timing.as_dict()"""
    shortest, high = timing["shortest_tick_s"], timing["shortest_tick_high_s"]
    return human_si(shortest, "s") + (f" (up to {human_si(high, 's')})" if high > shortest else "")


def margin(timing: dict[str, Any]) -> str:
    """How many times faster than real time, and what forbids more. timing : Timing.as_dict()"""
    limit = next(limit for limit in timing["limits"] if limit["name"] == timing["limited_by"])
    what = limit["place"] if limit["name"] != "demonstrated" else limit["load"]
    return f"{number(timing['real_time_margin'])} x real time ({what}{ground(limit)})"


def ground(limit: dict[str, Any]) -> str:
    """``; assumption`` where a limit stands on less than a published figure."""
    return "" if limit["kind"] == "published" else f"; {limit['kind']}"


def _both(point: dict[str, Any], key: str, unit: str, *, digits: int = 3) -> str:
    """A figure under both conventions for static power."""
    whole, used = (human_si(point[f"{key}_{which}"], unit, digits=digits) for which in ("whole_chip", "used_cores"))
    return f"{whole} whole chip, {used} used cores"
