"""Small images and recordings made by hand, for the report's tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurocore.arch import ChipSpec
from neurocore.graph import Group
from neurocore.image import ChipImage, LogicalMap
from neurocore.recording import COUNTERS, Probe, Recording, Spikes


def plain_image(cores: int = 1, *, used: int | None = None, name: str = "case", **sizes: object) -> ChipImage:
    """Cores in row order, their first ``used`` neurons in use, no populations."""
    spec = ChipSpec(**({"axons": 8, "neurons": 16, "grid": (8, 8)} | sizes))  # type: ignore[arg-type]
    number = np.arange(cores)
    image = ChipImage.blank(name, spec, np.stack([number % spec.extent[0], number // spec.extent[0]], axis=1))
    image.neuron_used[:, : spec.neurons if used is None else used] = 1
    return image


def with_populations(image: ChipImage, sizes: dict[str, int], copies: int = 0) -> ChipImage:
    """Logical neurons in the order of the used neurons; the last ``copies`` used neurons copy logical neuron 0."""
    groups, start = [], 0
    for name, size in sizes.items():
        groups.append(Group(name=name, start=start, shape=(size,)))
        start += size
    core, neuron = np.nonzero(image.neuron_used)
    logical = np.concatenate([np.arange(start), np.zeros(copies, int)])
    place = np.concatenate([np.arange(start), len(core) - copies + np.arange(copies)])
    order = np.argsort(logical, kind="stable")
    there = replace(
        LogicalMap.empty(),
        populations=tuple(groups),
        instance_logical=logical[order].astype(np.int32),
        instance_core=core[place[order]].astype(np.int32),
        instance_neuron=neuron[place[order]].astype(np.int32),
    )
    return replace(image, logical=there)


def recorded(
    image: ChipImage,
    spikes: np.ndarray | list[tuple[int, int, int]],
    ticks: int,
    *,
    start_tick: int = 0,
    probe: Probe | None = None,
    wall_s: float = 0.5,
    **totals: int,
) -> Recording:
    """A recording of spikes (tick, core, neuron). totals: further counters, all on the last core."""
    rows = np.asarray(spikes, np.int64).reshape(-1, 3)
    rows = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
    counters = np.zeros((image.cores, len(COUNTERS)), np.int64)
    counters[:, COUNTERS.index("spikes")] = np.bincount(rows[:, 1], minlength=image.cores)
    for name, total in totals.items():
        counters[-1, COUNTERS.index(name)] = total
    probe = probe or Probe.none()
    probe_tick = np.arange(start_tick, start_tick + ticks, probe.interval) if len(probe.core) else np.zeros(0)
    wave = 9 * np.sin(probe_tick / 7)[:, None] * np.arange(1, len(probe.core) + 1)
    return Recording(
        start_tick=start_tick,
        ticks=ticks,
        spikes=Spikes(rows[:, 0], rows[:, 1].astype(np.int32), rows[:, 2].astype(np.int32)),
        counters=counters,
        tick_counters=np.zeros((ticks, len(COUNTERS)), np.int64),
        probe=probe,
        probe_tick=probe_tick.astype(np.int64),
        potential=wave.astype(np.int32),
        seed=0,
        wall_s=wall_s,
    )


def random_spikes(image: ChipImage, ticks: int, count: int, seed: int = 0, start_tick: int = 0) -> np.ndarray:
    """Different spikes (tick, core, neuron) of used neurons, int64[<= count, 3]."""
    rng = np.random.default_rng(seed)
    core, neuron = np.nonzero(image.neuron_used)
    which = rng.integers(0, len(core), count)
    return np.unique(np.stack([rng.integers(0, ticks, count) + start_tick, core[which], neuron[which]], axis=1), axis=0)


def watch(count: int, interval: int = 1) -> Probe:
    """The first neurons of core 0."""
    return Probe(core=np.zeros(count, np.int32), neuron=np.arange(count, dtype=np.int32), interval=interval)


def texts(figure):
    """Every word on a figure."""
    from matplotlib.text import Text

    return "\n".join(item.get_text() for item in figure.findobj(Text))
