"""Spikes in NIR's data files: EventData and TimeGriddedData of a graph's nodes, in HDF5.

Source: nir 1.0.8, serialization.write_data. Reading needs h5py only; writing uses nir itself.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from neurocore.errors import MissingExtraError, SpikeFileError, closest
from neurocore.formats.events.hdf5 import attribute, children, dataset, h5py_module, open_hdf5, rows
from neurocore.formats.events.stream import EventStream, Piece
from neurocore.formats.file_writing import write_atomically
from neurocore.trains import PopulationSpikes

__all__ = ["OBSERVABLE", "is_nir_data", "open_nir_data", "write_nir_data"]

OBSERVABLE: Final = "spikes"
_DEEPEST: Final = 16
_KINDS: Final = ("EventData", "ValuedEventData", "TimeGriddedData")


def is_nir_data(file: Any) -> bool:
    """Whether an open HDF5 file is NIR graph data."""
    return bool(attribute(file, "__type__") == "NIRGraphData")


def open_nir_data(path: Path, wanted: str | None, sample: int) -> EventStream:
    """One sample of one observable. wanted : its node, or NODE/OBSERVABLE; nested nodes with / between.

    NIR's times are in seconds. Raises SpikeFileError.
    """
    with open_hdf5(path) as file:
        place = _place(file, wanted)
        group = _walk(file, place)
        kind = attribute(group, "__type__")
        main = dataset(group, "data", "biu", 3) if kind == "TimeGriddedData" else dataset(group, "idx", "iu", 2)
        if sample >= main.shape[0]:
            problem = f"there is no sample {sample}"
            fix = f"its {main.shape[0]} samples are numbered from 0"
            raise SpikeFileError(problem, file=str(path), path=str(group.name), fix=fix)
        step = attribute(group, "dt") if kind == "TimeGriddedData" else 1.0
        if not isinstance(step, (int, float)) or not 0 < step < 1e9:
            fix = "dt is the length of a step in seconds"
            raise SpikeFileError(f"dt is {str(step)[:40]}", file=str(path), path=str(group.name), fix=fix)
    pieces = _gridded(path, place, sample) if kind == "TimeGriddedData" else _listed(path, place, sample)
    return EventStream(file=str(path), format=f"NIR's {kind}", unit_s=float(step), pieces=pieces)


def _observables(node: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of everything that was observed: nodes, then the observable."""
    if len(above) > _DEEPEST:
        raise SpikeFileError(
            f"its graphs are nested deeper than {_DEEPEST}", file=str(node.file.filename), fix="flatten it"
        )
    h5py = h5py_module()
    inner = children(node)
    for key in ("nodes", "observables"):
        if not isinstance(inner.get(key), h5py.Group):
            continue
        for name, below in children(inner[key]).items():
            if key == "observables" and attribute(below, "__type__") in _KINDS:
                yield (*above, name)
            elif key == "nodes" and isinstance(below, h5py.Group):
                yield from _observables(below, (*above, name))


def _place(file: Any, wanted: str | None) -> tuple[str, ...]:
    found = list(_observables(file))
    if wanted is None and len(found) == 1:
        return found[0]
    names = ["/".join(place) for place in found]
    mine = [place for place, name in zip(found, names, strict=True) if wanted in (name, name.rpartition("/")[0])]
    if len(mine) > 1:  # of several observables of a node the one that every writer calls so
        mine = [place for place in mine if place[-1] == OBSERVABLE] or mine
    if len(mine) == 1:
        return mine[0]
    if wanted is not None and not mine:
        problem, fix = f"it holds no node '{wanted}'", closest(wanted, names)
    else:
        problem = f"it holds {len(mine) or len(found) or 'no'} observables"
        fix = (
            f"add population: one of {', '.join(names[:6])}" if names else "write EventData or TimeGriddedData into it"
        )
    raise SpikeFileError(problem, file=str(file.filename), fix=fix)


def _walk(file: Any, place: tuple[str, ...]) -> Any:
    node = file
    for name in place[:-1]:
        node = children(children(node)["nodes"])[name]
    return children(children(node)["observables"])[place[-1]]


def _listed(path: Path, place: tuple[str, ...], sample: int) -> Generator[Piece]:
    """EventData: neuron and time of each event; -1 fills up."""
    with open_hdf5(path) as file:
        group = _walk(file, place)
        ids, times = dataset(group, "idx", "iu", 2), dataset(group, "time", "fiu", 2)
        if ids.shape != times.shape:
            problem = f"idx has the shape {list(ids.shape)}, time {list(times.shape)}"
            raise SpikeFileError(problem, file=str(path), path=str(group.name), fix="write the file again")
        for number, time in zip(rows(ids, sample), rows(times, sample), strict=True):
            number = number.astype(np.int64)
            there = number != -1
            yield Piece(time=time[there].astype(np.float64), id=number[there])


def _gridded(path: Path, place: tuple[str, ...], sample: int) -> Generator[Piece]:
    """TimeGriddedData: true where a neuron spiked in a step."""
    with open_hdf5(path) as file:
        found, step = dataset(_walk(file, place), "data", "biu", 3), 0
        for part in rows(found, sample):
            if part.dtype.kind != "b" and len(part) and not np.isin(part, (0, 1)).all():
                fix = "spikes are true or false, or 0 or 1"
                raise SpikeFileError(
                    "it holds other values than 0 and 1", file=str(path), path=str(found.name), fix=fix
                )
            when, neuron = np.nonzero(part)
            yield Piece(time=when.astype(np.int64) + step, id=neuron.astype(np.int64))
            step += len(part)


def write_nir_data(spikes: Sequence[PopulationSpikes], path: Path, tick_s: float) -> None:
    """Write populations as NIRGraphData: a node each, with the EventData 'spikes' of one sample.

    A spike of tick t has the time t * tick_s, in seconds. Raises NeurocoreError where the file cannot be written,
    MissingExtraError without the package nir.
    """
    try:
        import nir
    except ImportError as error:
        raise MissingExtraError("nir", "nir") from error
    nodes = {}
    for one in spikes:
        end = (one.start_tick + one.ticks) * tick_s
        data = nir.EventData(one.neuron.astype(np.int64)[None], (one.tick * tick_s)[None], one.size, end)
        nodes[one.name] = nir.NIRNodeData({OBSERVABLE: data})
    with write_atomically(path) as out:
        nir.write_data(out.name, nir.NIRGraphData(nodes))
