"""A worker's part of a batch: the chip's tables, a state for each worker, and what instances left as recordings."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neurocore.emulator.bundles import bundle
from neurocore.emulator.chip_state import fresh_state
from neurocore.emulator.kernel_batch import run_instances
from neurocore.emulator.kernel_bits import SPARE
from neurocore.emulator.kernel_ticks import PHASES
from neurocore.emulator.scratch import boxes_for, scratch_for
from neurocore.emulator.slices import Results, event_slice, probe_slice
from neurocore.emulator.table_columns import ChipTables
from neurocore.emulator.tables import lay_out, used_neurons
from neurocore.image import ChipImage
from neurocore.recording import COUNTERS, Probe, Recording, Spikes
from neurocore.spikes import AxonEvents

__all__ = ["Piece", "Team", "recordings_of"]


class Piece(NamedTuple):
    """What j instances left, one behind the other. spikes : uint32[S]; counters : int64[j * C, 6]

    tick_counters : int64[j * T, 6]
    """

    spikes: npt.NDArray[np.uint32]
    tick_counters: npt.NDArray[np.int64]
    counters: npt.NDArray[np.int64]

    def instances(self, ticks: int) -> int:
        """j."""
        return len(self.tick_counters) // ticks


class Team:
    """The tables of an image, and for each worker a chip's state of its own."""

    def __init__(self, image: ChipImage, ticks: int, workers: int) -> None:
        self._ticks = ticks
        self._used_neurons = used_neurons(image)
        self._tables: ChipTables = lay_out(image)
        bounds = np.array([0, image.cores], np.int64)
        self._shared = bundle(self._tables), bundle(fresh_state(image, self._tables))
        self._own = [
            (
                bundle(fresh_state(image, self._tables)),
                bundle(boxes_for(self._tables, bounds)),
                bundle(scratch_for(self._tables)),
            )
            for _ in range(workers)
        ]
        self._spikes = [np.empty(0, np.uint32) for _ in range(workers)]
        self.run(0, [], [])  # compiles the kernels, or loads them

    def run(self, worker: int, events: list[AxonEvents], seeds: list[int]) -> Piece:
        """Run some instances one after the other."""
        tables, ticks, c = self._tables, self._ticks, self._tables.cores
        shared, initial = self._shared
        counters, merged = np.zeros((len(events), c, len(COUNTERS)), np.int64), np.zeros((len(events), c), np.int64)
        total = len(events) * ticks
        room = total * c * 64 * tables.neuron_words + SPARE
        if len(self._spikes[worker]) < room:
            self._spikes[worker] = np.empty(room, np.uint32)
        results = Results(
            spikes=self._spikes[worker],
            spikes_by=np.zeros((total, 1), np.int64),
            counters=np.zeros((c, len(COUNTERS)), np.int64),
            merged=np.zeros(c, np.int64),
            tick_counters=np.zeros((1, total, len(COUNTERS)), np.int64),
            phases=np.zeros((1, len(PHASES)), np.int64),
            potential=np.zeros((0, 0), np.int32),
        )
        nothing = probe_slice(Probe.none(), np.zeros(0, np.int64), 0, total)
        stimulus = event_slice(_one_behind_the_other(events, ticks), 0, total)
        given = (ticks, np.array(seeds, np.uint64), bundle(stimulus), bundle(nothing), bundle(results))
        run_instances(shared, *self._own[worker], initial, *given, counters, merged)
        counters[:, :, COUNTERS.index("merged_spikes")] = merged
        counters[:, :, COUNTERS.index("neuron_updates")] = self._used_neurons * ticks
        results.tick_counters[0, :, COUNTERS.index("neuron_updates")] = self._used_neurons.sum()
        ends = results.spikes_by[:, 0]
        spikes = results.spikes[: ends[-1] if total else 0].copy()
        return Piece(spikes, results.tick_counters[0], counters.reshape(-1, len(COUNTERS)))


def _one_behind_the_other(events: list[AxonEvents], ticks: int) -> AxonEvents:
    """Events of instance j, j * ticks later."""
    shown = [slice(*np.searchsorted(stimulus.tick, [0, ticks])) for stimulus in events]
    both = list(zip(events, shown, strict=True))
    return AxonEvents(
        tick=np.concatenate([np.zeros(0, np.int64), *(e.tick[kept] + j * ticks for j, (e, kept) in enumerate(both))]),
        core=np.concatenate([np.zeros(0, np.int32), *(e.core[kept] for e, kept in both)]),
        axon=np.concatenate([np.zeros(0, np.int32), *(e.axon[kept] for e, kept in both)]),
    )


def recordings_of(piece: Piece, image: ChipImage, ticks: int, seeds: list[int], wall_s: float) -> list[Recording]:
    """The recordings of a piece's instances."""
    per_tick = piece.tick_counters[:, COUNTERS.index("spikes")]
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(per_tick)])
    found = []
    for j, seed in enumerate(seeds):
        rows, cores = slice(j * ticks, (j + 1) * ticks), slice(j * image.cores, (j + 1) * image.cores)
        spikes = piece.spikes[ends[rows.start] : ends[rows.stop]]
        found.append(
            Recording(
                start_tick=0,
                ticks=ticks,
                spikes=Spikes.packed([spikes], per_tick[rows], 0, 64 * image.spec.neuron_words),
                counters=piece.counters[cores],
                tick_counters=piece.tick_counters[rows],
                probe=Probe.none(),
                probe_tick=np.zeros(0, np.int64),
                potential=np.zeros((0, 0), np.int32),
                seed=seed,
                wall_s=wall_s,
            )
        )
    return found
