"""SONATA and NIR data, read in a process apart: a damaged file can make HDF5 hang or crash."""

from __future__ import annotations

import importlib.util
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from neurocore.errors import ConfigError, MissingExtraError, SpikeFileError
from neurocore.formats.apart import Answer, ReaderError, stream_apart
from neurocore.formats.events.stream import EventStream, Piece

__all__ = ["open_hdf5_apart"]


def open_hdf5_apart(path: Path, population: str | None, sample: int) -> EventStream:
    """The spikes of one population, or of one sample of one observable.

    Raises SpikeFileError for what is damaged, not there or cannot be read in time; MissingExtraError without h5py;
    ConfigError, its path "sample", for a sample of SONATA.
    """
    if importlib.util.find_spec("h5py") is None:
        raise MissingExtraError("h5py", "events")
    answers = stream_apart("neurocore.formats.events.hdf5_inside:read_events", path, population, sample)
    with _told_of(path):
        about, _ = next(answers)
    unit = about["unit_s"]
    return EventStream(file=str(path), format=about["format"], unit_s=unit, pieces=_pieces(path, answers))


def _pieces(path: Path, answers: Generator[Answer]) -> Generator[Piece]:
    with closing(answers), _told_of(path):
        for _, (time, number) in answers:
            yield Piece(time=time, id=number)


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Errors of the process are errors of the file; those of the options stay what they are."""
    try:
        yield
    except ConfigError as error:
        if isinstance(error, ReaderError) and error.kind == "ConfigError":
            raise
        raise SpikeFileError(error.problem, file=str(path), path=error.path, fix=error.fix) from None
