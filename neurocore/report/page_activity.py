"""The page's part about what the network did: counts, rates, the score of a classifier."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.report.class_votes import margin_of
from neurocore.report.classifier import ClassifierResult
from neurocore.report.document import Figure, Section, Table
from neurocore.report.population_rates import PopulationRate
from neurocore.report.summary import Summary
from neurocore.report.words import counted, number
from neurocore.units import human

__all__ = ["activity_section", "classifier_section", "cores_section", "rates_table"]

_MOST_ROWS: Final = 40


def activity_section(summary: Summary, rates: list[PopulationRate], figures: tuple[Figure, ...]) -> Section:
    """Counts, rates and the raster."""
    return Section(name="activity", title="Activity", tables=(_counts(summary), rates_table(rates)), figures=figures)


def _counts(summary: Summary) -> Table:
    rows = [
        ("spikes", f"{summary.spikes:,}"),
        ("mean rate", f"{number(summary.mean_rate_hz)} Hz per neuron on the chip"),
        ("synaptic operations", f"{summary.synaptic_operations:,}"),
        ("SOPS of model time", human(summary.sops_nominal, "SOPS")),
        ("axon events", f"{summary.axon_events:,}"),
        ("merged spikes", f"{summary.merged_spikes:,}"),
    ]
    if summary.sops_emulated is not None and summary.real_time_factor is not None:
        speed = f"{number(summary.real_time_factor)} x real time, {human(summary.sops_emulated, 'SOPS')}"
        rows.append(("emulated at", speed))
    note = (
        "A synaptic operation is an active axon meeting a set crossbar bit. Spikes that reach an axon twice in a tick "
        "merge. Counts are of all neurons on the chip, copies and relays included."
    )
    return Table(title="Counts", rows=tuple(rows), note=note)


def rates_table(rates: list[PopulationRate]) -> Table:
    """Rates of populations, the fastest where there are many."""
    shown = sorted(rates, key=lambda rate: -rate.mean_hz)[:_MOST_ROWS] if len(rates) > _MOST_ROWS else rates
    rows = tuple(
        (
            rate.name,
            f"{rate.neurons:,}",
            f"{rate.spikes:,}",
            number(rate.mean_hz),
            f"{number(rate.low_hz)} to {number(rate.high_hz)}",
            number(rate.most_hz),
            f"{rate.silent / rate.neurons:.0%}",
        )
        for rate in shown
    )
    more = len(rates) - len(shown)
    return Table(
        title="Rates",
        columns=("", "neurons", "spikes", "mean (Hz)", "5 % to 95 % (Hz)", "fastest (Hz)", "silent"),
        rows=rows,
        right=frozenset(range(1, 7)),
        cards=True,
        note=f"The {len(shown)} fastest; {more:,} more are not listed." if more else "",
    )


def cores_section(summary: Summary, figures: tuple[Figure, ...]) -> Section:
    """Maps of the cores."""
    text = "One square a core, (0, 0) at the top left."
    if summary.busiest_core is not None:
        busiest = summary.busiest_core
        text += (
            f" Busiest: core {busiest.core} at ({busiest.x}, {busiest.y}) with "
            f"{busiest.synaptic_operations:,} synaptic operations and {counted(busiest.spikes, 'spike')}."
        )
    return Section(name="cores", title="Cores", text=text, figures=figures)


def classifier_section(
    scored: ClassifierResult, figures: tuple[Figure, ...], stream: dict[str, Any] | None = None
) -> Section:
    """The score, and each class's. stream : of run.json, of a run that showed images"""
    rows = []
    for label, counts in enumerate(scored.confusion[:_MOST_ROWS]):
        frames, right = int(counts.sum()), int(counts[label])
        said = int(scored.confusion[:, label].sum())
        rows.append(
            (
                str(label),
                f"{frames:,}",
                f"{right:,}",
                f"{right / frames:.1%}" if frames else "",
                f"{right / said:.1%}" if said else "",
            )
        )
    more = len(scored.confusion) - len(rows)
    table = Table(
        title="Classes",
        columns=("class", "frames", "right", "recall", "precision"),
        rows=tuple(rows),
        right=frozenset({1, 2, 3, 4}),
        note=f"{more:,} more are not listed." if more > 0 else "",
    )
    silent = (
        f" {counted(scored.silent_frames, 'frame')} without a vote count as class 0." if scored.silent_frames else ""
    )
    text = (
        f"Accuracy {scored.accuracy:.2%}: {scored.correct:,} of {counted(scored.frames, 'frame')} right, "
        f"{counted(scored.ticks_each, 'tick')} each, by the spikes of '{scored.population}'.{silent}"
    )
    votes = scored.votes.sum(axis=1)
    spikes = Table(title="Votes", rows=_vote_rows(scored, votes), note="A vote is a spike of a voter.")
    points = _stream_points(stream) if stream else ()
    return Section(
        name="classifier", title="Classifier", text=text, points=points, tables=(table, spikes), figures=figures
    )


def _vote_rows(scored: ClassifierResult, votes: npt.NDArray[np.int64]) -> tuple[tuple[str, str], ...]:
    right, other = margin_of(scored)
    ordered = np.sort(scored.votes, axis=1)
    close = int((ordered[:, -1] == ordered[:, -2]).sum())
    return (
        ("votes a frame", f"{number(float(votes.mean()))}, {int(votes.min()):,} to {int(votes.max()):,}"),
        ("for the right class", f"{number(right)} a frame"),
        ("for the strongest other", f"{number(other)} a frame"),
        ("ties for the most votes", f"{counted(close, 'frame')}: the lowest class wins"),
    )


def _stream_points(stream: dict[str, Any]) -> tuple[str, ...]:
    measured, emulator = int(stream["measured_frames"]), stream["emulator"]
    over = " (all of them, over and over)" if measured > stream["frames"] else ""
    return (
        f"An image enters every {counted(stream['ticks_per_frame'], 'tick')}; its votes leave "
        f"{counted(stream['latency_ticks'], 'tick')} later.",
        f"Score and votes are of all {counted(stream['frames'], 'frame')}. Counts, spikes and the estimate are of "
        f"the first {measured:,}{over}.",
        f"The emulator made {number(emulator['frames_per_s'])} frames/s with {counted(emulator['threads'], 'thread')}.",
    )
