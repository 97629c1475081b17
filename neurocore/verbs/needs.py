"""What a run needs of the machine: memory and disk, known before it starts; and whether they are there."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from neurocore.arch import RING_SLOTS
from neurocore.errors import RunError
from neurocore.image import ChipImage
from neurocore.recording import COUNTERS, Probe
from neurocore.units import human_bytes

__all__ = ["Needs", "available_memory_bytes", "check_needs", "needs_of"]

PROGRAM_BYTES: Final = 200 * 2**20
"""Python, numpy and the compiled kernels: the peak of runs of a few cores was 180 to 220 MiB."""
EVENT_BYTES: Final = 16
"""A spike of the stimulus at an axon: its tick, core and axon."""
MAKING_BYTES: Final = 150
"""The same while the stimulus is being made: 110 to 147 bytes were counted."""
ASSUMED_HZ: Final = 20.0
"""Spikes of a run cannot be known before it: what they take is told for this rate, and never a reason to refuse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Bytes that a run takes, without its spikes, and for each spike.

    memory_bytes, memory_per_spike : of a plain run
    disk_bytes, disk_per_spike     : of a run with checkpoints until it is done: three checkpoints, segments, recording
    spikes                         : how many there are at ASSUMED_HZ from every used neuron
    stimulus_events                : spikes of the stimulus at axons, on average where chance decides; held in memory
    A run with checkpoints holds no spikes in memory, but for its report.
    """

    ticks: int
    memory_bytes: int
    memory_per_spike: int
    disk_bytes: int
    disk_per_spike: int
    spikes: int
    stimulus_events: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: getattr(self, name) for name in self.__slots__}

    def lines(self) -> list[str]:
        """For people."""
        rows = []
        for name, fixed, each in (
            ("memory", self.memory_bytes, self.memory_per_spike),
            ("disk", self.disk_bytes, self.disk_per_spike),
        ):
            spikes = human_bytes(self.spikes * each)
            rows.append(
                f"{name:<8} {human_bytes(fixed):>9}   for {self.ticks:,} ticks, and {each} bytes a spike "
                f"({spikes} at {ASSUMED_HZ:g} Hz)"
            )
        if self.stimulus_events:
            most = human_bytes(self.stimulus_events * MAKING_BYTES)
            rows[1:1] = [
                f"{'':<18}   of it {most} at most to make a stimulus of {self.stimulus_events:,} spikes at axons"
            ]
        return rows


def needs_of(image: ChipImage, probe: Probe, ticks: int, stimulus_events: int = 0) -> Needs:
    """What running an image for so many ticks takes, reckoned from sizes alone.

    stimulus_events : spikes of the stimulus at axons that are yet to be made
    """
    spec, cores = image.spec, image.cores
    of_image = sum(array.nbytes for array in image.arrays().values())
    neurons = cores * 64 * spec.neuron_words
    state = 4 * neurons + 8 * RING_SLOTS * cores * spec.axon_words
    of_probe = (8 + 4 * len(probe.core)) * probe.samples(ticks) if len(probe.core) else 0
    by_tick = 8 * len(COUNTERS) * ticks + of_probe
    used = int(image.neuron_used.sum(dtype=int))
    return Needs(
        ticks=ticks,
        # while the stimulus is made nothing is recorded yet
        memory_bytes=PROGRAM_BYTES
        + of_image
        + 8 * neurons
        + state
        + max(by_tick + EVENT_BYTES * stimulus_events, MAKING_BYTES * stimulus_events),
        memory_per_spike=4 + 16,  # as it is recorded, and its three columns
        disk_bytes=of_image + 3 * state + 2 * by_tick + EVENT_BYTES * stimulus_events,
        disk_per_spike=4 + 16,  # in a segment, and in the recording's file where nothing can be compressed
        spikes=round(used * ticks * spec.tick_s * ASSUMED_HZ),
        stimulus_events=stimulus_events,
    )


def check_needs(needs: Needs, folder: Path | None) -> None:
    """Raises RunError, with both numbers, where memory or the folder's disk cannot hold what is sure to be needed."""
    memory = available_memory_bytes()
    if memory is not None and needs.memory_bytes > memory:
        raise RunError(
            f"{needs.ticks:,} ticks need {human_bytes(needs.memory_bytes)} of memory, "
            f"{human_bytes(memory)} are available",
            fix="run fewer ticks, probe less, or use a machine with more memory"
            if needs.stimulus_events * MAKING_BYTES < needs.memory_bytes / 2
            else f"run fewer ticks or lower the stimulus: its {needs.stimulus_events:,} spikes are held in memory",
        )
    if folder is None:
        return
    disk = _free_disk_bytes(folder)
    if needs.disk_bytes > disk:
        raise RunError(
            f"{needs.ticks:,} ticks need {human_bytes(needs.disk_bytes)} of disk, "
            f"{human_bytes(disk)} are free at {folder}",
            fix="free some space, choose another --out, run fewer ticks or probe less",
        )


def available_memory_bytes() -> int | None:
    """Memory that a new process can have without swapping, or None where the system (not Linux) does not say."""
    room = []
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                room.append(int(line.split()[1]) * 1024)
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        if limit != "max":  # a container's own limit
            room.append(int(limit) - int(Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii")))
    except (OSError, ValueError, IndexError):
        pass
    return min(room) if room else None


def _free_disk_bytes(folder: Path) -> int:
    """On the disk of a folder, or of where it will be."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free
