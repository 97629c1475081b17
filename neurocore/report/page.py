"""The page of a run: all that is known of it, put into sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from neurocore.image import ChipImage
from neurocore.report.classifier import ClassifierResult
from neurocore.report.document import Document, Figure, Link, Section, Tile
from neurocore.report.estimate_lines import WHOSE
from neurocore.report.page_activity import activity_section, classifier_section, cores_section
from neurocore.report.page_cost import energy_section, sources_section, throughput_section, traffic_section
from neurocore.report.page_graph import graph_section, graph_tiles
from neurocore.report.page_run import mapping_section, ran_section
from neurocore.report.population_rates import PopulationRate
from neurocore.report.summary import Summary
from neurocore.report.words import counted, number, sentence
from neurocore.units import human, human_seconds, human_si

__all__ = ["RunView", "run_page", "tiles", "urgent"]

_TIGHT: Final = 0.8
"""Share of the nominal tick from which a load is worth a warning at the top; the estimate warns from there on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """What a page says of a run.

    facts    : run.json
    config   : the network's YAML, or nothing
    estimate : Estimate.as_dict(), or None where nothing can be estimated
    traffic  : Traffic.as_dict(), or None
    graph    : GraphColumns.as_dict() of a graph in NIR, or None
    figures  : by the name of their files
    files    : names of the files beside the page
    remarks  : what was left out, in sentences
    """

    facts: Mapping[str, Any]
    config: str
    image: ChipImage
    summary: Summary
    classifier: ClassifierResult | None
    rates: list[PopulationRate]
    estimate: dict[str, Any] | None
    traffic: dict[str, Any] | None
    figures: Mapping[str, Figure]
    graph: dict[str, Any] | None = None
    files: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def run_page(view: RunView) -> Document:
    """One run's page."""
    facts, summary = dict(view.facts), view.summary
    sections = [ran_section(facts, summary, view.config), mapping_section(facts, view.image, summary)]
    sections.append(activity_section(summary, view.rates, _drawn(view, "raster", "rates", "potentials")))
    if view.graph is not None:
        sections.append(graph_section(view.graph))
    if view.classifier is not None:
        sections.append(classifier_section(view.classifier, _drawn(view, "confusion")))
    maps = _drawn(view, "core_map", "core_spikes", "core_energy", "placement")
    sections.append(cores_section(summary, maps))
    if view.traffic is not None:
        sections.append(traffic_section(view.traffic, _drawn(view, "links", "hops")))
    if view.estimate is not None:
        sections += [
            energy_section(view.estimate, _drawn(view, "energy")),
            throughput_section(view.estimate),
            sources_section(view.estimate),
        ]
    sections.append(_files(view))
    return Document(
        title=summary.name,
        subtitle=_subtitle(view),
        tiles=tiles(view),
        sections=tuple(sections),
        warnings=urgent(view),
        footer=f"Written by neurocore {(facts.get('versions') or {}).get('neurocore', '')}.",
    )


def _subtitle(view: RunView) -> str:
    summary = view.summary
    ran = (
        f"{counted(summary.ticks, 'tick')} of {human_seconds(summary.tick_s)} on '{summary.chip}', seed {summary.seed}"
    )
    when = view.facts.get("finished")
    return f"{ran}; finished {when}" if when else ran


def tiles(view: RunView) -> tuple[Tile, ...]:
    """The key figures."""
    summary, estimate = view.summary, view.estimate
    found = [
        Tile(label="Cores", value=f"{summary.cores_used:,}", note=f"of {summary.cores_available:,}"),
        Tile(label="Neurons", value=f"{summary.neurons_used:,}", note=f"{summary.synapses:,} crossbar bits"),
        Tile(label="Spikes", value=human(summary.spikes), note=f"mean {number(summary.mean_rate_hz)} Hz per neuron"),
        Tile(
            label="SOPS", value=human(summary.sops_nominal, "SOPS"), note="synaptic operations per second of model time"
        ),
    ]
    if summary.real_time_factor is not None:
        factor = f"{number(summary.real_time_factor)} x"
        found.append(Tile(label="Emulated at", value=factor, note=f"real time, {counted(summary.threads, 'thread')}"))
    if view.graph is not None:
        found += graph_tiles(view.graph)
    if view.classifier is not None:
        scored = view.classifier
        right = f"{scored.correct:,} of {counted(scored.frames, 'frame')}"
        found.append(Tile(label="Accuracy", value=f"{scored.accuracy:.2%}", note=right))
    if estimate is not None:
        energy, timing, point = estimate["energy"], estimate["timing"], estimate["throughput"]["nominal"]
        low, high = (human_si(energy[f"power_{end}_w"], "W") for end in ("low", "high"))
        power = f"estimate, {low} to {high}; {WHOSE[energy['static']]}"
        found.append(Tile(label="Power", value=human_si(energy["power_w"], "W"), note=power))
        found.append(
            Tile(label="Efficiency", value=human_si(point["sops_per_w"], "SOPS/W"), note="estimate, nominal tick")
        )
        if point["energy_per_frame_j_whole_chip"] is not None:
            whole, used = (
                human_si(point[f"energy_per_frame_j_{which}"], "J", digits=2) for which in ("whole_chip", "used_cores")
            )
            note = f"estimate, whole chip; {used} used cores"
            found.append(Tile(label="Energy per frame", value=whole, note=note))
        shortest = human_si(timing["shortest_tick_s"], "s")
        note = f"estimate, {number(timing['real_time_margin'])} x real time"
        found.append(Tile(label="Fastest tick", value=shortest, note=note))
    return tuple(found)


def urgent(view: RunView) -> tuple[str, ...]:
    """What a reader must know before all else: an unfinished or silent run, loads that do not fit a tick."""
    found = []
    if view.facts.get("interrupted"):
        found.append(f"The run was interrupted: it holds {counted(view.summary.ticks, 'tick')}.")
    if not view.summary.spikes:
        found.append("No neuron fired.")
    if view.estimate is not None:
        # The estimate's warnings begin with one for each limit that is nearly reached or exceeded.
        loads = sum(limit["utilisation"] >= _TIGHT for limit in view.estimate["timing"]["limits"])
        found += [sentence(warning) for warning in view.estimate["warnings"][:loads]]
    return tuple(found)


def _drawn(view: RunView, *names: str) -> tuple[Figure, ...]:
    return tuple(view.figures[name] for name in names if name in view.figures)


def _files(view: RunView) -> Section:
    links = tuple(Link(target=name, text=name) for name in view.files)
    return Section(name="files", title="Files of this run", points=view.remarks, links=links)
