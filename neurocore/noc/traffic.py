"""The traffic of a recording: every packet put on the links of its path, without walking paths.

Each straight piece of a path is marked where it begins and where it ends; sums along the lines then give the loads. So
a packet costs four marks, however far it goes. The same as mesh.link_loads, for each tick by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.image import OUTPUT_BASE, UNWIRED, ChipImage
from neurocore.noc.arrivals import arrivals, tick_bounds
from neurocore.noc.mesh import hops
from neurocore.noc.peaks import Peaks
from neurocore.recording import COUNTERS, Recording
from neurocore.traffic import Traffic

__all__ = ["traffic"]

Counts = npt.NDArray[np.int64]

_PIECE_MARKS: Final = 2**21
"""Places for marks at a time, 8 bytes each: a piece is as many ticks as that is room for, at least one."""
_PIECE_SPIKES: Final = 2**20
"""Spikes looked at together."""


def traffic(image: ChipImage, recording: Recording) -> Traffic:
    """Put a recording's packets on the mesh.

    Memory beyond the recording is bounded: tables of the image's size, and pieces of some tens of MiB.
    """
    spec = image.spec
    marks = _Marks.of(image)
    target = image.target_core.ravel()
    histogram = np.zeros(int(marks.hops.max(initial=0)) + 2, np.int64)  # the first place is for spikes without a path
    links, edges = Peaks(*spec.extent), Peaks(*spec.chips)
    unwired, output_peak, outputs = 0, 0, 0
    bounds = tick_bounds(recording)
    step = max(1, _PIECE_MARKS // marks.places)
    for first in range(0, recording.ticks, step):
        stop = min(first + step, recording.ticks)
        marked = np.zeros((stop - first, marks.places), np.int64)
        leaving = np.zeros(stop - first, np.int64)
        for tick, number in _spikes(recording, spec.neurons, bounds[first], bounds[stop]):
            tick = tick - (recording.start_tick + first)
            marks.add(marked, tick, number)
            histogram += np.bincount(marks.hops[number] + 1, minlength=len(histogram))
            unwired += int(np.count_nonzero(target[number] == UNWIRED))
            leaving += np.bincount(tick[target[number] <= OUTPUT_BASE], minlength=len(leaving))
        loads = marks.loads(marked)
        links.add(recording.start_tick + first, loads)
        edges.add(recording.start_tick + first, _at_borders(loads, spec.grid, spec.chips))
        outputs += int(leaving.sum())
        output_peak = max(output_peak, int(leaving.max(initial=0)))
    input_spikes, input_peak = _inputs(image, recording)
    return Traffic(
        start_tick=recording.start_tick,
        ticks=recording.ticks,
        extent=spec.extent,
        grid=spec.grid,
        total=links.total,
        peak=links.peak,
        busiest=links.busiest(),
        hops_histogram=histogram[1:],
        crossings=edges.total,
        crossings_peak=edges.peak,
        busiest_edge=edges.busiest(),
        routed_spikes=int(histogram[1:].sum()),
        unwired_spikes=unwired,
        output_spikes=outputs,
        output_peak=output_peak,
        input_spikes=input_spikes,
        input_peak=input_peak,
        input_exact=recording.start_tick == 0,
    )


def _spikes(recording: Recording, neurons: int, first: int, stop: int) -> Iterator[tuple[Counts, Counts]]:
    """Ticks and neuron numbers (core * N + neuron) of some spikes, a piece at a time."""
    for start in range(first, stop, _PIECE_SPIKES):
        piece = slice(start, min(start + _PIECE_SPIKES, stop))
        number = recording.spike_core[piece].astype(np.int64) * neurons + recording.spike_neuron[piece]
        yield recording.spike_tick[piece], number


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    """Where the packets of each of C * N neurons begin and end on the lines of the mesh.

    The places for marks: X * Y for eastward pieces, as many for westward ones, northward and southward ones (these two
    column by column), and a last one for pieces that do not exist.

    begin, end : int32[2, C * N]  of the piece along x, and of that along y
    hops       : int32[C * N]     -1 where no packet is sent
    """

    width: int
    height: int
    begin: npt.NDArray[np.int32]
    end: npt.NDArray[np.int32]
    hops: npt.NDArray[np.int32]

    @property
    def places(self) -> int:
        """How many there are."""
        return 4 * self.width * self.height + 1

    @classmethod
    def of(cls, image: ChipImage) -> _Marks:
        width, height = image.spec.extent
        nowhere = 4 * width * height
        size = image.cores * image.spec.neurons
        begin, end = np.full((2, 2, size), nowhere, np.int32)
        distance = np.full(size, -1, np.int32)
        sends = np.flatnonzero(image.target_core.ravel() >= 0)
        source, target = sends // image.spec.neurons, image.target_core.ravel()[sends]
        distance[sends] = hops(image.core_xy, source, target)
        (x0, y0), (x1, y1) = image.core_xy[source].astype(np.int64).T, image.core_xy[target].astype(np.int64).T
        for axis, line, here, there, length in ((0, y0, x0, x1, width), (1, x1, y0, y1, height)):
            moves = here != there
            plane = (2 * axis + (there < here)) * width * height
            for marks, place in ((begin, np.minimum(here, there)), (end, np.maximum(here, there))):
                marks[axis, sends[moves]] = (plane + line * length + place)[moves]
        return cls(width=width, height=height, begin=begin, end=end, hops=distance)

    def add(self, marked: Counts, tick: Counts, number: Counts) -> None:
        """Mark the paths of packets. marked : int64[K, places]; tick : int64[S], 0..K-1; number : int64[S]"""
        row = tick * self.places
        flat = marked.reshape(-1)
        for axis in (0, 1):
            flat += np.bincount(row + self.begin[axis, number], minlength=len(flat))
            flat -= np.bincount(row + self.end[axis, number], minlength=len(flat))

    def loads(self, marked: Counts) -> dict[str, Counts]:
        """Packets per link and tick, by direction: int64[K, Y, X - 1] or int64[K, Y - 1, X]."""
        ticks, half = len(marked), 2 * self.width * self.height
        along_x = marked[:, :half].reshape(ticks, 2, self.height, self.width).cumsum(axis=3)[..., :-1]
        along_y = marked[:, half:-1].reshape(ticks, 2, self.width, self.height).cumsum(axis=3)[..., :-1].swapaxes(2, 3)
        return {
            "east": along_x[:, 0],
            "west": along_x[:, 1],
            "north": along_y[:, 0],
            "south": along_y[:, 1],
        }


def _at_borders(loads: dict[str, Counts], grid: tuple[int, int], chips: tuple[int, int]) -> dict[str, Counts]:
    """Loads of the borders between chips: those of the links across them, added up along each chip's side."""
    (width, height), (across, down) = grid, chips
    found = {}
    for direction in ("east", "west"):
        links = loads[direction][:, :, width - 1 :: width]
        found[direction] = links.reshape(len(links), down, height, across - 1).sum(axis=2)
    for direction in ("north", "south"):
        links = loads[direction][:, height - 1 :: height, :]
        found[direction] = links.reshape(len(links), down - 1, across, width).sum(axis=3)
    return found


def _inputs(image: ChipImage, recording: Recording) -> tuple[int, int]:
    """Arrivals that no spike of the recording explains, in all and in the tick with most."""
    arrived, merged_later, peak = 0, 0, 0
    taken = recording.tick_counters[:, COUNTERS.index("axon_events")]
    for tick, (active, came) in enumerate(arrivals(image, recording, beyond=True)):
        if tick < recording.ticks:
            arrived += came
            peak = max(peak, int(taken[tick]) - len(active))
        else:
            merged_later += came - len(active)
    return recording.total("axon_events") + recording.total("merged_spikes") - merged_later - arrived, peak
