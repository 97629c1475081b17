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

from neurocore.arch import RING_SLOTS
from neurocore.image import OUTPUT_BASE, UNWIRED, ChipImage
from neurocore.noc.arrivals import active_axons, arrivals, tick_bounds
from neurocore.noc.mesh import hops
from neurocore.noc.peaks import Peaks
from neurocore.recording import COUNTERS, Recording
from neurocore.traffic import LinkLoads, Traffic

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
    links, edges = Peaks(*marks.size), Peaks(*spec.chips)
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
        edges.add(recording.start_tick + first, _at_borders(loads, marks.corner, spec.grid, spec.chips))
        outputs += int(leaving.sum())
        output_peak = max(output_peak, int(leaving.max(initial=0)))
    routed = int(histogram[1:].sum())
    input_spikes = _inputs(image, recording, routed)
    return Traffic(
        start_tick=recording.start_tick,
        ticks=recording.ticks,
        extent=spec.extent,
        grid=spec.grid,
        total=_on_array(links.total, marks.corner, spec.extent),
        peak=_on_array(links.peak, marks.corner, spec.extent),
        busiest=links.busiest(marks.corner),
        hops_histogram=histogram[1:],
        crossings=edges.total,
        crossings_peak=edges.peak,
        busiest_edge=edges.busiest(),
        routed_spikes=routed,
        unwired_spikes=unwired,
        output_spikes=outputs,
        output_peak=output_peak,
        input_spikes=input_spikes,
        input_peak=_input_peak(image, recording) if input_spikes else 0,
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

    Only the rectangle that holds all cores of the image matters: no path leaves it. Its places for marks: X * Y for
    eastward pieces, as many for westward, northward and southward ones (these two column by column), and a last one for
    pieces that do not exist.

    corner, size : of the rectangle, x then y
    begin, end : int32[2, C * N]  of the piece along x, and of that along y
    hops       : int32[C * N]     -1 where no packet is sent
    """

    corner: tuple[int, int]
    size: tuple[int, int]
    begin: npt.NDArray[np.int32]
    end: npt.NDArray[np.int32]
    hops: npt.NDArray[np.int32]

    @property
    def places(self) -> int:
        """How many there are."""
        return 4 * self.size[0] * self.size[1] + 1

    @classmethod
    def of(cls, image: ChipImage) -> _Marks:
        xy = image.core_xy.astype(np.int64)
        if len(xy):
            corner, last = xy.min(axis=0), xy.max(axis=0)
        else:
            corner, last = np.zeros((2, 2), np.int64)
        width, height = (int(side) for side in last - corner + 1)
        nowhere = 4 * width * height
        neurons = image.cores * image.spec.neurons
        begin, end = np.full((2, 2, neurons), nowhere, np.int32)
        distance = np.full(neurons, -1, np.int32)
        sends = np.flatnonzero(image.target_core.ravel() >= 0)
        source, target = sends // image.spec.neurons, image.target_core.ravel()[sends]
        distance[sends] = hops(image.core_xy, source, target)
        (x0, y0), (x1, y1) = (xy[source] - corner).T, (xy[target] - corner).T
        for axis, line, here, there, length in ((0, y0, x0, x1, width), (1, x1, y0, y1, height)):
            moves = here != there
            plane = (2 * axis + (there < here)) * width * height
            for marks, step in ((begin, np.minimum(here, there)), (end, np.maximum(here, there))):
                marks[axis, sends[moves]] = (plane + line * length + step)[moves]
        place = (int(corner[0]), int(corner[1]))
        return cls(corner=place, size=(width, height), begin=begin, end=end, hops=distance)

    def add(self, marked: Counts, tick: Counts, number: Counts) -> None:
        """Mark the paths of packets. marked : int64[K, places]; tick : int64[S], 0..K-1; number : int64[S]"""
        row = tick * self.places
        flat = marked.reshape(-1)
        for axis in (0, 1):
            flat += np.bincount(row + self.begin[axis, number], minlength=len(flat))
            flat -= np.bincount(row + self.end[axis, number], minlength=len(flat))

    def loads(self, marked: Counts) -> dict[str, Counts]:
        """Packets per link and tick, by direction: int64[K, Y, X - 1] or int64[K, Y - 1, X]."""
        ticks, (width, height) = len(marked), self.size
        along_x, along_y = marked[:, : 2 * width * height], marked[:, 2 * width * height : -1]
        along_x = along_x.reshape(ticks, 2, height, width).cumsum(axis=3)[..., :-1]
        along_y = along_y.reshape(ticks, 2, width, height).cumsum(axis=3)[..., :-1].swapaxes(2, 3)
        return {
            "east": along_x[:, 0],
            "west": along_x[:, 1],
            "north": along_y[:, 0],
            "south": along_y[:, 1],
        }


def _at_borders(
    loads: dict[str, Counts], corner: tuple[int, int], grid: tuple[int, int], chips: tuple[int, int]
) -> dict[str, Counts]:
    """Loads of the borders between chips: those of the links across them, added up along each chip's side.

    loads : of the rectangle that begins at ``corner``
    Returns int64[K, chips down, chips across - 1] for east and west, [K, chips down - 1, chips across] for the rest.
    """
    (left, bottom), (width, height), (across, down) = corner, grid, chips
    found = {}
    for direction, links in loads.items():
        level = direction in ("east", "west")
        found[direction] = np.zeros((len(links), down - (not level), across - level), np.int64)
        for row, column in np.ndindex(found[direction].shape[1:]):
            # The links that leave chip (column, row) towards its neighbour: a column of them, or a row.
            x = (
                slice((column + 1) * width - 1, (column + 1) * width)
                if level
                else slice(column * width, (column + 1) * width)
            )
            y = slice(row * height, (row + 1) * height) if level else slice((row + 1) * height - 1, (row + 1) * height)
            here = (slice(None), _moved(y, bottom), _moved(x, left))
            found[direction][:, row, column] = links[here].sum(axis=(1, 2))
    return found


def _moved(part: slice, by: int) -> slice:
    """A slice of the array's rows or columns as one of a rectangle that begins at ``by``."""
    return slice(max(0, part.start - by), max(0, part.stop - by))


def _on_array(loads: LinkLoads, corner: tuple[int, int], extent: tuple[int, int]) -> LinkLoads:
    """Loads of the rectangle that begins at ``corner`` as loads of the whole array."""
    (left, bottom), (width, height) = corner, extent
    found = {}
    for direction, links in loads.arrays().items():
        level = direction in ("east", "west")
        found[direction] = np.zeros((height - (not level), width - level), np.int64)
        rows, columns = links.shape
        found[direction][bottom : bottom + rows, left : left + columns] = links
    return LinkLoads(**found)


def _inputs(image: ChipImage, recording: Recording, routed: int) -> int:
    """Arrivals that no spike of the recording explains. routed : spikes sent to cores

    What arrived was either taken by the core or merged. Spikes still under way at the end did not arrive, though those
    that will merge are counted as merged already.
    """
    late, merged_late = 0, 0
    first = max(0, recording.ticks - RING_SLOTS + 1)
    for tick, (active, came) in enumerate(arrivals(image, recording, first=first, beyond=True), first):
        if tick >= recording.ticks:
            late += came
            merged_late += came - len(active)
    return recording.total("axon_events") + recording.total("merged_spikes") - merged_late - (routed - late)


def _input_peak(image: ChipImage, recording: Recording) -> int:
    """Most active axons in one tick that no spike of the recording set."""
    taken = recording.tick_counters[:, COUNTERS.index("axon_events")]
    size, most = image.cores * image.spec.axons, 0
    for first, count, active in active_axons(image, recording):
        own = np.bincount(active // size, minlength=count)
        most = max(most, int((taken[first : first + count] - own).max()))
    return most
