"""An estimate as aligned lines for a terminal."""

from __future__ import annotations

from typing import Any

from neurocore.units import human_si

__all__ = ["estimate_table", "estimate_text"]

_WIDTH = 22


def estimate_text(facts: dict[str, Any]) -> str:
    """Lines from Estimate.as_dict(), without a newline at the end."""
    energy, throughput, timing = facts["energy"], facts["throughput"], facts["timing"]
    lines = [_heading(facts), *_power(energy)]
    for label, point in (
        ("at the nominal tick", throughput["nominal"]),
        ("at the fastest tick", throughput["fastest"]),
    ):
        lines += _point(label, point, throughput["ticks_per_frame"])
    lines += _timing(timing)
    lines += _traffic(facts["traffic"])
    if facts["warnings"]:
        lines.append("  warnings")
        lines += [f"    {warning}" for warning in facts["warnings"]]
    lines.append(f"  {throughput['definition']}.")
    assumed = [source["name"] for source in facts["sources"] if source["kind"] == "assumption"]
    lines.append(f"  Prices: {facts['coefficients']}; assumptions among them: {', '.join(assumed) or 'none'}.")
    return "\n".join(lines)


def estimate_table(facts: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """A heading and the key figures, from Estimate.as_dict()."""
    point, timing = facts["throughput"]["nominal"], facts["timing"]
    rows = [
        ("power, whole chip", human_si(point["power_w_whole_chip"], "W")),
        ("power, used cores", human_si(point["power_w_used_cores"], "W")),
        ("SOPS", f"{human_si(point['sops'], 'SOPS')}, {human_si(point['sops_per_w'], 'SOPS/W')}"),
    ]
    if point["frames_per_s"] is not None:
        whole, used = (
            human_si(point[f"energy_per_frame_j_{which}"], "J", digits=2) for which in ("whole_chip", "used_cores")
        )
        rows.append(("per frame", f"{whole} whole chip, {used} used cores"))
    shortest, margin = human_si(timing["shortest_tick_s"], "s"), timing["real_time_margin"]
    rows.append(("shortest tick", f"{shortest}, {margin:.3g} x real time, limited by: {timing['limited_by']}"))
    return _heading(facts), rows + [("warning", warning) for warning in facts["warnings"]]


def _heading(facts: dict[str, Any]) -> str:
    volts, tick = f"{facts['energy']['voltage_v']:g} V", human_si(facts["energy"]["tick_s"], "s")
    return f"{facts['name']}: estimate for '{facts['chip']}' at {volts}, ticks of {tick}"


def _row(label: str, text: str) -> str:
    return f"  {label:<{_WIDTH}}{text}"


def _power(energy: dict[str, Any]) -> list[str]:
    bars = f"{human_si(energy['power_low_w'], 'W')} to {human_si(energy['power_high_w'], 'W')}"
    lines = [_row("power", f"{human_si(energy['power_w'], 'W')} ({bars}), {energy['static_convention']}")]
    total = energy["power_w"]
    for term in energy["breakdown"]:
        share = term["power_w"] / total if total else 0.0
        what = "leakage and idle"
        if term["price_j"] is not None:
            count = term["count_per_tick"]
            what = f"{count:,.0f}" if count >= 100 else f"{count:.3g}"
            what += f" a tick x {human_si(term['price_j'], 'J')}"
        lines.append(_row(f"  {term['label']}", f"{human_si(term['power_w'], 'W'):<10} {share:>4.0%}   {what}"))
    return lines


def _point(label: str, point: dict[str, Any], ticks_per_frame: int | None) -> list[str]:
    whole, used = (human_si(point[f"power_w_{which}"], "W") for which in ("whole_chip", "used_cores"))
    bars = f"{human_si(point['power_low_w'], 'W')} to {human_si(point['power_high_w'], 'W')}"
    lines = [
        _row(label, f"{human_si(point['tick_s'], 's')}, {point['ticks_per_s']:,.0f} ticks/s"),
        _row("  power", f"{human_si(point['power_w'], 'W')} ({bars}); {whole} whole chip, {used} used cores"),
    ]
    event = f", {human_si(point['synaptic_event_j'], 'J')} per synaptic event (derived, no price)"
    if point["synaptic_event_j"] is None:
        event = ""
    lines.append(_row("  SOPS", f"{human_si(point['sops'], 'SOPS')}, {human_si(point['sops_per_w'], 'SOPS/W')}{event}"))
    if point["frames_per_s"] is not None:
        each = f"{ticks_per_frame} tick{'' if ticks_per_frame == 1 else 's'} each"
        rate = f"{point['frames_per_s']:,.0f} frames/s ({each}), {human_si(point['frames_per_s_per_w'], 'frames/s/W')}"
        whole, used = (
            human_si(point[f"energy_per_frame_j_{which}"], "J", digits=2) for which in ("whole_chip", "used_cores")
        )
        lines += [_row("  frames", rate), _row("  per frame", f"{whole} whole chip, {used} used cores")]
    return lines


def _timing(timing: dict[str, Any]) -> list[str]:
    shortest = human_si(timing["shortest_tick_s"], "s")
    if timing["shortest_tick_high_s"] > timing["shortest_tick_s"]:
        shortest += f" (up to {human_si(timing['shortest_tick_high_s'], 's')})"
    margin = f"{timing['real_time_margin']:.3g} x real time"
    lines = [_row("shortest tick", f"{shortest}, {margin}, limited by: {timing['limited_by']}")]
    for limit in timing["limits"]:
        ground = "" if limit["kind"] == "published" else f" ({limit['kind']})"
        text = f"{human_si(limit['tick_s'], 's'):<10} {limit['place']}: {limit['load']}{ground}"
        lines.append(_row(f"  {limit['name']}", text))
    return lines


def _traffic(traffic: dict[str, Any]) -> list[str]:
    lines = [
        _row(
            "packets",
            f"{traffic['routed_spikes']:,} to cores, mean {traffic['mean_hops']:.3g} hops "
            f"({traffic['mean_dx']:.3g} along x, {traffic['mean_dy']:.3g} along y)",
        )
    ]
    lines.append(_row("in and out", f"{traffic['input_spikes']:,} in, {traffic['output_spikes']:,} out"))
    if traffic["busiest_chip_edge"]:
        lines.append(_row("chip borders crossed", f"{traffic['chip_crossings']:,}"))
    return lines
