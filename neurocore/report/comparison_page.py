"""The page that shows two runs beside each other."""

from __future__ import annotations

from dataclasses import replace

from neurocore.report.comparison import Compared, difference
from neurocore.report.document import Document, Figure, Section, Table, Tile
from neurocore.report.page import RunView, urgent
from neurocore.report.page_run import ran_table
from neurocore.report.words import number

__all__ = ["comparison_page"]

_TILES = ("spikes", "synaptic_operations", "accuracy", "power_whole_chip", "efficiency", "fastest_tick")
_MOST_ROWS = 40


def comparison_page(names: tuple[str, str], views: tuple[RunView, RunView], figures: list[Compared]) -> Document:
    """names : of the two runs, to tell them apart; figures : compare_figures of them"""
    first, second = views
    marked = "Rows in which the two runs differ are marked."
    both = "Those that both runs have. Scales may differ."
    sections = [
        Section(name="figures", title="Key figures", tables=(_figures(names, figures),)),
        Section(name="rates", title="Rates", tables=(_rates(names, views),)),
        Section(name="runs", title="What ran", text=marked, tables=(_ran(names, views),)),
        Section(name="pictures", title="Pictures", text=both, pairs=True, figures=_pairs(names, views)),
    ]
    warnings = [f"{name}: {warning}" for name, view in zip(names, views, strict=True) for warning in urgent(view)]
    return Document(
        title=f"{names[0]} and {names[1]}",
        subtitle=f"'{first.summary.name}' and '{second.summary.name}'; differences are of the second run",
        tiles=tuple(_tile(figure) for figure in figures if figure.key in _TILES and difference(figure)),
        sections=tuple(sections),
        warnings=tuple(warnings),
        footer=f"Written by neurocore {(second.facts.get('versions') or {}).get('neurocore', '')}.",
    )


def _tile(figure: Compared) -> Tile:
    return Tile(label=figure.label, value=difference(figure), note=f"{figure.shown_first} to {figure.shown_second}")


def _figures(names: tuple[str, str], figures: list[Compared]) -> Table:
    rows = tuple((figure.label, figure.shown_first, figure.shown_second, difference(figure)) for figure in figures)
    return Table(
        title="Key figures", columns=("", *names, "difference"), rows=rows, right=frozenset({1, 2, 3}), cards=True
    )


def _rates(names: tuple[str, str], views: tuple[RunView, RunView]) -> Table:
    rates = [{rate.name: rate.mean_hz for rate in view.rates} for view in views]
    rows = []
    for name in list(dict.fromkeys([*rates[0], *rates[1]]))[:_MOST_ROWS]:
        first, second = (which.get(name) for which in rates)
        change = Compared(key=name, label=name, first=first, second=second, shown_first="", shown_second="")
        shown = ["not there" if rate is None else number(rate) for rate in (first, second)]
        rows.append((name, *shown, difference(change)))
    columns = ("mean rate (Hz)", *names, "difference")
    return Table(title="Mean rates", columns=columns, rows=tuple(rows), right=frozenset({1, 2, 3}))


def _ran(names: tuple[str, str], views: tuple[RunView, RunView]) -> Table:
    first, second = ({row[0]: row[1] for row in ran_table(dict(view.facts), view.summary).rows} for view in views)
    rows = tuple(
        (label, first[label], second[label], "" if first[label] == second[label] else "differs") for label in first
    )
    return Table(title="Runs", columns=("", *names, "same?"), rows=rows, cards=True)


def _pairs(names: tuple[str, str], views: tuple[RunView, RunView]) -> tuple[Figure, ...]:
    """Of each picture that both have, the first run's and then the second's."""
    found = []
    for name, figure in views[0].figures.items():
        other = views[1].figures.get(name)
        if other is not None:
            found += [
                replace(figure, title=f"{figure.title}: {names[0]}"),
                replace(other, title=f"{other.title}: {names[1]}"),
            ]
    return tuple(found)
