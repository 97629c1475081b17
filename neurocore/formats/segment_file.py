"""A recording on its way to the disk: segments of consecutive ticks, one .npz file each, never changed once written.

Members: ``spikes`` (core * width + neuron, by tick), ``tick_counters``, ``probe_tick``, ``potential`` and ``meta``
(format, version, run, first_tick, width). Every member carries the archive's CRC-32, compared when it is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ImageError
from neurocore.formats.files import open_npz, write_npz
from neurocore.formats.meta import pack_meta, read_meta, take
from neurocore.recording import COUNTERS

__all__ = ["Segment", "load_segment", "save_segment", "segment_files", "segment_name"]

_FORMAT: Final = "neurocore-segment"
_VERSION: Final = 1
_SPIKES: Final = COUNTERS.index("spikes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """T ticks of a recording from ``first_tick`` on; axes as in Recording.

    spikes : uint32[S]  core * width + neuron, by tick and then ascending; ``tick_counters`` says how many in each
    """

    first_tick: int
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


def segment_name(first_tick: int) -> str:
    """The file of the segment that begins at a tick; names sort as ticks do."""
    return f"segment-{first_tick:015d}.npz"


def segment_files(folder: Path) -> list[Path]:
    """The segments in a folder by their first tick."""
    return sorted(folder.glob("segment-*.npz"))


def save_segment(segment: Segment, folder: Path, run: str) -> None:
    """Write a segment under its name, whole or not at all. Raises NeurocoreError where it cannot be written."""
    meta = {
        "format": _FORMAT,
        "version": _VERSION,
        "run": run,
        "first_tick": segment.first_tick,
        "width": segment.width,
    }
    arrays = {name: getattr(segment, name) for name in ("spikes", "tick_counters", "probe_tick", "potential")}
    write_npz(folder / segment_name(segment.first_tick), {"meta": pack_meta(meta)} | arrays, sync=True)


def load_segment(path: Path, *, run: str, width: int, cores: int, probed: int) -> Segment:
    """Read a segment of this run and compare its parts with each other. Raises ImageError naming the file.

    cores, probed : of the image, and neurons whose potentials are kept
    """
    with open_npz(path) as npz:
        meta = read_meta(npz, _FORMAT, _VERSION)
        if take(npz, meta, "run", str) != run:
            raise npz.problem("meta.run", f"it belongs to another run ({meta['run'][:12]}, not {run[:12]})")
        first_tick = take(npz, meta, "first_tick", int)
        if path.name != segment_name(first_tick) or take(npz, meta, "width", int) != width:
            raise npz.problem("meta", f"it is the segment of tick {first_tick} and width {meta.get('width')}")
        npz.expect("spikes", np.uint32, (None,))
        npz.expect("tick_counters", np.int64, (None, len(COUNTERS)))
        kept = npz.expect("probe_tick", np.int64, (None,)).shape[0]
        npz.expect("potential", np.int32, (kept, probed))
        segment = Segment(
            first_tick=first_tick,
            width=width,
            spikes=npz.read("spikes"),
            tick_counters=npz.read("tick_counters"),
            probe_tick=npz.read("probe_tick"),
            potential=npz.read("potential"),
        )
    counts = segment.tick_counters[:, _SPIKES]
    if (counts < 0).any() or counts.sum() != len(segment.spikes):
        raise ImageError("its spikes are not as many as its counters say", file=str(path), path="spikes")
    if len(segment.spikes) and int(segment.spikes.max()) >= cores * width:
        raise ImageError("a spike comes from a core that the image does not have", file=str(path), path="spikes")
    return segment
