"""The facts of a run, as text for people and as plain numbers for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from neurocore.image import ChipImage
from neurocore.markup import html_table
from neurocore.recording import COUNTERS, Recording
from neurocore.report.classifier import ClassifierResult
from neurocore.report.words import counted, number
from neurocore.units import human, human_seconds

__all__ = ["Busiest", "Summary", "summarize"]

_CHUNK = 2**22


@dataclass(frozen=True, slots=True, kw_only=True)
class Busiest:
    """The core with most synaptic operations, then most spikes, then the lowest index.

    core : index in the image; x, y : place on the whole array of chips
    """

    core: int
    x: int
    y: int
    synaptic_operations: int
    spikes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run did; counters as defined in neurocore.recording.COUNTERS.

    synapses                    : crossbar bits set
    model_time_s                : ticks times the chip's nominal tick
    wall_s, threads             : measured time of the emulation loop, and the threads it was given
    ticks_per_s, real_time_factor, frames_per_s : None where wall_s is 0
    mean_rate_hz                : spikes per used neuron and second of model time
    sops_emulated, sops_nominal : synaptic operations per second of wall time, and per second of model time
    spikes_per_s                : spikes per second of wall time; None where wall_s is 0
    phase_s                     : of the wall time, seconds spent to integrate, update, deliver, record; may be empty
    routed_spikes               : spikes sent to a core (not to an output pin, not unwired)
    hops_per_routed_spike       : None where none was sent
    """

    name: str
    chip: str
    cores_used: int
    cores_available: int
    neurons_used: int
    synapses: int
    start_tick: int
    ticks: int
    tick_s: float
    model_time_s: float
    wall_s: float
    threads: int
    seed: int
    ticks_per_s: float | None
    real_time_factor: float | None
    spikes: int
    mean_rate_hz: float
    synaptic_operations: int
    sops_emulated: float | None
    sops_nominal: float
    spikes_per_s: float | None
    phase_s: dict[str, float]
    axon_events: int
    neuron_updates: int
    merged_spikes: int
    routed_spikes: int
    hops: int
    hops_per_routed_spike: float | None
    busiest_core: Busiest | None
    classifier: dict[str, Any] | None
    frames_per_s: float | None
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data; keys are the field names and stay the same from run to run."""
        return asdict(self) | {"notes": list(self.notes)}

    def text(self) -> str:
        """Aligned lines for a terminal, without colour codes and without a newline at the end."""
        lines = [f"{self.name}: {counted(self.ticks, 'tick')} on '{self.chip}'"]
        lines += [f"  {label:<20}{value}" for label, value in self._rows()]
        if self.notes:
            lines.append("  compiled")
            lines += [f"    {note}" for note in self.notes]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """For notebooks: the rows of :meth:`text`."""
        return html_table(f"{self.name}: {counted(self.ticks, 'tick')} on '{self.chip}'", self._rows())

    def _rows(self) -> list[tuple[str, str]]:
        rows = [
            ("cores", f"{self.cores_used:,} of {self.cores_available:,}"),
            ("neurons", f"{self.neurons_used:,}"),
            ("synapses", f"{self.synapses:,}"),
            ("wall time", f"{human_seconds(self.wall_s)} with {counted(self.threads, 'thread')}"),
        ]
        if self.ticks_per_s is not None and self.real_time_factor is not None:
            real = f"{number(self.real_time_factor)} x real time ({human_seconds(self.tick_s)} ticks)"
            rows.append(("speed", f"{number(self.ticks_per_s)} ticks/s, {real}"))
        if any(self.phase_s.values()):
            shares = [f"{phase} {seconds / sum(self.phase_s.values()):.0%}" for phase, seconds in self.phase_s.items()]
            rows.append(("time goes to", ", ".join(shares)))
        rows += [
            ("spikes", self._spikes()),
            ("synaptic operations", f"{self.synaptic_operations:,}"),
            ("SOPS", self._sops()),
            ("axon events", f"{self.axon_events:,}, {self.merged_spikes:,} spikes merged"),
            ("hops", self._hops()),
        ]
        if self.busiest_core is not None:
            busiest = self.busiest_core
            work = f"{busiest.synaptic_operations:,} synaptic operations, {busiest.spikes:,} spikes"
            rows.append(("busiest core", f"{busiest.core} at ({busiest.x}, {busiest.y}): {work}"))
        return rows + self._classifier_rows()

    def _spikes(self) -> str:
        speed = f", {human(self.spikes_per_s, 'spikes/s')} emulated" if self.spikes_per_s is not None else ""
        return f"{self.spikes:,}, mean {number(self.mean_rate_hz)} Hz per neuron{speed}"

    def _sops(self) -> str:
        nominal = f"{human(self.sops_nominal, 'SOPS')} at the nominal tick"
        if self.sops_emulated is None:
            return nominal
        return f"{human(self.sops_emulated, 'SOPS')} emulated, {nominal}"

    def _hops(self) -> str:
        if self.hops_per_routed_spike is None:
            return "0, no spike was sent to a core"
        mean = number(self.hops_per_routed_spike)
        return f"{self.hops:,}, mean {mean} over {self.routed_spikes:,} spikes sent to cores"

    def _classifier_rows(self) -> list[tuple[str, str]]:
        scored = self.classifier
        if scored is None:
            return []
        silent = f", {scored['silent_frames']:,} silent" if scored["silent_frames"] else ""
        speed = f", {number(self.frames_per_s)} frames/s" if self.frames_per_s is not None else ""
        each = scored["ticks_per_frame"]
        return [
            ("accuracy", f"{scored['accuracy']:.2%} ({scored['correct']:,} of {scored['frames']:,} frames{silent})"),
            ("frames", f"{counted(each, 'tick')} each{speed}"),
        ]


def summarize(
    image: ChipImage,
    recording: Recording,
    *,
    threads: int,
    notes: tuple[str, ...],
    classifier: ClassifierResult | None = None,
    frames_per_s: float | None = None,
) -> Summary:
    """Gather a run's facts from its image and recording.

    threads : worker threads of the run; notes : what the compiler said, one line a pass; classifier : the score, if any
    frames_per_s : of a stream, of which the recording holds a part and ``classifier`` all
    """
    spec, wall = image.spec, recording.wall_s
    neurons = int(image.neuron_used.sum(dtype=np.int64))
    model_time = recording.ticks * spec.tick_s
    operations, spikes = recording.total("synaptic_operations"), recording.total("spikes")
    routed, hops = _routed_spikes(image, recording), recording.total("hops")
    return Summary(
        name=image.name,
        chip=spec.name,
        cores_used=image.cores,
        cores_available=spec.cores,
        neurons_used=neurons,
        synapses=int(np.bitwise_count(image.crossbar).sum(dtype=np.int64)),
        start_tick=recording.start_tick,
        ticks=recording.ticks,
        tick_s=spec.tick_s,
        model_time_s=model_time,
        wall_s=wall,
        threads=threads,
        seed=recording.seed,
        ticks_per_s=_ratio(recording.ticks, wall),
        real_time_factor=_ratio(model_time, wall),
        spikes=spikes,
        mean_rate_hz=_ratio(spikes, neurons * model_time) or 0.0,
        synaptic_operations=operations,
        sops_emulated=_ratio(operations, wall),
        sops_nominal=_ratio(operations, model_time) or 0.0,
        spikes_per_s=_ratio(spikes, wall),
        phase_s=dict(recording.phase_s),
        axon_events=recording.total("axon_events"),
        neuron_updates=recording.total("neuron_updates"),
        merged_spikes=recording.total("merged_spikes"),
        routed_spikes=routed,
        hops=hops,
        hops_per_routed_spike=_ratio(hops, routed),
        busiest_core=_busiest(image, recording),
        classifier=classifier.as_dict() if classifier else None,
        frames_per_s=frames_per_s or (_ratio(classifier.frames, wall) if classifier else None),
        notes=notes,
    )


def _routed_spikes(image: ChipImage, recording: Recording) -> int:
    """Spikes of neurons that are wired to a core; in pieces, as a recording may hold more spikes than memory twice."""
    wired = image.target_core >= 0
    total = 0
    for _, core, neuron in recording.spikes.pieces(_CHUNK):
        total += int(np.count_nonzero(wired[core, neuron]))
    return total


def _busiest(image: ChipImage, recording: Recording) -> Busiest | None:
    if not image.cores:
        return None
    operations = recording.counters[:, COUNTERS.index("synaptic_operations")]
    spikes = recording.counters[:, COUNTERS.index("spikes")]
    core = int(np.lexsort((np.arange(image.cores), -spikes, -operations))[0])
    x, y = (int(value) for value in image.core_xy[core])
    return Busiest(core=core, x=x, y=y, synaptic_operations=int(operations[core]), spikes=int(spikes[core]))


def _ratio(amount: float, by: float) -> float | None:
    return amount / by if by > 0 else None
