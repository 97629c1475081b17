"""Recordings larger than memory: segments joined to a recording's file, and a file's spikes read piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ImageError
from neurocore.formats.file_writing import Pieces, write_npz_in_pieces
from neurocore.formats.files import MAP_FROM, open_npz
from neurocore.formats.meta import pack_meta, read_meta
from neurocore.formats.recording_file import RECORDING_FORMAT, RECORDING_VERSION, recording_meta
from neurocore.formats.segment_file import Segment
from neurocore.formats.temporary import map_pieces
from neurocore.recording import COUNTERS, Recording, Spikes

__all__ = ["MOST_BYTES", "join_segments", "spikes_in"]

MOST_BYTES: Final = 2**40
"""Most bytes of a recording that is read piece by piece."""

_PIECE: Final = 2**20
_MAP_FROM: Final = MAP_FROM
"""Bytes of counters by tick from which they are kept in a temporary file, not in memory."""
_Columns = tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int32]]


def spikes_in(path: str | Path, most: int = _PIECE) -> Iterator[_Columns]:
    """The spikes of a recording's file in their order, at most so many at a time: tick, core and neuron.

    tick : int64[s]; core, neuron : int32[s]
    Memory stays the same whatever the file's size. Raises ImageError, when it gets there, where spikes are damaged, out
    of order or out of range.
    """
    with open_npz(path, limit=MOST_BYTES) as npz:
        read_meta(npz, RECORDING_FORMAT, RECORDING_VERSION)
        count = npz.expect("spike_tick", np.int64, (None,)).shape[0]
        for name in ("spike_core", "spike_neuron"):
            npz.expect(name, np.int32, (count,), " to agree with the other arrays")
        cores = npz.expect("counters", np.int64, (None, len(COUNTERS))).shape[0]
        columns = [npz.pieces(name, most) for name in ("spike_tick", "spike_core", "spike_neuron")]
        before = (-1, -1, -1)
        for tick, core, neuron in zip(*columns, strict=True):
            if (core < 0).any() or (core >= cores).any() or (neuron < 0).any():
                raise ImageError("a spike comes from a neuron that the chip does not have", file=str(path))
            _check_order(tick, core, neuron, before, str(path))
            before = int(tick[-1]), int(core[-1]), int(neuron[-1])
            yield tick, core, neuron


def _check_order(tick: Any, core: Any, neuron: Any, before: tuple[int, int, int], file: str) -> None:
    place = core.astype(np.int64) << 32 | neuron
    falls = (tick[1:] < tick[:-1]) | ((tick[1:] == tick[:-1]) & (place[1:] <= place[:-1]))
    if falls.any() or (int(tick[0]), int(core[0]), int(neuron[0])) <= before:
        raise ImageError("spikes must ascend by (tick, core, neuron), each there once", file=file)


def _last_rows(pieces: list[npt.NDArray[Any]], count: int) -> list[npt.NDArray[Any]]:
    """The last ``count`` rows of arrays that follow one another."""
    left, found = count, list[Any]()
    for piece in reversed(pieces):
        found.append(piece[max(0, len(piece) - left) :])
        left -= len(found[-1])
    return found[::-1]


def join_segments(
    segments: Callable[[], Iterator[Segment]], path: Path, recording: Recording, *, image_digest: str
) -> Recording:
    """Write the file of a recording whose spikes, tick counters and potentials come from segments, one at a time.

    segments  : gives all segments in their order, each time it is called
    recording : the rest: ticks, totals, seed, probe ...; its arrays by tick are not looked at
    Returns the recording, its spikes read from the file when they are asked for. The file is the one that
    ``save_recording`` with ``compress`` would have written. Raises ImageError where segments do not follow one another.
    """
    spikes, tick = 0, recording.start_tick
    updates = int(recording.counters[:, COUNTERS.index("neuron_updates")].sum()) // max(1, recording.ticks)
    looked, potential = list[Any](), list[Any]()

    def first_pass() -> Iterator[npt.NDArray[np.int64]]:
        nonlocal spikes, tick
        for segment in segments():
            if segment.first_tick != tick:
                raise ImageError(
                    f"segments do not follow one another: ticks from {tick} on are missing", file=str(path)
                )
            tick, spikes = tick + segment.ticks, spikes + len(segment.spikes)
            looked.append(segment.probe_tick)
            potential.append(segment.potential)
            segment.tick_counters[:, COUNTERS.index("neuron_updates")] = updates
            yield segment.tick_counters
        if tick != recording.start_tick + recording.ticks:
            raise ImageError(f"segments end at tick {tick}", file=str(path))

    shape = (recording.ticks, len(COUNTERS))
    if 8 * len(COUNTERS) * recording.ticks >= _MAP_FROM:
        counters = map_pieces(first_pass(), np.dtype(np.int64), shape)
    else:
        counters = np.concatenate([np.zeros((0, len(COUNTERS)), np.int64), *first_pass()])

    def column(of: Callable[[Segment], npt.NDArray[Any]], dtype: npt.DTypeLike) -> Pieces:
        return dtype, (spikes,), (of(segment) for segment in segments())

    probed, last = len(recording.probe.core), recording.probe.last
    if last is not None:
        looked, potential = _last_rows(looked, last), _last_rows(potential, last)
    kept = sum(map(len, looked))
    arrays: dict[str, npt.NDArray[Any] | Pieces] = {
        "meta": pack_meta(recording_meta(recording, image_digest)),
        "spike_tick": column(Segment.spike_tick, np.int64),
        "spike_core": column(Segment.spike_core, np.int32),
        "spike_neuron": column(Segment.spike_neuron, np.int32),
        "counters": recording.counters,
        "tick_counters": counters,
        "probe_core": recording.probe.core,
        "probe_neuron": recording.probe.neuron,
        "probe_tick": (np.int64, (kept,), looked),
        "potential": (np.int32, (kept, probed), potential),
    }
    write_npz_in_pieces(path, arrays)
    arrays.clear()
    looked.clear()
    potential.clear()  # what they hold is read back in one piece each
    with open_npz(path, limit=MOST_BYTES) as npz:
        return replace(
            recording,
            spikes=Spikes.streamed(spikes, lambda most: spikes_in(path, most)),
            tick_counters=counters,
            probe_tick=npz.read("probe_tick"),
            potential=npz.read("potential"),
        )
