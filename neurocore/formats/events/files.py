"""Any file of spikes or camera events, told by its content (IBM's and .bin by name): AEDAT, SONATA, tables ..."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np

from neurocore.errors import ConfigError, ImageError, SpikeFileError
from neurocore.formats.events import aedat3, aedat4, aer40, hdf5, hdf5_apart
from neurocore.formats.events.archives import npz_columns, open_npz_events
from neurocore.formats.events.binning import Binned, bin_events
from neurocore.formats.events.stream import EventStream, Piece
from neurocore.formats.events.tables import open_text, text_columns
from neurocore.formats.spike_tables import read_pin_spikes
from neurocore.network import EventFile

__all__ = ["EVENT_FILES", "addresses_axons", "open_events", "read_events_file"]

EVENT_FILES: Final = (
    ".aedat4",
    ".aedat",
    ".h5",
    ".hdf5",
    ".nir",
    ".npz",
    ".csv",
    ".dat",
    ".txt",
    ".bin",
    ".sfti",
    ".sfci",
)
"""Usual suffixes; what a file is, its content says."""
MAX_TEXT_BYTES: Final = 4 * 2**30
_IBM: Final = (".sfti", ".sfci")
_AXONS: Final = {"tick", "core", "axon"}


def read_events_file(path: Path, wanted: EventFile, shape: tuple[int, ...], name: str, tick_s: float) -> Binned:
    """Spikes for an input, from a file.

    shape, name : of the input; tick_s : of the chip, in seconds
    Raises SpikeFileError naming the file; ConfigError, its path a key of EventFile, where the options do not fit it;
    MissingExtraError where a package is missing.
    """
    stream = open_events(path, wanted)
    with closing(stream.pieces):  # at once, not when Python gets to it: the file may be written again
        return bin_events(stream, wanted, shape, name, tick_s)


def open_events(path: Path, wanted: EventFile) -> EventStream:
    """Open a file by what its first bytes say it is. Raises SpikeFileError."""
    start = _start(path)
    if wanted.sample and not start.startswith(hdf5.SIGNATURE):
        raise ConfigError(f"{path} holds no samples", path="sample", fix="remove sample")
    if start.startswith(b"#!AER-DAT") and not start.startswith(b"#!AER-DAT4"):
        if wanted.population is not None:
            raise ConfigError(f"{path} knows no populations", path="population", fix="remove population")
        return aedat3.open_aedat3(path)
    if start.startswith(b"#!AER-DAT"):
        return aedat4.open_aedat4(path, wanted.population)
    if start.startswith(hdf5.SIGNATURE):
        return hdf5_apart.open_hdf5_apart(path, wanted.population, wanted.sample)
    if start.startswith(b"PK\x03\x04"):
        return open_npz_events(path, wanted.population)
    if path.suffix.lower() in _IBM:
        if wanted.population is not None:
            raise ConfigError(f"{path} knows no populations", path="population", fix="remove population")
        return EventStream(file=str(path), format="IBM's table", unit_s=None, pieces=_ibm(path))
    if path.suffix.lower() == aer40.SUFFIX:
        if wanted.population is not None:
            raise ConfigError(f"{path} knows no populations", path="population", fix="remove population")
        return aer40.open_aer40(path)
    if b"\0" in start:
        problem = f"its content is not known: it begins with {start[:8].hex(' ')}"
        raise SpikeFileError(
            problem, file=str(path), fix="read are AEDAT4, SONATA and NIR (HDF5), .npz, .csv, text and .bin"
        )
    if path.stat().st_size > MAX_TEXT_BYTES:
        raise SpikeFileError("it is larger than 4 GiB", file=str(path), fix="write it as .npz, or split it")
    return open_text(path, wanted.population)


def addresses_axons(path: Path) -> bool:
    """Whether a file's spikes go to cores and axons, not to the pins of an input. Raises SpikeFileError."""
    if path.suffix.lower() in _IBM:
        return True
    start = _start(path)
    if path.suffix.lower() not in (".csv", ".npz"):
        return False
    if start.startswith(b"PK\x03\x04"):
        return set(npz_columns(path)) >= _AXONS
    return not start.startswith((b"#!AER-DAT", hdf5.SIGNATURE)) and _columns(path) >= _AXONS


def _columns(path: Path) -> set[str]:
    try:
        return set(text_columns(path))
    except SpikeFileError:
        return _AXONS if path.suffix.lower() == ".csv" else set()  # so that its own reader says what is wrong


def _start(path: Path) -> bytes:
    """The first bytes. Raises SpikeFileError where there is no such file."""
    if os.path.isdir(path):
        raise SpikeFileError("this is a folder, not a file of spikes", file=str(path), fix="name the file inside it")
    if not os.path.isfile(path):
        raise SpikeFileError("this file does not exist", file=str(path), fix="check the path")
    try:
        with open(path, "rb") as file:
            return file.read(64)
    except OSError as error:
        raise SpikeFileError(f"the file cannot be read: {error.strerror or error}", file=str(path)) from error


def _ibm(path: Path) -> Generator[Piece]:
    try:
        spikes = read_pin_spikes(path)
    except ImageError as error:
        raise SpikeFileError(error.problem, file=str(path), path=error.path, fix=error.fix) from error
    yield Piece(time=np.ascontiguousarray(spikes[:, 0]), id=np.ascontiguousarray(spikes[:, 1]))
