"""Comparing spikes: two runs, or a run with a recorded spike file; what is missing, extra, and differs first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.emulator.outputs import output_spikes
from neurocore.errors import NeurocoreError
from neurocore.formats.ibm_spikes import read_spikes
from neurocore.formats.image_file import load_image
from neurocore.formats.ranc_output import read_ranc_output
from neurocore.formats.ranc_writer import bus_offsets
from neurocore.formats.recording_file import load_recording
from neurocore.recording import Recording
from neurocore.spikes import OutputSpikes
from neurocore.verbs.counting import only_in, spike_rows
from neurocore.verbs.run_folder import finished
from neurocore.verbs.sources import IMAGE_NAME

__all__ = ["Comparison", "compare"]

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two spike sets relate.

    columns : names of the compared columns, tick first
    left, right : number of spikes on each side
    equal       : spikes found on both sides
    missing     : int64[n, 3] spikes of the right side that the left one lacks
    extra       : int64[n, 3] spikes of the left side that the right one lacks
    """

    columns: tuple[str, str, str]
    left: int
    right: int
    equal: int
    missing: Rows
    extra: Rows

    @property
    def same(self) -> bool:
        """True when the two sides hold the same spikes."""
        return not len(self.missing) and not len(self.extra)

    @property
    def first(self) -> str:
        """The first difference in words, or an empty string."""
        if self.same:
            return ""
        rows = [(row, "missing") for row in self.missing[:1].tolist()] + [
            (row, "extra") for row in self.extra[:1].tolist()
        ]
        row, kind = min(rows)
        place = ", ".join(f"{name} {value}" for name, value in zip(self.columns, row, strict=True))
        return f"{kind}: {place}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "same": self.same,
            "left_spikes": self.left,
            "right_spikes": self.right,
            "equal_spikes": self.equal,
            "missing": len(self.missing),
            "extra": len(self.extra),
            "first_difference": self.first,
            "compared": list(self.columns),
        }


def compare(left: str | Path, right: str | Path) -> Comparison:
    """Compare two run folders, or a run folder with recorded output spikes: IBM's .sfcp, or RANC's .txt.

    Two runs are compared spike by spike over (tick, core, neuron); with a file the left run's output connectors are.
    RANC's simulator writes no spikes of its last tick: the ticks that it wrote are compared, as outputs of its one bus.
    Raises NeurocoreError for what cannot be read or compared.
    """
    if any(Path(side).suffix.lower() == ".txt" for side in (left, right)):
        return _compare(*_bus_rows(Path(left), Path(right)), ("tick", "connector", "pin"))
    a, b = _side(Path(left)), _side(Path(right))
    if isinstance(a, OutputSpikes) or isinstance(b, OutputSpikes):
        return _compare(_outputs(a), _outputs(b), ("tick", "connector", "pin"))
    return _compare(_all(a), _all(b), ("tick", "core", "neuron"))


def _side(path: Path) -> tuple[Path, Recording] | OutputSpikes:
    if path.is_dir():
        return path, load_recording(finished(path) / "spikes.npz")[0]
    if path.suffix.lower() == ".sfcp":
        spikes = read_spikes(path)
        if isinstance(spikes, OutputSpikes):
            return spikes
    raise NeurocoreError(f"{path}: not something to compare", fix="allowed: a run folder, an .sfcp file, RANC's .txt")


def _bus_rows(left: Path, right: Path) -> tuple[Rows, Rows]:
    """Both sides as outputs of RANC's bus, each once a tick, for the ticks that both have."""
    sides, ticks = [], []
    for path in (left, right):
        if path.suffix.lower() == ".txt":
            spikes, complete = read_ranc_output(path)
            offsets = [0]
        else:
            side = _side(path)
            if isinstance(side, OutputSpikes):
                raise NeurocoreError(f"{path}: not something to compare with RANC's output", fix="name a run folder")
            image = load_image(path / IMAGE_NAME)
            spikes, complete, offsets = output_spikes(image, side[1]), side[1].ticks, bus_offsets(image)
        pin = np.asarray(offsets, np.int64)[spikes.connector] + spikes.pin
        sides.append(np.unique(np.stack([spikes.tick, np.zeros_like(pin), pin], axis=1), axis=0))
        ticks.append(complete)
    a, b = (rows[rows[:, 0] < min(ticks)] for rows in sides)
    return a, b


def _outputs(side: tuple[Path, Recording] | OutputSpikes) -> Rows:
    spikes = side if isinstance(side, OutputSpikes) else output_spikes(load_image(side[0] / IMAGE_NAME), side[1])
    return np.stack([spikes.tick, spikes.connector, spikes.pin], axis=1).astype(np.int64)


def _all(side: tuple[Path, Recording] | OutputSpikes) -> Rows:
    assert not isinstance(side, OutputSpikes)
    return spike_rows(side[1])


def _compare(a: Rows, b: Rows, columns: tuple[str, str, str]) -> Comparison:
    extra, missing = only_in(a, b), only_in(b, a)
    return Comparison(
        columns=columns, left=len(a), right=len(b), equal=len(a) - len(extra), missing=missing, extra=extra
    )
