"""The page's part about a graph in NIR: the float graph, the integer network and the chip side by side."""

from __future__ import annotations

from typing import Any

from neurocore.report.document import Section, Table, Tile
from neurocore.report.words import counted

__all__ = ["graph_section", "graph_tiles"]

_MOST_ROWS = 60


def graph_section(graph: dict[str, Any]) -> Section:
    """Spikes of each population in three columns, and where they went. graph : GraphColumns.as_dict()"""
    columns = graph["columns"]
    rows = [
        (
            one["population"],
            f"{one['neurons']:,}",
            f"{one['shift']:,}",
            f"{one['spikes_float']:,}",
            f"{one['spikes_integer']:,}",
            f"{one['spikes_chip']:,}" + (f" (without {one['pruned']:,} pruned)" if one["pruned"] else ""),
            f"{one['rounding_wrong']:,}",
            _counts(one),
            f"{one['mapping_wrong']:,}",
        )
        for one in columns[:_MOST_ROWS]
    ]
    more = len(columns) - len(rows)
    note = "Later by: ticks by which the chip answers after the graph; spikes are compared after that shift."
    if any(one["pruned"] for one in columns):
        note += " Pruned: neurons that are not on the chip, as nothing depends on their spikes."
    table = Table(
        title=f"Spikes in the first {counted(graph['ticks'], 'tick')}",
        columns=(
            "population",
            "neurons",
            "later by",
            "float graph",
            "integer network",
            "chip",
            "lost to rounding",
            "counts that differ",
            "lost to mapping",
        ),
        rows=tuple(rows),
        right=frozenset(range(1, 9)),
        cards=True,
        note=note + (f" {more:,} more are not listed." if more > 0 else ""),
    )
    rounding, mapping = _lost(graph)
    text = (
        "The same input went through the graph in floats, through the network of whole numbers that was made of it, "
        "and through the chip. A spike that is missing or extra from the first to the second was lost to rounding, "
        f"from the second to the third to mapping. Lost to rounding: {rounding:,}; to mapping: {mapping:,}."
    )
    points = tuple(
        f"{one['population']}: the first spike that rounding changed is at {one['first']}."
        for one in columns[:_MOST_ROWS]
        if one["first"]
    )
    return Section(name="graph", title="Float graph, integers, chip", text=text, tables=(table,), points=points)


def graph_tiles(graph: dict[str, Any]) -> tuple[Tile, ...]:
    """The losses as a key figure."""
    rounding, mapping = _lost(graph)
    spikes = sum(one["spikes_float"] for one in graph["columns"])
    note = f"spikes, of {spikes:,} of the float graph; {mapping:,} to mapping"
    return (Tile(label="Lost to rounding", value=f"{rounding:,}", note=note),)


def _lost(graph: dict[str, Any]) -> tuple[int, int]:
    """Spikes missing or extra: by rounding, by mapping."""
    return (
        sum(one["rounding_wrong"] for one in graph["columns"]),
        sum(one["mapping_wrong"] for one in graph["columns"]),
    )


def _counts(one: dict[str, Any]) -> str:
    if not one["rounding_counts"]:
        return "0"
    return f"{one['rounding_counts']:,}, by up to {one['rounding_most']:,}"
