"""Which neurons a reader sees: one instance of each logical neuron, or all used neurons of an imported chip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.graph import Group
from neurocore.image import ChipImage
from neurocore.recording import Recording

__all__ = ["Rows", "rows_of", "spike_rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Neurons in reading order. R rows.

    bands : named, contiguous ranges of rows: the populations, or the cores of an image without populations
    kind  : what the bands are, "populations" or "cores"
    row   : int32[C, N]  row of a neuron; -1 for copies, relays and unused neurons
    """

    bands: tuple[Group, ...]
    kind: str
    row: npt.NDArray[np.int32]

    @property
    def count(self) -> int:
        """R, the number of rows."""
        return self.bands[-1].stop if self.bands else 0


def rows_of(image: ChipImage) -> Rows:
    """Number the neurons that reports are about. A logical neuron's first instance stands for it."""
    row = np.full((image.cores, image.spec.neurons), -1, np.int32)
    there = image.logical
    if there.populations:
        number, first = np.unique(there.instance_logical, return_index=True)
        row[there.instance_core[first], there.instance_neuron[first]] = number
        return Rows(bands=there.populations, kind="populations", row=row)
    core, neuron = np.nonzero(image.neuron_used)
    row[core, neuron] = np.arange(len(core), dtype=np.int32)
    sizes = np.bincount(core, minlength=image.cores)
    starts = np.cumsum(sizes) - sizes
    bands = (
        Group(name=f"core {c}", start=int(start), shape=(int(size),))
        for c, (start, size) in enumerate(zip(starts, sizes, strict=True))
        if size
    )
    return Rows(bands=tuple(bands), kind="cores", row=row)


def spike_rows(rows: Rows, recording: Recording) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Tick and row, int64[S] and int32[S], of every spike whose neuron has a row; in the recording's order."""
    row = rows.row[recording.spike_core, recording.spike_neuron]
    seen = row >= 0
    return recording.spike_tick[seen], row[seen]
