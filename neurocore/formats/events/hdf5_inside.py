"""SONATA and NIR data as a reader process (apart.py) reads them: first what the stream is, then its pieces."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from pathlib import Path

from neurocore.errors import ConfigError, SpikeFileError
from neurocore.formats.apart import Answer
from neurocore.formats.events import hdf5, nir_data, sonata
from neurocore.formats.events.stream import EventStream

__all__ = ["read_events"]


def read_events(path: Path, population: str | None, sample: int) -> Generator[Answer]:
    """({format, unit_s}, []), then (nothing, [time, id]) of each piece. Raises SpikeFileError, ConfigError."""
    stream = _open(path, population, sample)
    with closing(stream.pieces):
        yield {"format": stream.format, "unit_s": stream.unit_s}, []
        for piece in stream.pieces:
            assert piece.id is not None
            yield None, [piece.time, piece.id]


def _open(path: Path, population: str | None, sample: int) -> EventStream:
    with hdf5.open_hdf5(path) as file:
        nir, spikes = nir_data.is_nir_data(file), sonata.is_sonata(file)
        names = ", ".join(list(file)[:6])
    if nir:
        return nir_data.open_nir_data(path, population, sample)
    if sample:
        raise ConfigError(f"{path} holds no samples", path="sample", fix="remove sample")
    if spikes:
        return sonata.open_sonata(path, population)
    raise SpikeFileError(
        f"this HDF5 file is neither SONATA nor NIR data: it holds {names or 'nothing'}",
        file=str(path),
        fix="SONATA has /spikes/POPULATION, NIR data is written by nir.write_data",
    )
