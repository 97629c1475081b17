"""The page's parts about silicon: traffic, energy, throughput, timing, and where every number comes from."""

from __future__ import annotations

from typing import Any

from neurocore.report.document import Figure, Section, Table
from neurocore.report.estimate_lines import fastest, margin, power_bars
from neurocore.report.words import number, sentence
from neurocore.units import human, human_seconds, human_si

__all__ = ["energy_section", "sources_section", "throughput_section", "timing_table", "traffic_section"]

Facts = dict[str, Any]


def traffic_section(traffic: Facts, figures: tuple[Figure, ...]) -> Section:
    """Packets on the mesh. traffic : Traffic.as_dict()"""
    along = f"{number(traffic['mean_dx'])} along x, {number(traffic['mean_dy'])} along y"
    rows = [
        ("packets to cores", f"{traffic['routed_spikes']:,}"),
        ("mean hops", f"{number(traffic['mean_hops'])}: {along}"),
        ("hops", f"{traffic['hops']:,}"),
        ("busiest link", _link(traffic["busiest_link"], "core", traffic["ticks"])),
        ("chip borders crossed", f"{traffic['chip_crossings']:,}"),
        ("busiest chip edge", _link(traffic["busiest_chip_edge"], "chip", traffic["ticks"])),
        ("spikes in", f"{traffic['input_spikes']:,}, at most {traffic['input_peak_per_tick']:,} a tick"),
        ("spikes out", f"{traffic['output_spikes']:,}, at most {traffic['output_peak_per_tick']:,} a tick"),
        ("spikes of unwired neurons", f"{traffic['unwired_spikes']:,}"),
    ]
    text = (
        "Packets go along x first, then along y. East is towards larger x, north towards larger y: down on the map. "
        "Spikes that enter or leave the chip load no link here, as their way to its edge is not known."
    )
    return Section(
        name="traffic", title="Traffic", text=text, tables=(Table(title="Mesh", rows=tuple(rows)),), figures=figures
    )


def _link(link: Facts | None, of: str, ticks: int) -> str:
    if link is None:
        return "none"
    place = f"{link['direction']} of {of} ({link['x']}, {link['y']})"
    mean = number(link["total"] / max(1, ticks))
    return f"{place}: {link['packets']:,} packets in tick {link['tick']:,}, mean {mean} a tick"


def energy_section(estimate: Facts, figures: tuple[Figure, ...]) -> Section:
    """Power, and what it is spent on. estimate : Estimate.as_dict()"""
    energy = estimate["energy"]
    total = energy["power_w"]
    rows = []
    for term in energy["breakdown"]:
        price = human_si(term["price_j"], "J") if term["price_j"] is not None else ""
        rows.append(
            (
                term["label"],
                human_si(term["power_w"], "W") if term["power_w"] else "0",
                f"{term['power_w'] / total:.1%}" if total else "",
                human_si(term["energy_per_tick_j"], "J") if term["power_w"] else "0",
                number(term["count_per_tick"]),
                price,
            )
        )
    rows.append(("sum", human_si(total, "W"), "100.0%", human_si(energy["energy_per_tick_j"], "J"), "", ""))
    table = Table(
        title="Mean power by part (estimate)",
        columns=("", "power", "share", "energy per tick", "events per tick", "price of one"),
        rows=tuple(rows),
        right=frozenset(range(1, 6)),
        cards=True,
        note=f"Static power: {energy['static_convention']}.",
    )
    text = (
        f"Estimated from the run's counts: {power_bars(energy)} at {energy['voltage_v']:g} V and ticks of "
        f"{human_seconds(energy['tick_s'])}. Counts are exact; prices are published, derived or assumed, see Sources."
    )
    return Section(name="energy", title="Energy", text=text, tables=(table,), figures=figures)


def throughput_section(estimate: Facts) -> Section:
    """What the load does per second and watt, at two ticks."""
    return Section(
        name="throughput",
        title="Throughput and timing",
        text=f"{estimate['throughput']['definition']}.",
        tables=(_throughput(estimate["throughput"]), timing_table(estimate["timing"])),
    )


def _throughput(facts: Facts) -> Table:
    points = (facts["nominal"], facts["fastest"])
    rows = [("tick", *(human_si(point["tick_s"], "s") for point in points))]

    def row(label: str, key: str, unit: str, digits: int = 3) -> None:
        if any(point[key] is None for point in points):
            return
        rows.append((label, *(human_si(point[key], unit, digits=digits) if point[key] else "0" for point in points)))

    def count(label: str, key: str) -> None:
        if all(point[key] is not None for point in points):
            rows.append((label, *(number(point[key]) for point in points)))

    count("ticks per second", "ticks_per_s")
    row("power, whole chip", "power_w_whole_chip", "W")
    row("power, used cores", "power_w_used_cores", "W")
    row("synaptic operations", "sops", "SOPS")
    row("efficiency", "sops_per_w", "SOPS/W")
    row("energy per synaptic event (derived; no price)", "synaptic_event_j", "J")
    count("frames per second", "frames_per_s")
    count("frames per second and watt", "frames_per_s_per_w")
    row("energy per frame, whole chip", "energy_per_frame_j_whole_chip", "J", 2)
    row("energy per frame, used cores", "energy_per_frame_j_used_cores", "J", 2)
    note = "Used cores: only their share of the static power, as if the rest of the chip were off."
    columns = ("", "at the nominal tick", "at the fastest tick")
    return Table(title="Throughput (estimate)", columns=columns, rows=tuple(rows), right=frozenset({1, 2}), note=note)


def timing_table(timing: Facts) -> Table:
    """What a tick must be long enough for. timing : Timing.as_dict()"""
    rows = tuple(
        (
            limit["name"].replace("_", " "),
            human_si(limit["tick_s"], "s"),
            human_si(limit["tick_high_s"], "s"),
            f"{limit['utilisation']:.1%}",
            f"{limit['place']}: {limit['load']}",
            limit["kind"],
        )
        for limit in timing["limits"]
    )
    return Table(
        title="How short a tick may be (estimate)",
        columns=("limit", "needs", "up to", "of the nominal tick", "where, and for what", "basis"),
        rows=rows,
        cards=True,
        note=f"Fastest tick: {fastest(timing)}, {margin(timing)}. Up to: with the uncertainty of the coefficient.",
    )


def sources_section(estimate: Facts) -> Section:
    """Every coefficient, and what the estimate does not know."""
    rows = tuple(
        (
            source["name"].replace("_", " "),
            _value(source),
            f"+-{source['uncertainty']:.0%}" if source["uncertainty"] else "",
            source["kind"],
            source["conditions"],
            source["source"],
        )
        for source in estimate["sources"]
    )
    table = Table(
        title=f"Coefficients: {estimate['coefficients']}",
        columns=("coefficient", "value", "uncertainty", "kind", "conditions", "source"),
        rows=rows,
        cards=True,
    )
    points = tuple(sentence(warning) for warning in estimate["warnings"])
    return Section(name="sources", title="Sources and limits", points=points, tables=(table,))


def _value(source: Facts) -> str:
    unit = source["unit"]
    match unit:
        case "1" | "V":
            text = f"{source['value']:g}{' V' if unit == 'V' else ''}"
        case "spikes/s":
            text = human(source["value"]) + f" {unit}"
        case _:
            text = human_si(source["value"], unit)
    return text + (f" at {source['at_voltage']:g} V" if source["at_voltage"] else "")
