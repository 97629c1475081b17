"""Measuring the emulator on this machine: characterisation networks of any size, or a network of one's own."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from neurocore.emulator.engine import Emulator
from neurocore.errors import RunError, closest
from neurocore.image import ChipImage
from neurocore.recording import COUNTERS, Recording
from neurocore.spikes import AxonEvents
from neurocore.verbs.bench_result import BenchResult
from neurocore.verbs.machine import machine_facts, peak_memory_bytes, seconds_since_start
from neurocore.verbs.progress import tick_progress
from neurocore.verbs.run_folder import versions
from neurocore.verbs.sources import compile_source, open_for_run
from neurocore.verbs.stimulate import network_events
from neurocore.workloads.characterisation import characterisation

__all__ = ["BENCH_PRESETS", "bench"]

BENCH_PRESETS: Final = ("core", "chip", "array", "config")
ENOUGH_S: Final = 0.5
"""Without ``ticks``, a repeat is given as many as take about this long."""
_FEWEST_TICKS: Final = 8
_MOST_TICKS: Final = 100_000
_ARRAY_MEMORY_GOAL: Final = 12 * 10**9


def bench(
    preset: str = "chip",
    source: str | Path | None = None,
    *,
    side: int | None = None,
    chips: int | None = None,
    rate_hz: float = 20.0,
    synapses: int = 128,
    stochastic: bool = False,
    ticks: int | None = None,
    warmup: int = 50,
    repeats: int = 5,
    threads: int | None = None,
    seed: int | None = None,
    quiet: bool = True,
    overrides: dict[str, Any] | None = None,
) -> BenchResult:
    """Measure the emulator.

    preset     : "core" (one core), "chip" (a full one), "array" (several chips), "config" (a network of one's own)
    source     : with "config": a network, image, IBM model or run folder; its stimulus is played, from the start
    side       : cores along each side of a chip (64); chips : chips along each side of the array (2 for "array")
    rate_hz, synapses, stochastic : of the characterisation network (see neurocore.workloads.characterisation)
    ticks      : of each repeat; as many as take half a second if None (a config's own run.ticks)
    warmup     : ticks before the first repeat
    seed       : of the network and of stochastic modes; a config's own, or 0
    Raises RunError for knobs out of range or that the preset does not know.
    """
    if preset not in BENCH_PRESETS:
        raise RunError(f"no benchmark named '{preset}'", fix=closest(preset, BENCH_PRESETS))
    if (source is not None) != (preset == "config"):
        raise RunError(
            f"benchmark '{preset}' {'needs a' if source is None else 'takes no'} file",
            fix="neurocore bench config FILE; core, chip and array make their own network",
        )
    for name, value, least in (("ticks", ticks, 1), ("warmup", warmup, 0), ("repeats", repeats, 1)):
        if value is not None and value < least:
            raise RunError(f"{value} {name}", fix=f"allowed: {least} or more")
    began = time.perf_counter()
    if source is not None:
        opened = open_for_run(source, ticks=ticks, seed=seed, overrides=overrides)
        image = compile_source(opened, quiet=quiet).image if opened.network is not None else opened.image
        assert image is not None
        seed = opened.network.seed if opened.network is not None else seed
        ticks = opened.network.run.ticks if opened.network is not None else ticks
        events = network_events(opened, image, ticks)[1] if opened.network is not None and ticks else _nothing()
    else:
        if overrides:
            raise RunError("--set changes a config", fix="use it with: neurocore bench config FILE")
        image = _characterisation(preset, side, chips, rate_hz, synapses, stochastic, seed or 0)
        events = _nothing()
    built = time.perf_counter()
    emulator = Emulator(image, seed=seed or 0, threads=threads)
    loaded = time.perf_counter()
    emulator.warm_up()
    emulator.run(1, events)
    first_tick_s = seconds_since_start()
    if preset == "config":
        emulator.reset()
    ticks = ticks or _enough(emulator)
    runs, interrupted = _measure(emulator, events, ticks, warmup, repeats, preset == "config", quiet)
    return _result(
        preset, emulator, runs, interrupted, ticks, warmup, (built - began, loaded - built), first_tick_s, synapses
    )


def _nothing() -> AxonEvents:
    return AxonEvents.sorted([], [], [])


def _characterisation(
    preset: str, side: int | None, chips: int | None, rate_hz: float, synapses: int, stochastic: bool, seed: int
) -> ChipImage:
    side = side or (1 if preset == "core" else 64)
    chips = chips or (2 if preset == "array" else 1)
    if not 1 <= side <= 64:
        raise RunError(f"a chip of {side} x {side} cores", fix="allowed: 1..64 cores a side")
    if not 1 <= chips <= 8:
        raise RunError(f"{chips} x {chips} chips", fix="allowed: 1..8 chips a side")
    return characterisation(
        grid=(side, side), chips=(chips, chips), rate_hz=rate_hz, synapses=synapses, stochastic=stochastic, seed=seed
    )


def _enough(emulator: Emulator) -> int:
    """Ticks that take about ENOUGH_S."""
    taken = emulator.run(_FEWEST_TICKS, _nothing()).wall_s / _FEWEST_TICKS
    return int(np.clip(ENOUGH_S / max(taken, 1e-9), _FEWEST_TICKS, _MOST_TICKS))


@dataclass(frozen=True, slots=True)
class _Run:
    """What is kept of a repeat: its recording goes, so that the next one finds memory that is already there."""

    wall_s: float
    phase_s: dict[str, float]
    counters: dict[str, int]


def _measure(
    emulator: Emulator, events: AxonEvents, ticks: int, warmup: int, repeats: int, afresh: bool, quiet: bool
) -> tuple[list[_Run], bool]:
    """Run the repeats, each from the start if ``afresh``. Returns them, and whether Ctrl-C cut them short."""
    total = warmup + ticks * repeats
    with tick_progress(total, quiet) as progress:
        report: Callable[[int], None] = progress or (lambda done: None)
        if emulator.run(warmup, events, progress=report).ticks < warmup:
            raise KeyboardInterrupt
        runs: list[_Run] = []
        for repeat in range(repeats):
            if afresh:
                emulator.reset()
            before = warmup + repeat * ticks
            recording = emulator.run(ticks, events, progress=lambda done, before=before: report(before + done))  # type: ignore[misc]
            if recording.ticks < ticks:
                if not runs:
                    raise KeyboardInterrupt
                return runs, True
            runs.append(_kept(recording))
            del recording
    return runs, False


def _kept(recording: Recording) -> _Run:
    return _Run(recording.wall_s, recording.phase_s, {name: recording.total(name) for name in COUNTERS})


def _result(
    preset: str,
    emulator: Emulator,
    runs: list[_Run],
    interrupted: bool,
    ticks: int,
    warmup: int,
    times: tuple[float, float],
    first_tick_s: float | None,
    asked_synapses: int,
) -> BenchResult:
    image = emulator.image
    middle = sorted(runs, key=lambda run: run.wall_s)[len(runs) // 2]
    wall = statistics.median(run.wall_s for run in runs)
    tick_s, neurons = image.spec.tick_s, int(image.neuron_used.sum(dtype=np.int64))
    bits = int(np.bitwise_count(image.crossbar).sum(dtype=np.int64))
    count = middle.counters
    operations, spikes = count["synaptic_operations"], count["spikes"]
    factor, gsops = tick_s * ticks / wall, operations / wall / 1e9
    rate_hz = spikes / max(1, neurons) / (ticks * tick_s)
    held = sum(array.nbytes for array in image.arrays().values()) - image.crossbar.nbytes + emulator.memory_bytes
    peak = peak_memory_bytes()
    goal, met = _goal(preset, image, rate_hz, asked_synapses, factor, gsops, peak)
    return BenchResult(
        preset=preset,
        name=image.name,
        cores=image.cores,
        neurons=neurons,
        synapses_total=bits,
        rate_hz=rate_hz,
        synapses=operations / max(1, count["axon_events"]),
        threads=emulator.threads,
        seed=emulator.seed,
        ticks=ticks,
        warmup=warmup,
        ms_per_tick_runs=tuple(run.wall_s / ticks * 1e3 for run in runs),
        ms_per_tick=wall / ticks * 1e3,
        ticks_per_s=ticks / wall,
        real_time_factor=factor,
        gsops=gsops,
        gsops_nominal=operations / (ticks * tick_s) / 1e9,
        spikes_per_s=spikes / wall,
        phases_ms={phase: seconds / ticks * 1e3 for phase, seconds in middle.phase_s.items()},
        build_s=times[0],
        load_s=times[1],
        first_tick_s=first_tick_s,
        bytes_per_neuron=held / max(1, image.cores * image.spec.neurons),
        bytes_per_synapse=image.crossbar.nbytes / bits if bits else None,
        peak_memory_bytes=peak,
        goal=goal,
        goal_met=met,
        interrupted=interrupted,
        machine=machine_facts(),
        versions=versions(),
    )


def _goal(
    preset: str, image: ChipImage, rate_hz: float, synapses: int, factor: float, gsops: float, peak: int | None
) -> tuple[str | None, bool | None]:
    """The project's goals on two processors: a full chip at IBM's two best-known points, and 64 chips in memory."""
    if preset == "chip" and image.cores == 4096 and not image.stochastic_weight.any():
        if synapses == 128 and abs(rate_hz - 20) <= 1:
            return "at least 2 x real time", factor >= 2
        if synapses == 256 and abs(rate_hz - 200) <= 10:
            return "at least 20 GSOPS", gsops >= 20
    if preset == "array" and image.cores == 64 * 4096 and peak is not None:
        return f"under {_ARRAY_MEMORY_GOAL / 1e9:.0f} GB", peak < _ARRAY_MEMORY_GOAL
    return None, None
