"""A recording on its way to the disk: segments of consecutive ticks, one .npz file each, never changed once written.

Several ranks write a segment each of the same ticks, of their own cores. Members: ``spikes`` (core * width + neuron, by
tick), ``tick_counters``, ``probe_tick``, ``potential`` and ``meta`` (format, version, run, first_tick, first_core,
cores, width). Every member carries the archive's CRC-32, compared when it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ImageError
from neurocore.formats.file_writing import write_npz
from neurocore.formats.files import open_npz
from neurocore.formats.meta import pack_meta, read_meta, take
from neurocore.recording import COUNTERS
from neurocore.spikes import in_tick_order

__all__ = ["Segment", "load_segment", "merge_segments", "save_segment", "segment_files", "segment_name"]

_FORMAT: Final = "neurocore-segment"
_VERSION: Final = 2
_SPIKES: Final = COUNTERS.index("spikes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """T ticks of a recording from ``first_tick`` on, of ``cores`` cores from ``first_core`` on; axes as in Recording.

    spikes    : uint32[S]    core * width + neuron, by tick and then ascending; ``tick_counters`` says how many in each
    potential : int32[Q, p]  of the probed neurons of these cores; without any, Q is 0 as well
    """

    first_tick: int
    first_core: int
    cores: int
    width: int
    spikes: npt.NDArray[np.uint32]
    tick_counters: npt.NDArray[np.int64]
    probe_tick: npt.NDArray[np.int64]
    potential: npt.NDArray[np.int32]

    @property
    def ticks(self) -> int:
        """T."""
        return len(self.tick_counters)

    def spike_tick(self) -> npt.NDArray[np.int64]:
        """int64[S]."""
        ticks = np.arange(self.first_tick, self.first_tick + self.ticks, dtype=np.int64)
        return np.repeat(ticks, self.tick_counters[:, _SPIKES])

    def spike_core(self) -> npt.NDArray[np.int32]:
        """int32[S]."""
        return (self.spikes // np.uint32(self.width)).astype(np.int32)

    def spike_neuron(self) -> npt.NDArray[np.int32]:
        """int32[S], within the core."""
        return (self.spikes % np.uint32(self.width)).astype(np.int32)


def segment_name(first_tick: int, first_core: int = 0) -> str:
    """The file of the segment that begins at a tick and a core; names sort as these do."""
    return f"segment-{first_tick:015d}-{first_core:010d}.npz"


def segment_files(folder: Path) -> list[list[Path]]:
    """The segments in a folder: lists of those with the same first tick, by that, each by the first core."""
    found = sorted(folder.glob("segment-*.npz"))
    return [list(together) for _, together in groupby(found, lambda path: path.name.split("-")[1])]


def save_segment(segment: Segment, folder: Path, run: str) -> None:
    """Write a segment under its name, whole or not at all. Raises NeurocoreError where it cannot be written."""
    meta = {
        "format": _FORMAT,
        "version": _VERSION,
        "run": run,
        "first_tick": segment.first_tick,
        "first_core": segment.first_core,
        "cores": segment.cores,
        "width": segment.width,
    }
    arrays = {name: getattr(segment, name) for name in ("spikes", "tick_counters", "probe_tick", "potential")}
    path = folder / segment_name(segment.first_tick, segment.first_core)
    write_npz(path, {"meta": pack_meta(meta)} | arrays, sync=True)


def load_segment(path: Path, *, run: str, width: int, cores: int, probe_core: npt.NDArray[np.int32]) -> Segment:
    """Read a segment of this run and compare its parts with each other. Raises ImageError naming the file.

    cores, probe_core : of the image, and int32[P] of the neurons whose potentials are kept
    """
    with open_npz(path) as npz:
        meta = read_meta(npz, _FORMAT, _VERSION)
        if take(npz, meta, "run", str) != run:
            raise npz.problem("meta.run", f"it belongs to another run ({meta['run'][:12]}, not {run[:12]})")
        first_tick, first_core, own = (take(npz, meta, key, int) for key in ("first_tick", "first_core", "cores"))
        if take(npz, meta, "width", int) != width or path.name != segment_name(first_tick, first_core):
            problem = f"it is the segment of tick {first_tick}, core {first_core} and width {meta.get('width')}"
            raise npz.problem("meta", problem)
        if first_tick < 0 or not 0 <= first_core <= first_core + own <= cores:
            raise npz.problem("meta", f"it is of {own} cores from {first_core} on; the image has {cores}")
        probed = int(np.count_nonzero((probe_core >= first_core) & (probe_core < first_core + own)))
        npz.expect("spikes", np.uint32, (None,))
        npz.expect("tick_counters", np.int64, (None, len(COUNTERS)))
        kept = npz.expect("probe_tick", np.int64, (None,)).shape[0]
        npz.expect("potential", np.int32, (kept, probed))
        segment = Segment(
            first_tick=first_tick,
            first_core=first_core,
            cores=own,
            width=width,
            spikes=npz.read("spikes"),
            tick_counters=npz.read("tick_counters"),
            probe_tick=npz.read("probe_tick"),
            potential=npz.read("potential"),
        )
    counts = segment.tick_counters[:, _SPIKES]
    if (counts < 0).any() or sum(counts.tolist()) != len(segment.spikes):
        raise ImageError("its spikes are not as many as its counters say", file=str(path), path="spikes")
    spikes = segment.spikes
    if len(spikes) and not first_core * width <= int(spikes.min()) <= int(spikes.max()) < (first_core + own) * width:
        raise ImageError("a spike comes from a core that is not in it", file=str(path), path="spikes")
    return segment


def merge_segments(parts: Sequence[Segment], cores: int, probe_core: npt.NDArray[np.int32], where: str) -> Segment:
    """One segment of the same ticks of all cores. parts : by first core; where : names them in messages

    Raises ImageError where they are not of the same ticks, or some cores are missing or there twice.
    """
    first = parts[0]
    ends = np.cumsum([0, *(part.cores for part in parts)]).tolist()
    if [part.first_core for part in parts] != ends[:-1] or ends[-1] != cores:
        raise ImageError(f"the segments of tick {first.first_tick} are not of all {cores} cores", file=where)
    looked = max((part.probe_tick for part in parts), key=len)
    potential = np.zeros((len(looked), len(probe_core)), np.int32)
    for part, low, high in zip(parts, ends[:-1], ends[1:], strict=True):
        own = (probe_core >= low) & (probe_core < high)
        if part.ticks != first.ticks or (own.any() and (part.probe_tick.tolist() != looked.tolist())):
            raise ImageError(f"the segments of tick {first.first_tick} are not of the same ticks", file=where)
        if own.any():
            potential[:, own] = part.potential
    return Segment(
        first_tick=first.first_tick,
        first_core=0,
        cores=cores,
        width=first.width,
        spikes=in_tick_order([part.spikes for part in parts], [part.tick_counters[:, _SPIKES] for part in parts]),
        tick_counters=np.sum([part.tick_counters for part in parts], axis=0),
        probe_tick=looked,
        potential=potential,
    )
