"""A recording's spikes as a CSV table, with the populations that the neurons belong to."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.formats.file_writing import write_atomically
from neurocore.image import ChipImage
from neurocore.recording import Recording

__all__ = ["MOST_SPIKES", "write_spikes_csv"]

MOST_SPIKES: Final = 1_000_000
"""A run with more of them gets no table of its own accord: it would take long to write and be read by no one."""
_ROWS: Final = 2**16


def write_spikes_csv(recording: Recording, path: str | Path, image: ChipImage | None = None) -> None:
    """Write ``tick,core,neuron``, one line a spike, in order; with an image also ``population,index,copy``.

    index : of the neuron in its population, flat; copy : 0 for the neuron that stands for it, 1 and on for its copies
    Relays, and neurons of an image without a logical map, have none of the three. Written in pieces of 65,536 spikes.
    Raises NeurocoreError where the file cannot be written.
    """
    table = _Names(image) if image is not None else None
    with write_atomically(path, "w") as file:
        file.write("tick,core,neuron" + (",population,index,copy\n" if table else "\n"))
        for first in range(0, len(recording.spike_tick), _ROWS):
            part = slice(first, first + _ROWS)
            core, neuron = recording.spike_core[part], recording.spike_neuron[part]
            rows = zip(recording.spike_tick[part].tolist(), core.tolist(), neuron.tolist(), strict=True)
            if table is None:
                file.write("".join(f"{tick},{c},{n}\n" for tick, c, n in rows))
            else:
                named = zip(rows, table.of(core, neuron), strict=True)
                file.write("".join(f"{tick},{c},{n},{name}\n" for (tick, c, n), name in named))


class _Names:
    """``population,index,copy`` of neurons of an image."""

    def __init__(self, image: ChipImage) -> None:
        there = image.logical
        self._logical = there.instance_logical
        self._instance = np.full((image.cores, image.spec.neurons), -1, np.int32)
        self._instance[there.instance_core, there.instance_neuron] = np.arange(len(self._logical), dtype=np.int32)
        self._starts = np.array([group.start for group in there.populations], np.int64)
        self._titles = [_quoted(group.name) for group in there.populations]

    def of(self, core: npt.NDArray[np.int32], neuron: npt.NDArray[np.int32]) -> list[str]:
        """One text for each neuron."""
        instance = self._instance[core, neuron]
        names = [",,"] * len(instance)
        known = np.nonzero(instance >= 0)[0]
        logical = self._logical[instance[known]]
        kind = np.searchsorted(self._starts, logical, side="right") - 1
        index = logical - self._starts[kind] if len(known) else logical
        copy = instance[known] - np.searchsorted(self._logical, logical)  # instances ascend by neuron
        for place, k, i, c in zip(known.tolist(), kind.tolist(), index.tolist(), copy.tolist(), strict=True):
            names[place] = f"{self._titles[k]},{i},{c}"
        return names


def _quoted(name: str) -> str:
    """An image from elsewhere may have names that would break the table."""
    return '"' + name.replace('"', '""') + '"' if set(name) & set(',"\r\n') else name
