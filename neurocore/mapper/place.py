"""Fourth pass: cores to places on the chip, in order along its rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.graph import NeuronGraph
from neurocore.mapper.limits import cores_exceeded
from neurocore.mapper.notes import Note
from neurocore.mapper.partition import Partition

__all__ = ["place"]


def place(graph: NeuronGraph, spec: ChipSpec, partition: Partition) -> tuple[npt.NDArray[np.int32], Note]:
    """One chip after the other, row by row. Returns int32[C, 2] (x, y). Raises CapacityError for too many cores."""
    if partition.cores > spec.cores:
        raise cores_exceeded(graph, spec, partition.cores)
    width, height = spec.grid
    chip, within = np.divmod(np.arange(partition.cores), width * height)
    chip_y, chip_x = np.divmod(chip, spec.chips[0])
    y, x = np.divmod(within, width)
    places = np.stack([chip_x * width + x, chip_y * height + y], axis=1).astype(np.int32)
    chips = int(chip.max(initial=0)) + 1
    text = f"in order on {chips} chip{'s' if chips > 1 else ''}"
    return places, Note(stage="place", text=text, facts={"chips": chips})
