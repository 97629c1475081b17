"""Which pictures a run has, one after another, each with a title and a text for those who do not see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from neurocore.image import ChipImage
from neurocore.recording import Recording
from neurocore.report.class_votes import draw_class_votes, margin_of
from neurocore.report.classifier import ClassifierResult
from neurocore.report.confusion import draw_confusion
from neurocore.report.core_map import draw_core_map, per_tick
from neurocore.report.energy_bars import draw_energy
from neurocore.report.example_frames import ShownFrames, draw_examples, examples_of, layers_shown
from neurocore.report.frame_energy import FramePoint, draw_frame_energy
from neurocore.report.hop_histogram import draw_hops
from neurocore.report.link_map import draw_link_map
from neurocore.report.placement import draw_placement
from neurocore.report.population_rates import MOST_BARS, PopulationRate, draw_population_rates, population_rates
from neurocore.report.potentials import draw_potentials
from neurocore.report.raster import draw_raster
from neurocore.report.rows import rows_of, spike_rows
from neurocore.report.words import counted, number
from neurocore.traffic import Traffic
from neurocore.units import human_si

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Picture", "Power", "pictures"]


_WATTS: Final = ((1.0, "W"), (1e-3, "mW"), (1e-6, "uW"), (1e-9, "nW"), (1e-12, "pW"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What the pictures need of an estimate.

    parts_w  : mean power by the name of what it is spent on
    total_low_w, total_high_w : error bars of their sum
    core_w   : float64[C], mean power of each core; idle_w : what a core draws without any event
    """

    parts_w: Mapping[str, float]
    total_low_w: float
    total_high_w: float
    core_w: npt.NDArray[np.float64]
    idle_w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawn figure. name : of its files; title : of its place on the page; alt : what it shows, in a sentence."""

    name: str
    title: str
    alt: str
    figure: Figure


def pictures(
    image: ChipImage,
    recording: Recording,
    *,
    classifier: ClassifierResult | None = None,
    traffic: Traffic | None = None,
    power: Power | None = None,
    rates: list[PopulationRate] | None = None,
    shown: ShownFrames | None = None,
    frame_points: Sequence[FramePoint] = (),
) -> Iterator[Picture]:
    """One after another; a picture that would be empty is left out.

    traffic, power : what was worked out of the run, where it was
    rates          : population_rates of the run, where they are known already
    shown          : the first images that a classifier saw
    frame_points   : the classifier's energy per frame and accuracy
    """
    yield from _activity(image, recording, rates or population_rates(image, recording))
    yield from _cores(image, recording, power)
    if traffic is not None:
        yield from _traffic(image, traffic)
    if power is not None:
        parts = ", ".join(f"{part} {human_si(amount, 'W')}" for part, amount in power.parts_w.items())
        figure = draw_energy(image.name, power.parts_w, bars_w=(power.total_low_w, power.total_high_w))
        yield Picture(name="energy", title="Energy", alt=f"Bars of estimated mean power: {parts}.", figure=figure)
    if classifier is not None:
        alt = (
            f"Confusion matrix of {len(classifier.confusion)} classes: {classifier.correct:,} of "
            f"{counted(classifier.frames, 'frame')} on the diagonal."
        )
        yield Picture(name="confusion", title="Confusion", alt=alt, figure=draw_confusion(image, classifier))
        yield from _frames(image, recording, classifier, shown, frame_points)


def _frames(
    image: ChipImage,
    recording: Recording,
    scored: ClassifierResult,
    shown: ShownFrames | None,
    points: Sequence[FramePoint],
) -> Iterator[Picture]:
    right, other = margin_of(scored)
    alt = (
        f"Mean votes a frame for each of {len(scored.confusion)} classes by right class: {number(right)} for the right "
        f"one, {number(other)} for the strongest other."
    )
    yield Picture(name="class_votes", title="Votes by class", alt=alt, figure=draw_class_votes(image, scored))
    if shown is not None and recording.start_tick == 0 and scored.first_frame == 0:
        frames = examples_of(recording, scored, shown)
        if frames:
            alt = (
                f"Frames {', '.join(map(str, frames))}: the pixels of each, the neurons that fire for it in "
                f"{counted(len(layers_shown(image, shown)), 'layer')}, and its votes."
            )
            figure = draw_examples(image, recording, scored, shown)
            yield Picture(name="examples", title="What an image causes", alt=alt, figure=figure)
    if points:
        parts = "; ".join(
            f"{one.name}: {human_si(one.used_cores_j, 'J')} a frame with the cores in use, "
            f"{human_si(one.whole_chip_j, 'J')} with the whole chip"
            for one in points
        )
        alt = f"Energy per frame against accuracy, {scored.accuracy:.2%}, beside published networks. {parts}."
        figure = draw_frame_energy(points)
        yield Picture(name="frame_energy", title="Energy per frame and accuracy", alt=alt, figure=figure)


def _activity(image: ChipImage, recording: Recording, rates: list[PopulationRate]) -> Iterator[Picture]:
    rows = rows_of(image)
    spikes = spike_rows(rows, recording)
    ticks = f"{counted(recording.ticks, 'tick')} from tick {recording.start_tick}"
    yield Picture(
        name="raster",
        title="Spikes",
        alt=f"Raster of {counted(len(spikes[0]), 'spike')} of {counted(rows.count, 'neuron')} in {ticks}, by "
        f"{rows.kind}; below it their mean rates over time.",
        figure=draw_raster(image, recording, spikes=spikes),
    )
    if len(rows.bands) > 1 and (rows.kind == "populations" or len(rows.bands) <= MOST_BARS):
        fastest = max(rates, key=lambda rate: rate.mean_hz)
        alt = (
            f"Mean rate of each of {len(rates)} {rows.kind}; {fastest.name} is fastest at {number(fastest.mean_hz)} Hz."
        )
        yield Picture(name="rates", title="Rates", alt=alt, figure=draw_population_rates(image.name, rates))
    if recording.potential.size:
        alt = (
            f"Membrane potentials of {counted(min(8, recording.potential.shape[1]), 'neuron')} over ticks, with their "
            f"thresholds as dashed lines and their spikes as triangles."
        )
        yield Picture(name="potentials", title="Potentials", alt=alt, figure=draw_potentials(image, recording))


def _cores(image: ChipImage, recording: Recording, power: Power | None) -> Iterator[Picture]:
    maps = [("core_map", "Synaptic operations", "synaptic operations per tick", "synaptic_operations")]
    if image.cores > 1:  # of a single core the table says it all
        maps.append(("core_spikes", "Spikes by core", "spikes per tick", "spikes"))
    for name, title, what, counter in maps:
        amount = per_tick(recording, counter)
        yield Picture(
            name=name, title=title, alt=_map_alt(image, amount, what), figure=draw_core_map(image, amount, what)
        )
    if power is not None and image.cores > 1:
        # Idle power is the same for every core: with it the map would have one colour.
        active = np.maximum(power.core_w - power.idle_w, 0)
        scale, unit = next(((f, u) for f, u in _WATTS if active.max(initial=0) >= f), _WATTS[-1])
        what = f"{unit} above the idle {human_si(power.idle_w, 'W')}, estimated"
        alt, figure = _map_alt(image, active / scale, what), draw_core_map(image, active / scale, what)
        yield Picture(name="core_energy", title="Active power by core", alt=alt, figure=figure)
    alt = f"Map of the chip: which populations' neurons sit on each of {counted(image.cores, 'core')}."
    yield Picture(name="placement", title="Placement", alt=alt, figure=draw_placement(image))


def _map_alt(image: ChipImage, amount: npt.NDArray[np.float64], what: str) -> str:
    if not amount.any():
        return f"Map of {counted(image.cores, 'core')}: no {what}."
    core = int(amount.argmax())
    x, y = image.core_xy[core].tolist()
    return f"Map of {counted(image.cores, 'core')} by {what}: from {number(float(amount.min()))} to " + (
        f"{number(float(amount[core]))}, at ({x}, {y})."
    )


def _traffic(image: ChipImage, traffic: Traffic) -> Iterator[Picture]:
    if traffic.hops:
        loads = traffic.mean_loads()
        most = max(float(amount.max(initial=0)) for amount in loads.values())
        alt = f"Map of the mesh's links by mean packets per tick: at most {number(most)}."
        figure = draw_link_map(image.name, image.core_xy, image.spec, loads)
        yield Picture(name="links", title="Link traffic", alt=alt, figure=figure)
    packets = traffic.hops_histogram
    if np.count_nonzero(packets) > 1:
        alt = f"Packets by hops, 0 to {len(packets) - 1}; mean {number(traffic.mean_hops)}."
        yield Picture(name="hops", title="Hops", alt=alt, figure=draw_hops(image.name, packets))
