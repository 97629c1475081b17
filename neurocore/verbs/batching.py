"""A network's frames as a batch: many instances of one chip, each shown some of the frames from the initial state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurocore.emulator.batch import run_batch
from neurocore.emulator.stimulus import axon_events, input_spikes
from neurocore.emulator.threads import processors
from neurocore.errors import RunError
from neurocore.image import ChipImage
from neurocore.network import Classify, Network
from neurocore.recording import COUNTERS, Probe, Recording, Spikes
from neurocore.report.classifier import ClassifierResult, check_classify, classify
from neurocore.spikes import AxonEvents, InputSpikes
from neurocore.units import counted, human, human_seconds
from neurocore.verbs.progress import tick_progress
from neurocore.verbs.sources import Source, compile_source, located, open_for_run

__all__ = ["BatchResult", "BatchRunner", "batch", "run_alone"]

BatchRunner = Callable[..., tuple[list[Recording], int]]
"""Called as ``run_alone`` is; returns what that returns."""


def run_alone(
    image: ChipImage,
    events: Sequence[AxonEvents],
    ticks: int,
    *,
    seed: int | Sequence[int] = 0,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[list[Recording], int]:
    """What neurocore.emulator.batch.run_batch returns, and how many threads it had."""
    recordings = run_batch(image, events, ticks, seed=seed, threads=threads, progress=progress)
    return recordings, min(threads or processors(), len(events))


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """A finished batch.

    instances         : runs of the chip, ``frames_each`` frames in each (the last may have fewer)
    ticks_each        : ticks of an instance: its frames, and the latency of the last one
    threads, ranks    : worker threads of each rank, and how many ranks shared out the instances
    wall_s            : seconds spent emulating
    recordings        : one for each instance, ticks counted from its own start
    classifier        : the score over all frames
    interrupted       : True when Ctrl-C ended it early; the score covers the instances that were done
    """

    name: str
    frames: int
    frames_each: int
    instances: int
    ticks_each: int
    threads: int
    ranks: int
    seed: int
    spikes: int
    synaptic_operations: int
    wall_s: float
    recordings: tuple[Recording, ...]
    classifier: ClassifierResult
    interrupted: bool

    @property
    def frames_per_s(self) -> float:
        """Frames per second of wall time."""
        return self.frames / self.wall_s

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        left_out = ("recordings", "classifier")
        facts = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in left_out}
        return facts | {"frames_per_s": self.frames_per_s, "classifier": self.classifier.as_dict()}

    def text(self) -> str:
        """Aligned lines for a terminal."""
        score = self.classifier
        on_ranks = f" on each of {self.ranks} ranks" if self.ranks > 1 else ""
        rows = [
            ("instances", f"{self.instances:,} of {counted(self.ticks_each, 'tick')}, {self.frames_each} frames each"),
            ("wall time", f"{human_seconds(self.wall_s)} with {counted(self.threads, 'thread')}{on_ranks}"),
            ("speed", f"{self.frames_per_s:,.0f} frames/s, {human(self.synaptic_operations / self.wall_s, 'SOPS')}"),
            ("spikes", f"{self.spikes:,}"),
            ("accuracy", f"{score.accuracy:.2%} ({score.correct:,} of {score.frames:,} frames)"),
        ]
        head = f"{self.name}: {counted(self.frames, 'frame')} as a batch"
        return "\n".join([head, *(f"  {label:<11}{value}" for label, value in rows)])


def batch(
    source: str | Path | Network | Source,
    *,
    frames_each: int = 1,
    seed: int | None = None,
    threads: int | None = None,
    quiet: bool = True,
    overrides: dict[str, Any] | None = None,
    runner: BatchRunner = run_alone,
    ranks: int = 1,
) -> BatchResult:
    """Show a network the frames of its stimulus as a batch, and score them as ``run`` does.

    source      : a YAML file or Network with ``run.classify``, which says how many ticks a frame takes
    frames_each : frames shown to each instance, one after the other. With 1 every frame meets the initial state; with
                  more, fewer ticks are spent on waiting for the last frame to pass
    seed        : of stimuli, random connectivity and stochastic neurons (the same in each instance)
    runner      : what runs the instances, on ``ranks`` processes
    Raises NeurocoreError (one of its kinds) for bad input.
    """
    if frames_each < 1:
        raise RunError(f"{frames_each} frames in each instance", fix="allowed: 1 or more")
    opened = open_for_run(source, seed=seed, ticks=None, overrides=overrides)
    network = opened.network
    if network is None or network.run.classify is None:
        raise RunError("a batch needs a network with run.classify", fix="it says how many ticks a frame takes")
    image, wanted = compile_source(opened, quiet=quiet).image, network.run.classify
    with located(opened):
        frames = check_classify(image, wanted, network.run.ticks)
        shown = input_spikes(network, network.run.ticks)
    firsts = range(0, len(frames), frames_each)
    ticks = frames_each * wanted.ticks_each + wanted.latency
    stimuli = [_stimulus(image, shown, first, min(frames_each, len(frames) - first), wanted, ticks) for first in firsts]
    with tick_progress(len(stimuli) * ticks, quiet) as progress:
        recordings, workers = runner(image, stimuli, ticks, seed=network.seed, threads=threads, progress=progress)
    if not recordings:
        raise KeyboardInterrupt
    done = min(len(frames), len(recordings) * frames_each)
    return BatchResult(
        name=image.name,
        frames=done,
        frames_each=frames_each,
        instances=len(recordings),
        ticks_each=ticks,
        threads=workers,
        ranks=ranks,
        seed=network.seed,
        spikes=sum(recording.total("spikes") for recording in recordings),
        synaptic_operations=sum(recording.total("synaptic_operations") for recording in recordings),
        wall_s=sum(recording.wall_s for recording in recordings),
        recordings=tuple(recordings),
        classifier=classify(image, _as_one(recordings, done, frames_each, wanted), wanted),
        interrupted=len(recordings) < len(stimuli),
    )


def _stimulus(
    image: ChipImage, shown: InputSpikes, first: int, frames: int, wanted: Classify, ticks: int
) -> AxonEvents:
    """What frames first .. first+frames-1 put on the chip's axons, from tick 0 on."""
    start = first * wanted.ticks_each
    low, high = np.searchsorted(shown.tick, [start, start + frames * wanted.ticks_each])
    return axon_events(image, InputSpikes(tick=shown.tick[low:high] - start, pin=shown.pin[low:high]), ticks)


def _as_one(recordings: list[Recording], frames: int, frames_each: int, wanted: Classify) -> Recording:
    """The instances' windows one behind the other, as a single run that showed all frames would have them."""
    length = frames_each * wanted.ticks_each
    ticks, cores, neurons = [], [], []
    for number, recording in enumerate(recordings):
        low, high = np.searchsorted(recording.spike_tick, [wanted.latency, wanted.latency + length])
        ticks.append(recording.spike_tick[low:high] + number * length)
        cores.append(recording.spike_core[low:high])
        neurons.append(recording.spike_neuron[low:high])
    total = frames * wanted.ticks_each + wanted.latency
    return Recording(
        start_tick=0,
        ticks=total,
        spikes=Spikes(np.concatenate(ticks), np.concatenate(cores), np.concatenate(neurons)),
        counters=np.sum([recording.counters for recording in recordings], axis=0),
        tick_counters=np.zeros((total, len(COUNTERS)), np.int64),
        probe=Probe.none(),
        probe_tick=np.zeros(0, np.int64),
        potential=np.zeros((0, 0), np.int32),
        seed=recordings[0].seed,
        wall_s=sum(recording.wall_s for recording in recordings),
    )
