"""Writing a network that was read or built in Python as YAML."""

from __future__ import annotations

from pathlib import Path

from neurocore.errors import NeurocoreError
from neurocore.formats.network_writer import write_network
from neurocore.network import Network
from neurocore.verbs.sources import NETWORK_SUFFIXES

__all__ = ["write"]


def write(network: Network, path: str | Path, *, force: bool = False) -> list[Path]:
    """Write a network as YAML; arrays of more than 256 numbers go into NAME.arrays.npz beside it.

    force : replace a file that is there (comments in it would be lost)
    Returns the files written. :func:`neurocore.read` gives an equal network back.
    Raises NeurocoreError where a file is in the way or cannot be written, ConfigError for a network that is wrong.
    """
    file = Path(path)
    if file.suffix.lower() not in NETWORK_SUFFIXES:
        raise NeurocoreError(f"{file}: a network is written as YAML", fix="give a name that ends in .yaml")
    if file.exists() and not force:
        raise NeurocoreError(f"{file} is there already", fix="choose another name, or give force=True to replace it")
    return write_network(network, file)
