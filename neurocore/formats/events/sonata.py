"""SONATA spike files: HDF5 with /spikes/POPULATION/{timestamps, node_ids}, times in ms.

Source: SONATA developer guide, "Spike file" (Allen Institute, Blue Brain Project).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from neurocore.errors import SpikeFileError, closest
from neurocore.formats.events.hdf5 import attribute, children, dataset, h5py_module, open_hdf5, rows
from neurocore.formats.events.stream import EventStream, Piece
from neurocore.formats.file_writing import write_atomically
from neurocore.trains import PopulationSpikes

__all__ = ["is_sonata", "open_sonata", "write_sonata"]

_MAGIC: Final = 0x0A7A
_UNITS: Final = {"ms": 1e-3, "s": 1.0, "us": 1e-6}
_SORTING: Final = {"none": 0, "by_id": 1, "by_time": 2}


def is_sonata(file: Any) -> bool:
    """Whether an open HDF5 file holds SONATA spikes."""
    return "spikes" in file


def open_sonata(path: Path, population: str | None) -> EventStream:
    """The spikes of one population. Raises SpikeFileError."""
    with open_hdf5(path) as file:
        name = _name(file, population)
        group = children(children(file)["spikes"])[name]
        unit = attribute(dataset(group, "timestamps", "fiu", 1), "units", "ms")
        if unit not in _UNITS:
            fix = f"allowed: {', '.join(_UNITS)}"
            raise SpikeFileError(f"its times are in '{unit}'", file=str(path), path=f"/spikes/{name}", fix=fix)
    return EventStream(file=str(path), format="a SONATA file", unit_s=_UNITS[unit], pieces=_pieces(path, name))


def _name(file: Any, population: str | None) -> str:
    h5py = h5py_module()
    root = children(file)["spikes"]
    groups = (
        [name for name, node in children(root).items() if isinstance(node, h5py.Group)]
        if isinstance(root, h5py.Group)
        else []
    )
    if population in groups:
        return str(population)
    if population is None and len(groups) == 1:
        return groups[0]
    if population is not None:
        raise SpikeFileError(
            f"it holds no population '{population}'",
            fix=closest(population, groups),
            file=str(file.filename),
            path="/spikes",
        )
    fix = f"add population: one of {', '.join(groups[:6])}" if groups else "spikes lie in /spikes/POPULATION"
    raise SpikeFileError(
        f"it holds {len(groups) or 'no'} populations", fix=fix, file=str(file.filename), path="/spikes"
    )


def _pieces(path: Path, name: str) -> Generator[Piece]:
    with open_hdf5(path) as file:
        group = children(children(file)["spikes"])[name]
        times, ids = dataset(group, "timestamps", "fiu", 1), dataset(group, "node_ids", "iu", 1)
        if times.shape != ids.shape:
            problem = f"{times.shape[0]} timestamps for {ids.shape[0]} node_ids"
            raise SpikeFileError(problem, file=str(path), path=f"/spikes/{name}", fix="write the file again")
        for time, number in zip(rows(times), rows(ids), strict=True):
            if number.dtype == np.uint64 and (number >= 2**62).any():
                raise SpikeFileError(
                    "a node id is too large", file=str(path), path=f"/spikes/{name}", fix="write it again"
                )
            yield Piece(time=time.astype(np.float64), id=number.astype(np.int64))


def write_sonata(spikes: Sequence[PopulationSpikes], path: Path, tick_s: float) -> None:
    """Write populations, sorted by time; a spike of tick t has the time t * tick_s, in ms.

    Raises NeurocoreError where the file cannot be written, MissingExtraError without h5py.
    """
    h5py = h5py_module()
    with write_atomically(path) as out, h5py.File(out.name, "w") as file:
        file.attrs["magic"] = np.uint32(_MAGIC)
        file.attrs["version"] = np.array([0, 1], np.uint32)
        root = file.create_group("spikes")
        for one in spikes:
            group = root.create_group(one.name)
            group.attrs.create("sorting", _SORTING["by_time"], dtype=h5py.enum_dtype(_SORTING, basetype="u1"))
            times = group.create_dataset("timestamps", data=one.tick * (tick_s * 1e3), dtype=np.float64)
            times.attrs["units"] = "ms"
            group.create_dataset("node_ids", data=one.neuron, dtype=np.uint64)
